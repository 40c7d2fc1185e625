from collections.abc import Iterator
from pathlib import Path

import pytest

from support.api import Api, api_running


@pytest.fixture(scope="package")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The router and a service behind it, for all that asks from outside."""
    folder: Path = tmp_path_factory.mktemp("api")
    folder.chmod(0o755)
    with api_running(folder) as api:
        yield api
