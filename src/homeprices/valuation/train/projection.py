"""Writes a fitted Gaussian process in the form that services load.

The posterior mean is a sum over all n listings (Rasmussen and Williams, Gaussian Processes for
Machine Learning, 2006, equation 2.27): f(x) = sum_i k(x, x_i) a_i, with a = (K + noise)^-1 y. By
the form of the kernel (`numeric.kernel`) the part of it that is smooth in size is, for the row r
of one locality and the coordinates z of the size,

    f_r(z) = everywhere sum_i S_wide(z, z_i) a_i
             + (1 - flat) sum_i c_ri S_near(z, z_i) a_i + flat sum_i c_ri a_i,

where c_ri is what r shares with listing i by place (`covariance.local`). Each is a function of z
alone, and is written on m basis points b_j as f_r(z) = sum_j w_rj S_near(z, b_j) + level_r: a
subset of regressors (Rasmussen and Williams, section 8.3.1), chosen by pivoted Cholesky
factorisation (Bach and Jordan, Predictive low-rank decomposition for kernel methods, 2005), with
the weights by least squares over the sizes of the listings.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from homeprices.domain.locality import Place
from homeprices.valuation.arrays import Floats
from homeprices.valuation.features.encodings import project_key
from homeprices.valuation.localities.geography import Point
from homeprices.valuation.numeric.covariance import Matrix, likeness, local
from homeprices.valuation.numeric.kernel import BEDROOMS, area_type_of, scales
from homeprices.valuation.numeric.sites import Encoder, Sites, position_of
from homeprices.valuation.predict.gaussian_process import ServedProcess
from homeprices.valuation.train.gaussian_process import FittedProcess
from homeprices.valuation.train.training_set import TrainingSet

_RIDGE, _TINY = 1e-4, 1e-30
_FOR_AN_AREA_TYPE = 50


def served_form(
    process: FittedProcess, training_set: TrainingSet, encoder: Encoder, basis_points: int
) -> bytes:
    """The file of `process`, learned from `training_set` alone."""
    with threadpool_limits(1, user_api="blas"):
        rows = _Rows(training_set.known)
        kernel, width = process.kernel, process.sites.point.shape[1]
        by = scales(kernel, kernel.local_scales, width)
        # Each area type is a dimension more to cover.
        most = basis_points + _FOR_AN_AREA_TYPE * (width - 4)
        basis = process.sites.point[pivots(process.sites.point / by, most)]
        placed = rows.sites(encoder, training_set.positions)
        spots, near = _near(process)
        in_common = np.concatenate([local(placed, process.sites, kernel), near])
        shares = in_common.astype(np.float64) * process.weights
        weights = _weights(process, basis, shares, len(placed.locality))
        steps = np.maximum(np.abs(weights).max(axis=1), _TINY) / np.iinfo(np.int16).max
    served = ServedProcess(
        kernel=kernel,
        area_types=training_set.area_types,
        basis=(basis / by).astype("<f8").tobytes(),
        weights=np.rint(weights / steps[:, None]).astype("<i2").tobytes(),
        steps=steps.tolist(),
        position=[*placed.position.tolist(), *spots],
        spots=len(spots),
        level=(kernel.flat * shares.sum(axis=1, dtype=np.float64)).tolist(),
        sublocalities=rows.sublocalities,
        localities=rows.localities,
        regions=rows.regions,
        projects=_projects(process, training_set),
        societies=_societies(process, training_set) if kernel.society else {},
    )
    return msgspec.msgpack.encode(served)


def pivots(points: Floats, most: int) -> list[int]:
    """Rows of `points` `(n, d)` that span the likeness of all, the most telling first.

    Incomplete Cholesky factorisation with pivoting of S `(n, n)`, exp(-1/2 squared distance),
    without ever making S (Bach and Jordan, 2005, section 2; Fine and Scheinberg, Efficient SVM
    training using low-rank kernel representations, 2001, figure 2).
    """
    # The diagonal of the Schur complement S - L L': how much of each row is not spanned yet.
    left = np.ones(len(points))
    chosen: list[int] = []
    # L' `(most, n)`, a row for each pivot.
    factor = np.zeros((most, len(points)))
    for step in range(min(most, len(points))):
        best = int(np.argmax(left))
        if left[best] < 1e-6:
            break
        chosen.append(best)
        apart = np.square(points - points[best]).sum(axis=1)
        # L[:, step] = (S[:, best] - L L[best]') / sqrt(what is left of `best`).
        column = np.exp(-0.5 * apart) - factor[:step, best] @ factor[:step]
        factor[step] = column / np.sqrt(left[best])
        left -= np.square(factor[step])
    return chosen


def _near(process: FittedProcess) -> tuple[list[Point], Matrix]:
    """The points of the map with listings, and what homes there share with the listings `(p, n)`.

    Without what homes share everywhere: these rows are added to others.
    """
    where = process.sites.position
    spots, spot = np.unique(where[~np.isnan(where[:, 0])], axis=0, return_inverse=True)
    near = np.zeros((len(spots), len(where)), dtype=np.float32)
    near[spot.ravel(), np.flatnonzero(~np.isnan(where[:, 0]))] = process.kernel.near
    return [(east, north) for east, north in spots.tolist()], near


def _weights(process: FittedProcess, basis: Floats, shares: Floats, placed: int) -> Floats:
    """Weights `(r, m)` of the basis points for each row of `shares` `(r, n)`.

    The first `placed` rows have what homes share everywhere besides.
    Rare sizes count as much as common ones: else the worst home is off three times as far.
    """
    kernel, points = process.kernel, process.sites.point
    width = points.shape[1]
    by, wide = (scales(kernel, s, width) for s in (kernel.local_scales, kernel.everywhere_scales))
    # B `(n, m)`: S_near of each listing with each basis point.
    seen = likeness(points, basis, by).astype(np.float64)
    # D `(n,)`: one over the number of listings of about that size (a kernel density at half the
    # scales), scaled to a mean of one.
    crowd = likeness(points, points, [scale / 2 for scale in by]).sum(axis=1, dtype=np.float64)
    counted = seen * (len(crowd) / (crowd * np.sum(1 / crowd)))[:, None]
    # Normal equations with a ridge: (B' D B + ridge I) W' = B' D T, with T `(n, r)` the functions
    # of all rows at the sizes of the listings; only B' D T is made, `(m, r)`.
    gram = seen.T @ counted
    gram.flat[:: len(gram) + 1] += _RIDGE
    # S_wide a `(n,)`, the same for every row with what homes share everywhere.
    everywhere = likeness(points, points, wide) @ process.weights.astype(np.float32)
    # S_near D B `(n, m)`: `shares` `(r, n)`, which are c_ri a_i, times it are the local part.
    onto = likeness(points, points, by).T @ counted.astype(np.float32)
    targets = (1 - kernel.flat) * (shares @ onto).T.astype(np.float64)
    targets[:, :placed] += kernel.everywhere * (counted.T @ everywhere)[:, None]
    weights: Floats = np.linalg.solve(gram, targets).T
    return weights


class _Rows:
    """Which row of weights a place has, and the sites that stand for the rows.

    A locality with itself as its one sublocality has no other row, nor has a region with itself
    as its one locality.
    """

    def __init__(self, known: Sequence[Place]) -> None:
        self.sublocalities: dict[str, int] = {}
        self.localities: dict[str, int] = {}
        self.regions: dict[str, int] = {}
        self._places = [Place("", "", "")]
        pairs = Counter((place.locality, place.sublocality) for place in known)
        parts: Counter[str] = Counter(locality for locality, _ in pairs)
        regions = {(place.locality, place.region) for place in known}
        localities: Counter[str] = Counter(region for _, region in regions)
        for place in known:
            row = self._add(self.sublocalities, place.sublocality, place)
            if parts[place.locality] == 1 and place.sublocality == place.locality:
                self.localities[place.locality] = row
            else:
                whole = replace(place, sublocality="")
                row = self._add(self.localities, place.locality, whole)
            if localities[place.region] == 1 and place.locality == place.region:
                self.regions[place.region] = row
            else:
                self._add(self.regions, place.region, Place("", "", place.region))

    def _add(self, rows: dict[str, int], name: str, place: Place) -> int:
        if name not in rows:
            rows[name] = len(self._places)
            self._places.append(place)
        return rows[name]

    def sites(self, encoder: Encoder, positions: Mapping[str, tuple[float, float]]) -> Sites:
        """One site for each row; the size does not matter."""
        n = len(self._places)
        where = [position_of(positions, place) for place in self._places]
        nothing = np.full(n, -1)
        return Sites(
            point=np.zeros((n, 4)),
            position=np.array(where),
            bedrooms=np.zeros(n),
            region=encoder.codes("region", [place.region for place in self._places]),
            locality=encoder.codes("locality", [place.locality for place in self._places]),
            sublocality=encoder.codes("sublocality", [place.sublocality for place in self._places]),
            project=nothing,
            society=nothing,
        )


def _projects(
    process: FittedProcess, training_set: TrainingSet
) -> dict[str, list[tuple[float, float, float, float, int]]]:
    """Listings that are alike in all that counts are one, of the sum of their weights."""
    projects: dict[str, dict[tuple[float, float, float, int], float]] = defaultdict(dict)
    for place, inputs, (size, _, bathrooms, house, *_), weight in zip(
        training_set.places,
        training_set.kernel_inputs.tolist(),
        process.sites.point.tolist(),
        process.weights.tolist(),
        strict=True,
    ):
        alike = size, bathrooms, house, area_type_of(inputs)
        homes = projects[project_key(place, inputs[BEDROOMS])]
        homes[alike] = homes.get(alike, 0.0) + weight
    return {
        name: sorted((key[0], weight, *key[1:]) for key, weight in homes.items())
        for name, homes in projects.items()
    }


def _societies(
    process: FittedProcess, training_set: TrainingSet
) -> dict[str, list[tuple[float, float]]]:
    societies = defaultdict(list)
    for name, size, weight in zip(
        training_set.societies,
        process.sites.point[:, 0].tolist(),
        process.weights.tolist(),
        strict=True,
    ):
        if name is not None:
            societies[name].append((size, weight))
    return dict(societies)
