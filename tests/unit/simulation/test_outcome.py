from dataclasses import replace
from pathlib import Path

import pytest

from homeprices.domain.experiments.decision import Verdict
from homeprices.simulation.events import month_events
from homeprices.simulation.month import MonthOrder, MonthRecord, SeenDecision, TrueHour
from homeprices.simulation.outcome import is_right, outcome_of
from homeprices.simulation.page import month_markdown, month_page
from homeprices.simulation.picture import month_pictures
from homeprices.stores.spool.spool import SpoolCounts
from support.service import a_decision

COUNTS = SpoolCounts(10, 7, 2, 1, 0, 0, 0)


def decision(day: float, verdict: Verdict, subject: str, before: str, errors: dict[str, float]):
    row = replace(a_decision(verdict), subject=subject, before=before, reasons=["<it is so>"])
    return SeenDecision(day, row, errors)


@pytest.fixture
def record() -> MonthRecord:
    """A right promotion, a right roll-back, one that was missed, and production rolled back."""
    made = MonthRecord(MonthOrder(days=4), month_events(1))
    errors = {"BO1": 0.3, "CO1": 0.2, "BO2": 0.2, "CO2": 0.21, "CO3": 0.15}
    made.decisions = [
        decision(1.0, Verdict.PROMOTE, "CO1", "BO1", errors),
        decision(2.0, Verdict.ROLL_BACK, "CO2", "BO2", errors),
        decision(3.0, Verdict.UNDECIDED, "CO3", "BO2", errors),
    ]
    made.origins = {"BO1": "BO1", "CO1": "CO1", "BO2": "CO1", "CO2": "CO2", "CO3": "CO3"}
    made.productions = [(0.0, "BO1"), (1.0, "BO2")]
    made.hours = [
        TrueHour(day, "BO1" if day < 1 else "BO2", "CO1" if day < 1 else None, errors)
        for day in (0.5, 1.0, 2.0, 4.0)
    ]
    made.counts = [COUNTS, COUNTS]
    return made


def test_decisions_are_counted_as_right_wrong_and_missed(record: MonthRecord) -> None:
    outcome = outcome_of(record)
    assert [(d.is_right, d.truth) for d in outcome.decisions] == [
        (True, "33 % better"),
        (True, "5 % worse"),
        (False, "25 % better"),
    ]
    assert list(outcome.lines()) == [
        "promotions: 1 right, 0 wrong",
        "candidates turned away: 1 right, 1 wrong",
        "production rolled back: 0 right, 0 wrong",
        "rows: 20 issued = 14 stored + 4 waiting + 2 set aside",
        "no equal or worse model left in production: yes",
    ]


@pytest.mark.parametrize(("before", "word"), [(0.21, "yes"), (0.201, "no"), (0.19, "no")])
def test_production_must_be_better_than_each_model_that_it_replaced(
    record: MonthRecord, before: float, word: str
) -> None:
    last = record.hours[-1]
    record.hours[-1] = replace(last, true_errors={**last.true_errors, "BO1": before})
    assert [*outcome_of(record).lines()][-1].endswith(f"production: {word}")


def test_a_copy_of_production_itself_is_nothing_that_it_replaced(record: MonthRecord) -> None:
    record.productions.append((3.0, "BO3"))
    record.origins["BO3"] = "CO1"
    record.hours[-1].true_errors["BO3"] = 0.2
    assert [other.version for other in outcome_of(record).replaced] == ["BO1"]


def test_a_month_that_replaced_nothing_does_not_say_that_production_is_right(record) -> None:
    record.productions = [(0.0, "BO1")]
    last = [*outcome_of(record).lines()][-1]
    assert last == "no equal or worse model left in production: nothing was replaced"


def test_a_row_that_is_nowhere_is_told(record: MonthRecord) -> None:
    record.counts = [replace(COUNTS, issued=11)]
    outcome = outcome_of(record)
    assert not outcome.has_all_rows
    assert "DOES NOT ADD UP" in "\n".join(outcome.lines())


@pytest.mark.parametrize(
    ("verdict", "right", "wrong"),
    [
        (Verdict.PROMOTE, 0.97, 0.99),
        (Verdict.ROLL_BACK, 0.96, 0.94),
        (Verdict.UNDECIDED, 1.0, 0.9),
        (Verdict.ROLL_BACK_PRODUCTION, 0.99, 1.01),
    ],
)
def test_what_is_right_goes_by_the_true_errors(
    verdict: Verdict, right: float, wrong: float
) -> None:
    assert is_right(verdict, right)
    assert not is_right(verdict, wrong)


def test_the_page_is_one_file_with_its_picture_and_asks_nobody(record: MonthRecord) -> None:
    outcome = outcome_of(record)
    svg = month_pictures(record, outcome)["month.svg"]
    assert svg == month_pictures(record, outcome)["month.svg"]
    html = month_page(record, outcome, svg).decode()
    assert "<script" not in html
    assert html.count("<svg") == 1
    assert "src=" not in html
    assert "&lt;it is so&gt;" in html
    assert "homes simulate --days 4 --seed 1 --visitors 150" in html
    for line in outcome.lines():
        assert f"<li>{line}</li>" in html


def test_as_markdown_it_names_its_command_and_its_picture(record: MonthRecord) -> None:
    outcome = outcome_of(record)
    text = month_markdown(record, outcome, Path("docs/month.md"), "month.svg").decode()
    assert "homes simulate --days 4 --seed 1 --visitors 150 --out docs/month.md" in text
    assert "](month.svg)" in text
    assert "| 1.00 | PROMOTE | CO1 beside BO1 | 0.200 | 0.300 | 33 % better | right |" in text
    assert "&#39;" not in text
