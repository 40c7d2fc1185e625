"""The Gaussian process in the form that services load: one row of weights for each locality.

What homes share by size and place is written on a few hundred basis points; what the
listings of one project, or of one society, add stays a list of them. `projection`
makes this form and says how far it is from the exact one.

With z the coordinates of a home divided by `local_scales`, b_j the basis points and w_r the
weights of the row r of its place, the process adds to the size curve

    sum_j w_rj exp(-1/2 |z - b_j|^2) + level_r
    + project sum_i a_i exp(-|log areas| / project_scale - 1/2 |house and area type|^2)
    + society sum_i a_i exp(-|log areas| / society_scale)

where i runs over the listings of its project, and of its society, and a_i are the weights of the
exact process: the representer form of the posterior mean (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2006, equation 2.27), its smooth part projected on the basis.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import exp, isfinite
from operator import mul

import msgspec
import numpy as np

from homeprices.domain.locality import Place
from homeprices.valuation.arrays import Floats
from homeprices.valuation.features.encodings import ModelInput, project_key, society_of
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.features.layout import FeatureLayout
from homeprices.valuation.localities.geography import Point
from homeprices.valuation.numeric.kernel import (
    BEDROOMS,
    NO_TYPE,
    Kernel,
    area_type_of,
    coordinates,
    kernel_features,
    scales,
)

# Listings further off in size than this many scales add less than a thousandth.
REACH = 7.0
_EVERYWHERE = 0
# Few places make up most of the traffic; a row is 3 to 5 kB.
_ROWS_AT_HAND = 512


@dataclass(frozen=True, slots=True)
class ServedProcess:
    """The content of the file.

    `basis` is `(m, d)` in scaled coordinates, `weights` `(r, m)` in `steps` `(r,)`, `level`
    `(r,)`; the first two are little-endian doubles and 16-bit integers. Row 0 is for places
    without listings; `sublocalities`, `localities`, `regions` give the row of the others. The
    last `spots` rows are what the listings of one point of the map add right there, and less
    further off. `position` `(r, 2)` is in kilometres east and north, NaN where unknown. `projects`
    lists (log area, weight, bathrooms, house, area type or -1) of the listings of a locality and
    number of bedrooms, sorted; `societies` (log area, weight).
    """

    kernel: Kernel
    area_types: int
    basis: bytes
    weights: bytes
    steps: list[float]
    level: list[float]
    position: list[tuple[float, float]]
    spots: int
    sublocalities: dict[str, int]
    localities: dict[str, int]
    regions: dict[str, int]
    projects: dict[str, list[tuple[float, float, float, float, int]]]
    societies: dict[str, list[tuple[float, float]]]


class ProcessFormula:
    """Gives the log price per unit of area by a served process."""

    def __init__(self, content: bytes, layout: FeatureLayout, feature_set: FeatureSet) -> None:
        served = msgspec.msgpack.decode(content, type=ServedProcess)
        self._served = served
        self._pick = layout.picker(kernel_features(feature_set))
        self._size_curve = layout.position("size_curve")
        self._house_scale = served.kernel.house_scale
        # Half the squared distance of two area types, and of one from none.
        step = served.kernel.area_type_step
        self._types_apart, self._type_unknown = step * step, 0.5 * step * step
        width = 4 + (served.area_types if feature_set.sees_area_type else 0)
        by = scales(served.kernel, served.kernel.local_scales, width)
        self._precisions = [1 / (scale * scale) for scale in by]
        basis = np.frombuffer(served.basis, "<f8").reshape(-1, width)
        # With b and z = x / scales: (x, 1, -1/2 |z|^2) times these columns is -1/2 |z - b|^2.
        self._basis = np.vstack(
            [(basis / by).T, -0.5 * np.square(basis).sum(axis=1), np.ones(len(basis))]
        )
        # Kept as the 16-bit integers of the file: as doubles they would be a tenth of a service.
        self._steps = np.array(served.steps)
        self._small_weights = np.frombuffer(served.weights, "<i2").reshape(len(self._steps), -1)
        self._weights = lru_cache(_ROWS_AT_HAND)(self._row_weights)
        first = len(served.level) - served.spots
        self._spots = np.array(served.position)[first:]
        self._first_near = first
        self._near_level = np.array(served.level)[first:]

    def points(self, rows: Sequence[Sequence[float]], model_input: ModelInput) -> Sequence[float]:
        """The log price per unit of area, for each row of features of a home."""
        place = model_input.place
        society = society_of(model_input.home, place) if self._served.societies else None
        if len(rows) == 1:
            residual = self.residual(rows[0], place, society, model_input.at)
            return [rows[0][self._size_curve] + residual]
        # Rows often differ in what the process does not see.
        distinct = list(dict.fromkeys([tuple(self._pick(values)) for values in rows]))
        residuals = self._residuals(distinct, place, society, model_input.at)
        by_inputs = dict(zip(distinct, residuals, strict=True))
        return [values[self._size_curve] + by_inputs[tuple(self._pick(values))] for values in rows]

    def residual(
        self, values: Sequence[float], place: Place, society: str | None, at: Point | None = None
    ) -> float:
        """What the process adds to the size curve; `society` is a key, `at` as in `ModelInput`."""
        return self._residuals([self._pick(values)], place, society, at)[0]

    def _residuals(
        self,
        seen: Sequence[Sequence[float]],
        place: Place,
        society: str | None,
        at: Point | None,
    ) -> list[float]:
        """The same for each of several `kernel_features` of one home, alike in rooms and area."""
        served = self._served
        here = [coordinates(served.kernel, inputs, served.area_types) for inputs in seen]
        row = self._row(place)
        if at is None:
            totals = self._smooth(here, self._weights(row), served.level[row])
        else:
            totals = self._smooth(here, *self._moved(row, at))
        if listings := served.projects.get(project_key(place, seen[0][BEDROOMS])):
            for i, inputs in enumerate(seen):
                totals[i] += self._project(here[i], area_type_of(inputs), listings)
        if served.societies:
            more = self._society(here[0][0], society)
            totals = [total + more for total in totals]
        return totals

    def _row(self, place: Place) -> int:
        served = self._served
        row = served.sublocalities.get(place.sublocality)
        if row is None:
            row = served.localities.get(place.locality)
        return served.regions.get(place.region, _EVERYWHERE) if row is None else row

    def _row_weights(self, row: int) -> Floats:
        """The weights `(m,)` of a row."""
        weights: Floats = self._small_weights[row] * self._steps[row]
        return weights

    @cached_property
    def _near_weights(self) -> Floats:
        """The weights `(spots, m)` of the last rows, made when first asked for: all at once."""
        first = self._first_near
        weights: Floats = self._small_weights[first:] * self._steps[first:, None]
        return weights

    def _moved(self, row: int, at: Point) -> tuple[Floats, float]:
        """Weights and level of a row as if its place, which has no listings, were at this point.

        Exact, since what listings at a point add anywhere falls with the distance alone.
        """
        # What the listings of spot s add at `at` is near exp(-km / near_km) of what they add there;
        # what they already add at the place of the row is taken off.
        share = self._nearness(at)
        if isfinite(self._served.position[row][0]):
            share -= self._nearness(self._served.position[row])
        weights = self._weights(row) + share @ self._near_weights
        return weights, self._served.level[row] + float(share @ self._near_level)

    def _nearness(self, at: Point) -> Floats:
        """How much of what the listings of each spot add there they add at `at`."""
        east, north = self._spots.T
        km: Floats = np.hypot(east - at[0], north - at[1])
        return np.exp(km / -self._served.kernel.near_km)

    def _smooth(self, points: list[list[float]], weights: Floats, level: float) -> list[float]:
        # -1/2 |z - b_j|^2 = z . b_j - 1/2 |z|^2 - 1/2 |b_j|^2, for all j in one product `(m,)`.
        lengths = [sum(map(mul, map(mul, here, here), self._precisions)) for here in points]
        rows = [[*here, 1.0, -0.5 * length] for here, length in zip(points, lengths, strict=True)]
        power = np.array(rows).dot(self._basis)
        smooth: list[float] = (np.exp(power, out=power).dot(weights) + level).tolist()
        return smooth

    def _project(
        self,
        here: list[float],
        area_type: int,
        listings: list[tuple[float, float, float, float, int]],
    ) -> float:
        kernel = self._served.kernel
        size, _, own_bathrooms, own_house, *_ = here
        scale, total = kernel.project_scale, 0.0
        most = size + REACH * scale
        for i in range(bisect_left(listings, (size - REACH * scale,)), len(listings)):
            other, weight, bathrooms, house, other_type = listings[i]
            if other > most:
                break
            step = (own_house - house) / self._house_scale
            apart = abs(other - size) / scale + 0.5 * step * step
            if other_type != area_type:
                is_unknown = NO_TYPE in (other_type, area_type)
                apart += self._type_unknown if is_unknown else self._types_apart
            if bathrooms != own_bathrooms:
                weight *= kernel.other_bathrooms
            total += weight * exp(-apart)
        return kernel.project * total

    def _society(self, size: float, society: str | None) -> float:
        listings = self._served.societies.get(society) if society else None
        if not listings:
            return 0.0
        kernel = self._served.kernel
        scale = kernel.society_scale
        return kernel.society * sum(
            weight * exp(-abs(other - size) / scale) for other, weight in listings
        )
