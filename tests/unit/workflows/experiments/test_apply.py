"""What breaks half-way is finished by the next command, or given up and told."""

import pytest

from homeprices.domain.errors import Corrupt, Unavailable
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.versions import ModelVersion, Role
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from support.fakes import served, tried_candidate

BY = {"actor": "test", "reason": "because"}
CO1 = ModelVersion(Role.CANDIDATE, 1)


class Breaks:
    """Lets `calls` calls of a method pass and breaks on the next."""

    def __init__(self, method, calls: int) -> None:
        self.method, self.calls = method, calls

    def __call__(self, *arguments, **options):
        if self.calls == 0:
            raise Unavailable("the store is away")
        self.calls -= 1
        return self.method(*arguments, **options)


@pytest.mark.parametrize("step", range(5))
def test_a_promotion_that_broke_at_any_step_is_finished_by_the_next_decide(
    homes, candidate, monkeypatch, step: int
) -> None:
    candidate()
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    objects = homes.objects
    with monkeypatch.context() as broken:
        broken.setattr(objects, "create", Breaks(objects.create, step))
        if step < 4:
            with pytest.raises(Unavailable):
                decide(homes)
        else:
            decide(homes)
    decide(homes)
    rows = homes.decisions.latest()
    assert [(row.verdict, row.done, row.after) for row in rows] == [
        (Verdict.PROMOTE, True, rows[0].after)
    ]
    made = [m for m in homes.registry.manifests(Role.PRODUCTION) if m.copied_from == "CO1"]
    assert [m.version for m in made] == [rows[0].after]
    assert tried_candidate(homes) is None
    assert served(homes) == b"better"


def test_a_damaged_candidate_is_told_before_anything_is_written(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    damage(homes, "CO1")
    with pytest.raises(Corrupt, match=r"price_check_CO1/model.json"):
        promote(homes, CO1, **BY)
    assert homes.decisions.latest() == []
    assert roll_back(homes, CO1, **BY).verdict is Verdict.ROLL_BACK


def test_an_act_that_can_never_be_finished_is_given_up_and_stands_in_no_ones_way(
    homes, candidate, monkeypatch
) -> None:
    candidate()
    open_next_experiment(homes)
    objects = homes.objects
    with monkeypatch.context() as broken:
        broken.setattr(objects, "create", Breaks(objects.create, 0))
        with pytest.raises(Unavailable):
            promote(homes, CO1, **BY)
    damage(homes, "CO1")
    given_up = decide(homes)
    assert (given_up.done, given_up.undo, given_up.after) == (True, None, "BO1")
    assert "not carried out: models/price_check_CO1/model.json" in given_up.reasons[-1]
    assert roll_back(homes, CO1, **BY).verdict is Verdict.ROLL_BACK


def damage(homes, version: str) -> None:
    """Change a byte of a stored model, as a bad disk would."""
    key = f"models/price_check_{version}/model.json"
    homes.objects.delete(key)
    homes.objects.create(key, b"?")
