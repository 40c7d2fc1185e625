"""Writes a fitted Gaussian process in the form that services load.

The part of the process that is smooth in size is a sum over all listings; for one
locality it is a function of size alone. Least squares over the sizes of the listings
writes that function on basis points, which a pivoted Cholesky factorisation picks
(Bach and Jordan, Predictive low-rank decomposition for kernel methods, 2005).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from homeprices.domain.locality import Place
from homeprices.valuation.features.definitions import BEDROOMS
from homeprices.valuation.localities.geography import Point
from homeprices.valuation.numeric.covariance import Matrix, likeness, local
from homeprices.valuation.numeric.kernel import area_type_of, project_key, scales
from homeprices.valuation.numeric.sites import Encoder, Sites, position_of
from homeprices.valuation.predict.gaussian_process import ServedProcess
from homeprices.valuation.train.gaussian_process import FittedProcess
from homeprices.valuation.train.training_set import Floats, TrainingSet

_RIDGE, _TINY = 1e-4, 1e-30
_FOR_AN_AREA_TYPE = 50


def served_form(
    process: FittedProcess, material: TrainingSet, encoder: Encoder, basis_points: int
) -> bytes:
    """The file of `process`, learned from `material` alone."""
    with threadpool_limits(1, user_api="blas"):
        rows = _Rows(material.known)
        kernel, width = process.kernel, process.sites.point.shape[1]
        by = scales(kernel, kernel.local_scales, width)
        # Each area type is a dimension more to cover.
        most = basis_points + _FOR_AN_AREA_TYPE * (width - 4)
        basis = process.sites.point[pivots(process.sites.point / by, most)]
        placed = rows.sites(encoder, material.positions)
        spots, near = _near(process)
        in_common = np.concatenate([local(placed, process.sites, kernel), near])
        shares = in_common.astype(np.float64) * process.weights
        weights = _weights(process, basis, shares, len(placed.base))
        steps = np.maximum(np.abs(weights).max(axis=1), _TINY) / np.iinfo(np.int16).max
    served = ServedProcess(
        kernel=kernel,
        facts=material.facts.name,
        area_types=material.area_types,
        basis=(basis / by).astype("<f8").tobytes(),
        weights=np.rint(weights / steps[:, None]).astype("<i2").tobytes(),
        steps=steps.tolist(),
        position=[*placed.position.tolist(), *spots],
        spots=len(spots),
        level=(kernel.flat * shares.sum(axis=1, dtype=np.float64)).tolist(),
        leaves=rows.leaves,
        bases=rows.bases,
        parents=rows.parents,
        projects=_projects(process, material),
        societies=_societies(process, material) if kernel.society else {},
    )
    return msgspec.msgpack.encode(served)


def pivots(points: Floats, most: int) -> list[int]:
    """Rows of `points` `(n, d)` that span the likeness of all, the most telling first."""
    left = np.ones(len(points))
    found: list[int] = []
    factor = np.zeros((most, len(points)))
    for step in range(min(most, len(points))):
        best = int(np.argmax(left))
        if left[best] < 1e-6:
            break
        found.append(best)
        apart = np.square(points - points[best]).sum(axis=1)
        column = np.exp(-0.5 * apart) - factor[:step, best] @ factor[:step]
        factor[step] = column / np.sqrt(left[best])
        left -= np.square(factor[step])
    return found


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
    seen = likeness(points, basis, by).astype(np.float64)
    crowd = likeness(points, points, [scale / 2 for scale in by]).sum(axis=1, dtype=np.float64)
    counted = seen * (len(crowd) / (crowd * np.sum(1 / crowd)))[:, None]
    gram = seen.T @ counted
    gram.flat[:: len(gram) + 1] += _RIDGE
    everywhere = likeness(points, points, wide) @ process.weights.astype(np.float32)
    onto = likeness(points, points, by).T @ counted.astype(np.float32)
    targets = (1 - kernel.flat) * (shares @ onto).T.astype(np.float64)
    targets[:, :placed] += kernel.everywhere * (counted.T @ everywhere)[:, None]
    found: Floats = np.linalg.solve(gram, targets).T
    return found


class _Rows:
    """Which row of weights a place has, and the sites that stand for the rows.

    A base with itself as its one leaf has no other row, nor has a parent with itself as its
    one base.
    """

    def __init__(self, known: Sequence[Place]) -> None:
        self.leaves: dict[str, int] = {}
        self.bases: dict[str, int] = {}
        self.parents: dict[str, int] = {}
        self._places = [Place("", "", "")]
        leaves = Counter((place.base, place.leaf) for place in known)
        within: Counter[str] = Counter(base for base, _ in leaves)
        bases: Counter[str] = Counter(p for _, p in {(place.base, place.parent) for place in known})
        for place in known:
            leaf = self._add(self.leaves, place.leaf, place)
            if within[place.base] == 1 and place.leaf == place.base:
                base = self.bases[place.base] = leaf
            else:
                base = self._add(self.bases, place.base, replace(place, leaf=""))
            if bases[place.parent] == 1 and place.base == place.parent:
                self.parents[place.parent] = base
            else:
                self._add(self.parents, place.parent, Place("", "", place.parent))

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
            parent=encoder.codes("parent", [place.parent for place in self._places]),
            base=encoder.codes("base", [place.base for place in self._places]),
            leaf=encoder.codes("leaf", [place.leaf for place in self._places]),
            project=nothing,
            society=nothing,
        )


def _projects(
    process: FittedProcess, material: TrainingSet
) -> dict[str, list[tuple[float, float, float, float, int]]]:
    """Listings that are alike in all that counts are one, of the sum of their weights."""
    projects: dict[str, dict[tuple[float, float, float, int], float]] = defaultdict(dict)
    for place, values, (size, _, bathrooms, house, *_), weight in zip(
        material.places,
        material.features.tolist(),
        process.sites.point.tolist(),
        process.weights.tolist(),
        strict=True,
    ):
        alike = size, bathrooms, house, area_type_of(values, material.facts)
        homes = projects[project_key(place, values[BEDROOMS])]
        homes[alike] = homes.get(alike, 0.0) + weight
    return {
        name: sorted((key[0], weight, *key[1:]) for key, weight in homes.items())
        for name, homes in projects.items()
    }


def _societies(
    process: FittedProcess, material: TrainingSet
) -> dict[str, list[tuple[float, float]]]:
    societies = defaultdict(list)
    for name, size, weight in zip(
        material.societies,
        process.sites.point[:, 0].tolist(),
        process.weights.tolist(),
        strict=True,
    ):
        if name is not None:
            societies[name].append((size, weight))
    return dict(societies)
