from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support.api import Api, api_running


@pytest.fixture(scope="package")
def api() -> Iterator[Api]:
    """The router, a service behind it and the page, for all that asks from outside."""
    # Workers of nginx may be nobody, and must get to the files of the page.
    with TemporaryDirectory(prefix="homes-api-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with api_running(folder) as api:
            yield api
