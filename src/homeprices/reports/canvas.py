"""Axes in the style of the project, and the picture they become: PNG to show, SVG to enlarge.

Drawn on a figure of their own: nothing global of matplotlib is touched.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

INK, MUTED, GRID = "#1d2733", "#5b6875", "#e3e7eb"
DOT, LINE, BAND, BAD = "#2f6f9f", "#c2571a", "#f0d9c8", "#a3222f"
WIDTH = 7.6
_DPI = 110
_HASHSALT = "homeprices"


@contextmanager
def canvas(height: float) -> Iterator[tuple[Drawing, Axes]]:
    """A figure `height` inches high and its axes; the legend is added when the block ends."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelsize=9)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    yield figure, axes
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=9, labelcolor=INK)


def titled(axes: Axes, title: str, subtitle: str) -> None:
    """Say what is seen above the axes."""
    axes.set_title(f"{title}\n", loc="left", fontsize=12, color=INK, fontweight="bold")
    axes.annotate(
        subtitle, (0, 1), (0, 5), "axes fraction", textcoords="offset points", fontsize=9,
        color=MUTED,
    )  # fmt: skip


def pictures(name: str, figure: Drawing) -> dict[str, bytes]:
    """`figure` as `{name}.png` and `{name}.svg`; the same figure gives the same bytes."""
    from matplotlib import rc_context

    png, svg = io.BytesIO(), io.BytesIO()
    # Laid out once for both: each saving would do it again, and it is most of their work.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    # Neither the time nor the program's version is told.
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
    # Text stays text.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": _HASHSALT}):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return {f"{name}.png": png.getvalue(), f"{name}.svg": svg.getvalue()}
