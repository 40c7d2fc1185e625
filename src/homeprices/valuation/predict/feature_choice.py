"""Which model answers for the facts given, and what more facts would do for the range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from homeprices.domain.explanation import Narrowing
from homeprices.valuation.features.feature_sets import OPTIONAL, FeatureSet

# Combinations of facts by the name of a feature set; the last set that has one given answers.
AnswersWhen = Mapping[str, Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The feature set whose model answers, what would narrow its range, and what it ignores.

    Facts are named as callers name them.
    """

    answers: str
    missing_inputs: tuple[Narrowing, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeatureSetChooser:
    """Chooses among the feature sets of a bundle.

    `narrowing` has by what share a range narrows with the facts of a set, by its name and then by
    that of the set that has answered; `fields` names the facts as callers do.
    """

    sets: Mapping[str, FeatureSet]
    answers_when: AnswersWhen
    narrowing: Mapping[str, Mapping[str, float]]
    fields: Mapping[str, str]

    def choices(self) -> dict[frozenset[str], Choice]:
        """The choice for every combination of `OPTIONAL` facts that may be given."""
        return {
            frozenset(given): self._choice(given)
            for number in range(len(OPTIONAL) + 1)
            for given in combinations(OPTIONAL, number)
        }

    def _choice(self, given: Sequence[str]) -> Choice:
        missing = [fact for fact in OPTIONAL if fact not in given and fact in self.fields]
        answers = self.answering_set(given)
        seen = self.sets[answers].optional
        ignored = tuple(
            self.fields[fact] for fact in given if fact not in seen and fact in self.fields
        )
        return Choice(answers, self._missing_inputs(answers, missing), ignored)

    def answering_set(self, given: Sequence[str]) -> str:
        """The set that errs least on these facts, if there is a model for it; else the first."""
        best = [
            name
            for name, alternatives in self.answers_when.items()
            if any(set(facts) <= set(given) for facts in alternatives)
        ][-1]
        return best if best in self.sets else next(iter(self.sets))

    def _missing_inputs(self, answers: str, missing: Sequence[str]) -> tuple[Narrowing, ...]:
        """What else would narrow the range, and by how much."""
        narrowings = []
        for name, narrower_than in self.narrowing.items():
            optional = self.sets[name].optional
            fields = tuple(self.fields[fact] for fact in missing if fact in optional)
            by_percent = round(100 * narrower_than.get(answers, 0.0))
            if fields and by_percent > 0:
                narrowings.append(Narrowing(fields, by_percent))
        return tuple(narrowings)
