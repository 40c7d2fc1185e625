"""Figures of this code: how large its files, functions and folders are.

    .venv/bin/python benchmarks/house.py [FOLDER ...]

A folder is counted with all below it; without one `src/homeprices`, `tests`, and both. What is a
link is not followed.
"""

import ast
import io
import os
import re
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY / "src" / "homeprices"
LONG_FUNCTION = 30
SMALL_FILE = 80
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS = (ast.Import, ast.ImportFrom)
TYPE_NAME = re.compile(r"[A-Z][A-Za-z]*[a-z]")


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path
    text: str

    @property
    def lines(self) -> int:
        """How many lines it has, the empty ones among them."""
        return self.text.count("\n")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Everything its syntax tree is made of."""
        return list(ast.walk(self.tree))

    @property
    def functions(self) -> list[int]:
        """The length of each function and method, from `def` to its last line."""
        return [_length(node) for node in self.nodes if isinstance(node, FUNCTIONS)]

    @property
    def import_lines(self) -> int:
        """How many lines the imports at its top take; those of one function are that function's."""
        return sum(_length(node) for node in self.tree.body if isinstance(node, IMPORTS))

    @property
    def comment_lines(self) -> int:
        """How many of its lines are a comment and nothing else."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return sum(t.type == tokenize.COMMENT and t.line.strip() == t.string for t in tokens)

    @property
    def types(self) -> list[str]:
        """The names of the classes that it defines, and of the types that it gives a name."""
        classes = [node.name for node in self.nodes if isinstance(node, ast.ClassDef)]
        assigned = [node.targets for node in self.tree.body if isinstance(node, ast.Assign)]
        names = [target.id for (target, *_) in assigned if isinstance(target, ast.Name)]
        return classes + [name for name in names if TYPE_NAME.match(name)]

    @property
    def imported(self) -> set[str]:
        """Dotted names of what it imports, of `a.b` and of `b` in it alike."""
        names = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        return names


@dataclass(frozen=True)
class House:
    """The Python files of some folders."""

    modules: Sequence[Module]

    @property
    def lines(self) -> int:
        """How many lines all files have."""
        return sum(module.lines for module in self.modules)

    @property
    def functions(self) -> list[int]:
        """The length of every function."""
        return [length for module in self.modules for length in module.functions]

    @property
    def import_share(self) -> float:
        """How much of the lines is imports."""
        return sum(module.import_lines for module in self.modules) / self.lines

    @property
    def comment_share(self) -> float:
        """How much of the lines is comments."""
        return sum(module.comment_lines for module in self.modules) / self.lines

    @property
    def long_share(self) -> float:
        """How much of the functions is over 30 lines."""
        return sum(length > LONG_FUNCTION for length in self.functions) / len(self.functions)

    @property
    def largest_folder(self) -> tuple[int, Path]:
        """The most files that one folder holds by itself, and which folder that is."""
        folders = Counter(module.path.parent for module in self.modules)
        folder, files = folders.most_common(1)[0]
        return files, folder

    @property
    def twice(self) -> dict[str, list[Path]]:
        """Names of types that are defined more than once, and where."""
        places = defaultdict(list)
        for module in self.modules:
            for name in module.types:
                places[name].append(module.path)
        return {name: paths for name, paths in places.items() if len(paths) > 1}

    @property
    def crumbs(self) -> list[Path]:
        """Files of under 80 lines that one other file alone imports."""
        importers = Counter(name for module in self.modules for name in module.imported)
        return [
            module.path
            for module in self.modules
            if module.lines < SMALL_FILE and importers[dotted(module.path)] == 1
        ]


def dotted(path: Path) -> str:
    """The name that `path` is imported by: `homeprices.domain.units`."""
    parts = path.with_suffix("").parts
    start = len(parts) - 1 - parts[::-1].index("src") + 1 if "src" in parts else 0
    return ".".join(part for part in parts[start:] if part != "__init__")


def house(*folders: Path) -> House:
    """The Python files under `folders`."""
    return House([Module(path, path.read_text(encoding="utf-8")) for path in _files(folders)])


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for parent, inside, names in os.walk(folder):
            inside[:] = sorted(name for name in inside if not name.startswith((".", "__pycache__")))
            yield from (Path(parent, name) for name in sorted(names) if name.endswith(".py"))


def _length(node: ast.AST) -> int:
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return int(last - first + 1)


def spread(counts: Sequence[int]) -> tuple[int, int, int]:
    """Median, 90th percentile and maximum."""
    ranked = sorted(counts)
    return round(statistics.median(ranked)), ranked[int(0.9 * (len(ranked) - 1))], ranked[-1]


def table(house: House) -> list[str]:
    """The figures, a line each."""
    files, folder = house.largest_folder
    lines = [module.lines for module in house.modules]
    return [
        f"files / lines                         {len(lines):,} / {house.lines:,}",
        f"lines a file, median / p90 / max      {_three(spread(lines))}",
        f"function, median / p90 / max          {_three(spread(house.functions))}",
        f"functions over {LONG_FUNCTION} lines               {house.long_share:.1%}",
        f"lines that are imports                {house.import_share:.1%}",
        f"lines that are comments               {house.comment_share:.1%}",
        f"largest flat folder                   {files} files ({folder.name})",
        f"files under {SMALL_FILE} lines, one importer      {len(house.crumbs)}",
        f"type names defined twice              {', '.join(sorted(house.twice)) or 'none'}",
    ]


def _three(figures: tuple[int, int, int]) -> str:
    return " / ".join(f"{figure:,}" for figure in figures)


def main(arguments: Sequence[str]) -> None:
    """Print the figures of each folder, or of the code, its tests, and both."""
    tests = REPOSITORY / "tests"
    groups = [(Path(name),) for name in arguments] or [(SOURCE,), (tests,), (SOURCE, tests)]
    for folders in groups:
        print(" and ".join(map(str, folders)))
        print(*(f"  {line}" for line in table(house(*folders))), "", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
