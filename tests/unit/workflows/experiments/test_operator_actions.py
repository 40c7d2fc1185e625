"""An operator's acts through the API."""

import pytest

from homeprices.domain.errors import BadInput
from homeprices.domain.experiments.decision import Action, DecisionQuery
from homeprices.domain.experiments.status import ExperimentStatus
from homeprices.domain.versions import Role
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.operator_actions import ExperimentActions
from homeprices.workflows.experiments.start import open_next_experiment

BY = {"reason": "seen enough", "actor": "operator"}


def test_an_operator_promotes_and_undoes(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    acts = ExperimentActions(homes)
    promoted = acts.act(Action.PROMOTE, of="CO1", **BY)
    undone = acts.act(Action.UNDO, of=promoted.id, **BY)
    assert [row.id for row in acts.decisions(DecisionQuery(10))] == [undone.id, promoted.id]
    assert homes.registry.production().version == "BO3"


def test_an_operator_holds_and_rolls_back(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    acts = ExperimentActions(homes)
    acts.act(Action.HOLD, of=None, **BY)
    acts.act(Action.ROLL_BACK, of="CO1", **BY)
    assert [row.verdict for row in acts.decisions(DecisionQuery(10))] == ["ROLL_BACK", "HOLD"]
    assert len(homes.registry.versions(Role.PRODUCTION)) == 1


@pytest.mark.parametrize("action", [Action.PROMOTE, Action.ROLL_BACK, Action.UNDO])
def test_an_act_must_name_what_it_acts_on(homes, action: Action) -> None:
    with pytest.raises(BadInput, match="of is missing"):
        ExperimentActions(homes).act(action, of=None, **BY)


def test_the_open_trial_is_shown_with_the_evidence_of_both_arms(homes, candidate) -> None:
    acts = ExperimentActions(homes)
    assert acts.experiment() == ExperimentStatus()
    candidate()
    experiment = open_next_experiment(homes)
    status = acts.experiment()
    assert status.experiment == experiment
    assert (status.evidence.candidate.version, status.evidence.production.version) == ("CO1", "BO1")


def test_the_open_trial_is_shown_with_its_history_and_what_was_set_aside(homes, candidate) -> None:
    homes.policy = "evidence"
    candidate()
    open_next_experiment(homes)
    homes.decision_units.candidate = {"requests": 3, "ratings": 0}
    homes.decision_units.production = {"requests": 9, "ratings": 0}
    decide(homes)
    homes.clock.advance(hours=1)
    decide(homes)
    homes.decision_units.candidate = {"requests": 4, "ratings": 0}
    decide(homes)
    status = ExperimentActions(homes).experiment()
    assert [point.hours for point in status.history] == [0, 1]
    assert status.figures == homes.decisions.latest(1)[0].figures
    assert status.stakes[0].name == "better"
    assert status.expected.from_hours is None


def test_the_open_trial_is_shown_as_held_until_the_hold_is_undone(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    acts = ExperimentActions(homes)
    assert acts.experiment().held_by is None
    held = acts.act(Action.HOLD, of=None, **BY)
    assert acts.experiment().held_by == held.id
    acts.act(Action.UNDO, of=held.id, **BY)
    assert acts.experiment().held_by is None


def test_an_act_that_names_its_candidate_can_be_sent_twice(homes, candidate) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    candidate(b"two")
    acts = ExperimentActions(homes)
    first = acts.act(Action.ROLL_BACK, of="CO1", **BY)
    assert acts.act(Action.ROLL_BACK, of="CO1", **BY) == first
    assert homes.experiments.open_now().candidate == "CO2"
