"""Sentences are made at the edge, of codes and values, by language and market."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import homeprices
from homeprices import markets
from homeprices.domain.errors import FieldProblem, NotFound
from homeprices.domain.explanation import Reason
from homeprices.domain.notes import note
from homeprices.wording.speech import SECTIONS, Speech, catalogue, languages, merged

BANGALORE = markets.load("bangalore")
SPEECH = Speech(BANGALORE)


def codes_in_use() -> set[str]:
    """The codes that some line of code makes a note of, or refuses a value with."""
    codes: set[str] = set()
    for path in Path(homeprices.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
                named, first = call.func.id, call.args[0]
                if named in ("note", "Unfit") and isinstance(first, ast.Constant):
                    codes.add(first.value)
    return codes


def test_every_code_in_use_has_a_sentence_in_every_language() -> None:
    used = codes_in_use()
    assert len(used) > 30
    for language in languages():
        said = set().union(*(catalogue(language)[section] for section in SECTIONS))
        assert used - said == set()


def test_areas_and_money_are_said_as_the_market_says_them() -> None:
    metres = replace(
        BANGALORE,
        area_words="m²",
        money=replace(
            BANGALORE.money,
            symbol="€",
            price_unit="thousand",
            large_unit="million",
            large_unit_factor=1000,
        ),
    )
    small = note("unusual_area", area=150.0, least=300, most=8000)
    assert SPEECH.note(small).startswith("150 sq ft is unusual here: most homes have 300 to 8,000.")
    assert Speech(metres).note(small).startswith("150 m² is unusual here")
    assert [SPEECH.money(price) for price in (62.0, 48.25, 99.96, 118.0)] == [
        "₹ 62 lakh",
        "₹ 48.2 lakh",
        "₹ 1.00 crore",
        "₹ 1.18 crore",
    ]
    assert Speech(metres).money(1250.0) == "€ 1.25 million"


def test_a_reason_says_what_both_homes_have_and_what_it_adds() -> None:
    here, there = note("area", area=900.0), note("area", area=1280.0)
    assert SPEECH.reason(Reason("area", -3.5, here, there)) == (
        "900 sq ft, where the middle home has 1,280 sq ft: takes off ₹ 3.50 lakh."
    )
    alike = Reason("bedrooms", 0.25, note("one_bedroom", number=1), note("one_bedroom", number=1))
    assert SPEECH.reason(alike) == "1 bedroom, as the middle home has: adds ₹ 0.25 lakh."
    nothing = replace(alike, amount=-0.004)
    assert SPEECH.reason(nothing) == "1 bedroom, as the middle home has: changes nothing."


def test_a_problem_says_what_was_expected_and_what_came() -> None:
    expected = note("between", least=100.0, most=30000.0, city="Bengaluru")
    values = {"expected": expected, "got": "wide {open}"}
    assert SPEECH.problem(FieldProblem("total_sqft", "not_a_number", values)) == (
        "must be 100 to 30,000 in Bengaluru; got wide {open}, which is not a number"
    )
    why = FieldProblem.with_sentence("--port", "must be NAME=PORT; got {x}")
    assert SPEECH.problem(why) == "must be NAME=PORT; got {x}"


def test_another_language_is_another_file_and_english_fills_its_gaps() -> None:
    german = {"expected": {"flag": "muss ja oder nein sein"}}
    both = merged(german)
    assert both["expected"]["flag"] == "muss ja oder nein sein"
    assert both["expected"]["stars"] == catalogue("en")["expected"]["stars"]
    with pytest.raises(NotFound, match="known: en"):
        Speech(BANGALORE, "xx")


def test_optional_facts_are_called_what_their_market_calls_them() -> None:
    reason = note("facts", facts={"area_type": "Carpet Area", "balconies": 1})
    assert Speech(BANGALORE).words(reason) == "area type Carpet Area, number of balconies 1"
    kind = replace(BANGALORE.facts["kind"], words="sort of house")
    other = replace(BANGALORE, facts={**BANGALORE.facts, "kind": kind})
    assert Speech(other).words(note("facts", facts={"kind": "flat"})) == "sort of house flat"
