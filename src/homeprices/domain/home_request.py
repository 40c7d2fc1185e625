"""Reads what a visitor asks about into a Home, or says what is wrong with each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.listing import Home
from homeprices.domain.market import Bounds, Market
from homeprices.domain.units import read_area, read_number

LONGEST_TEXT = 200


def read_home(fields: Mapping[str, object], market: Market) -> Home:
    """The home that `fields` (named as the market names them) describe; raises BadInput.

    All problems are told at once, one for each field. Empty text counts as not given.
    """
    form = _Form(fields, market)
    latitude, longitude = form.coordinates()
    home = Home(
        locality=form.text("locality") or form.missing("locality", "the name of a locality"),
        area=form.number("area", market.accepted.area, form.area),
        bedrooms=int(form.number("bedrooms", market.accepted.bedrooms, _whole)),
        bathrooms=int(form.number("bathrooms", market.accepted.bathrooms, _whole)),
        kind=form.kind(),
        area_type=form.text("area_type"),
        society=form.text("society"),
        balconies=form.optional_whole("balconies", Bounds(0, 20)),
        availability=form.text("availability"),
        latitude=latitude,
        longitude=longitude,
    )
    if form.problems:
        raise BadInput(form.problems)
    return home


class _Form:
    """Reads one field at a time and collects the problems; a field in trouble yields a stand-in."""

    def __init__(self, fields: Mapping[str, object], market: Market) -> None:
        self.fields = fields
        self.market = market
        self.problems: list[FieldProblem] = []

    def given(self, fact: str) -> object:
        value = self.fields.get(self.market.fields[fact])
        return None if isinstance(value, str) and not value.strip() else value

    def problem(self, fact: str, words: str) -> None:
        name = self.market.fields[fact]
        if all(problem.field != name for problem in self.problems):
            self.problems.append(FieldProblem(name, words))

    def missing(self, fact: str, expected: str) -> str:
        self.problem(fact, f"is missing: {expected}")
        return ""

    def area(self, value: object) -> float:
        return read_area(value, self.market.area_units)

    def number(self, fact: str, bounds: Bounds, read: Callable[[object], float]) -> float:
        value = self.given(fact)
        if value is None:
            self.missing(fact, self._expected(bounds))
            return bounds.least
        try:
            result = read(value)
        except ValueError as error:
            self.problem(fact, f"{self._expected(bounds)}; got {_shown(value)}, which {error}")
            return bounds.least
        if result not in bounds:
            self.problem(fact, f"{self._expected(bounds)}; got {_shown(value)}")
            return bounds.least
        return result

    def _expected(self, bounds: Bounds) -> str:
        return f"must be {bounds} for {self.market.name}"

    def optional_whole(self, fact: str, bounds: Bounds) -> int | None:
        return None if self.given(fact) is None else int(self.number(fact, bounds, _whole))

    def coordinates(self) -> tuple[float, float] | tuple[None, None]:
        """Latitude and longitude: both, or neither."""
        lacking = [fact for fact in ("latitude", "longitude") if self.given(fact) is None]
        if len(lacking) == 2:
            return None, None
        for fact in lacking:
            self.missing(fact, "give latitude and longitude, or neither")
        accepted = self.market.accepted
        return (
            self.number("latitude", accepted.latitude, read_number),
            self.number("longitude", accepted.longitude, read_number),
        )

    def kind(self) -> str | None:
        """One of the kinds of home that the market knows."""
        told, known = self.text("kind"), sorted(set(self.market.kinds.values()))
        if told is None or told.casefold() in known:
            return told and told.casefold()
        self.problem("kind", f"must be {' or '.join(known)}, or left out; got {_shown(told)}")
        return None

    def text(self, fact: str) -> str | None:
        value = self.given(fact)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
            self.problem(fact, f"must be plain text of at most {LONGEST_TEXT} characters")
            return None
        return " ".join(value.split())


def _whole(value: object) -> float:
    number = read_number(value)
    if number != int(number):
        raise ValueError("is not a whole number")
    return number


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
