"""What follows the quick first model: one candidate, whatever breaks off."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from homeprices.domain.errors import Declined
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.training import Outcome, Training
from homeprices.domain.versions import Role, TrainingId
from homeprices.workflows.training.first_candidate import FIRST_MODEL, first_candidate, why_not
from homeprices.workflows.training.order import begin_training
from support.fakes import MemoryHomes, describe, tried_candidate
from support.trainings import publish as publish_dataset

Publish = Callable[[str, Role], ModelManifest]


class Killed(BaseException):
    """The end of a process."""


@pytest.fixture
def publish(homes: MemoryHomes) -> Publish:
    """A version that an order has asked for."""

    def published(order: str, role: Role = Role.CANDIDATE) -> ModelManifest:
        return homes.registry.publish(
            role,
            {"model.json": order.encode()},
            lambda version, files: replace(describe(version, files), order=order),
        )

    return published


@pytest.fixture
def started(homes: MemoryHomes, publish: Publish) -> MemoryHomes:
    """After a first start: production was made the quick way."""
    publish(FIRST_MODEL, Role.PRODUCTION)
    publish_dataset(homes, seed=1)
    return homes


@pytest.fixture
def follow(started: MemoryHomes, publish: Publish):
    """Makes the first candidate, or does what `make` does instead."""

    def followed(make: Callable[[Training], ModelManifest] | None = None) -> ModelManifest:
        made = make or (lambda begun: publish(begun.order, Role.CANDIDATE))
        return first_candidate(started, made)

    return followed


def never(_: Training) -> ModelManifest:
    raise AssertionError("nothing was to be trained")


def ending(homes: MemoryHomes, number: int) -> tuple[Outcome, str | None]:
    closed = homes.trainings.ending(TrainingId(number))
    assert closed is not None
    return closed.outcome, closed.model


def test_the_quick_first_model_is_followed_by_one_candidate_on_trial(
    homes: MemoryHomes, follow
) -> None:
    assert why_not(homes) is None
    assert follow().version == tried_candidate(homes) == "CO1"
    assert ending(homes, 1) == (Outcome.PUBLISHED, "CO1")
    with pytest.raises(Declined, match="CO1 was made before"):
        follow(never)


def test_a_first_model_of_a_persons_own_is_left_alone(homes: MemoryHomes) -> None:
    publish_dataset(homes, seed=1)
    with pytest.raises(Declined, match="BO1 is no quick model of a first start"):
        first_candidate(homes, never)


def test_a_training_that_is_under_way_is_not_trained_twice(homes: MemoryHomes, follow) -> None:
    begin_training(homes, order="airflow:run 1", by_hand=True)
    with pytest.raises(Declined, match="T1 is under way since 09:00Z, ordered by airflow:run 1"):
        follow(never)


def test_a_schedule_is_told_that_the_first_candidate_is_under_way(
    homes: MemoryHomes, follow, publish: Publish
) -> None:
    def meanwhile(begun: Training) -> ModelManifest:
        with pytest.raises(Declined, match=r"T1 is under way .*, ordered by up:first-candidate"):
            begin_training(homes, order="airflow:run 1", by_hand=True)
        return publish(begun.order, Role.CANDIDATE)

    assert follow(meanwhile).version == "CO1"


def test_what_may_not_be_published_is_told_then_and_later(homes: MemoryHomes, follow) -> None:
    def refused(_: Training) -> ModelManifest:
        raise Declined("it is worse")

    with pytest.raises(Declined, match=r"^it is worse$"):
        follow(refused)
    assert ending(homes, 1) == (Outcome.REFUSED, None)
    with pytest.raises(Declined, match="T1 was refused: it is worse"):
        follow(never)


def test_an_attempt_that_was_killed_is_made_again_also_days_later(
    homes: MemoryHomes, follow, clock
) -> None:
    def killed(_: Training) -> ModelManifest:
        raise Killed

    with pytest.raises(Killed):
        follow(killed)
    clock.advance(hours=48)
    assert follow().version == tried_candidate(homes) == "CO1"
    assert ending(homes, 1) == (Outcome.FAILED, None)
    assert ending(homes, 2) == (Outcome.PUBLISHED, "CO1")


def test_what_was_published_before_a_kill_goes_on_trial_without_another_training(
    homes: MemoryHomes, follow, publish: Publish
) -> None:
    def killed(begun: Training) -> ModelManifest:
        publish(begun.order, Role.CANDIDATE)
        raise Killed

    with pytest.raises(Killed):
        follow(killed)
    assert tried_candidate(homes) is None
    assert follow(never).version == tried_candidate(homes) == "CO1"
    assert ending(homes, 1) == (Outcome.PUBLISHED, "CO1")


def test_after_three_attempts_that_broke_off_a_person_is_waited_for(follow) -> None:
    def killed(_: Training) -> ModelManifest:
        raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            follow(killed)
    with pytest.raises(Declined, match=r"the last 3 trainings failed .*; start one by hand"):
        follow(never)
