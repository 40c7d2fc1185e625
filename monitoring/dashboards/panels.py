"""Panels as these dashboards use them: one colour for one arm, a unit on every axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

WIDTH = 24
SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
PRODUCTION, CANDIDATE = "#3871C1", "#E0752D"
GOOD, FAIR, BAD = "#2E8B57", "#D9A400", "#C4314B"
# An arm has one colour on every panel, and nothing else has it.
ARMS = {
    r"candidate|.*\(candidate\)|has": CANDIDATE,
    r"production|.*\(production\)": PRODUCTION,
    "planned|needs": "#8A8A8A",
}
OTHERS = {
    "half within": "#B9A3CC",
    "95 % within": "#8E5EA2",
    "99 % within": "#4B2466",
    "fast": BAD,
    "slow": FAIR,
    "waiting": "#8E5EA2",
    "set_aside": BAD,
    "processor": "#8E5EA2",
    "memory": "#3F9AA3",
    "high": GOOD,
    "fair": "#A9B84C",
    "low": FAIR,
    "too_few": BAD,
    "with feedback": "#8E5EA2",
    "with a sale price": "#3F9AA3",
    "wide ranges": "#8E5EA2",
    "unknown localities": "#3F9AA3",
    "homes": "#3F9AA3",
}


@dataclass(frozen=True)
class Query:
    """An expression and what its series are called, with {{label}} for the value of a label."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Steps:
    """From which value on a figure is fair or bad, or good where a high one is good."""

    levels: Sequence[tuple[float | None, str]]

    @classmethod
    def rising(cls, fair: float, bad: float) -> "Steps":
        """Good below `fair`, bad from `bad` on."""
        return cls(((None, GOOD), (fair, FAIR), (bad, BAD)))

    @classmethod
    def falling(cls, fair: float, good: float) -> "Steps":
        """Bad below `fair`, good from `good` on."""
        return cls(((None, BAD), (fair, FAIR), (good, GOOD)))

    def build(self) -> dashboard.ThresholdsConfig:
        """As Grafana has it."""
        steps = [model.Threshold(value=value, color=colour) for value, colour in self.levels]
        return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


PLAIN = Steps(((None, "#4A5A6A"),))


def figure(
    title: str,
    query: Query,
    unit: str = "short",
    *,
    steps: Steps = PLAIN,
    words: Mapping[str, str] | None = None,
    decimals: int | None = None,
    says: str = "",
    none: str = "none yet",
) -> stat.Panel:
    """One number, large; `words` replace values, `none` stands where there is no series."""
    panel = (
        stat.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .unit(unit)
        .no_value(none)
        .thresholds(steps.build())
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .reduce_options(parts.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .with_target(_target(query, 0, is_instant=True))
    )
    if query.legend:
        panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)
    if decimals is not None:
        panel.decimals(decimals)
    if words:
        options = {value: model.ValueMappingResult(text=text) for value, text in words.items()}
        panel.mappings([model.ValueMap(options=options)])
    return panel


def lines(
    title: str,
    *queries: Query,
    unit: str = "short",
    steps: Steps | None = None,
    is_stacked: bool = False,
    least: float | None = 0,
    most: float | None = None,
    says: str = "",
) -> timeseries.Panel:
    """Series over time; `steps` draw the line that an alert goes by."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .unit(unit)
        .line_width(2)
        .fill_opacity(35 if is_stacked else 0)
        .show_points(common.VisibilityMode.NEVER)
        .legend(
            parts.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(parts.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
    )
    if least is not None:
        panel.min(least)
    if most is not None:
        panel.max(most)
    if is_stacked:
        panel.stacking(parts.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if steps:
        panel.thresholds(steps.build())
        style = common.GraphTresholdsStyleMode.DASHED
        panel.thresholds_style(parts.GraphThresholdsStyleConfig().mode(style))
    for number, query in enumerate(queries):
        panel.with_target(_target(query, number))
    for pattern, colour in ARMS.items():
        panel.override_by_regexp(f"/^({pattern})$/", _fixed(colour))
    for query in queries:
        if query.legend in OTHERS:
            panel.override_by_name(query.legend, _fixed(OTHERS[query.legend]))
    return panel


def bars(
    title: str,
    query: Query,
    unit: str = "short",
    *,
    steps: Steps = PLAIN,
    most: float | None = None,
    says: str = "",
) -> bargauge.Panel:
    """A bar for each series, now."""
    panel = (
        bargauge.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .no_value("none yet")
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .thresholds(steps.build())
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .reduce_options(parts.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .with_target(_target(query, 0, is_instant=True))
    )
    for pattern, colour in ARMS.items():
        panel.override_by_regexp(f"/^({pattern})$/", _fixed(colour))
    return panel if most is None else panel.max(most)


def _fixed(colour: str) -> list[model.DynamicConfigValue]:
    return [model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})]


Panel = stat.Panel | timeseries.Panel | bargauge.Panel
Row = tuple[int, Sequence[Panel]]


def page(uid: str, title: str, says: str, rows: Sequence[Row]) -> dashboard.Dashboard:
    """A dashboard of `rows`, each its height and its panels, which share the width."""
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(says)
        .tags(["home prices"])
        .readonly()
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
    )
    top, number = 0, 1
    for height, panels in rows:
        edges = [round(WIDTH * place / len(panels)) for place in range(len(panels) + 1)]
        for panel, left, right in zip(panels, edges, edges[1:], strict=False):
            made.with_panel(
                panel.id(number).grid_pos(model.GridPos(height, right - left, left, top))
            )
            number += 1
        top += height
    return made


def _target(query: Query, number: int, *, is_instant: bool = False) -> prometheus.Dataquery:
    target = (
        prometheus.Dataquery()
        .datasource(SOURCE)
        .ref_id(chr(ord("A") + number))
        .expr(" ".join(query.expression.split()))
        .legend_format(query.legend)
    )
    return target.instant() if is_instant else target.range()
