"""What dashboards and alerts say, read as Prometheus would: expressions, and the names in them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support.paths import REPOSITORY, load_script

MONITORING = REPOSITORY / "monitoring"
RUNBOOKS = REPOSITORY / "docs" / "runbooks"
REFERENCE = REPOSITORY / "docs" / "reference" / "metrics.md"
# Of Prometheus itself, and of the exporters beside it.
FROM_ELSEWHERE = frozenset(
    {
        "up",
        "node_filesystem_avail_bytes",
        "node_filesystem_size_bytes",
        "pg_up",
    }
)
_WORDS = {"and", "or", "unless", "group_left", "group_right", "bool", "offset", "inf", "nan"}
make = load_script(MONITORING / "make.py")
alerts = load_script(MONITORING / "alerts.py")


@dataclass(frozen=True)
class PanelQuery:
    """One expression of a panel."""

    dashboard: str
    panel: str
    expression: str
    is_instant: bool


def dashboards() -> dict[str, dict[str, Any]]:
    """Each dashboard as Grafana reads it, by the name of its file."""
    folder = MONITORING / "grafana" / "dashboards"
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def panel_queries(pages: dict[str, dict[str, Any]]) -> Iterator[PanelQuery]:
    """Every expression of every panel."""
    for name, page in pages.items():
        for panel in page["panels"]:
            for target in panel["targets"]:
                instant = bool(target.get("instant"))
                yield PanelQuery(name, panel["title"], target["expr"], instant)


def rules(text: str) -> list[dict[str, Any]]:
    """Every rule of a file of rules."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def metric_names(expression: str) -> set[str]:
    """The series that an expression asks for."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    names = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\w*\s*\()", bare)
    return {name for name in names if name.lower() not in _WORDS}


def documented() -> set[str]:
    """The series that the code has, as the reference page names them; a test keeps that page."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", REFERENCE.read_text(), re.MULTILINE)
    parts = ("bucket", "sum", "count")
    return {
        name if kind != "histogram" else f"{name}_{part}" for name, kind in rows for part in parts
    }


def unknown_names(expressions: Iterable[str]) -> set[str]:
    """Series that are asked for and that nothing has."""
    recorded = set(alerts.RECORDED)
    names = {name for expression in expressions for name in metric_names(expression)}
    return names - documented() - recorded - FROM_ELSEWHERE


def without_runbook(alerts: Iterable[str], folder: Path = RUNBOOKS) -> set[str]:
    """Alerts that have no runbook, and runbooks of no alert."""
    return set(alerts) ^ {path.stem for path in folder.glob("*.md")}
