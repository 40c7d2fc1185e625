"""Reads what a visitor asks about into a Home, or says what is wrong with each field."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.listing import Fact, Facts, Home
from homeprices.domain.market import FactKind, FactSpec, Market
from homeprices.domain.notes import Note, note
from homeprices.domain.units import Unfit, area_in_unit, read_area
from homeprices.domain.written.facts import fact_reader, number_reader
from homeprices.domain.written.sizes import Size, read_size
from homeprices.domain.written.text import plain_value

Value = TypeVar("Value")
_SHOWN = 60
LONGEST_TEXT = 200
# The field of a form that says the unit of an area which is a bare number.
UNIT = "unit"
_WORDED = (FactKind.LOCALITY, FactKind.TEXT)


class Form:
    """The fields of a request by name; empty text counts as not provided."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields
        self._problems: dict[str, FieldProblem] = {}

    def value(self, name: str) -> object:
        """What was provided as `name`; None where nothing was."""
        value = self._fields.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def read(
        self,
        name: str,
        read: Callable[[object], Value],
        expected: Note,
        *,
        required: bool = False,
        longest: int = LONGEST_TEXT,
    ) -> Value | None:
        """The field as `read` reads it, which raises Unfit; None where it is missing or unfit.

        `expected` says what the field must be. No reader sees a text that is longer than `longest`.
        """
        value = self.value(name)
        if value is None:
            if required:
                self.problem(name, "missing", expected=expected)
            return None
        try:
            if isinstance(value, str) and len(value) > longest:
                raise Unfit("not_plain_text", longest=longest)
            return read(value)
        except Unfit as unfit:
            got = shown(value)
            self.problem(name, unfit.code, expected=expected, got=got, **unfit.values)
            return None

    def problem(self, name: str, code: str, **values: object) -> None:
        """Note a problem of a field, its first alone."""
        self._problems.setdefault(name, FieldProblem(name, code, values))

    def close(self) -> None:
        """Raise BadInput if any field has a problem."""
        if self._problems:
            raise BadInput(list(self._problems.values()))


def plain_text(longest: int) -> Callable[[object], str]:
    """The reader of one line of text of at most `longest` characters."""

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            raise Unfit("not_plain_text", longest=longest)
        return " ".join(value.split())

    return read


def shown(value: object) -> str:
    """What came, as an answer repeats it: short."""
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


_TEXT = plain_text(LONGEST_TEXT)


def read_home(fields: Mapping[str, object], market: Market) -> Home:
    """The home that `fields` describe, as `HomeReader` has it; who reads many keeps a reader."""
    return HomeReader(market).read(fields)


class HomeReader:
    """Reads homes as a market declares them; how each of its facts is read is settled once."""

    def __init__(self, market: Market) -> None:
        area = market.facts["area"].accepted.least
        self._locality = _form_field("locality", market, _TEXT, "")
        self._area = _form_field("area", market, _area_reader(market), area)
        self._market = market
        self._bedrooms = _form_field("bedrooms", market, _size_reader(market), _least_size(market))
        self._bathrooms = _number_field("bathrooms", market)
        self._grouped = [_optional_field(name, market) for name in market.grouped_facts]
        self._single = [_optional_field(name, market) for name in market.single_facts]
        self._groups = [
            [field for field in self._grouped if field.group == group] for group in market.groups
        ]

    def read(self, fields: Mapping[str, object]) -> Home:
        """The home that `fields` (named as the market names them) describe; raises BadInput.

        All problems are told at once, one for each field. Text that stands for nothing, "N/A" or
        none at all, counts as not provided.
        """
        form = Form({name: plain_value(value) for name, value in fields.items()})
        # What a group lacks is said first: it may be all that is wrong.
        for group in self._groups:
            _require_together(form, group)
        grouped = _provided(form, fields, self._grouped)
        locality, area = self._locality.value(form), self._area.value(form)
        size = self._bedrooms.value(form)
        home = Home(
            locality=locality,
            area=area,
            bedrooms=size.bedrooms,
            bathrooms=self._bathrooms.value(form),
            facts=Facts(size.said | grouped | _provided(form, fields, self._single)),
        )
        form.close()
        return home

    def notes(self, fields: Mapping[str, object], notes: Sequence[Note]) -> Sequence[Note]:
        """What to say of the price of `fields`, a home that was read; `notes` are the model's.

        Of facts that the size alone says none is named as provided.
        """
        written = fields.get(self._bedrooms.field)
        if type(written) is int:
            return notes
        size = self._bedrooms.read(plain_value(written))
        said = (self._market.fields[name] for name in size.said)
        names = {name for name in said if plain_value(fields.get(name)) in (None, "")}
        kept = [rest for one in notes if (rest := _without(one, names))]
        return [note("half_left_out"), *kept] if size.has_half else kept


