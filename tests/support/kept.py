"""What the release before left in its data folder: `tests/kept/format_5`, see its MANIFEST.md."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from support.paths import REPOSITORY

FORMAT_5 = REPOSITORY / "tests" / "kept" / "format_5"
VERSIONS = ("BO1", "BO2", "CO1", "CO2", "CO3")


def kept_registry() -> Registry:
    """The model versions of the release before, to be read."""
    store = ObjectStore((FORMAT_5 / "objects").as_uri())
    return Registry(store, lambda: datetime(2026, 11, 28, tzinfo=UTC))


def kept_answers() -> list[dict[str, Any]]:
    """Questions, and what each version answered them.

    Those in another unit of area are left out: since then they are rounded to the market's.
    """
    asked = _read("answers.json")["asked"]
    return [one for one in asked if "Meter" not in str(one["question"].get("total_sqft"))]


def kept_estimates() -> list[dict[str, Any]]:
    """Past estimates as they were explained."""
    return list(_read("estimates.json")["estimates"])


def _read(name: str) -> dict[str, Any]:
    return dict(msgspec.json.decode((FORMAT_5 / name).read_bytes()))


TOLD = _read("told.json")
