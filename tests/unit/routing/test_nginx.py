import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.errors import Corrupt
from homeprices.domain.experiments.experiment import Experiment
from homeprices.routing.nginx import render, split
from support.paths import REPOSITORY


def experiment(share: float = 0.2, salt: str = "a1b2", number: str = "E7") -> Experiment:
    return Experiment(number, "CO1", "BO1", share, salt, "composite", "2026-11-02T09:00:00+00:00")


def test_names_are_replaced_and_variables_of_nginx_stay() -> None:
    text = "listen ${HOMES_AT}; set $x ${x}; # $HOMES_AT"
    assert render(text, {"HOMES_AT": "127.0.0.1:1"}) == (
        "listen 127.0.0.1:1; set $x ${x}; # $HOMES_AT"
    )


def test_a_name_without_a_value_is_told() -> None:
    with pytest.raises(Corrupt, match="HOMES_AT, which has no value"):
        render("${HOMES_AT}", {})


@pytest.mark.parametrize("value", ['a"b', "a{b", "a$b", "a\nb", "a'b", "a\\b"])
def test_a_value_that_nginx_would_read_as_more_than_a_word_is_refused(value: str) -> None:
    with pytest.raises(Corrupt, match="HOMES_AT must be a plain word"):
        render("${HOMES_AT}", {"HOMES_AT": value})


def test_a_split_tells_the_zone_that_a_trial_is_limited_to() -> None:
    limited = replace(experiment(), scope="south-east")
    assert 'map $visitor $zone { default "south-east"; }' in split(limited)
    for everywhere in (experiment(), None):
        assert 'map $visitor $zone { default ""; }' in split(everywhere)
    for wrong in ('east"; }', "East", "a" * 31):
        with pytest.raises(Corrupt, match="no zone of ours"):
            split(replace(experiment(), scope=wrong))


def test_a_split_is_salted_and_keyed_on_the_visitor() -> None:
    text = split(experiment())
    assert 'split_clients "a1b2:$visitor" $arm {' in text
    assert "20.00% candidate;" in text
    assert "default E7;" in text


@given(share=st.floats(min_value=1e-9, max_value=1 - 1e-9))
def test_every_share_is_one_that_nginx_takes(share: float) -> None:
    found = re.search(r"([\d.]+)% candidate", split(experiment(share=share)))
    assert found is not None
    assert 0.01 <= float(found[1]) <= 99.99
    assert abs(float(found[1]) - 100 * share) <= 0.0151


def test_without_a_trial_everyone_meets_production() -> None:
    assert "candidate" not in split(None)
    assert "$arm { default production; }" in split(None)


@pytest.mark.parametrize(
    "wrong", [experiment(salt='x" $a {'), experiment(salt=""), experiment(number="E0; }")]
)
def test_a_record_that_could_rewrite_the_configuration_is_refused(wrong: Experiment) -> None:
    with pytest.raises(Corrupt, match="not one of ours"):
        split(wrong)


@pytest.mark.parametrize(("path", "is_sent_again"), [("/api/decisions", False), ("/api", True)])
def test_what_an_operator_does_is_never_sent_again_by_the_page(
    path: str, is_sent_again: bool
) -> None:
    text = (REPOSITORY / "frontend/nginx-site.conf.template").read_text()
    locations = re.findall(r"location ~ (\S+) \{(.*?)\n    \}", text, re.DOTALL)
    # nginx takes the first that matches.
    taken = next(words for pattern, words in locations if re.search(pattern, path))
    assert ("non_idempotent" in taken) == is_sent_again


@pytest.mark.parametrize(
    "template",
    [
        "router/nginx.conf.template",
        "router/site.conf.template",
        "frontend/nginx-site.conf.template",
    ],
)
def test_templates_name_only_placeholders_that_envsubst_can_be_given(template: str) -> None:
    text = (REPOSITORY / template).read_text()
    assert re.findall(r"\$\{(?!HOMES_[A-Z_]+\})", text) == []
    assert "$HOMES" not in text
