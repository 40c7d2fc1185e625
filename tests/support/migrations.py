"""What of a migration an older service, which runs on beside it, would not survive."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from types import ModuleType

from support.paths import load_script

VERSIONS = Path(str(resources.files("homeprices.stores.postgres") / "migrations" / "versions"))
RELEASE = re.compile(r"\d+\.\d+\.\d+")
MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?([\w.]+)")
ALTERED = re.compile(r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?([\w.]+)")
# What is refused in a statement, and what an older service would meet; both of tables there were.
REFUSED = {
    r"\bDROP TABLE\b": "drops a table that an older service reads",
    r"\bDROP (VIEW|SEQUENCE|TYPE|FUNCTION|SCHEMA)\b": "drops what an older service may use",
    r"\bDROP COLUMN\b": "drops a column that an older service names",
    r"^ALTER (TABLE|SEQUENCE|TYPE)\b.*\bRENAME\b": "renames what an older service names",
    r"\bALTER (COLUMN )?\w+ (SET DATA )?TYPE\b": "changes the type of a column",
    r"\bSET NOT NULL\b": "wants a value that an older service may not write",
    r"\bDROP DEFAULT\b": "wants a value that an older service does not write",
    r"\bADD (CONSTRAINT|CHECK|UNIQUE|FOREIGN|PRIMARY|EXCLUDE)\b": "refuses what was accepted",
    r"^CREATE UNIQUE INDEX\b": "refuses what was accepted",
    r"^(DELETE|TRUNCATE)\b": "takes rows away",
}
ADDED = re.compile(r"\bADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT|CHECK)(\w+)\s+([^,;]*)")


def migrations() -> list[ModuleType]:
    """The files of `versions/`, the oldest first."""
    return [load_script(path) for path in sorted(VERSIONS.glob("[0-9]*.py"))]


def upgrade_sql(migration: ModuleType) -> str:
    """What `upgrade` of a migration executes."""
    statements: list[str] = []

    class Recorder:
        """Stands for `alembic.op`; anything but `execute` is no SQL that could be read."""

        execute = staticmethod(lambda text: statements.append(str(text)))

    migration.op = Recorder  # type: ignore[attr-defined]
    migration.upgrade()
    return ";\n".join(statements)


def breaks(sql: str) -> list[str]:
    """What in it an older service does not survive."""
    made = set(MADE.findall(sql))
    statements = [" ".join(part.split()) for part in sql.split(";") if part.strip()]
    return [found for text in statements for found in _of_a_statement(text, made)]


def contract_of(migration: ModuleType) -> str | None:
    """The release whose contract step it is, by its own word."""
    return getattr(migration, "contract_of", None)


def _of_a_statement(text: str, made: set[str]) -> Iterator[str]:
    altered = ALTERED.match(text)
    if altered and altered[1] in made:
        return
    for pattern, problem in REFUSED.items():
        if re.search(pattern, text, re.IGNORECASE):
            yield f"{problem}: {text[:80]}"
    for name, rest in ADDED.findall(text) if altered else ():
        # Also with a default: rows are copied beside the table first, where it has none.
        if re.search("NOT NULL", rest, re.IGNORECASE):
            yield f"wants a value of {name}, which an older service does not write: {text[:80]}"
