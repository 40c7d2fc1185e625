"""Reads what a visitor asks about into a Home, or says what is wrong with each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.facts import read_fact, read_number_fact, read_text
from homeprices.domain.listing import Fact, Home
from homeprices.domain.market import FactKind, FactSpec, Market
from homeprices.domain.units import read_area

LONGEST_TEXT = 200
_WORDED = (FactKind.LOCALITY, FactKind.TEXT, FactKind.CHOICE)
Value = TypeVar("Value")


def read_home(fields: Mapping[str, object], market: Market) -> Home:
    """The home that `fields` (named as the market names them) describe; raises BadInput.

    All problems are told at once, one for each field. Empty text counts as not provided.
    """
    form, optional = _Form(fields, market), market.optional_facts
    grouped = form.facts(spec for spec in optional.items() if spec[1].group)
    home = Home(
        locality=form.read("locality", read_text, ""),
        area=form.area(),
        bedrooms=int(form.number("bedrooms")),
        bathrooms=form.number("bathrooms"),
        facts=grouped | form.facts(spec for spec in optional.items() if not spec[1].group),
    )
    if form.problems:
        raise BadInput(form.problems)
    return home


class _Form:
    """Reads one field at a time and collects the problems; a field in trouble yields a stand-in."""

    def __init__(self, fields: Mapping[str, object], market: Market) -> None:
        self._fields = fields
        self._market = market
        self.problems: list[FieldProblem] = []

    def area(self) -> float:
        """The area in the market's unit."""
        bounds, units = self._market.facts["area"].accepted, self._market.area_units

        def read(value: object) -> float:
            area = read_area(value, units)
            if area not in bounds:
                raise ValueError
            return area

        return self.read("area", read, bounds.least)

    def number(self, name: str) -> int | float:
        """A number that everybody provides."""
        spec = self._market.facts[name]
        return self.read(name, partial(read_number_fact, spec=spec), spec.accepted.least)

    def facts(self, specs: Iterable[tuple[str, FactSpec]]) -> dict[str, Fact]:
        """Those of these facts that are provided and can be read."""
        facts: dict[str, Fact] = {}
        for name, spec in specs:
            if self._value(spec) is None:
                if spec.required or self._is_begun(spec.group):
                    self._missing(spec)
            elif (fact := self.read(name, partial(read_fact, spec=spec), None)) is not None:
                facts[name] = fact
        return facts

    def read(self, name: str, read: Callable[[object], Value], stand_in: Value) -> Value:
        """The fact as `read` reads it, or the stand-in and a problem."""
        spec = self._market.facts[name]
        value = self._value(spec)
        if value is None:
            self._missing(spec)
        elif spec.kind in _WORDED and not _is_plain(value):
            self._problem(spec, f"must be plain text of at most {LONGEST_TEXT} characters")
        else:
            try:
                return read(value)
            except ValueError as error:
                why = f", which {error}" if str(error) else ""
                self._problem(spec, f"{self._expected(spec)}; got {_shown(value)}{why}")
        return stand_in

    def _value(self, spec: FactSpec) -> object:
        value = self._fields.get(spec.field)
        return None if isinstance(value, str) and not value.strip() else value

    def _problem(self, spec: FactSpec, words: str) -> None:
        self.problems.append(FieldProblem(spec.field, words))

    def _missing(self, spec: FactSpec) -> None:
        self._problem(spec, f"is missing: {self._wanted(spec)}")

    def _wanted(self, spec: FactSpec) -> str:
        if spec.group and not spec.required:
            together = " and ".join(one.field for one in self._market.group(spec.group))
            return f"give {together}, or neither"
        return "the name of a locality" if spec.kind is FactKind.LOCALITY else self._expected(spec)

    def _expected(self, spec: FactSpec) -> str:
        if spec.bounds is not None:
            return f"must be {spec.bounds} for {self._market.name}"
        expected = {
            FactKind.CHOICE: f"must be {' or '.join(sorted(spec.values))}",
            FactKind.DATE: "must be a day, as in 2026-03-31",
            FactKind.FLAG: "must be yes or no",
        }.get(spec.kind, "must be text")
        return expected if spec.required else f"{expected}, or left out"

    def _is_begun(self, group: str) -> bool:
        return any(self._value(spec) is not None for spec in self._market.group(group))


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable()


def unusual(home: Home, market: Market) -> tuple[str, ...]:
    """What is uncommon about `home`, in sentences; such homes get a wider range."""
    notes = []
    if home.area not in market.usual.area:
        notes.append(
            f"{home.area:,.0f} {market.area_unit} is unusual here: most homes have "
            f"{market.usual.area}. The range is wider."
        )
    room = home.area / home.bedrooms
    if room < market.usual.least_area_per_bedroom:
        notes.append(
            f"{room:,.0f} {market.area_unit} for each bedroom is unusually little. "
            "The range is wider."
        )
    most = market.usual.most_area_per_bedroom
    if room > most:
        notes.append(
            f"{room:,.0f} {market.area_unit} for each bedroom is unusually much: it is priced as "
            f"{most:,.0f} at most. The range is wider."
        )
    return tuple(notes)


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
