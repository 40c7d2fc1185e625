"""The tasks of `drift_monitoring_dag`."""

from datetime import datetime

from homeprices.domain.errors import Declined, NotFound, Unavailable
from homeprices.workflows import drift
from homeprices.workflows.context import DriftPorts, SchedulePorts
from homeprices.workflows.retention import enforce_retention

__all__ = ["Declined", "keep_house", "keep_page", "watch_drift"]


def watch_drift(ports: DriftPorts) -> str:
    """Make today's report and keep it; its words.

    For: whoever answers for the model: do visitors ask about other homes than it has learned from?

    When it fails: PostgreSQL is away: clear the task once `homes status` is green; a day is
    reported once.
    """
    return drift.watch_drift(ports).report.message


def keep_page(ports: SchedulePorts) -> str:
    """Keep the newest report as a page in MLflow; where that is away, the report stays in ours.

    For: readers of MLflow; `homes drift report` has the same figures.

    When it fails: the report itself is kept: clear the task, or leave it.
    """
    if ports.tracking is None:
        return "no tracking server is known"
    kept = ports.drift_log.latest()
    if kept is None:
        raise NotFound("no drift report was kept yet")
    at, tracker = datetime.fromisoformat(kept.at), ports.tracking.tracker
    try:
        return f"run {drift.log_drift_page(kept.report, at, tracker, ports.market)}"
    except Unavailable as error:
        return f"the page was not kept: {error.message}"


def keep_house(ports: SchedulePorts) -> list[str]:
    """What was due and is done; versions that MLflow was not told of are logged, too.

    For: the disk: rows and files that are past their days go, months to come are made ready.

    When it fails: nothing is lost: the next day does it; `homes keep-house` does it now and says
    what it met.
    """
    done = enforce_retention(ports)
    return done + ports.tracking.catch_up() if ports.tracking else done
