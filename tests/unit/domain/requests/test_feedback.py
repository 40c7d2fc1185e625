"""Feedback is read into one row, or refused field by field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from homeprices import markets
from homeprices.domain.errors import BadInput, NotFound, Unreadable
from homeprices.domain.requests.feedback import FeedbackReader
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Client, FeedbackRecord
from homeprices.wording.speech import Speech

IDENTITY = Identity(b"a secret")
ID = IDENTITY.issued("01900000-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def read(**fields: Any) -> FeedbackRecord:
    asked = {"prediction_id": ID, "feedback_type": "rating", "feedback_value": 4, **fields}
    return FeedbackReader(IDENTITY, "lakh").read(asked, Client(), NOW)


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
    assert words in Speech(markets.load("bangalore")).problem(problem)


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
