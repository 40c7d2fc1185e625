"""Names that are numbered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.errors import Unreadable
from homeprices.domain.versions import DatasetVersion, DecisionId, ExperimentId, ModelVersion, Role

numbers = st.integers(1, 10**9 - 1)


@given(st.sampled_from(Role), numbers)
def test_a_model_version_is_read_as_it_is_written(role: Role, number: int) -> None:
    version = ModelVersion(role, number)
    assert ModelVersion.parse(str(version).lower()) == version


@given(st.sampled_from([DatasetVersion, ExperimentId, DecisionId]), numbers)
def test_a_number_is_read_as_it_is_written(kind: type, number: int) -> None:
    assert kind.parse(str(kind(number))) == kind(number)


@pytest.mark.parametrize("text", ["", "BO", "BO0", "BO-1", "XO1", "BO1/..", "CO 1", "BO01"])
def test_anything_else_is_told_what_a_version_looks_like(text: str) -> None:
    with pytest.raises(Unreadable, match="a model version looks like BO3 or CO7"):
        ModelVersion.parse(text)
