"""Reads what a visitor asks about into a Home, or says what is wrong with each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from homeprices.domain.facts import read_fact, read_number_fact
from homeprices.domain.form import Form, Value, plain_text
from homeprices.domain.listing import Fact, Home
from homeprices.domain.market import FactKind, FactSpec, Market
from homeprices.domain.notes import Note, note
from homeprices.domain.units import Unfit, read_area

LONGEST_TEXT = 200
_WORDED = (FactKind.LOCALITY, FactKind.TEXT, FactKind.CHOICE)
_TEXT = plain_text(LONGEST_TEXT)


def read_home(fields: Mapping[str, object], market: Market) -> Home:
    """The home that `fields` (named as the market names them) describe; raises BadInput.

    All problems are told at once, one for each field. Empty text counts as not provided.
    """
    form = _HomeForm(fields, market)
    grouped = form.facts(grouped=True)
    area, bounds = partial(_area, market=market), market.facts["area"].accepted
    home = Home(
        locality=form.fact("locality", _TEXT) or "",
        area=form.fact("area", area) or bounds.least,
        bedrooms=int(form.number("bedrooms")),
        bathrooms=form.number("bathrooms"),
        facts=grouped | form.facts(grouped=False),
    )
    form.close()
    return home


class _HomeForm(Form):
    """A form that asks for the facts which a market declares; one in trouble gets a stand-in."""

    def __init__(self, fields: Mapping[str, object], market: Market) -> None:
        super().__init__(fields)
        self._market = market

    def fact(self, name: str, read: Callable[[object], Value]) -> Value | None:
        """The fact as `read` reads it."""
        spec = self._market.facts[name]
        required = spec.required or self._is_begun(spec.group)
        return self.read(spec.field, read, partial(self._expected, spec), required=required)

    def number(self, name: str) -> int | float:
        """A number that everybody provides."""
        spec = self._market.facts[name]
        number = self.fact(name, partial(read_number_fact, spec=spec))
        return spec.accepted.least if number is None else number

    def facts(self, *, grouped: bool) -> dict[str, Fact]:
        """The optional facts that are provided and can be read: those of groups, or the others."""
        specs = self._market.grouped_facts if grouped else self._market.single_facts
        wanted = [(name, spec) for name, spec in specs.items() if self._is_asked(spec)]
        if grouped:
            # What a group lacks is said first: it may be all that is wrong.
            wanted.sort(key=lambda fact: self.value(fact[1].field) is not None)
        read = {name: self.fact(name, partial(_read, spec=spec)) for name, spec in wanted}
        return {name: fact for name, fact in read.items() if fact is not None}

    def _is_asked(self, spec: FactSpec) -> bool:
        """True for a fact that was provided, or that must be."""
        return spec.field in self._fields or spec.required or self._is_begun(spec.group)

    def _is_begun(self, group: str) -> bool:
        together = self._market.groups.get(group, ())
        return any(self.value(spec.field) is not None for spec in together)

    def _expected(self, spec: FactSpec) -> Note:
        """What may be said of a fact; of one that a group lacks, what it goes with."""
        if self._is_begun(spec.group) and self.value(spec.field) is None:
            return note(
                "together", fields=[other.field for other in self._market.groups[spec.group]]
            )
        if spec.bounds is not None:
            least, most = spec.bounds.least, spec.bounds.most
            return note("between", least=least, most=most, market=self._market.name)
        code = spec.kind.value if spec.required else f"{spec.kind.value}_or_nothing"
        return note(code, choices=sorted(spec.values))


def _read(value: object, spec: FactSpec) -> Fact:
    return read_fact(_TEXT(value) if spec.kind in _WORDED else value, spec)


def _area(value: object, market: Market) -> float:
    area = read_area(value, market.area_units)
    if area not in market.facts["area"].accepted:
        raise Unfit("out_of_range")
    return area


def unusual(home: Home, market: Market) -> tuple[Note, ...]:
    """What is uncommon about `home`; such homes get a wider range."""
    usual, notes = market.usual, []
    if home.area not in usual.area:
        bounds = {"least": usual.area.least, "most": usual.area.most}
        notes.append(note("unusual_area", area=home.area, **bounds))
    room = home.area / home.bedrooms
    if room < usual.least_area_per_bedroom:
        notes.append(note("little_area_per_bedroom", area=room))
    if room > usual.most_area_per_bedroom:
        notes.append(
            note("much_area_per_bedroom", area=room, priced_as=usual.most_area_per_bedroom)
        )
    return tuple(notes)
