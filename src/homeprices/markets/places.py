"""Where the localities of a market lie, as far as it is known."""

from __future__ import annotations

import csv
import io
from importlib import resources


def coordinates(market_name: str) -> dict[str, tuple[float, float]]:
    """Latitude and longitude in degrees, to about a kilometre, by locality; {} if none are known.

    From general knowledge, approximate, open to correction.
    """
    path = resources.files(__package__).joinpath(f"{market_name}_data", "coordinates.csv")
    if not path.is_file():
        return {}
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    return {row["locality"]: (float(row["latitude"]), float(row["longitude"])) for row in rows}
