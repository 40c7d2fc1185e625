"""A person starts and stops trials; the log tells it, and what breaks half-way is finished."""

import pytest

from homeprices.domain.errors import BadInput, NotFound, Refused, Unavailable
from homeprices.domain.experiments.decision import DecisionQuery, Verdict
from homeprices.domain.versions import DecisionId, ExperimentId, ModelVersion, Role
from homeprices.stores.candidates import candidate_history
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.experiments.start_stop import start, stop
from homeprices.workflows.experiments.undo import undo
from homeprices.workflows.scheduled import deciding
from homeprices.workflows.training.equal_models import equal_model
from support.fakes import tried_candidate

BY = {"actor": "test", "reason": "because"}
CO1, CO2 = ModelVersion(Role.CANDIDATE, 1), ModelVersion(Role.CANDIDATE, 2)


def test_a_candidate_is_put_on_trial_for_the_share_that_was_said(homes, candidate) -> None:
    candidate()
    row = start(homes, CO1, 0.5, **BY)
    assert (row.verdict, row.subject, row.done) == (Verdict.START, "CO1", True)
    assert (row.before, row.after) == ("BO1", "BO1")
    words = "CO1 is tried on 50% of visitors, and nothing is proven yet"
    assert row.reasons == ["because", words, "E1 has begun"]
    opened = homes.experiments.open_now()
    assert (opened.candidate, opened.share) == ("CO1", 0.5)
    assert start(homes, CO1, 0.5, **BY) == start(homes, CO1, None, **BY) == row


def test_without_a_share_it_is_that_of_the_settings(homes, candidate) -> None:
    candidate()
    start(homes, CO1, None, **BY)
    assert homes.experiments.open_now().share == 0.2


def test_another_share_closes_the_experiment_and_opens_the_next(homes, candidate) -> None:
    candidate()
    first = open_next_experiment(homes)
    row = start(homes, CO1, 0.5, **BY)
    assert row.experiment == "E1"
    assert row.reasons[1] == "E1, with 20%, ends without a verdict"
    ending = homes.experiments.ending(ExperimentId(1))
    assert (ending.verdict, ending.decision) == ("INTERRUPTED", row.id)
    assert ending.reasons == ["the share of visitors becomes 50%"]
    opened = homes.experiments.open_now()
    assert (opened.id, opened.candidate, opened.share) == ("E2", "CO1", 0.5)
    assert opened.salt != first.salt
    assert row.undo == "homes experiment start CO1 --share 0.2"
    assert start(homes, CO1, 0.2, **BY).experiment == "E2"
    assert homes.experiments.open_now().share == 0.2


def test_the_log_of_a_trial_has_what_opened_and_what_ended_it(homes, candidate) -> None:
    candidate(b"one")
    promote(homes, CO1, **BY)
    candidate(b"two")
    open_next_experiment(homes)
    start(homes, CO2, 0.5, **BY)
    undo(homes, DecisionId(1), **BY)

    def rows(experiment: str) -> list[tuple[str, Verdict]]:
        about = homes.decisions.select(DecisionQuery(experiment=experiment))
        return [(row.id, row.verdict) for row in about]

    assert rows("E1") == [("D-0002", Verdict.START)]
    assert rows("E2") == [("D-0003", Verdict.UNDO), ("D-0002", Verdict.START)]
    assert homes.decisions.read(DecisionId(2)).reasons[-1] == "E2 has begun"


@pytest.mark.parametrize("share", [None, 0.2])
def test_a_trial_that_the_machine_has_opened_is_not_started_again(homes, candidate, share) -> None:
    candidate()
    open_next_experiment(homes)
    with pytest.raises(Refused, match="CO1 is on trial already, for 20% of visitors: E1"):
        start(homes, CO1, share, **BY)
    assert homes.decisions.latest() == []


def test_a_second_candidate_waits_until_the_first_was_stopped(homes, candidate) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    candidate(b"two")
    words = "end it first: homes experiment stop E1, then start CO2 again"
    with pytest.raises(Refused, match=f"E1 is open with CO1 on trial; {words}"):
        start(homes, CO2, None, **BY)


