"""Looks at a dataset as a whole before anything is trained on it."""

from __future__ import annotations

from collections.abc import Sequence

from homeprices.datasets.clean import read_listings
from homeprices.datasets.validate import problems
from homeprices.domain.errors import Corrupt, Declined
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.domain.versions import DatasetVersion
from homeprices.stores.datasets import DatasetStore


def validate_dataset(
    version: DatasetVersion,
    *,
    datasets: DatasetStore,
    market: Market,
    before: DatasetVersion | None,
) -> str:
    """What was found, in words; `before` is the dataset that production has learned from.

    Raises Corrupt where the file is not what its manifest says, and Declined
    with every reason not to train on it.
    """
    listings = read_listings(datasets.read(version), market)
    promised = datasets.manifest(version).rows
    if len(listings) != promised:
        raise Corrupt(f"{version} has {len(listings):,} listings; its manifest says {promised:,}")
    older: Sequence[Listing] = ()
    if before is not None and before != version:
        older = read_listings(datasets.read(before), market)
    if unfit := problems(listings, market, older):
        raise Declined(f"{version} is not fit to learn from: {'; '.join(unfit)}")
    return f"{version}: {len(listings):,} listings, fit to learn from"
