"""How far off a price is where there are no listings: measured as if each place had none.

What is not known of a place is how far its level lies from that of the city, or of the listings
around it. This comes on top of what a recipe does not know of a home in a known place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homeprices.valuation.features.definitions import TargetEncodings
from homeprices.valuation.localities.geography import as_table, residual_around
from homeprices.valuation.train.target_encodings import EncodingRows
from homeprices.valuation.train.training_set import Floats


@dataclass(frozen=True, slots=True)
class UnlistedError:
    """For each listing `(n,)` how much dearer its place is, in log price, than others are.

    Than the city, and than its neighbourhood: NaN where nothing is listed around it.
    """

    city: Floats
    neighbourhood: Floats


def unlisted_locality_error(rows: EncodingRows, tables: TargetEncodings) -> UnlistedError:
    """The levels of the places of `rows`, from which `tables` were learned."""
    around = _around_without_own(tables)
    bases = [place.base for place in rows.places]
    city = np.array([tables.bases[base].residual for base in bases])
    return UnlistedError(city, city - np.array([around.get(base, np.nan) for base in bases]))


def _around_without_own(tables: TargetEncodings) -> dict[str, float]:
    """The residual around each base with listings on the map, by the listings of the others."""
    table, names = as_table(tables.listed), np.array(list(tables.listed))
    return {
        base: residual_around(table[names != base], (east, north))
        for base, (east, north, _, _) in tables.listed.items()
    }
