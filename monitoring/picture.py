"""Draws a dashboard as Grafana would lay it out, from its JSON and what a Prometheus says now.

.venv/bin/python monitoring/picture.py http://localhost:9090 docs/pictures
"""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

FOLDER = Path(__file__).resolve().parent
COLUMN_IN, ROW_IN, GAP_IN, HEAD_IN = 0.62, 0.36, 0.10, 0.75
INK, FAINT, GROUND, CARD = "#1F2933", "#6B7785", "#F1F3F5", "#FFFFFF"
PALETTE = ("#8E5EA2", "#3F9AA3", "#2E8B57", "#D9A400", "#7A6A58", "#C76B98", "#5F7FA8", "#9AA23F")
POINTS = 180
Series = list[dict[str, Any]]
Ask = Callable[[str], Series]


@dataclass(frozen=True)
class Prometheus:
    """What is asked, how far back a line goes, and its end: the same for all that are stacked."""

    url: str
    seconds: float
    end: float = field(default_factory=time.time)

    def now(self, expression: str) -> Series:
        """The series of an expression now."""
        return self._ask("query", {"query": expression})

    def lately(self, expression: str) -> Series:
        """The series of an expression over the time that is drawn."""
        step = max(1, self.seconds / POINTS)
        span = {"start": self.end - self.seconds, "end": self.end, "step": step}
        return self._ask("query_range", {"query": expression, **span})

    def _ask(self, path: str, parameters: Mapping[str, Any]) -> Series:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=dict(parameters), timeout=30)
        answer.raise_for_status()
        return list(answer.json()["data"]["result"])


