"""A policy's file: what it changes, and what is said of a value that cannot be used."""

from dataclasses import replace

import pytest

from homeprices.domain.errors import BadInput, Unreadable
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.experiments import policy_file
from homeprices.domain.experiments.policies import POLICIES
from support.paths import REPOSITORY


def test_a_number_that_is_left_out_is_the_built_in_one() -> None:
    text = '[policy]\nname = "evidence"\n[parameters]\ndeadline_hours = 336'
    document = policy_file.policy_document(text)
    assert (document.name, document.version) == ("evidence", 1)
    assert dict(document.parameters) == {
        **POLICIES["evidence"].document.parameters,
        "deadline_hours": 336,
    }
    assert not policy_file.is_built_in(document)


@pytest.mark.parametrize("name", POLICIES)
def test_a_file_that_changes_nothing_is_the_built_in_policy(name: str) -> None:
    assert policy_file.is_built_in(policy_file.policy_document(f'[policy]\nname = "{name}"'))


@pytest.mark.parametrize("name", POLICIES)
def test_every_built_in_number_is_within_its_range(name: str) -> None:
    numbers = POLICIES[name].document.parameters
    lines = [f"{number} = {value}" for number, value in numbers.items()]
    text = "\n".join([f'[policy]\nname = "{name}"\n[parameters]', *lines])
    assert policy_file.is_built_in(policy_file.policy_document(text))


def test_a_digest_is_of_name_and_numbers_however_they_are_written() -> None:
    document = POLICIES["evidence"].document
    as_whole = replace(document, parameters={**document.parameters, "min_hours": 24})
    other = replace(document, parameters={**document.parameters, "min_hours": 25})
    assert policy_file.digest(document) == policy_file.digest(as_whole)
    assert policy_file.digest(document) != policy_file.digest(other)
    assert len(policy_file.digest(document)) == 16


def test_the_example_can_be_read() -> None:
    text = (REPOSITORY / "examples" / "policy.toml").read_text(encoding="utf-8")
    document = policy_file.policy_document(text)
    assert document.parameters["deadline_hours"] == 336
    assert document.parameters["harm_at"] == VERSION_1.harm_at


EVIDENCE = '[policy]\nname = "evidence"\n[parameters]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[parameters]\nalpha = 0.05", 'policy is missing; write [policy] with name = "composite"'),
        ('[policy]\nname = "coin"', 'policy.name must be "composite" or "evidence"; got \'coin\''),
        ('[policy]\nname = "evidence"\nversion = 2', "policy.version must be 1"),
        ('[policy]\nname = "evidence"\nage = 2', "policy.age is not known"),
        ('[policy]\nname = "evidence"\n[numbers]', "numbers is no table of a policy"),
        ('parameters = 3\n[policy]\nname = "evidence"', "parameters must be a table"),
        (EVIDENCE + "patience = 3", "parameters.patience is no number of the policy evidence"),
        (EVIDENCE + 'alpha = "5 %"', "parameters.alpha must be a number, as 0.05; got '5 %'"),
        (EVIDENCE + "alpha = true", "parameters.alpha must be a number, as 0.05; got True"),
        (EVIDENCE + "alpha = 0.9", "parameters.alpha must be 1e-06 to 0.5; got 0.9"),
        (EVIDENCE + "min_labels = nan", "parameters.min_labels must be 0 to 1e+06; got nan"),
        (EVIDENCE + "min_hours = 200", "must not be above deadline_hours, 168; got 200"),
    ],
)
def test_a_value_that_cannot_be_used_is_told(text: str, words: str) -> None:
    with pytest.raises(BadInput) as error:
        policy_file.policy_document(text)
    assert words in error.value.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadInput) as error:
        policy_file.policy_document(EVIDENCE + "alpha = 0.9\nharm_at = 0")
    assert len(error.value.problems) == 2


def test_what_is_no_toml_is_told() -> None:
    with pytest.raises(Unreadable, match="the policy is no TOML"):
        policy_file.policy_document("policy: evidence")
