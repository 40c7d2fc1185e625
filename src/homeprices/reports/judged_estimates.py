"""What the judged form of a version estimated for its holdout: written, and read back.

Versions are compared by it, also when their files are deleted.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import blake2b

import msgspec
import numpy as np

from homeprices.domain.comparison import HoldoutPredictions, Prices
from homeprices.domain.errors import NotFound
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import ModelManifest
from homeprices.stores.registry import Registry
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.predictions import Predictions

JUDGED_ESTIMATES = "judged.csv"
# What versions of earlier releases kept instead.
HOLDOUT = "holdout.json"
_ANSWERS = ("estimate", "low", "high")
_COLUMNS = ("home", "facts", "area", "actual", *_ANSWERS)
_DIGITS = 4


def judged_estimates(
    by_feature_set: Mapping[str, Predictions], listings: Sequence[Listing]
) -> bytes:
    """The predictions for the held-out `listings` as `judged.csv`: a line for a home and a set."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    homes = [_digest(listing) for listing in listings]
    areas = np.array([listing.home.area for listing in listings])
    for facts, predictions in by_feature_set.items():
        writer.writerows(_rows(homes, facts, areas, predictions))
    return table.getvalue().encode()


def judged_estimates_of(manifest: ModelManifest, registry: Registry) -> HoldoutPredictions:
    """What the judged form answered in its training; raises NotFound where it was not kept."""
    content = registry.report_file(manifest, JUDGED_ESTIMATES)
    if content is not None:
        return _read(content)
    earlier = registry.report_file(manifest, HOLDOUT)
    if earlier is None:
        raise NotFound(
            f"{manifest.version} was trained before answers for the holdout were kept; train its "
            "recipe again to compare it"
        )
    return msgspec.json.decode(earlier, type=HoldoutPredictions)


def _rows(
    homes: Sequence[str], facts: str, areas: Floats, predictions: Predictions
) -> Iterator[tuple[str, str, *tuple[float, ...]]]:
    """A line for each home; raises ValueError where there are no ranges."""
    if predictions.low is None or predictions.high is None:
        raise ValueError("estimates are kept with their ranges")
    columns = (areas, predictions.actual, predictions.estimate, predictions.low, predictions.high)
    numbers = np.round(np.column_stack(columns), _DIGITS).tolist()
    for home, figures in zip(homes, numbers, strict=True):
        yield home, facts, *figures


def _read(content: bytes) -> HoldoutPredictions:
    """The estimates in `judged.csv`, whose homes stand in the same order for each set."""
    by_facts: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(content.decode())):
        by_facts.setdefault(row["facts"], []).append(row)
    first = next(iter(by_facts.values()))
    answers = {
        facts: Prices(*(_column(rows, name) for name in _ANSWERS))
        for facts, rows in by_facts.items()
    }
    areas = _column(first, "area") if "area" in first[0] else None
    return HoldoutPredictions(
        [row["home"] for row in first], _column(first, "actual"), answers, areas
    )


def _column(rows: Sequence[Mapping[str, str]], name: str) -> list[float]:
    return [float(row[name]) for row in rows]


def _digest(listing: Listing) -> str:
    """A digest of what is known of a listing: a fact that nobody gave changes nothing."""
    home = asdict(listing.home)
    known = home.pop("facts") | home | {"price": listing.price}
    facts = msgspec.json.encode(known, order="sorted")
    return blake2b(facts, digest_size=8).hexdigest()
