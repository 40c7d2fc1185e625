"""The drift of the traffic as one page."""

from __future__ import annotations

from datetime import datetime

from homeprices.domain.drift import SIGNIFICANT_PSI, DriftReport
from homeprices.domain.market import Market
from homeprices.reports.pages import page


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
