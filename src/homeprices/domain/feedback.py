"""Reads what a visitor says about an estimate, or says what is wrong with each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.identity import Identity
from homeprices.domain.records import Client, FeedbackRecord, FeedbackType
from homeprices.domain.units import read_number

LONGEST_TEXT = 2000
HIGHEST_PRICE = 1e9
SOURCES = ("registered", "asked", "heard")


class FeedbackReader:
    """Tells opinions and sale prices from nonsense; prices are in `price_unit`."""

    def __init__(self, identity: Identity, price_unit: str) -> None:
        self._identity = identity
        self._price_unit = price_unit

    def read(self, fields: Mapping[str, object], caller: Client, at: datetime) -> FeedbackRecord:
        """The feedback in `fields`.

        Raises Unreadable for an id that has not the form of ours, NotFound for
        one that was never issued, BadInput with all other problems at once.
        """
        form = _Form(fields)
        uuid = self._uuid(form)
        kind = form.choice("feedback_type", tuple(FeedbackType), needed=True)
        value = self._value(form, kind)
        text = form.text("feedback_text")
        sold_on, source = self._sale(form, kind, at)
        if form.problems:
            raise BadInput(form.problems)
        said = (uuid, kind, value, text, sold_on, source)
        return FeedbackRecord(
            id=blake2b(repr(said).encode(), digest_size=16).hexdigest(),
            at=at.timestamp(),
            prediction_id=uuid,
            type=str(kind),
            caller=caller,
            value=value,
            text=text,
            sold_on=sold_on,
            price_source=source,
        )

    def _uuid(self, form: _Form) -> str:
        given = form.given("prediction_id")
        if given is None:
            form.problem("prediction_id", "is missing: the id that came with the estimate")
            return ""
        return self._identity.uuid_of(str(given).strip())

    def _value(self, form: _Form, kind: str | None) -> float | None:
        if kind == FeedbackType.RATING:
            return form.number("feedback_value", "must be 1 to 5 stars", lambda x: 1 <= x <= 5)
        if kind == FeedbackType.ACTUAL_PRICE:
            expected = f"must be a price in {self._price_unit}, above 0, up to {HIGHEST_PRICE:,.0f}"
            return form.number("feedback_value", expected, lambda x: 0 < x <= HIGHEST_PRICE)
        return None

    def _sale(self, form: _Form, kind: str | None, at: datetime) -> tuple[str | None, str | None]:
        """When it was sold and who says so: facts of a sale price alone."""
        if kind != FeedbackType.ACTUAL_PRICE:
            return None, None
        # East of Greenwich it may be tomorrow already.
        sold_on = form.day("sold_on", at.astimezone(UTC).date() + timedelta(days=1))
        return sold_on, form.choice("price_source", SOURCES, needed=False)


class _Form:
    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = fields
        self.problems: list[FieldProblem] = []

    def given(self, name: str) -> object:
        value = self.fields.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def problem(self, name: str, words: str) -> None:
        self.problems.append(FieldProblem(name, words))

    def choice(self, name: str, known: tuple[str, ...], *, needed: bool) -> str | None:
        value = self.given(name)
        expected = f"must be one of {', '.join(known)}"
        if value is None:
            if needed:
                self.problem(name, f"is missing: {expected}")
            return None
        if not isinstance(value, str) or value.strip() not in known:
            self.problem(name, f"{expected}; got {_shown(value)}")
            return None
        return value.strip()

    def number(self, name: str, expected: str, fits: Callable[[float], bool]) -> float | None:
        value = self.given(name)
        if value is None:
            self.problem(name, f"is missing: {expected}")
            return None
        try:
            number = read_number(value)
        except ValueError as error:
            self.problem(name, f"{expected}; got {_shown(value)}, which {error}")
            return None
        if not fits(number):
            self.problem(name, f"{expected}; got {_shown(value)}")
        return number

    def text(self, name: str) -> str | None:
        value = self.given(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            self.problem(name, f"must be text of at most {LONGEST_TEXT:,} characters")
            return None
        return "".join(c if c.isprintable() or c == "\n" else " " for c in value).strip() or None

    def day(self, name: str, today: date) -> str | None:
        value = self.given(name)
        if value is None:
            return None
        expected = "must be a day up to today, as in 2026-03-31"
        try:
            day = date.fromisoformat(str(value).strip())
        except ValueError:
            self.problem(name, f"{expected}; got {_shown(value)}")
            return None
        if day > today:
            self.problem(name, f"{expected}; got {day}")
        return day.isoformat()


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