def test_a_candidate_that_does_not_exist_is_told_also_while_another_is_on_trial(
    homes, candidate
) -> None:
    candidate()
    open_next_experiment(homes)
    with pytest.raises(NotFound, match="CO9"):
        start(homes, ModelVersion(Role.CANDIDATE, 9), None, **BY)


def test_what_is_in_production_or_was_is_not_tried(homes, candidate) -> None:
    candidate(b"first")
    with pytest.raises(Refused, match="CO1 is equal to BO1: there is nothing to find out"):
        start(homes, CO1, None, **BY)
    with pytest.raises(Refused, match="only a candidate"):
        start(homes, ModelVersion(Role.PRODUCTION, 1), None, **BY)
    assert homes.decisions.latest() == []


def test_what_was_stopped_is_not_lost_does_not_go_on_by_itself_and_may_be_started(
    homes, candidate
) -> None:
    candidate()
    open_next_experiment(homes)
    row = stop(homes, **BY)
    assert (row.verdict, row.experiment, row.asks_training) == (Verdict.STOP, "E1", False)
    assert homes.experiments.ending(ExperimentId(1)).verdict == "STOP"
    assert decide(homes) is None
    assert tried_candidate(homes) is None
    assert candidate_history(homes.registry, homes.experiments).retired == {}
    assert candidate_history(homes.registry, homes.experiments).waiting == []
    assert candidate_history(homes.registry, homes.experiments).to_serve is None
    assert homes.registry.retired_at(CO1) is None
    assert "was stopped on trial" in equal_model(homes, lambda model: model.version == "CO1")
    assert row.undo == "homes experiment start CO1 --share 0.2"
    start(homes, CO1, 0.2, **BY)
    assert tried_candidate(homes) == "CO1"


def test_after_a_stop_the_next_candidate_that_waits_goes_on_trial(homes, candidate) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    candidate(b"two")
    row = stop(homes, **BY)
    assert tried_candidate(homes) == "CO2"
    assert row.reasons[1].startswith("CO2 waited, so that the next trial begins at once: CO1 can")
    again = stop(homes, ExperimentId(2), **BY)
    assert again.reasons == ["because"]
    assert start(homes, CO1, None, **BY).subject == tried_candidate(homes) == "CO1"


@pytest.mark.parametrize("end", ["open", "stopped", "lost"])
def test_a_copy_of_what_was_on_trial_is_not_tried_by_itself(homes, candidate, end: str) -> None:
    candidate(b"same")
    open_next_experiment(homes)
    candidate(b"same")
    if end == "stopped":
        stop(homes, **BY)
    elif end == "lost":
        roll_back(homes, CO1, **BY)
    assert open_next_experiment(homes) is None
    history = candidate_history(homes.registry, homes.experiments)
    assert (CO2 in history.waiting, list(history.equal)) == (False, [CO2])
    if end != "open":
        start(homes, CO2, None, **BY)
        assert tried_candidate(homes) == "CO2"


def test_a_stop_that_names_its_trial_stops_no_other(homes, candidate) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    candidate(b"two")
    row = stop(homes, ExperimentId(1), **BY)
    assert stop(homes, ExperimentId(1), **BY) == row
    assert tried_candidate(homes) == "CO2"
    with pytest.raises(Refused, match="E3 is not open; E2 is: homes experiment stop E2"):
        stop(homes, ExperimentId(3), **BY)


def test_with_no_trial_there_is_nothing_to_stop(homes) -> None:
    with pytest.raises(Refused, match="no trial is open"):
        stop(homes, **BY)


def test_a_start_and_a_stop_are_undone_by_one_another(homes, candidate) -> None:
    candidate()
    row = start(homes, CO1, None, **BY)
    with pytest.raises(Refused, match="undo it by `homes experiment stop`"):
        undo(homes, DecisionId.parse(row.id), **BY)
    row = stop(homes, **BY)
    with pytest.raises(Refused, match="undo it by `homes experiment start CO1"):
        undo(homes, DecisionId.parse(row.id), **BY)


