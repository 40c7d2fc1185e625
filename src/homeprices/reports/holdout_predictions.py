"""What a version answered for its holdout, kept with its report: versions stay comparable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

HOLDOUT = "holdout.json"
_DIGITS = 4


def holdout_file(by_feature_set: Mapping[str, Predictions], listings: Sequence[Listing]) -> bytes:
    """The predictions for the held-out `listings` as `holdout.json`."""
    first = next(iter(by_feature_set.values()))
    kept = {
        name: Prices(_numbers(p.estimate), _numbers(p.low), _numbers(p.high))
        for name, p in by_feature_set.items()
    }
    return msgspec.json.encode(
        HoldoutPredictions([_digest(listing) for listing in listings], _numbers(first.actual), kept)
    )


def holdout_of(manifest: ModelManifest, registry: Registry) -> HoldoutPredictions:
    """What the version predicted in its training; raises NotFound where it was not kept."""
    content = registry.report_file(manifest, HOLDOUT)
    if content is None:
        raise NotFound(
            f"{manifest.version} was trained before answers for the holdout were kept; train its "
            "recipe again to compare it"
        )
    return msgspec.json.decode(content, type=HoldoutPredictions)


def predictions_for(
    kept: HoldoutPredictions, feature_set: str, homes: Sequence[str], promise: float
) -> Predictions:
    """The predictions for `homes`, in their order, by the model of one feature set."""
    at = {home: row for row, home in enumerate(kept.homes)}
    rows = [at[home] for home in homes]
    prices = kept.answers[feature_set]
    columns = (kept.actual, prices.estimate, prices.low, prices.high)
    actual, estimate, low, high = (np.array(column)[rows] for column in columns)
    return Predictions(actual, estimate, low, high, promise)


def _numbers(values: Floats | None) -> list[float]:
    return [] if values is None else np.round(values, _DIGITS).tolist()


def _digest(listing: Listing) -> str:
    """A digest of what is known of a listing: a fact that nobody gave changes nothing."""
    home = asdict(listing.home)
    known = home.pop("facts") | home | {"price": listing.price}
    facts = msgspec.json.encode(known, order="sorted")
    return blake2b(facts, digest_size=8).hexdigest()
