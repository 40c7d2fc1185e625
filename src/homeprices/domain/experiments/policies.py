"""Rules that decide a trial, by name. Each is a pure function of the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from homeprices.domain.errors import NotFound
from homeprices.domain.experiments.composite import composite
from homeprices.domain.experiments.decision import PolicyResult
from homeprices.domain.experiments.evidence import Evidence

Policy = Callable[[Evidence], PolicyResult]

POLICIES: Mapping[str, Policy] = {"composite": composite}


def policy(name: str) -> Policy:
    """The policy called `name`; raises NotFound."""
    if name not in POLICIES:
        raise NotFound(f"no policy is called {name!r}; choose one of {', '.join(POLICIES)}")
    return POLICIES[name]
