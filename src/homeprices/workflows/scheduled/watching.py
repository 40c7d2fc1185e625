"""The tasks of `drift_monitoring_dag`."""

from __future__ import annotations

from datetime import datetime

from homeprices import bootstrap, settings
from homeprices.domain.errors import Declined, NotFound, Unavailable
from homeprices.stores.tracking.mirror import catch_up, open_books
from homeprices.workflows.drift import watch as watching
from homeprices.workflows.drift.keep import keep_drift
from homeprices.workflows.retention import enforce as keeping

__all__ = ["Declined", "keep_house", "keep_page", "watch_drift"]


def watch_drift() -> str:
    """Make today's report and keep it; its words."""
    return watching.watch_drift(watching.drift_desk(settings.load())).report.message


def keep_page() -> str:
    """Keep the newest report as a page in MLflow; where that is away, the report stays in ours."""
    loaded = settings.load()
    known = open_books(loaded)
    if known is None:
        return "no tracking server is known"
    kept = bootstrap.drift_log(bootstrap.database(loaded)).latest()
    if kept is None:
        raise NotFound("no drift report was kept yet")
    try:
        return f"run {keep_drift(kept.report, known, datetime.fromisoformat(kept.at))}"
    except Unavailable as error:
        return f"the page was not kept: {error.message}"


def keep_house() -> list[str]:
    """What was due and is done; versions that MLflow was not told of are logged, too."""
    loaded = settings.load()
    done = keeping.keep_house(keeping.house(loaded))
    known = open_books(loaded)
    if known is not None:
        done += catch_up(known, bootstrap.stores(loaded).experiments)
    return done
