"""Files that ship with the package: what nginx, Airflow and browsers are given.

In a checkout these are links to the folders at its top; a wheel holds the files themselves.
"""

from importlib.resources import files
from pathlib import Path

from homeprices.domain.errors import NotFound


def folder(name: str) -> Path:
    """The folder `name`: dags, frontend, router; tests in a checkout alone. Raises NotFound."""
    path = Path(str(files(__package__) / name))
    if not path.is_dir():
        raise NotFound(f"{name} is not part of this installation ({path.parent}); use a checkout")
    return path.resolve()
