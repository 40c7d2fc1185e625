"""Rules that decide an experiment, by name and version.

A rule is a pure step: what it made of the evidence so far and the rows that
arrived since, in; what it makes of both, and a verdict, out. It never sees a row
twice, so that the cost of an evaluation does not grow with the log.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from homeprices.domain.errors import NotFound
from homeprices.domain.evidence import policy as evidence_policy
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments import composite
from homeprices.domain.experiments.decision import PolicyResult
from homeprices.domain.experiments.evidence import EvidenceRow
from homeprices.domain.experiments.experiment import PolicyDocument, PolicyTerms

# A state is the policy's own frozen dataclass, kept as JSON between two steps.
PolicyStep = Callable[[Any, Iterable[EvidenceRow], PolicyTerms], tuple[Any, PolicyResult]]


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule; `state()` is its state before the first row."""

    document: PolicyDocument
    state: type[Any]
    step: PolicyStep


POLICIES: Mapping[str, Policy] = {
    "composite": Policy(
        PolicyDocument("composite", 1, asdict(composite.PLAIN)),
        composite.CompositeState,
        composite.step,
    ),
    "evidence": Policy(
        PolicyDocument("evidence", 1, asdict(VERSION_1)), EvidenceState, evidence_policy.step
    ),
}


def policy(name: str) -> Policy:
    """The newest version of the policy called `name`; raises NotFound."""
    if name not in POLICIES:
        raise NotFound(f"no policy is called {name!r}; choose one of {', '.join(POLICIES)}")
    return POLICIES[name]


def policy_for(document: PolicyDocument) -> Policy:
    """The rule that `document` was frozen from; raises NotFound where this release lacks it."""
    rule = policy(document.name)
    if rule.document.version != document.version:
        raise NotFound(
            f"this release decides by {rule.document}, and the experiment was opened under "
            f"{document}: end it by `homes promote` or `homes roll-back`"
        )
    return rule
