"""A trial as a picture: what is drawn is what was found, in 100 columns and as SVG."""

import re
from dataclasses import replace
from math import log

import pytest

from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.stakes import Stake, TimeToVerdict, stakes, time_to_verdict
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.experiments.evidence import Evidence
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.experiments.policies import policy
from homeprices.domain.experiments.status import ExperimentStatus, experiment_status
from homeprices.reports.experiment_picture import as_lines, as_svg, in_words
from support.fakes import arm
from support.service import a_decision

EXPERIMENT = Experiment(
    "E1", "CO1", "BO1", 0.2, "salt", policy("evidence").document, "2026-11-02T09:00:00+00:00"
)
LOG_E = {"better": log(10), "harm": -1.0, "futility": -2.0, "bad_ratings": 0.0, "errors": 0.5}
LOG_E |= {"slow": 0.0, "gross": 0.0, "sample_ratio": -1.0}


def evaluation(hours: float, labels: int, ratio: float | None, band: list | None) -> Decision:
    """A row of the log whose policy has found that."""
    figures = {
        "policy": "evidence",
        "hours": hours,
        "log_e": LOG_E,
        "labels": labels,
        "loss_ratio": ratio,
        "reduction_band": band,
        "set_aside": {"unsigned": 88, "echo": 3},
        "epoch": 0,
    }
    return replace(a_decision(Verdict.CONTINUE), figures=figures)


def status(*rows: Decision, hours: float = 48.0, prices: int = 120) -> ExperimentStatus:
    evidence = Evidence(arm("CO1", sale_prices=prices), arm("BO1"), hours)
    return experiment_status(EXPERIMENT, evidence, rows)


HELD = replace(a_decision(Verdict.HOLD), figures={})
ROWS = (
    HELD,
    evaluation(48.0, 120, 0.8, [0.1, 0.3]),
    evaluation(24.0, 40, 0.9, [-0.2, 0.4]),
    evaluation(1.0, 0, None, None),
)


def test_the_history_is_of_evaluations_the_oldest_first() -> None:
    seen = status(*ROWS)
    assert [(point.hours, point.labels) for point in seen.history] == [(1, 0), (24, 40), (48, 120)]
    assert seen.history[-1].reduction_band == (0.1, 0.3)
    assert seen.figures == ROWS[1].figures
    assert seen.set_aside == {"unsigned": 88, "echo": 3}


def test_a_picture_fits_into_a_hundred_columns_and_needs_no_colour() -> None:
    lines = as_lines(status(*ROWS))
    assert max(map(len, lines)) <= 100
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_a_trial_that_is_held_says_so_first() -> None:
    assert as_lines(status(*ROWS))[0] == as_lines(status(HELD))[0] == "held by D-0001"
    undone = replace(HELD, undone_by="D-0002")
    assert not any("held" in line for line in as_lines(status(undone, *ROWS[1:])))


def test_the_last_column_is_the_newest_evaluation() -> None:
    lines = as_lines(status(*ROWS))
    chart = lines[lines.index(next(line for line in lines if line.startswith("  +50 %"))) :][:21]
    last = {50 - 5 * row: line[99:] for row, line in enumerate(chart) if line[99:].strip()}
    assert last == {30: ":", 25: ":", 20: "o", 15: ":", 10: ":", 5: "-", 0: "-"}
    assert "promote above" in chart[9]
    assert "roll back below" in chart[10]
    (counts,) = (line.split() for line in lines if line.split()[:1] == ["n"])
    assert counts == ["n", "0", "0", "40", "40", "120"]


def test_each_bet_stands_beside_what_it_needs() -> None:
    lines = as_lines(status(*ROWS))
    better = next(line for line in lines if line.startswith("it errs less"))
    assert better.split()[-5:] == ["10", "20", "[##################", "]", "promote"]


def test_what_was_set_aside_is_counted_by_reason() -> None:
    assert "set aside, no evidence: unsigned 88, echo 3" in as_lines(status(*ROWS))


def test_evidence_that_began_anew_needs_more_of_bets_on_prices_alone() -> None:
    needed = {stake.name: stake.needed for stake in stakes({"log_e": LOG_E, "epoch": 1}, VERSION_1)}
    assert needed["better"] == pytest.approx(log(40))
    assert needed["errors"] == pytest.approx(log(100))
    assert Stake("harm", -1.0, 3.0, Verdict.ROLL_BACK).part == 0


@pytest.mark.parametrize(
    ("prices", "hours", "words"),
    [
        (0, 30, "0.00 sale prices an hour count so far: at this rate nothing can be decided"),
        (9, 30, "0.30 sale prices an hour count so far: at this rate nothing can be decided"),
        (45, 30, "one that errs 10 % less not before the deadline, 168 h"),
        (150, 30, "20 % less is seen 30 h after the start or later, one that errs 10 %"),
    ],
)
def test_when_a_verdict_is_to_be_expected_is_said_honestly(prices, hours, words) -> None:
    expected = time_to_verdict({"labels": prices}, hours, prices, VERSION_1)
    assert words in in_words(expected)


def test_the_range_holds_what_the_rate_itself_would_say() -> None:
    expected = time_to_verdict({"labels": 150}, 30, 150, VERSION_1)
    assert isinstance(expected, TimeToVerdict)
    assert expected.labels_per_hour == 5
    assert expected.from_hours <= 30
    assert 422 / 5 < expected.to_hours < 422 / 3.9


def test_the_drawing_says_who_is_tried_and_what_was_found() -> None:
    drawn = as_svg(status(*ROWS))
    words = re.findall(r"<text [^>]*>([^<]*)</text>", drawn.decode())
    assert "E1: CO1 against BO1" in words
    assert "120 sale prices in 48 h; stake on better 10 of 20" in words
    assert {"promote above", "roll back below", "n = 120"} <= set(words)
    assert as_svg(status(*ROWS)) == drawn


@pytest.mark.parametrize("seen", [ExperimentStatus(), status(), status(HELD)])
def test_with_nothing_to_draw_it_says_so(seen: ExperimentStatus) -> None:
    assert as_svg(seen).endswith(b"</svg>\n")
    assert b"<polyline" not in as_svg(seen)
    assert max(map(len, as_lines(seen)), default=0) <= 100


def test_a_rule_that_makes_no_bets_shows_what_both_arms_have_shown() -> None:
    row = replace(a_decision(Verdict.CONTINUE), figures={"policy": "composite", "hours": 2.0})
    lines = as_lines(status(row))
    assert lines == [
        "CO1: 500 answers, 50 opinions, mean 4.00, 120 sale prices",
        "BO1: 500 answers, 50 opinions, mean 4.00, 0 sale prices",
    ]
