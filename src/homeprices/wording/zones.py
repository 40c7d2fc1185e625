"""What each zone shows, as lines of a table for people."""

from collections.abc import Sequence
from math import exp

from homeprices.domain.evidence.zones import ZoneFinding

LARGEST_SHOWN = 50.0


def zone_lines(zones: Sequence[ZoneFinding]) -> list[str]:
    """A head and a line a zone: both errors, the difference, the stake on "worse here"; or none."""
    if not zones:
        return []
    head = (
        f"{'zone':<16}{'sale prices':>12}{'error: production':>20}{'candidate':>12}"
        f"{'difference':>12}{'bet: worse':>12}{'shown at':>10}"
    )
    return [head, *map(_line, zones)]


def _line(zone: ZoneFinding) -> str:
    errors = (_percent(zone.production_error), _percent(zone.candidate_error))
    change = "-" if zone.loss_ratio is None else f"{100 * (zone.loss_ratio - 1):+.0f} %"
    worse = "  worse" if zone.is_worse else ""
    return (
        f"{zone.zone:<16}{zone.labels:>12,}{errors[0]:>20}{errors[1]:>12}{change:>12}"
        f"{_odds(zone.harm):>12}{_odds(zone.needed):>10}{worse}"
    )


def _percent(error: float | None) -> str:
    """A mean error in log price as the percent that it is of a price.

    >>> _percent(0.1823)
    '20.0 %'
    """
    return "-" if error is None else f"{100 * (exp(error) - 1):.1f} %"


def _odds(log_e: float) -> str:
    odds = exp(min(log_e, LARGEST_SHOWN))
    return f"{odds:,.0f}" if odds >= 10 else f"{odds:.2f}"
