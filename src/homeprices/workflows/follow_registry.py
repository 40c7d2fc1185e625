"""Brings the tracking server's aliases in line with the registry, which stays the truth."""

from __future__ import annotations

from homeprices.domain.errors import HomesError, NotFound
from homeprices.domain.versions import ModelVersion
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry
from homeprices.workflows.track import Books, track, track_untracked

PRODUCTION, CANDIDATE = "production", "candidate"


def follow_registry(books: Books, experiments: Experiments) -> list[str]:
    """Let the aliases name the trained versions that are in production and on trial.

    Returns each difference that was mended, as a sentence; none means that
    there was none. A version that the server does not know is logged first.
    Raises Unavailable.
    """
    wanted = _wanted(books.registry, experiments)
    named = books.tracker.aliases()
    mended = []
    for alias, version in wanted.items():
        before = named.get(alias)
        if before != version:
            mended += _point(alias, version, books)
            mended.append(f"alias {alias} named {before or 'nothing'}, now {version or 'nothing'}")
    return mended


def catch_up(books: Books, experiments: Experiments) -> list[str]:
    """Track what is untracked and bring the aliases in line; what was done, or why not.

    For callers whose own work is done and stays: what cannot be told to the
    server now is a sentence, not an error.
    """
    done: list[str] = []
    try:
        done += track_untracked(books)
    except HomesError as error:
        done.append(error.message)
    try:
        done += follow_registry(books, experiments)
    except HomesError as error:
        done.append(error.message)
    return list(dict.fromkeys(done))


def _wanted(registry: Registry, experiments: Experiments) -> dict[str, str | None]:
    """The version that each alias should name."""
    production, trial = registry.production(), experiments.open_now()
    on_trial = registry.manifest(ModelVersion.parse(trial.candidate)) if trial else None
    return {
        PRODUCTION: registry.origin(production).version if production else None,
        CANDIDATE: registry.origin(on_trial).version if on_trial else None,
    }


def _point(alias: str, version: str | None, books: Books) -> list[str]:
    """Move the alias; what had to be done before, as sentences."""
    try:
        books.tracker.point(alias, version)
    except NotFound:
        # A server that was set up anew knows nothing of versions marked as tracked.
        run_id = track(ModelVersion.parse(str(version)), books)
        books.tracker.point(alias, version)
        return [f"{version} was unknown to the server and is tracked as run {run_id}"]
    return []
