"""What the suites of faults share."""

from collections.abc import Iterator

import pytest

from support.faults import Assembly, assembled
from support.prepared import Prepared


@pytest.fixture(scope="session")
def assembly(prepared: Prepared) -> Iterator[Assembly]:
    """The stack whose parts are killed, with CO1 on trial against BO1."""
    with assembled(prepared.with_experiment) as assembly:
        yield assembly
