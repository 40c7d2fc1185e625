"""Fills the templates of pages: everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

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