def draw(page: Mapping[str, Any], source: Prometheus, out: Path) -> None:
    """Write the picture of one dashboard."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in page["panels"])
    size = (24 * COLUMN_IN + 2 * GAP_IN, rows * ROW_IN + HEAD_IN + GAP_IN)
    figure = Figure(figsize=size, facecolor=GROUND)
    FigureCanvasAgg(figure)
    top = 1 - 0.3 / size[1]
    figure.text(
        2 * GAP_IN / size[0], top, page["title"], size=17, color=INK, weight="bold", va="center"
    )
    figure.text(
        2 * GAP_IN / size[0],
        top - 0.3 / size[1],
        page["description"],
        size=9,
        color=FAINT,
        va="center",
    )
    for panel in page["panels"]:
        _panel(figure, panel, source, size)
    figure.savefig(out, dpi=110)


def _panel(
    figure: Figure, panel: Mapping[str, Any], source: Prometheus, size: tuple[float, float]
) -> None:
    place = panel["gridPos"]
    left = GAP_IN + place["x"] * COLUMN_IN + GAP_IN / 2
    bottom = size[1] - HEAD_IN - (place["y"] + place["h"]) * ROW_IN + GAP_IN / 2
    width, height = place["w"] * COLUMN_IN - GAP_IN, place["h"] * ROW_IN - GAP_IN
    box = (left / size[0], bottom / size[1], width / size[0], height / size[1])
    figure.patches.append(
        FancyBboxPatch(
            box[:2],
            box[2],
            box[3],
            boxstyle="round,pad=0,rounding_size=0.002",
            transform=figure.transFigure,
            facecolor=CARD,
            edgecolor="#DDE2E7",
            linewidth=0.8,
            zorder=-1,  # below the axes, which have 0
        )
    )
    title_y = (bottom + height - 0.16) / size[1]
    figure.text((left + 0.1) / size[0], title_y, panel["title"], size=9.5, color=INK, va="center")
    drawers = {"stat": _stat, "timeseries": _lines, "bargauge": _bars}
    inner = (left + 0.1, bottom + 0.08, width - 0.2, height - 0.42)
    drawers[panel["type"]](figure, panel, source, inner, size)


Box = tuple[float, float, float, float]


def _stat(
    figure: Figure,
    panel: Mapping[str, Any],
    source: Prometheus,
    box: Box,
    size: tuple[float, float],
) -> None:
    target, options = panel["targets"][0], panel["fieldConfig"]["defaults"]
    series = source.now(target["expr"])
    left, bottom, width, height = box
    middle = ((left + width / 2) / size[0], (bottom + height / 2) / size[1])
    if not series:
        figure.text(
            *middle,
            options.get("noValue", "no data"),
            size=15,
            color=FAINT,
            ha="center",
            va="center",
        )
        return
    value = float(series[0]["value"][1])
    words, name = _shown(value, options), legend(target, series[0])
    up = 0.1 / size[1] if name else 0
    colour = step_colour(value, options)
    figure.text(middle[0], middle[1] + up, words, size=20, color=colour, ha="center", va="center")
    if name:
        figure.text(
            middle[0], middle[1] - 2.1 * up, name, size=9.5, color=FAINT, ha="center", va="center"
        )


def _lines(
    figure: Figure,
    panel: Mapping[str, Any],
    source: Prometheus,
    box: Box,
    size: tuple[float, float],
) -> None:
    options = panel["fieldConfig"]["defaults"]
    custom = options.get("custom", {})
    axes = figure.add_axes(
        _axes_box((box[0] + 0.55, box[1] + 0.5, box[2] - 0.6, box[3] - 0.55), size)
    )
    named = {
        legend(target, series): [(float(t), float(v)) for t, v in series["values"]]
        for target in panel["targets"]
        for series in source.lately(target["expr"])
    }
    colours = _colours(panel, list(named))
    if custom.get("stacking", {}).get("mode") == "normal":
        _stack(axes, named, colours)
    else:
        for name, points in named.items():
            axes.plot(*_xy(points), color=colours[name], lw=1.6, label=name)
    for step in options.get("thresholds", {}).get("steps", []):
        if custom.get("thresholdsStyle", {}).get("mode") == "dashed" and step["value"] is not None:
            axes.axhline(step["value"], color=step["color"], lw=1, ls="--")
    if not named:
        axes.axis("off")
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=FAINT)
        return
    axes.set_ylim(bottom=options.get("min"), top=options.get("max"))
    _dress(axes, options)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.06, -0.13),
        ncols=6,
        fontsize=8,
        frameon=False,
        labelcolor=INK,
        handlelength=1.2,
        columnspacing=1.2,
    )


def _stack(
    axes: Axes, named: Mapping[str, list[tuple[float, float]]], colours: Mapping[str, str]
) -> None:
    moments = sorted({moment for points in named.values() for moment, _ in points})
    floor = dict.fromkeys(moments, 0.0)
    for name, points in named.items():
        known = dict(points)
        roof = {m: floor[m] + known.get(m, 0.0) for m in moments}
        x, low = _xy(sorted(floor.items()))
        high = [roof[m] for m in moments]
        axes.fill_between(x, low, high, color=colours[name], alpha=0.35, lw=0, label=name)
        axes.plot(x, high, color=colours[name], lw=1.4)
        floor = roof


def _bars(
    figure: Figure,
    panel: Mapping[str, Any],
    source: Prometheus,
    box: Box,
    size: tuple[float, float],
) -> None:
    target, options = panel["targets"][0], panel["fieldConfig"]["defaults"]
    rows = sorted(
        (legend(target, series), float(series["value"][1])) for series in source.now(target["expr"])
    )
    if not rows:
        middle = ((box[0] + box[2] / 2) / size[0], (box[1] + box[3] / 2) / size[1])
        figure.text(
            *middle,
            options.get("noValue", "no data"),
            size=13,
            color=FAINT,
            ha="center",
            va="center",
        )
        return
    label_in = min(0.45 * box[2], 0.2 + 0.085 * max(len(name) for name, _ in rows))
    axes = figure.add_axes(
        _axes_box((box[0] + label_in, box[1], box[2] - label_in - 0.75, box[3]), size)
    )
    most = options.get("max") or max(value for _, value in rows) or 1
    for number, (name, value) in enumerate(rows):
        y = len(rows) - number
        colour = _fixed(panel, name) or step_colour(value, options)
        axes.add_patch(Rectangle((0, y - 0.3), most, 0.6, color="#EEF1F4", lw=0))
        axes.add_patch(Rectangle((0, y - 0.3), min(value, most), 0.6, color=colour, lw=0))
        axes.text(-0.02 * most, y, name, ha="right", va="center", size=9, color=INK)
        axes.text(
            1.02 * most, y, _shown(value, options), ha="left", va="center", size=9, color=colour
        )
    axes.set_xlim(0, most)
    axes.set_ylim(0.4, len(rows) + 0.6)
    axes.axis("off")


def _dress(axes: Axes, options: Mapping[str, Any]) -> None:
    axes.set_facecolor(CARD)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#DDE2E7")
    axes.grid(axis="y", color="#EDF0F2", lw=0.8)
    axes.tick_params(colors=FAINT, labelsize=8, length=0)
    axes.yaxis.set_major_formatter(lambda value, _: _shown(value, options))
    locator = AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    axes.margins(x=0)


def _xy(points: Sequence[tuple[float, float]]) -> tuple[list[Any], list[float]]:
    import numpy as np

    moments = [np.datetime64(int(moment * 1000), "ms") for moment, _ in points]
    return moments, [value for _, value in points]


def _axes_box(box: Box, size: tuple[float, float]) -> Box:
    return (box[0] / size[0], box[1] / size[1], box[2] / size[0], box[3] / size[1])


def legend(target: Mapping[str, Any], series: Mapping[str, Any]) -> str:
    """What a series is called: its legend with the values of its labels."""
    words = str(target["legendFormat"])
    for label, value in series["metric"].items():
        words = words.replace("{{" + label + "}}", value)
    return words


def _colours(panel: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    return {
        name: _fixed(panel, name) or PALETTE[number % len(PALETTE)]
        for number, name in enumerate(names)
    }


def _fixed(panel: Mapping[str, Any], name: str) -> str | None:
    """The colour that an override gives to a series of this name."""
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        pattern = matcher["options"].strip("/")
        is_name = matcher["id"] == "byName" and matcher["options"] == name
        if is_name or (matcher["id"] == "byRegexp" and re.search(pattern, name)):
            return str(override["properties"][0]["value"]["fixedColor"])
    return None


def step_colour(value: float, options: Mapping[str, Any]) -> str:
    """The colour of the highest step that `value` has reached."""
    steps = options.get("thresholds", {}).get("steps", [])
    reached = [s["color"] for s in steps if s["value"] is None or value >= s["value"]]
    return str(reached[-1]) if reached else INK


def _shown(value: float, options: Mapping[str, Any]) -> str:
    """A value in its unit, as Grafana would write it."""
    for mapping in options.get("mappings", []):
        result = mapping.get("options", {}).get(f"{value:g}")
        if result:
            return str(result["text"])
    writers = {
        "percentunit": lambda v, d: f"{_plain(100 * v, d)}%",
        "percent": lambda v, _: f"{v:.0f}%",
        "s": lambda v, _: duration(v),
        "reqps": lambda v, d: f"{_plain(v, d)}/s",
        "suffix: lakh": lambda v, d: f"{_plain(v, d)} lakh",
        "short": _large,
    }
    return writers[options["unit"]](value, options.get("decimals"))


def duration(value: float) -> str:
    """Seconds in the unit that suits them.

    >>> [duration(0.0012), duration(42), duration(7200), duration(172800)]
    ['1.2 ms', '42 s', '2 hours', '2 days']
    """
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "mins"), (1, "s"), (0.001, "ms")):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g} s"


def _large(value: float, decimals: int | None) -> str:
    for size, letter in ((1e9, " Bil"), (1e6, " Mil"), (1e3, " K")):
        if abs(value) >= size:
            return _plain(value / size, decimals if decimals is not None else 1) + letter
    return _plain(value, decimals)


def _plain(value: float, decimals: int | None) -> str:
    return f"{value:.{decimals}f}" if decimals is not None else f"{value:.3g}"


def draw_all(source: Prometheus, out: Path) -> list[Path]:
    """The pictures of all dashboards."""
    made = []
    for path in sorted((FOLDER / "grafana" / "dashboards").glob("*.json")):
        made.append(out / f"dashboard-{path.stem}.png")
        draw(json.loads(path.read_text(encoding="utf-8")), source, made[-1])
    return made


if __name__ == "__main__":
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 60.0
    draw_all(Prometheus(sys.argv[1], 60 * minutes), Path(sys.argv[2]))
