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
_OF_A_DISK = frozenset({"fstype", "mountpoint"})
FROM_ELSEWHERE = {
    "up": frozenset[str](),
    "node_filesystem_avail_bytes": _OF_A_DISK,
    "node_filesystem_size_bytes": _OF_A_DISK,
    "pg_up": frozenset[str](),
}
# Prometheus gives these to every series.
_OF_ALL = {"job", "instance"}
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
    legend: str


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
                legend = target.get("legendFormat", "")
                yield PanelQuery(name, panel["title"], target["expr"], instant, legend)


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


def documented() -> dict[str, frozenset[str]]:
    """Series of the code with their labels, by the reference page, which a test keeps."""
    series: dict[str, frozenset[str]] = {}
    told = r"^### (\w+)\n\n.* A (\w+)(?:, by ([`\w, ]+))?\.$"
    for name, kind, words in re.findall(told, REFERENCE.read_text(), re.MULTILINE):
        labels = frozenset(re.findall(r"\w+", words))
        if kind == "histogram":
            series[f"{name}_bucket"] = labels | {"le"}
            series[f"{name}_sum"] = series[f"{name}_count"] = labels
        else:
            series[name] = labels
    return series


def unknown_labels(expression: str, legend: str = "") -> set[str]:
    """Labels that an expression or the words beside its line want of series without them."""
    series = {**FROM_ELSEWHERE, **documented()}
    bare = re.sub(r'"[^"]*"', "", expression)
    unknown = {
        f"{name}{{{label}}}"
        for name, matchers in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", bare)
        for label in set(re.findall(r"\w+", matchers)) - series.get(name, set()) - _OF_ALL
    }
    groups = re.findall(r"\b(?:by|without|on|ignoring|group_\w+)\s*\(([^)]*)\)", bare)
    named = re.findall(r"\w+", " ".join([*groups, *re.findall(r"\{\{ *(\w+) *\}\}", legend)]))
    had = set().union(*(series.get(name, frozenset()) for name in metric_names(expression)))
    return unknown | (set(named) - had - _OF_ALL)


def unknown_names(expressions: Iterable[str]) -> set[str]:
    """Series that are asked for and that nothing has."""
    recorded = set(alerts.RECORDED)
    names = {name for expression in expressions for name in metric_names(expression)}
    return names - set(documented()) - recorded - set(FROM_ELSEWHERE)


def without_runbook(alerts: Iterable[str], folder: Path = RUNBOOKS) -> set[str]:
    """Alerts that have no runbook, and runbooks of no alert."""
    return set(alerts) ^ {path.stem for path in folder.glob("*.md")}
