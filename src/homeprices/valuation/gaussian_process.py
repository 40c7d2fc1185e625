"""A Gaussian process of the log price per area, with noise that forgives odd prices.

Regression as in Rasmussen and Williams, Gaussian Processes for Machine Learning
(2006), algorithm 2.1; noise is Student's t, by reweighting. Left-out estimates come
from blocks of the inverse covariance (section 5.4.2), not from one fit for each fold.
For training only; `process` is what services load.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

from homeprices.domain.errors import Corrupt
from homeprices.valuation.kernel import Kernel, scales
from homeprices.valuation.learned import Floats, Folds
from homeprices.valuation.sites import Codes, Sites

Matrix = npt.NDArray[np.float32]
_HOUSE_AXIS = 3
_ROWS_AT_ONCE = 1024


def likeness(a: Floats, b: Floats, by: list[float]) -> Matrix:
    """S of all pairs of points, `(n, m)`: exp(-1/2 squared distance in scales `by`)."""
    left, right = (a / by).astype(np.float32), (b / by).astype(np.float32)
    power: Matrix = left @ right.T
    power -= (0.5 * np.square(left).sum(axis=1))[:, None]
    power -= (0.5 * np.square(right).sum(axis=1))[None, :]
    np.minimum(power, 0, out=power)
    return np.exp(power, out=power)


def local(a: Sites, b: Sites, k: Kernel) -> Matrix:
    """How much of their level two homes share by where they are, `(n, m)`."""
    far = np.zeros((len(a.base), len(b.base)), dtype=np.float32)
    for axis in (0, 1):
        step = a.position[:, axis, None].astype(np.float32) - b.position[None, :, axis].astype(
            np.float32
        )
        far += step * step
    shared = np.exp(np.sqrt(far, out=far) / np.float32(-k.near_km))
    np.nan_to_num(shared, copy=False, nan=0.0)
    same_base = a.base[:, None] == b.base[None, :]
    shared[same_base] = 1.0
    shared *= np.float32(k.near)
    shared += np.float32(k.base) * same_base
    shared += np.float32(k.parent) * (a.parent[:, None] == b.parent[None, :])
    shared += np.float32(k.leaf) * (a.leaf[:, None] == b.leaf[None, :])
    return shared


def covariance(a: Sites, b: Sites, k: Kernel) -> Matrix:
    """The covariance of the homes at `a` and at `b`, `(n, m)`, without noise."""
    width = a.point.shape[1]
    total = likeness(a.point, b.point, scales(k, k.local_scales, width))
    total *= np.float32(1 - k.flat)
    total += np.float32(k.flat)
    total *= local(a, b, k)
    total += np.float32(k.everywhere) * likeness(
        a.point, b.point, scales(k, k.everywhere_scales, width)
    )
    _add_blocks(total, a.project, b.project, lambda i, j: _project(a, b, k, i, j))
    if k.society:
        _add_blocks(total, a.society, b.society, lambda i, j: _society(a, b, k, i, j))
    return total


def _lower_covariance(sites: Sites, k: Kernel) -> Matrix:
    """The lower triangle of the covariance of `sites` with themselves; what is above is zero."""
    n = len(sites.base)
    lower = np.zeros((n, n), dtype=np.float32, order="F")
    for start in range(0, n, _ROWS_AT_ONCE):
        end = min(n, start + _ROWS_AT_ONCE)
        rows, columns = np.arange(start, end), np.arange(end)
        lower[start:end, :end] = covariance(sites.take(rows), sites.take(columns), k)
    return lower


def _project(a: Sites, b: Sites, k: Kernel, i: Codes, j: Codes) -> Floats:
    own, other = a.point[i][:, None, :], b.point[j][None, :, :]
    gap = np.abs(own[..., 0] - other[..., 0]) / k.project_scale
    kind = np.square((own[..., 3:] - other[..., 3:]) / scales(k, (1, 1, 1), own.shape[2])[3:])
    same = own[..., 2] == other[..., 2]
    factor: Floats = k.project * np.where(same, 1.0, k.other_bathrooms)
    block: Floats = factor * np.exp(-gap - 0.5 * kind.sum(axis=2))
    return block


def _society(a: Sites, b: Sites, k: Kernel, i: Codes, j: Codes) -> Floats:
    gap = np.abs(a.point[i, 0][:, None] - b.point[j, 0][None, :])
    block: Floats = k.society * np.exp(-gap / k.society_scale)
    return block


def _add_blocks(total: Matrix, a: Codes, b: Codes, block: Callable[[Codes, Codes], Floats]) -> None:
    """Add `block(i, j)` where the codes of rows i and columns j are equal, and not -1."""
    members: dict[int, list[int]] = defaultdict(list)
    for column, code in enumerate(b.tolist()):
        members[code].append(column)
    groups: dict[int, list[int]] = defaultdict(list)
    for row, code in enumerate(a.tolist()):
        if code >= 0 and code in members:
            groups[code].append(row)
    for code, rows in groups.items():
        i, j = np.array(rows), np.array(members[code])
        total[np.ix_(i, j)] += block(i, j).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Process:
    """A fitted process: f(x) is the covariance of x with `sites`, times `weights` `(n,)`."""

    kernel: Kernel
    sites: Sites
    weights: Floats


def fit_process(
    sites: Sites, residual: Floats, folds: Folds, kernel: Kernel, rounds: int
) -> tuple[Process, Floats]:
    """The process of `residual`, and each row's estimate without its fold.

    One thread: with more, the last bits depend on how many there are.
    """
    with threadpool_limits(1, user_api="blas"):
        clean = _lower_covariance(sites, kernel)
        variance = _noise(sites, kernel)
        weight = np.ones_like(residual)
        for left in reversed(range(rounds)):
            factor, alpha = _solve(clean, residual, variance / weight)
            if left:
                off = np.square(alpha * variance / weight) / variance
                weight = (kernel.degrees + 1) / (kernel.degrees + off)
        del clean
        return Process(kernel, sites, alpha), residual - _left_out(factor, residual, folds)


def _noise(sites: Sites, k: Kernel) -> Floats:
    """The variance of the noise of each home, `(n,)`."""
    larger: Floats = k.noise_a_bedroom * np.clip(sites.bedrooms - 3, 0, 3)
    return np.square(k.noise * np.exp(larger + k.noise_of_a_house * sites.point[:, _HOUSE_AXIS]))


def _solve(clean: Matrix, residual: Floats, variance: Floats) -> tuple[Matrix, Floats]:
    """Cholesky factor (lower) of covariance with noise, and its solution for `residual`."""
    noisy = clean.copy(order="F")
    noisy.flat[:: len(noisy) + 1] += variance.astype(np.float32)
    factor, failed = lapack.spotrf(noisy, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise Corrupt(f"the covariance of {len(noisy):,} homes has no Cholesky factor")
    solution = lapack.spotrs(factor, residual.astype(np.float32), lower=1)[0]
    return factor, solution.astype(np.float64)


def _left_out(factor: Matrix, residual: Floats, folds: Folds) -> Floats:
    """Residual of each row by the process without its fold; overwrites `factor`."""
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    n = len(inverse)
    for start in range(0, n, _ROWS_AT_ONCE):
        end = min(n, start + _ROWS_AT_ONCE)
        inverse[start:end, end:] = inverse[end:, start:end].T
        corner = np.tril(inverse[start:end, start:end])
        inverse[start:end, start:end] = corner + np.tril(corner, -1).T
    pulled = inverse @ residual.astype(np.float32)
    error = np.empty(n)
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        block = inverse[np.ix_(rows, rows)].astype(np.float64)
        error[rows] = np.linalg.solve(block, pulled[rows].astype(np.float64))
    return error


def predict(process: Process, sites: Sites) -> Floats:
    """What the process adds to the size curve at `sites`, `(n,)`."""
    found = np.empty(len(sites.base))
    with threadpool_limits(1, user_api="blas"):
        for start in range(0, len(found), _ROWS_AT_ONCE):
            rows = np.arange(start, min(len(found), start + _ROWS_AT_ONCE))
            likewise = covariance(sites.take(rows), process.sites, process.kernel)
            found[rows] = likewise @ process.weights.astype(np.float32)
    return found
