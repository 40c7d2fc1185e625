"""Keeps the day's drift of the traffic as a page on the tracking server."""

from __future__ import annotations

from datetime import datetime

from homeprices.domain.drift import DriftReport
from homeprices.reports.drift_page import drift_page
from homeprices.stores.tracking.mirror import Books


def keep_drift(report: DriftReport, books: Books, at: datetime) -> str:
    """The run that the page of the day is kept as; the first of a day counts.

    Raises Unavailable when the server is away.
    """
    figures = {"requests": float(report.requests)}
    for name, drift in report.drift_indicators.items():
        public = books.market.fields.get(name, name)
        figures[f"{public}/psi"] = drift.psi
        figures[f"{public}/largest_move_points"] = drift.drift_percentage
    page = drift_page(report, books.market, at)
    return books.tracker.keep_page(f"drift {at:%Y-%m-%d}", page, figures)
