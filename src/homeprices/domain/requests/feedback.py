"""Reads what a visitor says about an estimate, or says what is wrong with each field."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b

from homeprices.domain.notes import note
from homeprices.domain.requests.home_request import Form
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Client, FeedbackRecord, FeedbackType
from homeprices.domain.units import Unfit, read_number
from homeprices.domain.written.facts import read_day

LONGEST_TEXT = 2000
HIGHEST_PRICE = 1e9
SOURCES = ("registered", "asked", "heard")


class FeedbackReader:
    """Tells opinions and sale prices from nonsense; prices are in `price_unit`."""

    def __init__(self, identity: Identity, price_unit: str) -> None:
        self._identity = identity
        self._price_unit = price_unit

    def read(self, fields: Mapping[str, object], client: Client, at: datetime) -> FeedbackRecord:
        """The feedback in `fields`.

        Raises Unreadable for an id that has not the form of ours, NotFound for
        one that was never issued, BadInput with all other problems at once.
        """
        form = Form(fields)
        uuid = form.read("prediction_id", self._uuid, note("an_estimate_id"), required=True)
        kind = _choice(form, "feedback_type", tuple(FeedbackType), required=True)
        value = self._value(form, kind)
        is_comment = kind == FeedbackType.COMMENT
        text = form.read("feedback_text", _long_text, note("text"), required=is_comment) or None
        sold_on, source = self._sale(form, kind, at)
        form.close()
        said = (uuid, kind, value, text, sold_on, source)
        return FeedbackRecord(
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

    def _uuid(self, value: object) -> str:
        return self._identity.uuid_of(str(value).strip())

    def _value(self, form: Form, kind: str | None) -> float | None:
        if kind == FeedbackType.RATING:
            stars = partial(_number, fits=lambda x: 1 <= x <= 5)
            return form.read("feedback_value", stars, note("stars"), required=True)
        if kind == FeedbackType.ACTUAL_PRICE:
            price = partial(_number, fits=lambda x: 0 < x <= HIGHEST_PRICE)
            expected = note("sale_price", unit=self._price_unit, most=HIGHEST_PRICE)
            return form.read("feedback_value", price, expected, required=True)
        return None

    def _sale(self, form: Form, kind: str | None, at: datetime) -> tuple[str | None, str | None]:
        """When it was sold and who says so: facts of a sale price alone."""
        if kind != FeedbackType.ACTUAL_PRICE:
            return None, None
        # East of Greenwich it may be tomorrow already.
        tomorrow = at.astimezone(UTC).date() + timedelta(days=1)
        sold_on = form.read("sold_on", partial(_past_day, latest=tomorrow), note("past_day"))
        return sold_on, _choice(form, "price_source", SOURCES, required=False)


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
    if date.fromisoformat(day) > latest:
        raise Unfit("out_of_range")
    return day
