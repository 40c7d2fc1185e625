"""What the pages name is there: files, folders, links, records."""

import re
from pathlib import Path

import pytest

from homeprices import markets
from homeprices.datasets.simulate import simulate
from support.paths import REPOSITORY

SOURCE = REPOSITORY / "src" / "homeprices"
DOCS = REPOSITORY / "docs"
EXAMPLES = REPOSITORY / "examples"
PAGES = sorted([REPOSITORY / "README.md", EXAMPLES / "README.md", *DOCS.rglob("*.md")])
OF_PATHS = [
    REPOSITORY / "README.md",
    EXAMPLES / "README.md",
    DOCS / "architecture.md",
    DOCS / "where-do-i-put.md",
    *sorted((DOCS / "how-to").glob("*.md")),
    *sorted((DOCS / "decisions").glob("*.md")),
]
SUBJECTS = (
    *("fact", "recipe", "policy", "endpoint", "page", "metric"),
    *("table", "setting", "schedule", "notice", "sentence", "reader"),
)
# Keys of objects, which look like paths and are in a store.
KEYS = ("data/", "models/", "experiments/", "competitions/", "trainings/", "spool/")


def page_name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def section(text: str, title: str) -> str:
    """What stands under a heading."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", OF_PATHS, ids=page_name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    words = re.findall(r"`([\w.-]+/[\w./-]*)`", page.read_text(encoding="utf-8"))
    paths = [word for word in words if not word.startswith((*KEYS, "."))]
    example = "/NAME."
    gone = [
        path
        for path in paths
        if example not in path and not any((top / path).exists() for top in (REPOSITORY, SOURCE))
    ]
    assert gone == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_it_is_said_where_something_new_goes(subject: str) -> None:
    text = (DOCS / "where-do-i-put.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    (heading,) = [
        heading for heading in headings if subject in heading.lower().split(",")[0].split()
    ]
    assert re.search(r"`[\w./-]+`", section(text, heading))


def test_every_room_is_in_the_picture() -> None:
    picture = section((DOCS / "architecture.md").read_text(encoding="utf-8"), "The rooms")
    rooms = [path.stem for path in SOURCE.iterdir() if not path.name.startswith("_")]
    assert [room for room in rooms if not re.search(rf"\b{room}\b", picture.split("|")[0])] == []
    inside = [path for path in (SOURCE / "valuation").iterdir() if (path / "__init__.py").exists()]
    assert [path.name for path in inside if path.name not in picture] == []


def test_the_table_of_rooms_is_what_they_import() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|$", section(text, "The rooms"), re.M))
    for room, imports in rows.items():
        folder = SOURCE / room
        files = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
        code = "\n".join(
            path.read_text(encoding="utf-8")
            for path in files
            if path.resolve().is_relative_to(SOURCE)
        )
        direct = set(re.findall(r"from homeprices\.(\w+)[. ]", code))
        for names in re.findall(r"from homeprices import (.+)", code):
            direct |= {name.split()[0] for name in names.split(", ")}
        direct -= {room, "__version__"}
        assert direct == (set() if imports == "nothing of ours" else set(imports.split(", "))), room


def test_the_index_has_every_decision_record() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    records = {path.name for path in (DOCS / "decisions").glob("0*.md")}
    rows = re.findall(r"^\| \[(\d{4})\]\((\d{4}-[\w-]+\.md)\) \|", index, re.MULTILINE)
    assert [number for number, _ in rows] == sorted(name[:4] for name in records)
    assert {name for _, name in rows} == records


def test_the_example_is_what_its_command_makes() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    command = re.search(r"dataset simulate --rows (\d+) --seed (\d+) --out (\S+)", text)
    assert command
    rows, seed, out = command.groups()
    made = simulate(markets.load("bangalore"), int(rows), int(seed), None)
    assert (REPOSITORY / out).read_bytes() == made


def test_what_a_command_of_the_readme_writes_is_no_change_of_the_repository() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    written = re.findall(r"^\./homes .* --out (\S+)$", text, re.MULTILINE)
    ignored = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert written
    assert [name for name in written if f"/{name}" not in ignored] == []
