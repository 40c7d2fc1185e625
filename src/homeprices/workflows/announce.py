"""Tells the schedule that a dataset was published."""

from __future__ import annotations

from homeprices.domain.errors import Unavailable
from homeprices.domain.manifest import DatasetManifest
from homeprices.ports import Scheduler


def announce(dataset: DatasetManifest, scheduler: Scheduler | None) -> str | None:
    """What became of the news, in words; None where nothing is scheduled.

    Never raises: the dataset is published all the same, and the hourly run
    finds one that it was not told of.
    """
    if scheduler is None:
        return None
    try:
        scheduler.announce(dataset)
    except Unavailable as error:
        return f"{error.message}; the hourly run will find {dataset.version}"
    return f"Airflow was told of {dataset.version}: the pipeline starts"
