"""Names of things that are numbered and never renumbered.

>>> str(ModelVersion(Role.CANDIDATE, 7)), ModelVersion.parse("BO12").number
('CO7', 12)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from homeprices.domain.errors import Unreadable


class Role(StrEnum):
    """What a model version was published as."""

    PRODUCTION = "BO"
    CANDIDATE = "CO"


@dataclass(frozen=True, slots=True, order=True)
class ModelVersion:
    """BO{n}, a version that was or is production; CO{n}, a candidate."""

    role: Role
    number: int

    def __str__(self) -> str:
        return f"{self.role.value}{self.number}"

    @classmethod
    def parse(cls, text: str) -> ModelVersion:
        """The version that `text` names; raises Unreadable for anything but BO1, CO12 ..."""
        match = re.fullmatch(r"(BO|CO)([1-9]\d{0,8})", text.strip().upper())
        if match is None:
            raise Unreadable(f"a model version looks like BO3 or CO7; got {text!r}")
        return cls(Role(match[1]), int(match[2]))


def _numbered(prefix: str, text: str, what: str) -> int:
    match = re.fullmatch(rf"{prefix}0*([1-9]\d{{0,8}})", text.strip().upper())
    if match is None:
        raise Unreadable(f"{what} looks like {prefix}3; got {text!r}")
    return int(match[1])


@dataclass(frozen=True, slots=True, order=True)
class DatasetVersion:
    """V{n}, a published dataset."""

    number: int

    def __str__(self) -> str:
        return f"V{self.number}"

    @classmethod
    def parse(cls, text: str) -> DatasetVersion:
        """The dataset that `text` names; raises Unreadable."""
        return cls(_numbered("V", text, "a dataset version"))


@dataclass(frozen=True, slots=True, order=True)
class ExperimentId:
    """E{k}, one experiment with a candidate against production."""

    number: int

    def __str__(self) -> str:
        return f"E{self.number}"

    @staticmethod
    def is_valid(text: str) -> bool:
        """True for the name of an experiment as we write it, E3: for headers and configurations."""
        return re.fullmatch(r"E[1-9]\d{0,8}", text) is not None

    @classmethod
    def parse(cls, text: str) -> ExperimentId:
        """The experiment that `text` names; raises Unreadable."""
        return cls(_numbered("E", text, "an experiment"))


@dataclass(frozen=True, slots=True, order=True)
class CompetitionId:
    """C{k}, one competition of the candidates of a training run."""

    number: int

    def __str__(self) -> str:
        return f"C{self.number}"

    @classmethod
    def parse(cls, text: str) -> CompetitionId:
        """The competition that `text` names; raises Unreadable."""
        return cls(_numbered("C", text, "a competition"))


def trial_or_competition(text: str) -> str:
    """The experiment or the competition that `text` names; raises Unreadable.

    >>> trial_or_competition("e3"), trial_or_competition("C1")
    ('E3', 'C1')
    """
    is_competition = text.strip().upper().startswith("C")
    return str((CompetitionId if is_competition else ExperimentId).parse(text))


@dataclass(frozen=True, slots=True, order=True)
class TrainingId:
    """T{n}, one training that a schedule ordered."""

    number: int

    def __str__(self) -> str:
        return f"T{self.number}"

    @classmethod
    def parse(cls, text: str) -> TrainingId:
        """The training that `text` names; raises Unreadable."""
        return cls(_numbered("T", text, "a training"))


@dataclass(frozen=True, slots=True, order=True)
class KeyId:
    """K{n}, one key of a client."""

    number: int

    def __str__(self) -> str:
        return f"K{self.number}"

    @classmethod
    def parse(cls, text: str) -> KeyId:
        """The key that `text` names; raises Unreadable."""
        return cls(_numbered("K", text, "a key"))


@dataclass(frozen=True, slots=True, order=True)
class DecisionId:
    """D-0281, one row of the decision log."""

    number: int

    def __str__(self) -> str:
        return f"D-{self.number:04d}"

    @classmethod
    def parse(cls, text: str) -> DecisionId:
        """The decision that `text` names; raises Unreadable."""
        return cls(_numbered("D-", text, "a decision"))
