"""When a training is needed, and why not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.drift import DriftReport, KeptReport
from homeprices.domain.training import TrainingSituation, need

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
QUIET = TrainingSituation(
    now=NOW,
    by_hand=False,
    in_the_way=None,
    dataset="V1",
    production_dataset="V1",
    production_made_at=NOW - timedelta(days=10),
    tried=set(),
    last_training_at=None,
    untried=None,
    lost=None,
    drift=None,
)
DRIFT = KeptReport(
    "2026-11-24", NOW.isoformat(), DriftReport("drift", "area moved", True, 500, 7, "V1")
)
MONTH = timedelta(days=30)


def test_where_nothing_changed_nothing_is_trained_and_the_reason_is_told() -> None:
    found = need(QUIET, oldest=MONTH)
    assert not found.is_needed
    assert found.reasons == (
        "nothing new to learn: production knows dataset V1, no trial was lost since the last "
        "training, and that is not 30 days old",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"by_hand": True}, "started by hand"),
        ({"untried": "BO1"}, "no candidate was tried against BO1 yet"),
        ({"dataset": "V2"}, "dataset V2 is newer than production's V1"),
        ({"lost": "CO3"}, "CO3 lost its trial and nothing was trained since"),
        (
            {"drift": DRIFT},
            "drift was seen at 2026-11-24T12:00Z: area moved",
        ),
        (
            {"production_made_at": NOW - timedelta(days=31)},
            "the last training is 31 days old; 30 are allowed",
        ),
    ],
)
def test_each_reason_is_enough_and_is_told(changes: dict, reason: str) -> None:
    found = need(replace(QUIET, **changes), oldest=MONTH)
    assert (found.is_needed, found.reasons) == (True, (reason,))


def test_what_is_in_the_way_keeps_even_a_start_by_hand_out() -> None:
    blocked = replace(QUIET, by_hand=True, dataset="V2", in_the_way="E2 is open")
    assert need(blocked, oldest=MONTH).reasons == ("E2 is open",)
    assert not need(blocked, oldest=MONTH).is_needed


def test_a_dataset_that_was_tried_is_not_tried_again_and_again() -> None:
    assert not need(replace(QUIET, dataset="V2", tried={"V2"}), oldest=MONTH).is_needed


def test_age_counts_from_the_last_training_even_if_it_published_nothing() -> None:
    old = replace(QUIET, production_made_at=NOW - timedelta(days=90))
    assert need(old, oldest=MONTH).is_needed
    tried = replace(old, last_training_at=NOW - timedelta(days=2))
    assert not need(tried, oldest=MONTH).is_needed


def test_drift_that_goes_on_asks_again_after_a_week() -> None:
    drifting = replace(QUIET, drift=DRIFT)
    assert not need(
        replace(drifting, last_training_at=NOW - timedelta(days=6)), oldest=MONTH
    ).is_needed
    assert need(replace(drifting, last_training_at=NOW - timedelta(days=7)), oldest=MONTH).is_needed
