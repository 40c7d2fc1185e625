"""What tasks hand to one another, and what they write on their run."""

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.experiments.decision import Verdict
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.scheduled import story
from homeprices.workflows.scheduled.deciding import choose, evaluate

RUN = ("evaluate_ab_dag", "run 1")


class Notes:
    """`ports.Scheduler` that keeps what is written on runs."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []

    def note(self, dag: str, run: str, line: str) -> None:
        self.lines.append((dag, run, line))


@pytest.fixture
def notes(homes) -> list[tuple[str, str, str]]:
    homes.scheduler, homes.public_url = Notes(), "http://homes"
    return homes.scheduler.lines


@pytest.mark.parametrize(
    ("verdict", "task"),
    [
        (Verdict.PROMOTE, "promote"),
        (Verdict.ROLL_BACK, "roll_back"),
        (Verdict.HOLD, "hold"),
        (Verdict.UNDECIDED, "close_undecided"),
        (Verdict.ROLL_BACK_PRODUCTION, "roll_production_back"),
        (Verdict.CHOOSE, "start_winner"),
        (Verdict.CONTINUE, "nothing"),
    ],
)
def test_a_verdict_is_followed_by_exactly_its_task(verdict: Verdict, task: str) -> None:
    assert choose(None, {"id": "D-0001", "verdict": verdict.value}) == task


def test_with_no_trial_nothing_follows() -> None:
    assert choose(None, None) == "nothing"


def test_a_run_with_nothing_to_decide_says_so(homes, notes) -> None:
    assert story.tell(homes, RUN, "evaluate", evaluate(homes)) == ""
    assert notes == [(*RUN, "no trial is open: there was nothing to decide")]


def test_a_verdict_is_written_on_its_run_with_links(homes, notes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    story.tell(homes, RUN, "evaluate", evaluate(homes))
    ((_, _, line),) = notes
    assert line.startswith(
        "PROMOTE [D-0001](http://homes/api/decisions?limit=1&before=D-0002), "
        "[E1](http://homes/api/decisions?experiment=E1), [CO1](http://homes/api/models/CO1): "
    )


def test_a_training_leads_to_its_card_and_its_trial(homes, notes) -> None:
    story.tell(homes, RUN, "train", ["CO3", "CO4"])
    story.tell(homes, RUN, "open_experiment", "E2")
    story.tell(homes, RUN, "watch_drift", "nothing has moved")
    story.tell(homes, RUN, "check", "T1")
    assert [line for _, _, line in notes] == [
        "trained [CO3](http://homes/api/models/CO3), [CO4](http://homes/api/models/CO4)",
        "the trial [E2](http://homes/api/decisions?experiment=E2) is open: "
        "[picture](http://homes/api/experiment?format=svg)",
        "[drift](http://homes/api/drift_report): nothing has moved",
    ]


def test_what_was_declined_says_why(homes, notes) -> None:
    story.decline(homes, RUN, "ask", "no training is needed")
    assert notes == [(*RUN, "ask: nothing to do: no training is needed")]


def test_a_note_that_cannot_be_written_costs_nothing(homes, monkeypatch, notes) -> None:
    def away(*_: str) -> None:
        raise Unavailable("Airflow is away")

    monkeypatch.setattr(homes.scheduler, "note", away)
    assert story.decline(homes, RUN, "ask", "") == "no note on the run: Airflow is away"
    homes.scheduler = None
    assert story.decline(homes, RUN, "ask", "") == ""
