"""Tables are read down a column: what has one name is written one way."""

from dataclasses import replace

from homeprices.cli import show
from homeprices.cli.notices import in_one_line
from homeprices.domain.experiments import policy_file
from homeprices.domain.experiments.experiment import Experiment, PolicyDocument
from homeprices.domain.model_card import Figure, LearningPoint


def test_the_figures_of_a_metric_stand_digit_below_digit() -> None:
    columns = {
        "first": {"rows": 1038.0, "mdape_percent": 19.0, "mae_price": 7.5, "r2": 0.5},
        "second": {"rows": 1038.0, "mdape_percent": 9.126, "mae_price": 110.0, "r2": 0.5786},
    }
    _, *lines = show.metrics(columns, 1038).splitlines()
    assert [line.split() for line in lines] == [
        ["rows", "1,038", "1,038"],
        ["mdape_percent", "19.00", "9.13"],
        ["mae_price", "7.50", "110.00"],
        ["r2", "0.5000", "0.5786"],
    ]


def test_an_interval_has_the_digits_of_its_figure() -> None:
    figures = [
        Figure("mdape_percent", 19.0, 18.3, 21.126, None),
        Figure("mean_abs_log_error", 0.3, 0.25, 0.3123, None),
    ]
    table = show.learning_curve_table([LearningPoint("four", 1000, 100, figures)])
    assert "19.00 (18.30 to 21.13)" in table
    assert "0.3000 (0.2500 to 0.3123)" in table


def test_a_command_says_in_one_line_what_was_told() -> None:
    told, waits = "told by json 1a2b: D-0001 (x)", "not told yet: D-0002 (y): refused"
    assert in_one_line([]) is None
    assert in_one_line([waits]) == waits
    assert in_one_line([told, told, waits]) == (
        "told 2 notices, 1 not yet; `homes notices` lists them"
    )


def test_a_trial_under_numbers_of_its_own_is_told_by_them() -> None:
    own = PolicyDocument("evidence", 1, {"alpha": 0.5, "margin": 0})
    trial = Experiment("E1", "CO1", "BO1", 0.2, "salt", own, "2026-11-02T09:00:00+00:00")
    assert "policy evidence 1 with own numbers: alpha 0.5, margin 0" in show.experiment(trial)
    table = show.experiments([(trial, None)])
    assert f"evidence 1, digest {policy_file.digest(own)[:4]}" in table
    plain = replace(trial, policy=PolicyDocument("evidence", 1, {"alpha": 0.05}))
    assert "numbers" not in show.experiment(plain)
    assert "digest" not in show.experiments([(plain, None)])
