"""Pictures are drawn of whatever there is, and equal figures give equal bytes."""

import numpy as np
import pytest
from matplotlib.figure import Figure as Drawing

from homeprices.domain.model_card import Figure, LearningPoint, Slice
from homeprices.domain.training import TuningTrial, TuningTrialState
from homeprices.reports import plots
from homeprices.reports.canvas import pictures

RNG = np.random.default_rng(1)
ACTUAL = np.exp(RNG.normal(4, 0.6, 300))
ESTIMATE = ACTUAL * np.exp(RNG.normal(0, 0.3, 300))
ERROR = 100 * np.abs(ESTIMATE / ACTUAL - 1)
FINISHED = TuningTrial(0, {}, TuningTrialState.FINISHED, 0.21, [0.21], 1.0)
PRUNED = TuningTrial(1, {}, TuningTrialState.PRUNED, None, [0.23], 1.0)


def part(coverage: float) -> Slice:
    return Slice("bedrooms", "2", 400, 15.0, 1.0, coverage, 6.0)


PART = Slice("bedrooms", "3", 90, 14.0, 1.0, 80.0, 6.0, (12.0, 17.0))


def lesson(facts: str, learned_from: int) -> LearningPoint:
    return LearningPoint(
        facts, learned_from, 300, [Figure("mdape_percent", 20 - learned_from / 50, 10, 25, 30)]
    )


DRAWN = {
    "residuals": lambda: plots.residuals(ACTUAL, ESTIMATE, "lakh"),
    "residuals of few homes": lambda: plots.residuals(ACTUAL[:3], ESTIMATE[:3], "lakh"),
    "calibration": lambda: plots.calibration([part(81.0), part(60.0)], 80.0),
    "calibration of one": lambda: plots.calibration([part(81.0)], 80.0),
    "localities": lambda: plots.error_by_locality(["Hebbal", "Whitefield"] * 150, ERROR),
    "localities, all small": lambda: plots.error_by_locality([str(i) for i in range(300)], ERROR),
    "parts": lambda: plots.error_by_part([part(81.0), PART], 15.0),
    "learning": lambda: plots.learning_curve([lesson("four", 100), lesson("four", 200)]),
    "learning of one": lambda: plots.learning_curve([lesson("four", 100), lesson("all", 100)]),
    "search": lambda: plots.search([FINISHED, PRUNED]),
    "search of one": lambda: plots.search([FINISHED]),
}


@pytest.mark.parametrize("what", DRAWN)
def test_it_is_drawn_and_drawn_alike_again(what: str) -> None:
    first = pictures("it", DRAWN[what]())
    assert first["it.png"].startswith(b"\x89PNG")
    assert b"</svg>" in first["it.svg"]
    assert all(len(picture) < 150_000 for picture in first.values())
    assert pictures("it", DRAWN[what]()) == first


def dots(figure: Drawing, label: str) -> list[tuple[float, float]]:
    """Where the points of that entry in the legend are."""
    (axes,) = figure.axes
    (points,) = [drawn for drawn in axes.collections if drawn.get_label() == label]
    return [(float(x), float(y)) for x, y in points.get_offsets()]


def rows(figure: Drawing) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def subtitle(figure: Drawing) -> str:
    (text,) = figure.axes[0].texts
    return text.get_text()


def test_every_home_has_a_dot_at_its_error_and_errors_beyond_the_border_are_counted() -> None:
    actual, estimate = np.array([100.0, 100.0, 10.0, 40.0]), np.array([75.0, 125.0, 40.0, 60.0])
    figure = plots.residuals(actual, estimate, "lakh")
    assert dots(figure, "a home") == [(75, -25), (125, 25), (40, 100), (60, 50)]
    assert subtitle(figure) == (
        "4 homes, half of them within 37.5 %; 1 beyond +100 % drawn at the top"
    )


def test_a_part_that_misses_the_promise_by_more_than_luck_is_marked() -> None:
    figure = plots.calibration([part(81.0), part(60.0)], 80.0)
    assert dots(figure, "achieved") == [(81.0, 1.0)]
    assert dots(figure, "beyond luck") == [(60.0, 0.0)]
    assert rows(figure) == ["bedrooms: 2  (n = 400)"] * 2


def test_localities_are_in_the_order_of_their_error_and_those_with_few_homes_are_left_out() -> None:
    names = ["Hebbal"] * 5 + ["Whitefield"] * 6 + ["Domlur"] * 4
    errors = np.array([10.0] * 5 + [30.0] * 6 + [90.0] * 4)
    figure = plots.error_by_locality(names, errors)
    assert rows(figure) == ["Whitefield  (n = 6)", "Hebbal  (n = 5)"]
    assert dots(figure, "median") == [(30.0, 0.0), (10.0, 1.0)]
    assert subtitle(figure) == "the 2 localities with most of 15 homes; 3 in all"


def test_each_part_has_its_median_and_its_interval() -> None:
    figure = plots.error_by_part([part(81.0), PART], 15.0)
    assert dots(figure, "median") == [(14.0, 0.0), (15.0, 1.0)]
    (bars,) = [c for c in figure.axes[0].collections if c.get_label() == "95 % interval"]
    ends = [[float(x) for x, _ in segment] for segment in bars.get_segments()]
    assert ends == [[12.0, 17.0], [15.0, 15.0]]


def test_a_learning_curve_is_a_line_for_each_set_of_facts_through_its_errors() -> None:
    points = [lesson("four", 100), lesson("four", 200), lesson("all", 100)]
    lines = {
        line.get_label(): line.get_xydata().tolist()
        for line in plots.learning_curve(points).axes[0].lines
    }
    assert lines == {"told four": [[100, 18], [200, 16]], "told all": [[100, 18]]}


def test_a_search_shows_what_was_finished_what_was_cut_short_and_the_best_so_far() -> None:
    worse = TuningTrial(2, {}, TuningTrialState.FINISHED, 0.25, [0.25], 1.0)
    better = TuningTrial(3, {}, TuningTrialState.FINISHED, 0.19, [0.19], 1.0)
    figure = plots.search([FINISHED, PRUNED, worse, better])
    assert dots(figure, "all folds") == [(1, 0.21), (3, 0.25), (4, 0.19)]
    assert dots(figure, "cut short (mean of its folds)") == [(2, 0.23)]
    assert figure.axes[0].lines[0].get_ydata().tolist() == [0.21, 0.21, 0.21, 0.19]
    assert subtitle(figure) == "4 trials, 1 cut short"
