"""Pictures of a model, as PNG: what it errs, where, and whether its range keeps its promise.

Drawn on a figure of their own: nothing global of matplotlib is touched.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from homeprices.domain.model_card import Slice
from homeprices.domain.tracking import Trial, best_so_far

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
_INK, _MUTED, _GRID = "#1d2733", "#5b6875", "#e3e7eb"
_DOT, _LINE, _BAND, _BAD = "#2f6f9f", "#c2571a", "#f0d9c8", "#a3222f"
_DPI = 110
_MOST_ERROR_PERCENT = 100.0
_GROUPS = 12
_LOCALITIES, _FEWEST_HOMES = 24, 5


@contextmanager
def _canvas(width: float, height: float) -> Iterator[tuple[Axes, io.BytesIO]]:
    """Axes in the house style; the buffer holds the PNG once the block has ended."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes, png = figure.add_subplot(), io.BytesIO()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_MUTED)
    axes.tick_params(colors=_MUTED, labelsize=9)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    yield axes, png
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=9, labelcolor=_INK)
    # Without the program's version and the time the same model gives the same bytes.
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})


def _titled(axes: Axes, title: str, subtitle: str) -> None:
    axes.set_title(f"{title}\n", loc="left", fontsize=12, color=_INK, fontweight="bold")
    axes.text(0, 1.02, subtitle, transform=axes.transAxes, fontsize=9, color=_MUTED)


def residuals(actual: Floats, estimate: Floats, price_unit: str) -> bytes:
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
    with _canvas(7.6, 4.6) as (axes, png):
        shown = np.minimum(error, _MOST_ERROR_PERCENT)
        axes.scatter(estimate, shown, s=9, color=_DOT, alpha=0.35, linewidths=0, label="a home")
        axes.fill_between(at, low, high, color=_LINE, alpha=0.2, linewidth=0, label="middle half")
        axes.plot(at, middle, color=_LINE, linewidth=2, label="median")
        axes.axhline(0, color=_INK, linewidth=1)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(-_MOST_ERROR_PERCENT, _MOST_ERROR_PERCENT * 1.05)
        axes.set_xlabel(f"estimated price ({price_unit}, log scale)", color=_MUTED)
        axes.set_ylabel("estimate minus actual (% of actual)", color=_MUTED)
        drawn = f"; {beyond} beyond +100 % drawn at the top" if beyond else ""
        half = float(np.median(np.abs(error)))
        told = f"{len(error):,} held-out homes, half of them within {half:.1f} %{drawn}"
        _titled(axes, "Error over the estimated price", told)
    return png.getvalue()


def calibration(slices: Sequence[Slice], promised_percent: float) -> bytes:
    """The share of homes inside their range, slice by slice, beside what was promised.

    The bar around the promise is what luck alone explains with so few homes.
    """
    rows = list(slices)[::-1]
    with _canvas(7.6, 1.5 + 0.3 * len(rows)) as (axes, png):
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
            color=_BAND,
            label="explained by luck",
        )
        axes.axvline(promised_percent, color=_INK, linewidth=1, label="promised")
        axes.scatter(seen[~is_off], places[~is_off], s=36, color=_DOT, zorder=3, label="achieved")
        if is_off.any():
            axes.scatter(
                seen[is_off], places[is_off], s=44, color=_BAD, marker="D", zorder=3,
                label="beyond luck",
            )  # fmt: skip
        axes.set_yticks(places, [f"{s.kind}: {s.name}  (n = {s.rows:,})" for s in rows])
        axes.set_xlim(min(50.0, *(seen - 3), *(promised_percent - margin - 1)), 100)
        axes.set_xlabel("actual prices inside the range (%)", color=_MUTED)
        axes.grid(visible=False, axis="y")
        told = (
            f"promised: {promised_percent:.0f} % of homes inside; a bar spans three standard errors"
        )
        _titled(axes, "Does the range keep its promise?", told)
    return png.getvalue()


def error_by_locality(localities: Sequence[str], error_percent: Floats) -> bytes:
    """The median error of the localities with most held-out homes, and their middle half.

    `error_percent` is the absolute error `(n,)` in percent of the actual price.
    """
    names = np.asarray(localities)
    found, counts = np.unique(names, return_counts=True)
    most = sorted(zip(counts.tolist(), found.tolist(), strict=True), key=lambda p: (-p[0], p[1]))
    chosen = [(n, name) for n, name in most if n >= _FEWEST_HOMES][:_LOCALITIES]
    parts = sorted(
        (
            (name, n, *np.quantile(error_percent[names == name], [0.25, 0.5, 0.75]))
            for n, name in chosen
        ),
        key=lambda part: -part[3],
    )
    overall = float(np.median(error_percent))
    with _canvas(7.6, 1.8 + 0.24 * max(3, len(parts))) as (axes, png):
        places = np.arange(len(parts))
        low, middle, high = (np.array([part[i] for part in parts]) for i in (2, 3, 4))
        axes.hlines(places, low, high, color=_DOT, alpha=0.35, linewidth=5, label="middle half")
        axes.scatter(middle, places, s=30, color=_DOT, zorder=3, label="median")
        axes.axvline(overall, color=_LINE, linewidth=1.5, label="all held-out homes")
        axes.set_yticks(places, [f"{name}  (n = {n})" for name, n, *_ in parts])
        axes.set_xlim(left=0)
        axes.set_xlabel("absolute error (% of the actual price)", color=_MUTED)
        axes.grid(visible=False, axis="y")
        told = (
            f"the {len(parts)} localities with most of {len(names):,} held-out homes; "
            f"{len(found):,} in all"
        )
        _titled(axes, "Error by locality", told)
    return png.getvalue()


def search(trials: Sequence[Trial]) -> bytes:
    """The error of each trial of a search and the best so far."""
    from matplotlib.ticker import MaxNLocator

    finished = [trial for trial in trials if trial.value is not None]
    pruned = [trial for trial in trials if trial.value is None and trial.folds]
    best = best_so_far(trials)
    first = len(trials) - len(best)
    with _canvas(7.6, 4.2) as (axes, png):
        axes.step(
            np.arange(first, len(trials)) + 1, best, where="post", color=_LINE, linewidth=2,
            label="best so far",
        )  # fmt: skip
        axes.scatter(
            [t.number + 1 for t in finished], [t.value or 0 for t in finished], s=26, color=_DOT,
            zorder=3, label="all folds",
        )  # fmt: skip
        if pruned:
            axes.scatter(
                [t.number + 1 for t in pruned], [float(np.mean(t.folds)) for t in pruned], s=30,
                color=_MUTED, marker="x", zorder=3, label="cut short (mean of its folds)",
            )  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("trial (the first is the recipe's defaults)", color=_MUTED)
        axes.set_ylabel("mean absolute log error, cross-validated", color=_MUTED)
        told = f"{len(trials)} trials, {len(pruned)} cut short"
        _titled(axes, "The search for parameters", told)
    return png.getvalue()
