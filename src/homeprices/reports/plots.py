"""Pictures of a model: what it errs, where, and whether its range keeps its promise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.model_card import LearningPoint, Slice
from homeprices.domain.training import TuningTrial, best_so_far
from homeprices.reports.canvas import BAD, BAND, DOT, INK, LINE, MUTED, canvas, pictures, titled
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.predictions import Predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_MOST_ERROR_PERCENT = 100.0
_GROUPS = 12
_COLOURS = (DOT, LINE, MUTED, BAD)
_LOCALITIES, _FEWEST_HOMES = 24, 5


def residuals(actual: Floats, estimate: Floats, price_unit: str) -> Drawing:
    """Error in percent of the actual price over the estimate, with the median and middle half.

    `actual` and `estimate` are prices `(n,)` in `price_unit`. Errors beyond
    100 % are drawn at the border and counted.
    """
    from matplotlib.ticker import LogLocator, NullLocator

    error = 100 * (estimate / actual - 1)
    beyond = int((error > _MOST_ERROR_PERCENT).sum())
    groups = np.array_split(np.argsort(estimate), min(_GROUPS, len(estimate)))
    at = [float(np.median(estimate[g])) for g in groups]
    low, middle, high = (
        [float(np.quantile(error[g], q)) for g in groups] for q in (0.25, 0.5, 0.75)
    )
    with canvas(4.6) as (figure, axes):
        shown = np.minimum(error, _MOST_ERROR_PERCENT)
        axes.scatter(estimate, shown, s=9, color=DOT, alpha=0.35, linewidths=0, label="a home")
        axes.fill_between(at, low, high, color=LINE, alpha=0.2, linewidth=0, label="middle half")
        axes.plot(at, middle, color=LINE, linewidth=2, label="median")
        axes.axhline(0, color=INK, linewidth=1)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(-_MOST_ERROR_PERCENT, _MOST_ERROR_PERCENT * 1.05)
        axes.set_xlabel(f"estimated price ({price_unit}, log scale)", color=MUTED)
        axes.set_ylabel("estimate minus actual (% of actual)", color=MUTED)
        drawn = f"; {beyond} beyond +100 % drawn at the top" if beyond else ""
        half = float(np.median(np.abs(error)))
        subtitle = f"{len(error):,} homes, half of them within {half:.1f} %{drawn}"
        titled(axes, "Error over the estimated price", subtitle)
    return figure


def calibration(slices: Sequence[Slice], promised_percent: float) -> Drawing:
    """The share of homes inside their range, slice by slice, beside what was promised.

    The bar around the promise is what luck alone explains with so few homes.
    """
    rows = list(slices)[::-1]
    with canvas(1.5 + 0.3 * len(rows)) as (figure, axes):
        places = np.arange(len(rows))
        margin = np.array([s.coverage_margin_percent for s in rows])
        seen = np.array([s.coverage_percent for s in rows])
        is_off = np.abs(seen - promised_percent) > margin
        right = np.minimum(promised_percent + margin, 100)
        axes.barh(
            places,
            right - (promised_percent - margin),
            left=promised_percent - margin,
            height=0.5,
            color=BAND,
            label="explained by luck",
        )
        axes.axvline(promised_percent, color=INK, linewidth=1, label="promised")
        axes.scatter(seen[~is_off], places[~is_off], s=36, color=DOT, zorder=3, label="achieved")
        if is_off.any():
            axes.scatter(
                seen[is_off], places[is_off], s=44, color=BAD, marker="D", zorder=3,
                label="beyond luck",
            )  # fmt: skip
        _name_rows(axes, [f"{s.kind}: {s.name}" for s in rows], [s.rows for s in rows])
        axes.set_xlim(min(50.0, *(seen - 3), *(promised_percent - margin - 1)), 100)
        axes.set_xlabel("actual prices inside the range (%)", color=MUTED)
        subtitle = f"{promised_percent:.0f} % promised; a bar spans three standard errors"
        titled(axes, "Does the range keep its promise?", subtitle)
    return figure


def error_by_locality(localities: Sequence[str], error_percent: Floats) -> Drawing:
    """The median error of the localities with most homes, and their middle half.

    `error_percent` is the absolute error `(n,)` in percent of the actual price.
    """
    names = np.asarray(localities)
    unique, counts = np.unique(names, return_counts=True)
    most = sorted(zip(counts.tolist(), unique.tolist(), strict=True), key=lambda p: (-p[0], p[1]))
    chosen = [(n, name) for n, name in most if n >= _FEWEST_HOMES][:_LOCALITIES]
    parts = sorted(
        (
            (name, n, *np.quantile(error_percent[names == name], [0.25, 0.5, 0.75]))
            for n, name in chosen
        ),
        key=lambda part: -part[3],
    )
    overall = float(np.median(error_percent))
    with canvas(1.8 + 0.24 * max(3, len(parts))) as (figure, axes):
        places = np.arange(len(parts))
        low, middle, high = (np.array([part[i] for part in parts]) for i in (2, 3, 4))
        axes.hlines(places, low, high, color=DOT, alpha=0.35, linewidth=5, label="middle half")
        axes.scatter(middle, places, s=30, color=DOT, zorder=3, label="median")
        axes.axvline(overall, color=LINE, linewidth=1.5, label="all homes")
        _name_rows(axes, [part[0] for part in parts], [part[1] for part in parts])
        axes.set_xlim(left=0)
        axes.set_xlabel("absolute error (% of the actual price)", color=MUTED)
        subtitle = (
            f"the {len(parts)} localities with most of {len(names):,} homes; {len(unique):,} in all"
        )
        titled(axes, "Error by locality", subtitle)
    return figure


def search(trials: Sequence[TuningTrial]) -> Drawing:
    """The error of each trial of a search and the best so far."""
    from matplotlib.ticker import MaxNLocator

    finished = [trial for trial in trials if trial.value is not None]
    pruned = [trial for trial in trials if trial.value is None and trial.folds]
    best = best_so_far(trials)
    first = len(trials) - len(best)
    with canvas(4.2) as (figure, axes):
        axes.step(
            np.arange(first, len(trials)) + 1, best, where="post", color=LINE, linewidth=2,
            label="best so far",
        )  # fmt: skip
        axes.scatter(
            [t.number + 1 for t in finished], [t.value or 0 for t in finished], s=26, color=DOT,
            zorder=3, label="all folds",
        )  # fmt: skip
        if pruned:
            axes.scatter(
                [t.number + 1 for t in pruned], [float(np.mean(t.folds)) for t in pruned], s=30,
                color=MUTED, marker="x", zorder=3, label="cut short (mean of its folds)",
            )  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("trial (the first is the recipe's defaults)", color=MUTED)
        axes.set_ylabel("mean absolute log error, cross-validated", color=MUTED)
        subtitle = f"{len(trials)} trials, {len(pruned)} cut short"
        titled(axes, "The search for parameters", subtitle)
    return figure


def error_by_part(slices: Sequence[Slice], overall_percent: float) -> Drawing:
    """The median error of each part of the homes, with its 95 % interval where it has one."""
    parts = list(slices)[::-1]
    with canvas(1.5 + 0.3 * len(parts)) as (figure, axes):
        places = np.arange(len(parts))
        middle = np.array([part.mdape_percent for part in parts])
        reach = [part.mdape_interval or (part.mdape_percent, part.mdape_percent) for part in parts]
        axes.hlines(
            places, *zip(*reach, strict=True), color=DOT, alpha=0.35, linewidth=5,
            label="95 % interval",
        )  # fmt: skip
        axes.scatter(middle, places, s=30, color=DOT, zorder=3, label="median")
        axes.axvline(overall_percent, color=LINE, linewidth=1.5, label="all homes")
        _name_rows(axes, [f"{p.kind}: {p.name}" for p in parts], [p.rows for p in parts])
        axes.set_xlim(left=0)
        axes.set_xlabel("absolute error (% of the actual price)", color=MUTED)
        titled(axes, "Where it errs", f"half of all homes are within {overall_percent:.1f} %")
    return figure


def _name_rows(axes: Axes, names: Sequence[str], counts: Sequence[int]) -> None:
    """One row of a drawing for each name, with how many homes it stands for."""
    labels = [f"{name}  (n = {n:,})" for name, n in zip(names, counts, strict=True)]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.grid(visible=False, axis="y")


def learning_curve(points: Sequence[LearningPoint]) -> Drawing:
    """The median error of models that learned from so many listings each, with its interval."""
    from matplotlib.ticker import NullLocator

    sizes = sorted({point.learned_from for point in points})
    with canvas(4.4) as (figure, axes):
        for facts, colour in zip(dict.fromkeys(p.facts for p in points), _COLOURS, strict=False):
            line = [point for point in points if point.facts == facts]
            at, errors = [p.learned_from for p in line], [p.figure("mdape_percent") for p in line]
            low, high = [e.low for e in errors], [e.high for e in errors]
            axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
            middle = [e.value for e in errors]
            axes.plot(at, middle, color=colour, marker="o", linewidth=2, label=f"told {facts}")
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("listings learned from (log scale)", color=MUTED)
        axes.set_ylabel("median absolute error (% of the price)", color=MUTED)
        subtitle = f"each judged on the same {points[0].held_out:,} homes; bands are of 95 %"
        titled(axes, "What more listings bring", subtitle)
    return figure


def pictures_of(
    predictions: Predictions, listings: Sequence[Listing], parts: Sequence[Slice], market: Market
) -> dict[str, bytes]:
    """Error, promise and parts as PNG and SVG files by name; `predictions` are for `listings`."""
    error = 100 * np.abs(predictions.estimate / predictions.actual - 1)
    keys = [locality_key(listing.home.locality, market) for listing in listings]
    names = {key: listing.home.locality for key, listing in zip(keys, listings, strict=True)}
    unit = market.money.price_unit
    return {
        **pictures("residuals", residuals(predictions.actual, predictions.estimate, unit)),
        **pictures("calibration", calibration(parts, 100 * predictions.promise)),
        **pictures("error_by_part", error_by_part(parts, float(np.median(error)))),
        **pictures("error_by_locality", error_by_locality([names[key] for key in keys], error)),
    }
