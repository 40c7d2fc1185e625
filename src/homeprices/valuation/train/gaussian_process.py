"""A Gaussian process of the log price per area, with noise that forgives odd prices.

Regression as in Rasmussen and Williams, Gaussian Processes for Machine Learning
(2006), algorithm 2.1; noise is Student's t, by reweighting. Left-out estimates come
from blocks of the inverse covariance (section 5.4.2), not from one fit for each fold.
For training only; `predict.gaussian_process` is what services load.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

from homeprices.domain.errors import Corrupt
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.numeric.covariance import Matrix, covariance
from homeprices.valuation.numeric.kernel import Kernel
from homeprices.valuation.numeric.sites import Sites

_HOUSE_AXIS = 3
_ROWS_AT_ONCE = 1024


def _lower_covariance(sites: Sites, k: Kernel) -> Matrix:
    """The lower triangle of the covariance of `sites` with themselves; what is above is zero."""
    n = len(sites.locality)
    lower = np.zeros((n, n), dtype=np.float32, order="F")
    for start in range(0, n, _ROWS_AT_ONCE):
        end = min(n, start + _ROWS_AT_ONCE)
        rows, columns = np.arange(start, end), np.arange(end)
        lower[start:end, :end] = covariance(sites.take(rows), sites.take(columns), k)
    return lower


@dataclass(frozen=True, slots=True)
class FittedProcess:
    """A fitted process: f(x) is the covariance of x with `sites`, times `weights` `(n,)`."""

    kernel: Kernel
    sites: Sites
    weights: Floats


def fit_process(
    sites: Sites, residual: Floats, folds: Integers, kernel: Kernel, rounds: int
) -> tuple[FittedProcess, Floats]:
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
        return FittedProcess(kernel, sites, alpha), residual - _left_out(factor, residual, folds)


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


def _left_out(factor: Matrix, residual: Floats, folds: Integers) -> Floats:
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


def predict(process: FittedProcess, sites: Sites) -> Floats:
    """What the process adds to the size curve at `sites`, `(n,)`."""
    added = np.empty(len(sites.locality))
    with threadpool_limits(1, user_api="blas"):
        for start in range(0, len(added), _ROWS_AT_ONCE):
            rows = np.arange(start, min(len(added), start + _ROWS_AT_ONCE))
            shared = covariance(sites.take(rows), process.sites, process.kernel)
            added[rows] = shared @ process.weights.astype(np.float32)
    return added
