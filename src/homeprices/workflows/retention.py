"""Makes room ahead, and lets go of what has outlived its retention."""

from datetime import timedelta

from homeprices.domain.units import counted
from homeprices.stores.candidates import candidate_history
from homeprices.workflows.context import RetentionPorts

MONTHS_AHEAD = 3


def enforce_retention(ports: RetentionPorts) -> list[str]:
    """Do what is due; sentences that say what was done, none when nothing was.

    Months of predictions are made ahead and dropped whole when old, opinions
    with them. Files of candidates that lost long ago are deleted. Production's
    files never are, nor any manifest, report or dataset. Done again it changes nothing,
    and what a crash left half-way it finishes. Raises Unavailable.
    """
    return [*_make_months(ports), *_drop_rows(ports), *_delete_files(ports)]


def _make_months(ports: RetentionPorts) -> list[str]:
    months = ports.partitions.ahead(ports.clock(), MONTHS_AHEAD)
    return [f"made room for predictions: {', '.join(months)}"] if months else []


def _drop_rows(ports: RetentionPorts) -> list[str]:
    days = ports.rows_days
    gone = ports.partitions.drop_older_than(ports.clock() - timedelta(days=days))
    old = counted(days, "day")
    return [f"dropped {counted(n, 'row')} of {name}: over {old} old" for name, n in gone.items()]


def _delete_files(ports: RetentionPorts) -> list[str]:
    """Let go of files while nobody decides: a decision may be about to need them."""
    done = []
    with ports.decisions.lock():
        if ports.decisions.unfinished() is not None:
            return ["deleted no files: a decision is half-way; `homes decide` finishes it"]
        for version, lost in candidate_history(ports.registry, ports.experiments).retired.items():
            days = ports.files_days
            if ports.clock() - lost < timedelta(days=days):
                continue
            files = ports.registry.delete_files(version, days)
            if files:
                done.append(
                    f"deleted the files of {version} ({files}), retired on {lost:%Y-%m-%d}; "
                    "its manifest and report stay"
                )
    return done
