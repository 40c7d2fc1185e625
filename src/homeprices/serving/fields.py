"""What a form needs: the fields of a home, its market's words, and the names of localities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from homeprices.domain.market import FactKind, FactSpec, Market, Money
from homeprices.serving.slot import ModelSlot


@dataclass(frozen=True, slots=True)
class Field:
    """One `fact` to ask for: `name` is what the API calls it, `words` what a sentence does.

    `kind` is locality, area, whole, number, choice, text, date or flag. Fields of one `group`
    are provided all or not at all.
    """

    fact: str
    name: str
    title: str
    words: str
    kind: FactKind
    required: bool
    least: float | None
    most: float | None
    step: float | None
    values: Sequence[str]
    examples: Sequence[str]
    group: str
    hint: str


@dataclass(frozen=True, slots=True)
class AreaUnit:
    """A unit to choose: `label` shows it, `written` stands after the number that is sent."""

    label: str
    written: str


@dataclass(frozen=True, slots=True)
class MarketForm:
    """A form that asks for a home, in the order of its fields; `number_format` is a BCP 47 tag."""

    market: str
    title: str
    city: str
    language: str
    number_format: str
    money: Money
    area_words: str
    area_units: Sequence[AreaUnit]
    fields: Sequence[Field]


class FieldPages:
    """GET /api/fields; its answer is the same until the service starts with another market."""

    def __init__(self, market: Market) -> None:
        self.form = _form(market)
        self.router = APIRouter(tags=["fields"])
        self.router.add_api_route("/api/fields", self.fields)

    async def fields(self) -> MarketForm:
        """The form of this market."""
        return self.form


def _form(market: Market) -> MarketForm:
    return MarketForm(
        market=market.name,
        title=market.title,
        city=market.city,
        language=market.language,
        number_format=market.number_format,
        money=market.money,
        area_words=market.area_words,
        area_units=[AreaUnit(label, written) for label, written in market.area_choices.items()],
        fields=[_field(fact, spec) for fact, spec in market.facts.items()],
    )


def _field(fact: str, spec: FactSpec) -> Field:
    return Field(
        fact=fact,
        name=spec.field,
        title=spec.title,
        words=spec.words,
        kind=spec.kind,
        required=spec.required,
        least=spec.bounds.least if spec.bounds else None,
        most=spec.bounds.most if spec.bounds else None,
        step=1.0 if spec.kind is FactKind.WHOLE else spec.step,
        values=sorted(spec.values),
        examples=spec.examples,
        group=spec.group,
        hint=spec.hint,
    )


@dataclass(frozen=True, slots=True)
class Locations:
    """Names as people write them, sorted."""

    locations: list[str]


@dataclass(frozen=True, slots=True)
class CompletionAnswer:
    """What `q` may mean, the likeliest first."""

    q: str
    localities: list[str]


class LocalityPages:
    """GET /api/get_location_names and /api/localities."""

    def __init__(self, slot: ModelSlot) -> None:
        self._slot = slot
        self.router = APIRouter(tags=["localities"])
        self.router.add_api_route("/api/get_location_names", self.names)
        self.router.add_api_route("/api/localities", self.complete)

    async def names(self) -> Locations:
        """Every locality with listings."""
        return Locations(list(self._slot.require().predictor.localities))

    async def complete(self, q: Annotated[str, Query(max_length=100)]) -> CompletionAnswer:
        """Completes the beginning of a name and understands misspellings."""
        return CompletionAnswer(q, list(self._slot.require().complete(q)))
