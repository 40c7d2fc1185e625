"""What something was made of, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

NodeValue = str | int | float | bool | None


class NodeKind(StrEnum):
    """What a node of a lineage is."""

    ESTIMATE = "estimate"
    PRODUCTION = "production"
    CANDIDATE = "candidate"
    EXPERIMENT = "trial"
    DECISION = "decision"
    DATASET = "dataset"
    SOURCE = "source"
    RUN = "tracking run"
    ORDER = "order"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing under the name it is known by. Times among its facts are ISO 8601 UTC."""

    kind: NodeKind
    id: str
    facts: dict[str, NodeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Branch:
    """A node, how it belongs to the one it hangs from ("copied from"), and its own branches."""

    relation: str
    node: Node
    branches: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lineage:
    """`of`, what it came from, and what came of it.

    `left_out` says in sentences what could not be looked up.
    """

    of: Node
    came_from: list[Branch]
    came_of_it: list[Branch]
    left_out: list[str]
