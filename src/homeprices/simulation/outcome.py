"""What the month's decisions were worth, beside the truth."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from homeprices.domain.experiments.decision import Verdict
from homeprices.simulation.month import MonthRecord, SeenDecision

# Two models whose true errors differ by less are equal.
EQUAL_WITHIN = 0.02
# The margin that the policy asks for: who is better by less may be turned away.
MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class CheckedDecision:
    """A decision beside the truth: `ratio` is the true error of what it names to that of the other.

    Below one the subject is better. `is_right` judges by the true errors of its moment.
    """

    day: float
    number: str
    verdict: Verdict
    subject: str
    production: str
    true_error: float
    production_error: float
    is_right: bool
    reason: str

    @property
    def ratio(self) -> float:
        """The true error of the subject as a part of that of production."""
        return self.true_error / self.production_error

    @property
    def truth(self) -> str:
        """What the subject really was beside production, in a word."""
        return truth_in_words(self.ratio)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A model that production has replaced, and its true error as a part of production's."""

    version: str
    true_error: float
    production_error: float

    @property
    def is_beaten(self) -> bool:
        """True where production is really better."""
        return self.production_error < (1 - EQUAL_WITHIN) * self.true_error


@dataclass(frozen=True, slots=True)
class MonthOutcome:
    """The whole month: every decision that acted, and production at the end."""

    decisions: Sequence[CheckedDecision]
    production: str
    replaced: Sequence[Replaced]
    issued: int
    stored: int
    waiting: int
    set_aside: int

    @property
    def is_production_right(self) -> bool:
        """True where no equal or worse model was left in production."""
        return all(other.is_beaten for other in self.replaced)

    @property
    def has_all_rows(self) -> bool:
        """True where no row was lost."""
        return self.issued == self.stored + self.waiting + self.set_aside

    def lines(self) -> Iterator[str]:
        """The summary, a sentence a line."""
        count = Counter((d.verdict, d.is_right) for d in self.decisions)
        ended = (Verdict.ROLL_BACK, Verdict.UNDECIDED)
        right, missed = (sum(count[v, is_right] for v in ended) for is_right in (True, False))
        promoted = [count[Verdict.PROMOTE, is_right] for is_right in (True, False)]
        watched = [count[Verdict.ROLL_BACK_PRODUCTION, is_right] for is_right in (True, False)]
        yield f"promotions: {promoted[0]} right, {promoted[1]} wrong"
        yield f"candidates turned away: {right} right, {missed} wrong"
        yield f"production rolled back: {watched[0]} right, {watched[1]} wrong"
        yield (
            f"rows: {self.issued:,} issued = {self.stored:,} stored + {self.waiting:,} waiting + "
            f"{self.set_aside:,} set aside{'' if self.has_all_rows else ' DOES NOT ADD UP'}"
        )
        yield f"no equal or worse model left in production: {self._is_right_in_words()}"

    def _is_right_in_words(self) -> str:
        if not self.replaced:
            return "nothing was replaced"
        return "yes" if self.is_production_right else "no"


def outcome_of(record: MonthRecord) -> MonthOutcome:
    """What `record` has come to."""
    return MonthOutcome(
        decisions=[checked(seen) for seen in record.decisions],
        production=record.productions[-1][1],
        replaced=_replaced(record),
        issued=sum(count.issued for count in record.counts),
        stored=sum(count.stored for count in record.counts),
        waiting=sum(count.waiting for count in record.counts),
        set_aside=sum(count.set_aside for count in record.counts),
    )


def checked(seen: SeenDecision) -> CheckedDecision:
    """A decision with what the truth says of it."""
    row, errors = seen.row, seen.true_errors
    subject, production = str(row.subject), str(row.before)
    return CheckedDecision(
        day=seen.day,
        number=row.id,
        verdict=row.verdict,
        subject=subject,
        production=production,
        true_error=errors[subject],
        production_error=errors[production],
        is_right=is_right(row.verdict, errors[subject] / errors[production]),
        reason=row.reasons[0],
    )


def is_right(verdict: Verdict, ratio: float) -> bool:
    """Whether `verdict` is right of a subject with `ratio` times production's true error.

    >>> is_right(Verdict.PROMOTE, 0.9), is_right(Verdict.PROMOTE, 0.99)
    (True, False)
    """
    if verdict is Verdict.PROMOTE:
        return ratio < 1 - EQUAL_WITHIN
    if verdict is Verdict.ROLL_BACK_PRODUCTION:
        return ratio < 1
    return verdict is not Verdict.HOLD and ratio > 1 - MARGIN


def truth_in_words(ratio: float) -> str:
    """`ratio` of two true errors in a word.

    >>> truth_in_words(0.9), truth_in_words(1.01), truth_in_words(1.2)
    ('10 % better', 'equal', '20 % worse')
    """
    percent = 100 * abs(ratio - 1)
    if percent <= 100 * EQUAL_WITHIN:
        return "equal"
    return f"{percent:.0f} % {'better' if ratio < 1 else 'worse'}"


def _replaced(record: MonthRecord) -> list[Replaced]:
    """Each other model that was in production before, beside the one there now."""
    errors, origins = record.hours[-1].true_errors, record.origins
    *earlier, (_, now) = record.productions
    others = {
        origins[version]: version for _, version in earlier if origins[version] != origins[now]
    }
    return [Replaced(version, errors[version], errors[now]) for version in others.values()]