@dataclass(frozen=True, slots=True)
class _FormField(Generic[Value]):
    """How the fact `name` is asked for, as `field`, and read; in trouble it is its `stand_in`."""

    name: str
    field: str
    group: str
    required: bool
    read: Callable[[object], Value]
    expected: Note
    stand_in: Value

    def value(self, form: Form) -> Value:
        """What the form says of the fact."""
        value = form.read(self.field, self.read, self.expected, required=self.required)
        return self.stand_in if value is None else value


def _form_field(
    name: str, market: Market, read: Callable[[object], Value], stand_in: Value
) -> _FormField[Value]:
    spec = market.facts[name]
    expected = _expected(spec, market)
    return _FormField(name, spec.field, spec.group, spec.required, read, expected, stand_in)


def _without(said: Note, names: AbstractSet[str]) -> Note | None:
    """A note without the fields of these names; None where it is about no others."""
    fields = said.values.get("fields")
    if not names or not isinstance(fields, list) or names.isdisjoint(fields):
        return said
    rest = [field for field in fields if field not in names]
    return note(said.code, **{**said.values, "fields": rest}) if rest else None


def _least_size(market: Market) -> Size:
    return Size(int(market.facts["bedrooms"].accepted.least), {}, has_half=False)


def _size_reader(market: Market) -> Callable[[object], Size]:
    """The reader of bedrooms, as listing files have them: "2.5 BHK" is two."""
    spec = market.facts["bedrooms"]
    read_bedrooms, accepted = number_reader(spec), spec.accepted

    def read(value: object) -> Size:
        size = None if type(value) is int else read_size(str(value), market)
        if size is None:
            return Size(int(read_bedrooms(value)), {}, has_half=False)
        if size.bedrooms not in accepted:
            raise Unfit("out_of_range")
        return size

    return read


def _number_field(name: str, market: Market) -> _FormField[int | float]:
    """A number that everybody provides."""
    spec = market.facts[name]
    return _form_field(name, market, number_reader(spec), spec.accepted.least)


def _optional_field(name: str, market: Market) -> _FormField[Fact | None]:
    return _form_field(name, market, _optional_reader(market.facts[name]), None)


def _optional_reader(spec: FactSpec) -> Callable[[object], Fact]:
    """The reader of an optional fact; a text must fit into a form."""
    if spec.kind in _WORDED:
        return _TEXT
    read = fact_reader(spec)
    return (lambda value: read(_TEXT(value))) if spec.kind is FactKind.CHOICE else read


def _provided(
    form: Form, fields: Mapping[str, object], optional: Sequence[_FormField[Fact | None]]
) -> dict[str, Fact]:
    """The optional facts that are provided and can be read."""
    return {
        field.name: fact
        for field in optional
        if (field.field in fields or field.required) and (fact := field.value(form)) is not None
    }


def _require_together(form: Form, group: Sequence[_FormField[Fact | None]]) -> None:
    """Note what a group lacks of which something was provided."""
    missing = [field for field in group if form.value(field.field) is None]
    is_begun = len(missing) < len(group)
    for field in missing:
        if is_begun:
            together = note("together", fields=[other.field for other in group])
            form.problem(field.field, "missing", expected=together)
        elif field.required:
            form.problem(field.field, "missing", expected=field.expected)


def _expected(spec: FactSpec, market: Market) -> Note:
    """What may be said of a fact."""
    if spec.bounds is not None:
        least, most = spec.bounds.least, spec.bounds.most
        code = "area_between" if spec.kind is FactKind.AREA else "between"
        return note(code, least=least, most=most, city=market.city)
    code = spec.kind.value if spec.required else f"{spec.kind.value}_or_nothing"
    return note(code, choices=sorted(spec.values))


def with_unit(fields: Mapping[str, object], area: str) -> Mapping[str, object]:
    """`fields` with the unit that a form asks for apart behind the number of the field `area`.

    Whoever wrote a unit beside the number is given no second one. What is no unit makes an area
    that cannot be read.

    >>> with_unit({"total_sqft": 133, "unit": "sq. yards"}, "total_sqft")["total_sqft"]
    '133 sq. yards'
    """
    return {**fields, area: area_in_unit(fields.get(area), fields.get(UNIT))}


def _area_reader(market: Market) -> Callable[[object], float]:
    units, accepted = market.area_units, market.facts["area"].accepted

    def read(value: object) -> float:
        area = read_area(value, units)
        if area not in accepted:
            raise Unfit("out_of_range")
        return area

    return read
