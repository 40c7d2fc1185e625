"""A policy as people write it: its name and those of its numbers that they want otherwise.

[policy]
name = "evidence"

[parameters]
deadline_hours = 336
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import dumps

from homeprices.domain.errors import BadInput, FieldProblem, Unreadable
from homeprices.domain.experiments.experiment import PolicyDocument
from homeprices.domain.experiments.policies import POLICIES

# Smallest and largest value of a number, wherever its name ends so; the longest end counts.
RANGES: Mapping[str, tuple[float, float]] = {
    "": (0, 1_000_000),
    "alpha": (0.000_001, 0.5),
    "deadline_hours": (1, 8_760),
    "competition_hours": (1, 8_760),
    "min_hours": (0, 8_760),
    "margin": (0, 0.9),
    "_weight": (0, 1),
    "paired_weight": (0.01, 0.99),
    "_share": (0.01, 1),
    "_bound": (0.01, 5),
    "_cap": (0.01, 5),
    "network_cap": (1, 1_000_000),
    "_at": (1, 1_000_000_000),
    "calm_below": (1, 1_000_000_000),
    "odds_allowed": (1, 100),
    "severe_above": (1, 100),
    "promote_above": (1, 10),
    "roll_back_below": (0, 1),
    "gross_above": (0.01, 5),
    "largest_price_ratio": (1.01, 100),
    "echo_within": (0, 0.5),
    "sample_ratio_prior": (1, 1_000_000),
    "slowest_ms": (1, 1_000_000),
    "watch_most_errors": (0.0001, 0.9),
    "watch_most_slow": (0.0001, 0.9),
}


@dataclass(frozen=True, slots=True)
class AcceptedPolicy:
    """`policies/{digest}.json`: a policy was rehearsed, and may decide from then on.

    `equal_promoted` is the share of equal candidates that it promoted in `runs` trials at
    `requests_an_hour`, `equal_promoted_at_reference` that at the traffic of reference, None in
    records of releases that played none; `is_forced` where a person took it although that was too
    many.
    """

    digest: str
    policy: PolicyDocument
    equal_promoted: float
    runs: int
    requests_an_hour: float
    accepted_at: str
    is_forced: bool = False
    equal_promoted_at_reference: float | None = None


def policy_document(toml: str) -> PolicyDocument:
    """The policy that a file declares, with every number of it.

    Raises Unreadable where it is no TOML, BadInput naming each value that cannot be used.
    """
    try:
        tables = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"the policy is no TOML: {error}") from None
    problems = [
        _problem(name, f"is no table of a policy; got [{name}], expected [policy], [parameters]")
        for name in tables
        if name not in ("policy", "parameters")
    ]
    built_in, about_name = _built_in(tables.get("policy"))
    problems += about_name
    numbers = tables.get("parameters", {})
    if built_in is not None:
        problems += _number_problems(numbers, built_in)
    if problems or built_in is None:
        raise BadInput(problems)
    chosen = {name: float(value) for name, value in numbers.items()}
    document = PolicyDocument(built_in.name, built_in.version, {**built_in.parameters, **chosen})
    _check_order(document.parameters)
    return document


def digest(document: PolicyDocument) -> str:
    """The first 16 hexadecimal digits of the sha256 of a policy with its numbers."""
    numbers = {name: float(value) for name, value in document.parameters.items()}
    text = dumps([document.name, document.version, numbers], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def own_numbers(document: PolicyDocument) -> dict[str, float]:
    """The numbers of a policy that are not those of this release; one that is missing is as there.

    >>> own_numbers(PolicyDocument("evidence", 1, {"alpha": 0.5, "margin": 0.05}))
    {'alpha': 0.5}
    """
    built_in = POLICIES[document.name].document.parameters if document.name in POLICIES else {}
    return {name: n for name, n in document.parameters.items() if built_in.get(name) != n}


def in_brief(document: PolicyDocument) -> str:
    """The name of a policy, and where it has numbers of its own its digest.

    >>> in_brief(PolicyDocument("evidence")), in_brief(PolicyDocument("coin", 1, {"heads": 1}))
    ('evidence 1', 'coin 1, digest 8e95')
    """
    return f"{document}, digest {digest(document)[:4]}" if own_numbers(document) else str(document)


def in_words(document: PolicyDocument) -> str:
    """The same with these numbers.

    >>> in_words(PolicyDocument("evidence", 1, {"alpha": 0.5, "margin": 0}))
    'evidence 1 with own numbers: alpha 0.5, margin 0'
    """
    numbers = ", ".join(f"{name} {number:g}" for name, number in own_numbers(document).items())
    return f"{document} with own numbers: {numbers}" if numbers else str(document)


def is_built_in(document: PolicyDocument) -> bool:
    """True where a policy has the numbers that this release has for its name."""
    return digest(document) == digest(POLICIES[document.name].document)


def accepted_range(number: str) -> tuple[float, float]:
    """The smallest and largest value of a number that is accepted."""
    return RANGES[max((end for end in RANGES if number.endswith(end)), key=len)]


def _built_in(table: object) -> tuple[PolicyDocument | None, list[FieldProblem]]:
    """The policy that `[policy]` names, and what is wrong with that table."""
    known = " or ".join(f'"{name}"' for name in POLICIES)
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        return None, [_problem("policy", f"is missing; write [policy] with name = {known}")]
    if table["name"] not in POLICIES:
        return None, [_problem("policy.name", f"must be {known}; got {table['name']!r}")]
    document = POLICIES[table["name"]].document
    problems = [
        _problem(f"policy.{key}", "is not known; [policy] has name and version")
        for key in table
        if key not in ("name", "version")
    ]
    if table.get("version", document.version) != document.version:
        why = f"must be {document.version}, which this release has; got {table['version']!r}"
        problems.append(_problem("policy.version", why))
    return document, problems


def _number_problems(numbers: object, built_in: PolicyDocument) -> list[FieldProblem]:
    if not isinstance(numbers, dict):
        return [_problem("parameters", "must be a table: write [parameters] above the numbers")]
    problems = []
    for name, value in numbers.items():
        why = _why_not(name, value, built_in)
        if why is not None:
            problems.append(_problem(f"parameters.{name}", why))
    return problems


def _why_not(name: str, value: object, built_in: PolicyDocument) -> str | None:
    """What is wrong with a number; None where it can be used."""
    if name not in built_in.parameters:
        known = ", ".join(built_in.parameters)
        return f"is no number of the policy {built_in.name}; take it out, or choose of {known}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number, as {built_in.parameters[name]:g}; got {value!r}"
    low, high = accepted_range(name)
    if not low <= value <= high:
        return f"must be {low:g} to {high:g}; got {value:g}"
    return None


def _check_order(numbers: Mapping[str, float]) -> None:
    """Raise BadInput where a trial would end before it may be decided."""
    earliest = numbers.get("min_hours", 0)
    if earliest > numbers["deadline_hours"]:
        why = f"must not be above deadline_hours, {numbers['deadline_hours']:g}; got {earliest:g}"
        raise BadInput([_problem("parameters.min_hours", why)])


def _problem(field: str, why: str) -> FieldProblem:
    return FieldProblem.with_sentence(field, why)
