"""Feedback is read into one row, or refused field by field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from homeprices import markets
from homeprices.domain.errors import BadInput, NotFound, PriceUnlikely, Unreadable
from homeprices.domain.requests.feedback import FeedbackReader, ReadFeedback
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Client, FeedbackRecord
from homeprices.domain.units import read_price
from homeprices.wording.speech import Speech

IDENTITY = Identity(b"a secret")
ID = IDENTITY.issued("01900000-0000-7000-8000-000000000001")
MARKET = markets.load("bangalore")
READER = FeedbackReader(IDENTITY, MARKET)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def read(**fields: Any) -> FeedbackRecord:
    asked = {"prediction_id": ID, "feedback_type": "rating", "feedback_value": 4, **fields}
    return said(**asked).record


def said(at: datetime = NOW, **fields: Any) -> ReadFeedback:
    return READER.read({"prediction_id": ID, **fields}, Client(), at)


def sold(value: object, **fields: Any) -> ReadFeedback:
    return said(feedback_type="actual_price", feedback_value=value, **fields)


@pytest.mark.parametrize("value", [1, 5, "4", 3.5, " 2 "])
def test_one_to_five_stars_are_kept(value: object) -> None:
    assert read(feedback_value=value).value == float(str(value))


@pytest.mark.parametrize("kind", ["accurate", "too_high", "too_low"])
def test_a_plain_opinion_has_no_value(kind: str) -> None:
    record = read(feedback_type=kind, feedback_value=None)
    assert (record.type, record.value) == (kind, None)


def test_a_comment_is_its_text() -> None:
    record = read(feedback_type="comment", feedback_value=None, feedback_text="no lift\nin it")
    assert (record.type, record.value, record.text) == ("comment", None, "no lift\nin it")


def test_a_sale_price_keeps_its_day_and_source() -> None:
    record = read(
        feedback_type="actual_price",
        feedback_value="82.5",
        sold_on="2026-03-31",
        price_source="registered",
    )
    assert (record.value, record.sold_on, record.price_source) == (82.5, "2026-03-31", "registered")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"feedback_value": 6}, "feedback_value", "must be 1 to 5 stars; got 6"),
        ({"feedback_value": 0}, "feedback_value", "must be 1 to 5 stars; got 0"),
        ({"feedback_value": "good"}, "feedback_value", "which is not a number"),
        ({"feedback_value": None}, "feedback_value", "is missing: must be 1 to 5 stars"),
        ({"feedback_type": None}, "feedback_type", "is missing: must be one of rating, accurate"),
        ({"feedback_type": "love"}, "feedback_type", "got love"),
        ({"feedback_type": "actual_price", "feedback_value": -3}, "feedback_value", "got -3"),
        ({"feedback_type": "actual_price", "feedback_value": 0}, "feedback_value", "above 0"),
        ({"feedback_type": "comment", "feedback_text": " "}, "feedback_text", "is missing"),
        ({"feedback_text": "x" * 2001}, "feedback_text", "at most 2,000"),
        ({"feedback_type": "actual_price", "sold_on": "31.3.26"}, "sold_on", "as in 2026-03-31"),
        ({"feedback_type": "actual_price", "sold_on": "2027-01-01"}, "sold_on", "up to today"),
        ({"feedback_type": "actual_price", "price_source": "x"}, "price_source", "registered"),
        ({"prediction_id": None}, "prediction_id", "is missing"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field(
    fields: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        read(**fields)
    (problem,) = refusal.value.problems
    assert problem.field == field
    assert words in Speech(MARKET).problem(problem)


def test_an_id_of_another_form_is_unreadable_and_an_invented_one_not_found() -> None:
    with pytest.raises(Unreadable):
        read(prediction_id="17")
    with pytest.raises(NotFound):
        read(prediction_id=ID[:-1] + ("0" if ID[-1] != "0" else "1"))


def test_the_same_again_is_the_same_row_and_a_changed_value_another() -> None:
    assert read().id == read(feedback_value="4.0").id
    assert len({read().id, read(feedback_value=5).id, read(feedback_text="fine").id}) == 3


def test_text_is_kept_without_what_no_store_takes() -> None:
    assert read(feedback_text=" a\x00b\nc ").text == "a b\nc"
    assert read(feedback_text="  ").text is None


@pytest.mark.parametrize(
    ("written", "lakh"),
    [
        (71.5, 71.5),
        ("62.5", 62.5),
        ("62,00,000", 62.0),
        ("₹62,00,000", 62.0),
        ("Rs. 45,50,000/-", 45.5),
        ("62.5 lakh", 62.5),
        ("62.5 Lacs", 62.5),
        ("62.5L", 62.5),
        ("1.2 Cr", 120.0),
        ("₹ 1.05 crore", 105.0),
        ("INR 38,75,000", 38.75),
        (6_200_000, 62.0),
        ("6200000 rupees", 62.0),
        ("62 lakh", 62.0),
    ],
)
def test_a_sale_price_is_read_as_prices_are_in_files(written: object, lakh: float) -> None:
    assert sold(written).record.value == pytest.approx(lakh)
    assert sold(written).record.value == pytest.approx(read_price(written, MARKET.money))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("62 dollars", "which has a unit that is not known: 'dollars'"),
        ("₹ 5,000", "which may be lakh or not: write the unit too"),
        ("0 lakh", "above 0"),
        ("1.2.3 Cr", "which is not a number"),
        ("62 to 65 lakh", "must be a price in lakh, or with its unit behind it"),
        (1e300, "above 0, up to 1,000,000,000 lakh"),
    ],
)
def test_a_sale_price_that_cannot_be_understood_is_refused(written: object, words: str) -> None:
    with pytest.raises(BadInput) as refusal:
        sold(written)
    assert not isinstance(refusal.value, PriceUnlikely)
    assert words in Speech(MARKET).error(refusal.value)


@pytest.mark.parametrize(("price", "estimate"), [(62, 62), (248, 62), (15.5, 62)])
def test_a_sale_price_up_to_four_times_off_is_taken(price: float, estimate: float) -> None:
    READER.weigh(sold(price), estimate)


@pytest.mark.parametrize(
    ("written", "estimate", "words"),
    [
        (
            6200,
            62.0,
            "in lakh? 6200 means ₹ 6,200.00 lakh, that is ₹ 62.00 crore or 62,00,00,000 "
            "rupees, and the estimate is ₹ 62 lakh",
        ),
        (
            "0.85",
            90.0,
            "in lakh? 0.85 means ₹ 0.85 lakh, that is ₹ 0.0085 crore or 85,000 rupees, "
            "and the estimate is ₹ 90 lakh",
        ),
        ("9 Cr", 210.0, "in lakh? 9 Cr means ₹ 900.00 lakh, that is ₹ 9.00 crore"),
        ("25 lakh", 101.0, "or 25,00,000 rupees, and the estimate is ₹ 1.01 crore"),
    ],
)
def test_a_sale_price_beyond_is_asked_about_and_told_in_rupees(
    written: object, estimate: float, words: str
) -> None:
    with pytest.raises(PriceUnlikely) as question:
        READER.weigh(sold(written), estimate)
    (problem,) = question.value.problems
    assert (problem.field, problem.code) == ("feedback_value", "price_unlikely")
    assert words in Speech(MARKET).problem(problem)
    assert "send it again with confirmed: true" in Speech(MARKET).problem(problem)


@pytest.mark.parametrize("confirmed", [True, "true", "yes", "1"])
def test_a_confirmed_price_is_kept_as_the_same_row(confirmed: object) -> None:
    remark = sold(6200, confirmed=confirmed)
    READER.weigh(remark, 62.0)
    assert remark.record == sold(6200).record


@pytest.mark.parametrize("confirmed", [False, "no", "", None])
def test_what_is_not_confirmed_is_asked_again(confirmed: object) -> None:
    with pytest.raises(PriceUnlikely):
        READER.weigh(sold(6200, confirmed=confirmed), 62.0)


def test_a_confirmation_that_is_none_is_refused_and_an_opinion_is_never_weighed() -> None:
    with pytest.raises(BadInput) as refusal:
        sold(62, confirmed="perhaps")
    assert "must be yes or no" in Speech(MARKET).error(refusal.value)
    READER.weigh(said(feedback_type="rating", feedback_value=4), 6200.0)


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [("1990-01-01", True), ("1989-12-31", False), ("2026-11-03", True), ("2026-11-04", False)],
)
def test_a_sale_is_of_a_day_from_1990_to_today_as_it_is_in_india(day: str, is_taken: bool) -> None:
    late = datetime(2026, 11, 2, 19, tzinfo=UTC)  # half past midnight of the 3rd in Bengaluru
    if is_taken:
        remark = said(late, feedback_type="actual_price", feedback_value=62, sold_on=day)
        assert remark.record.sold_on == day
        return
    with pytest.raises(BadInput) as refusal:
        said(late, feedback_type="actual_price", feedback_value=62, sold_on=day)
    told = Speech(MARKET).error(refusal.value)
    assert "must be a day from 1990-01-01 up to today, 2026-11-03, as in 2026-03-31" in told
