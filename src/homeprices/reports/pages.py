"""Pages for people: fills their templates, where everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from homeprices.domain.drift import SIGNIFICANT_PSI, DriftReport
from homeprices.domain.market import Market

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, facts: Mapping[str, object]) -> bytes:
    """The page that `template` makes of `facts`: one file, no script, no request to anyone."""
    return _environment().get_template(template).render(facts).encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("homeprices.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    return environment


def figure(value: float) -> str:
    """A number with as many digits as people read; a count has none after the point.

    >>> figure(0.21437), figure(17.3743), figure(14.0), figure(12345), figure(5)
    ('0.214', '17.4', '14.0', '12,345', '5')
    """
    size = abs(value)
    if isinstance(value, int) or size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{1 if size >= 10 else 2 if size >= 1 else 3}f}"


def drift_page(report: DriftReport, market: Market, at: datetime) -> bytes:
    """What moved, by how much, over how many requests, and the verdict in words, as of `at`."""
    rows = sorted(report.drift_indicators.items(), key=lambda pair: -pair[1].psi)
    named = [(market.fields.get(name, name), drift) for name, drift in rows]
    return page(
        "drift.html",
        {
            "title": market.title,
            "report": report,
            "rows": named,
            "limit": SIGNIFICANT_PSI,
            "at": f"{at:%Y-%m-%d %H:%M} UTC",
        },
    )
