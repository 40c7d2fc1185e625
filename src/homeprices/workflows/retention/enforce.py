"""Makes room ahead, and lets go of what has outlived its retention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from homeprices import bootstrap
from homeprices.ports import Clock, DecisionLog, Partitions
from homeprices.settings import Settings
from homeprices.stores.candidates import lost_candidates
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry

MONTHS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days predictions and opinions, and the files of retired candidates, are kept."""

    rows_days: int
    files_days: int


@dataclass(frozen=True, slots=True)
class House:
    """What is kept in order."""

    registry: Registry
    experiments: Experiments
    log: DecisionLog
    partitions: Partitions
    clock: Clock
    retention: Retention


def house(settings: Settings) -> House:
    """The house that `settings` point at; raises Refused when no database is known."""
    stores, database = bootstrap.stores(settings), bootstrap.database(settings)
    return House(
        stores.registry,
        stores.experiments,
        bootstrap.decision_log(database),
        bootstrap.partitions(database),
        bootstrap.clock,
        Retention(settings.retention_days, settings.model_retention_days),
    )


def keep_house(house: House) -> list[str]:
    """Do what is due; sentences that say what was done, none when nothing was.

    Months of predictions are made ahead and dropped whole when old, opinions
    with them. Files of candidates that lost long ago are deleted. Production's
    files never are, nor any manifest, report or dataset. Done again it changes nothing,
    and what a crash left half-way it finishes. Raises Unavailable.
    """
    return [*_make_months(house), *_drop_rows(house), *_delete_files(house)]


def _make_months(house: House) -> list[str]:
    made = house.partitions.ahead(house.clock(), MONTHS_AHEAD)
    return [f"made room for predictions: {', '.join(made)}"] if made else []


def _drop_rows(house: House) -> list[str]:
    days = house.retention.rows_days
    gone = house.partitions.drop_older_than(house.clock() - timedelta(days=days))
    return [f"dropped {rows:,} rows of {name}: over {days} days old" for name, rows in gone.items()]


def _delete_files(house: House) -> list[str]:
    """Let go of files while nobody decides: a decision may be about to need them."""
    done = []
    with house.log.alone():
        if house.log.unfinished() is not None:
            return ["deleted no files: a decision is half-way; `homes decide` finishes it"]
        for version, lost in lost_candidates(house.registry, house.experiments).items():
            days = house.retention.files_days
            if house.clock() - lost < timedelta(days=days):
                continue
            files = house.registry.delete_files(version, days)
            if files:
                done.append(
                    f"deleted the files of {version} ({files}), which lost on {lost:%Y-%m-%d}; "
                    "its manifest and report stay"
                )
    return done
