"""Reads what a visitor says about an estimate, or says what is wrong with each field.

A sale price is written as prices are in files. It is weighed against the estimate that it answers:
far from it, whoever says it is asked once whether the unit is right. What is confirmed is kept: the
errors of a model must not choose the prices that it is judged by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import partial
from hashlib import blake2b

from homeprices.domain.errors import FieldProblem, PriceUnlikely
from homeprices.domain.market import Market
from homeprices.domain.notes import note
from homeprices.domain.requests.home_request import Form, shown
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Client, FeedbackRecord, FeedbackType
from homeprices.domain.units import Unfit, read_number, read_price
from homeprices.domain.written.facts import read_day, read_flag
from homeprices.domain.written.text import plain_value

LONGEST_TEXT = 2000
COMMENT = "feedback_text"
HIGHEST_PRICE = 1e9
SOURCES = ("registered", "asked", "heard")
EARLIEST_SALE = date(1990, 1, 1)
# A sale price that many times the estimate, or that part of it, is asked about.
UNLIKELY_FROM = 4.0


@dataclass(frozen=True, slots=True)
class ReadFeedback:
    """What was said, as it will be kept; `written` is the value as it came.

    `is_confirmed` says that a price is meant as it was understood.
    """

    record: FeedbackRecord
    written: object
    is_confirmed: bool


class FeedbackReader:
    """Tells opinions and sale prices from nonsense, in the units and the days of a market."""

    def __init__(self, identity: Identity, market: Market) -> None:
        self._identity = identity
        self._money = market.money
        self._zone = timezone(timedelta(hours=market.utc_offset_hours))

    def read(self, fields: Mapping[str, object], client: Client, at: datetime) -> ReadFeedback:
        """The feedback in `fields`.

        Raises Unreadable for an id that has not the form of ours, NotFound for
        one that was never issued, BadInput with all other problems at once.
        """
        # A comment is kept as it was written.
        plain = {name: plain_value(value) for name, value in fields.items() if name != COMMENT}
        form = Form({**fields, **plain})
        uuid = form.read("prediction_id", self._uuid, note("an_estimate_id"), required=True)
        kind = _choice(form, "feedback_type", tuple(FeedbackType), required=True)
        value = self._value(form, kind)
        is_comment = kind == FeedbackType.COMMENT
        text = (
            form.read(COMMENT, _long_text, note("text"), required=is_comment, longest=LONGEST_TEXT)
            or None
        )
        sold_on, source = self._sale(form, kind, at)
        is_sale = kind == FeedbackType.ACTUAL_PRICE
        flag = note("flag_or_nothing")
        is_confirmed = is_sale and bool(form.read("confirmed", read_flag, flag))
        form.close()
        said = (uuid, kind, value, text, sold_on, source)
        record = FeedbackRecord(
            id=blake2b(repr(said).encode(), digest_size=16).hexdigest(),
            at=at.timestamp(),
            prediction_id=uuid or "",
            type=str(kind),
            caller=client,
            value=value,
            text=text,
            sold_on=sold_on,
            price_source=source,
        )
        return ReadFeedback(record, fields.get("feedback_value"), is_confirmed)

    def weigh(self, remark: ReadFeedback, estimate: float) -> None:
        """Raise PriceUnlikely where a sale price is far from `estimate` and was not confirmed."""
        price = remark.record.value
        is_asked = remark.record.type == FeedbackType.ACTUAL_PRICE and not remark.is_confirmed
        if price is None or not is_asked or is_likely(price, estimate):
            return
        values = {
            "unit": self._money.price_unit,
            "got": shown(remark.written),
            "price": price,
            "estimate": estimate,
        }
        raise PriceUnlikely([FieldProblem("feedback_value", "price_unlikely", values)])

    def _uuid(self, value: object) -> str:
        return self._identity.uuid_of(str(value).strip())

    def _value(self, form: Form, kind: str | None) -> float | None:
        if kind == FeedbackType.RATING:
            stars = partial(_number, fits=lambda x: 1 <= x <= 5)
            return form.read("feedback_value", stars, note("stars"), required=True)
        if kind == FeedbackType.ACTUAL_PRICE:
            expected = note("sale_price", unit=self._money.price_unit, most=HIGHEST_PRICE)
            return form.read("feedback_value", self._price, expected, required=True)
        return None

    def _price(self, value: object) -> float:
        price = read_price(value, self._money)
        if not 0 < price <= HIGHEST_PRICE:
            raise Unfit("out_of_range")
        return price

    def _sale(self, form: Form, kind: str | None, at: datetime) -> tuple[str | None, str | None]:
        """When it was sold and who says so: facts of a sale price alone."""
        if kind != FeedbackType.ACTUAL_PRICE:
            return None, None
        today = at.astimezone(self._zone).date()
        expected = note("past_day", earliest=EARLIEST_SALE, latest=today)
        sold_on = form.read("sold_on", partial(_past_day, latest=today), expected)
        return sold_on, _choice(form, "price_source", SOURCES, required=False)


def is_likely(price: float, estimate: float) -> bool:
    """False for a price so far from the estimate that its unit may be another."""
    return estimate / UNLIKELY_FROM <= price <= estimate * UNLIKELY_FROM


def _choice(form: Form, name: str, known: tuple[str, ...], *, required: bool) -> str | None:
    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip() not in known:
            raise Unfit("not_a_choice")
        return value.strip()

    return form.read(name, read, note("one_of", choices=[*known]), required=required)


def _number(value: object, fits: Callable[[float], bool]) -> float:
    number = read_number(value)
    if not fits(number):
        raise Unfit("out_of_range")
    return number


def _long_text(value: object) -> str:
    """Text of several lines; what cannot be printed becomes a space."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Unfit("not_text", longest=LONGEST_TEXT)
    return "".join(c if c.isprintable() or c == "\n" else " " for c in value).strip()


def _past_day(value: object, latest: date) -> str:
    day = read_day(value)
    if not EARLIEST_SALE <= date.fromisoformat(day) <= latest:
        raise Unfit("out_of_range")
    return day
