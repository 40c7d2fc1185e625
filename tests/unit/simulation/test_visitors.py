from collections import Counter
from collections.abc import Iterator

import pytest

from homeprices import markets
from homeprices.domain.experiments.experiment import Experiment, PolicyDocument
from homeprices.domain.requests.records import Slot
from homeprices.routing.arms import arm_for
from homeprices.simulation.truth import TrueMarket
from homeprices.simulation.visitors import Arrival, Question, Remark, Visitors

SHARE = 0.2
DAYS, PER_HOUR = 5, 60.0


@pytest.fixture(scope="module")
def truth() -> TrueMarket:
    return TrueMarket(markets.load("bangalore"), (), seed=3)


def played(truth: TrueMarket, seed: int, estimate: float = 1.0) -> Iterator[Arrival]:
    """All visits of some days where each estimate is `estimate` times what the home is worth."""
    visitors = Visitors(truth, PER_HOUR, seed)
    for hour in range(24 * DAYS):
        for visit in visitors.hour(hour):
            assert hour <= 24 * visit.day < hour + 1
            yield visit
            if isinstance(visit.act, Question):
                price = estimate * truth.price(visit.act.listing, visit.day)
                visitors.answered(visit, visit.act, f"{visit.number}", price)


def remarks(visits: list[Arrival]) -> list[Remark]:
    return [visit.act for visit in visits if isinstance(visit.act, Remark)]


def test_visits_come_in_the_order_of_time_and_the_same_for_the_same_seed(
    truth: TrueMarket,
) -> None:
    def days(seed: int) -> list[float]:
        return [visit.day for visit in played(truth, seed)]

    first = days(1)
    assert first == sorted(first)
    assert first == days(1)
    assert first != days(2)


def test_people_come_back_and_ask_for_more_than_one_home(truth: TrueMarket) -> None:
    asked = [visit.act for visit in played(truth, 1) if isinstance(visit.act, Question)]
    visitors = Counter(question.visitor.name for question in asked)
    assert 0.7 < len(visitors) / (24 * DAYS * PER_HOUR) < 0.85
    assert 1.7 < len(asked) / (24 * DAYS * PER_HOUR) < 1.9
    assert len({question.visitor.address for question in asked}) > 0.95 * len(visitors)


def test_sale_prices_are_what_homes_are_worth_and_come_late(truth: TrueMarket) -> None:
    visits = list(played(truth, 1))
    asked = {str(v.number): v for v in visits if isinstance(v.act, Question)}
    late, misses = [], []
    for visit in visits:
        if isinstance(visit.act, Remark) and visit.act.feedback_type == "actual_price":
            question = asked[visit.act.prediction_id]
            late.append(24 * (visit.day - question.day))
            misses.append(visit.act.value / truth.price(question.act.listing, visit.day))  # type: ignore[operator,union-attr]
    late.sort()
    assert 6 < late[len(late) // 2] < 14
    assert late[-1] > 36
    assert sum(misses) / len(misses) == pytest.approx(1, abs=0.01)


def test_stars_fall_with_the_miss_and_words_say_which_way_it_was(truth: TrueMarket) -> None:
    kinds, means = [], []
    for estimate in (1.0, 1.4, 0.7):
        said = remarks(list(played(truth, 1, estimate)))
        stars = [r.value for r in said if r.feedback_type == "rating" and r.value is not None]
        means.append(sum(stars) / len(stars))
        kinds.append({remark.feedback_type for remark in said} - {"actual_price"})
    assert means[0] > 4
    assert max(means[1:]) < 3.2
    assert kinds == [{"rating"}, {"rating", "too_high"}, {"rating", "too_low"}]


def test_visitors_stay_in_their_arm_and_a_fifth_meets_the_candidate(truth: TrueMarket) -> None:
    experiment = Experiment(
        "E1", "CO1", "BO1", SHARE, "salt", PolicyDocument("evidence"), "2030-04-01T00:00:00+00:00"
    )
    names = {v.act.visitor.name for v in played(truth, 1)}
    arms = Counter(arm_for(name, experiment) for name in names)
    assert arms[Slot.CANDIDATE] / arms.total() == pytest.approx(SHARE, abs=0.02)
    assert {arm_for(name, None) for name in names} == {Slot.PRODUCTION}
