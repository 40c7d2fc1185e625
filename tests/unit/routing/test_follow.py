from dataclasses import replace

import pytest

from homeprices.domain.errors import Corrupt, Unavailable
from homeprices.domain.experiments.experiment import Experiment, PolicyDocument
from homeprices.routing.follow import Follower
from homeprices.routing.nginx import split

EXPERIMENT = Experiment(
    "E1", "CO1", "BO1", 0.2, "salt", PolicyDocument("composite"), "2026-11-02T09:00:00+00:00"
)


class Scene:
    """Trials, a candidate's service and an nginx, all of which do as they are told."""

    def __init__(self, installed: str = split(None)) -> None:
        self.experiment: Experiment | None = None
        self.is_away = self.refuses = False
        self.served: str | None = None
        self.installed = [installed]
        self.follower = Follower(self, lambda: self.served, self.install, installed)

    def open_now(self) -> Experiment | None:
        if self.is_away:
            raise Unavailable("the object store is away")
        return self.experiment

    def install(self, text: str) -> None:
        if self.refuses:
            raise Corrupt("nginx refuses its configuration")
        self.installed.append(text)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_nothing_is_installed_while_nothing_changes(scene: Scene) -> None:
    for _ in range(3):
        scene.follower.step()
    assert len(scene.installed) == 1


def test_a_trial_is_installed_once_its_candidate_is_served(scene: Scene) -> None:
    scene.experiment = EXPERIMENT
    for scene.served in (None, "CO0", "CO1", "CO1"):
        scene.follower.step()
    assert scene.installed == [split(None), split(EXPERIMENT)]


def test_a_candidate_that_goes_away_later_keeps_its_split(scene: Scene) -> None:
    scene.experiment, scene.served = EXPERIMENT, "CO1"
    scene.follower.step()
    scene.served = None
    scene.follower.step()
    assert scene.installed[-1] == split(EXPERIMENT)


def test_the_end_of_a_trial_gives_everyone_to_production(scene: Scene) -> None:
    scene.experiment, scene.served = EXPERIMENT, "CO1"
    scene.follower.step()
    scene.experiment = None
    scene.follower.step()
    assert scene.installed[-1] == split(None)


def test_the_next_trial_waits_with_everyone_on_production(scene: Scene) -> None:
    scene.experiment, scene.served = EXPERIMENT, "CO1"
    scene.follower.step()
    scene.experiment = replace(EXPERIMENT, id="E2", candidate="CO2", salt="other")
    scene.follower.step()
    assert scene.installed[-1] == split(None)
    scene.served = "CO2"
    scene.follower.step()
    assert scene.installed[-1] == split(scene.experiment)


def test_an_unreadable_store_keeps_the_last_split(scene: Scene) -> None:
    scene.experiment, scene.served = EXPERIMENT, "CO1"
    scene.follower.step()
    scene.is_away = True
    scene.follower.step()
    assert scene.installed[-1] == split(EXPERIMENT)


def test_a_split_that_nginx_refuses_is_tried_again(scene: Scene) -> None:
    scene.experiment, scene.served, scene.refuses = EXPERIMENT, "CO1", True
    scene.follower.step()
    assert len(scene.installed) == 1
    scene.refuses = False
    scene.follower.step()
    assert scene.installed[-1] == split(EXPERIMENT)


def test_the_same_trouble_is_logged_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.is_away = True
    for _ in range(5):
        scene.follower.step()
    assert [record.getMessage() for record in caplog.records] == [
        "the split stays as it is: the object store is away"
    ]


def test_the_split_of_the_last_run_is_kept_until_it_is_known_better() -> None:
    scene = Scene(installed=split(EXPERIMENT))
    scene.is_away = True
    scene.follower.step()
    scene.is_away, scene.experiment = False, EXPERIMENT
    scene.follower.step()
    assert scene.installed == [split(EXPERIMENT)]