def test_a_candidate_that_lost_is_tried_again_by_a_persons_word(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    roll_back(homes, CO1, **BY)
    start(homes, CO1, None, **BY)
    assert tried_candidate(homes) == "CO1"
    assert candidate_history(homes.registry, homes.experiments).retired == {}


@pytest.mark.parametrize("steps", range(2))
def test_a_change_of_share_that_broke_at_any_step_is_finished_by_the_next_decide(
    homes, candidate, monkeypatch, steps: int
) -> None:
    candidate()
    open_next_experiment(homes)
    create = homes.objects.create
    left = iter([True] * steps)

    def breaks(*arguments, **options):
        if not next(left, False):
            raise Unavailable("the store is away")
        return create(*arguments, **options)

    with monkeypatch.context() as broken:
        broken.setattr(homes.objects, "create", breaks)
        with pytest.raises(Unavailable):
            start(homes, CO1, 0.5, **BY)
    assert deciding.evaluate(homes)["verdict"] == "CONTINUE"
    assert homes.decisions.read(DecisionId(1)).done
    history = homes.experiments.history()
    assert [(opened.share, ending is None) for opened, ending in history] == [
        (0.2, False),
        (0.5, True),
    ]


def test_a_start_that_another_trial_has_overtaken_is_given_up_and_told(
    homes, candidate, monkeypatch
) -> None:
    candidate(b"one")
    with monkeypatch.context() as broken:
        broken.setattr("homeprices.workflows.experiments.apply.open_experiment", _away)
        with pytest.raises(Unavailable):
            start(homes, CO1, 0.5, **BY)
    candidate(b"two")
    open_next_experiment(homes)
    row = decide(homes)
    assert row.reasons[-1] == "not carried out: E1 was opened meanwhile, with CO2 on trial"
    assert (row.done, row.undo) == (True, None)


def _away(*_: object) -> None:
    raise Unavailable("the store is away")


def test_what_is_on_trial_is_not_started_anew_where_the_settings_have_another_share_by_now(
    homes, candidate
) -> None:
    candidate()
    opened = open_next_experiment(homes)
    homes.experiment_share = 0.4
    with pytest.raises(Refused, match="is on trial already, for 20%"):
        start(homes, CO1, None, **BY)
    assert homes.experiments.open_now() == opened


def test_a_trial_is_limited_to_a_zone_and_widened_again(homes, candidate) -> None:
    candidate()
    row = start(homes, CO1, 0.5, "east", **BY)
    words = "CO1 is tried on 50% of visitors, for homes in east, and nothing is proven yet"
    assert row.reasons[-2:] == [words, "E1 has begun"]
    opened = homes.experiments.open_now()
    assert (opened.scope, opened.zones) == ("east", tuple(homes.market.zones))
    # What is not named stays as it is.
    assert start(homes, CO1, None, **BY) == start(homes, CO1, 0.5, "east", **BY) == row
    other = start(homes, CO1, 0.25, **BY)
    assert homes.experiments.open_now().scope == "east"
    assert other.undo == "homes experiment start CO1 --share 0.5 --zone east"
    wide = start(homes, CO1, None, "everywhere", **BY)
    opened = homes.experiments.open_now()
    assert (opened.id, opened.share, opened.scope) == ("E3", 0.25, None)
    assert wide.reasons[1] == "E2, with 25%, for homes in east, ends without a verdict"
    narrow = start(homes, CO1, None, "west", **BY)
    assert narrow.undo == "homes experiment start CO1 --share 0.25 --zone everywhere"


def test_a_zone_that_the_market_has_not_is_refused_before_anything_is_written(
    homes, candidate
) -> None:
    candidate()
    with pytest.raises(
        BadInput, match=r"must be a zone of bangalore \(central, .*; got 'atlantis'"
    ):
        start(homes, CO1, None, "atlantis", **BY)
    assert homes.decisions.latest() == []
    assert homes.experiments.open_now() is None


def test_what_was_limited_does_not_reach_the_whole_city_by_itself(homes, candidate) -> None:
    candidate()
    start(homes, CO1, None, "east", **BY)
    row = roll_back(homes, CO1, **BY)
    undo(homes, DecisionId.parse(row.id), **BY)
    assert homes.experiments.open_now().scope == "east"


def test_a_stopped_trial_of_a_zone_is_started_again_in_it(homes, candidate) -> None:
    candidate()
    start(homes, CO1, None, "east", **BY)
    assert stop(homes, **BY).undo == "homes experiment start CO1 --share 0.2 --zone east"
    start(homes, CO1, None, **BY)
    assert homes.experiments.open_now().scope is None
