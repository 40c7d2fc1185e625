"""Where the loop stands is read from the stores as they are."""

from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.drift import DriftReport, FeatureDrift
from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.domain.loop import LoopStanding
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.standing import loop_standing
from support.fakes import MemoryHomes

FIGURES = {
    "policy": "evidence",
    "log_e": {"better": 1.5, "harm": -0.5},
    "labels": 40,
    "loss_ratio": 0.9,
    "epoch": 0,
}


class ScriptedValue:
    """`ports.ServiceValueReader` that remembers since when it was asked."""

    def __init__(self) -> None:
        self.since: datetime | None = None

    def feedback_at(self) -> datetime | None:
        return None

    def sessions(self, experiment: str, since: datetime) -> dict[str, int]:
        self.since = since
        return {"candidate": 2, "production": 8}


@pytest.fixture
def watched(homes: MemoryHomes) -> MemoryHomes:
    homes.service_value = ScriptedValue()
    return homes


def test_an_empty_installation_stands_nowhere(clock) -> None:
    homes = MemoryHomes(clock)
    homes.service_value = ScriptedValue()
    assert loop_standing(homes) == LoopStanding()


def test_the_newest_backup_is_found_by_its_note(watched, clock) -> None:
    watched.objects.create("backups/2026-11-01T02:15:00+00:00.json", b"{}")
    watched.objects.create("backups/2026-11-02T02:15:00.123456+00:00.json", b"{}")
    expected = datetime(2026, 11, 2, 2, 15, 0, 123456, tzinfo=UTC)
    assert loop_standing(watched).backed_up_at == expected


def test_an_experiment_that_was_never_evaluated_is_as_old_as_its_last_look(
    watched, candidate, clock
) -> None:
    candidate()
    watched.policy = "evidence"
    open_next_experiment(watched)
    began = clock()
    clock.advance(5)
    standing = loop_standing(watched).experiment
    assert (standing.started_at, standing.evaluated_at) == (began, began)
    assert standing.visitors == {"candidate": 2, "production": 8}
    assert (standing.stakes, standing.loss_ratio) == ((), None)
    assert watched.service_value.since == began


def test_the_newest_evaluation_says_what_is_proven_and_visitors_are_of_a_day(
    watched, candidate, clock
) -> None:
    candidate()
    watched.policy = "evidence"
    open_next_experiment(watched)
    clock.advance(30)
    evaluated_at = clock()
    draft = Draft(Verdict.CONTINUE, "policy", ("early",), FIGURES, experiment="E1", acts=False)
    watched.decisions.add(draft, evaluated_at - timedelta(hours=6))
    # Found nothing new since, and wrote no row.
    watched.decision_units.last_kept = evaluated_at
    clock.advance(1)
    by_hand = Draft(Verdict.HOLD, "somebody", ("wait",), {}, experiment="E1", acts=False)
    watched.decisions.add(by_hand, clock())
    standing = loop_standing(watched)
    assert standing.decided == (Verdict.HOLD, clock())
    assert standing.experiment.evaluated_at == evaluated_at
    assert [stake.name for stake in standing.experiment.stakes] == ["better", "harm"]
    assert (standing.experiment.sale_prices, standing.experiment.loss_ratio) == (40, 0.9)
    assert watched.service_value.since == clock() - timedelta(days=1)


def test_the_newest_drift_report_is_told_by_feature(watched, clock) -> None:
    drifts = {"area": FeatureDrift(0.3, 21.0, True)}
    report = DriftReport("drift", "moved", True, 500, 7, "V1", drifts)
    watched.drift_log.keep(clock().date(), clock(), report)
    drift = loop_standing(watched).drift
    assert (drift.is_detected, drift.psi) == (True, {"area": 0.3})
    assert drift.reported_at == clock() == datetime(2026, 11, 2, 9, tzinfo=UTC)
