"""The covariance of homes: what `kernel` says of a pair, for all pairs of two sets of homes.

Needs numpy alone, so that services can ask which listings are like a home.
"""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.numeric.kernel import Kernel, scales
from homeprices.valuation.numeric.sites import Sites

Matrix = npt.NDArray[np.float32]


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
    far = np.zeros((len(a.locality), len(b.locality)), dtype=np.float32)
    for axis in (0, 1):
        step = a.position[:, axis, None].astype(np.float32) - b.position[None, :, axis].astype(
            np.float32
        )
        far += step * step
    shared = np.exp(np.sqrt(far, out=far) / np.float32(-k.near_km))
    np.nan_to_num(shared, copy=False, nan=0.0)
    same_locality = a.locality[:, None] == b.locality[None, :]
    shared[same_locality] = 1.0
    shared *= np.float32(k.near)
    shared += np.float32(k.locality) * same_locality
    shared += np.float32(k.region) * (a.region[:, None] == b.region[None, :])
    shared += np.float32(k.sublocality) * (a.sublocality[:, None] == b.sublocality[None, :])
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


def _project(a: Sites, b: Sites, k: Kernel, i: Integers, j: Integers) -> Floats:
    own, other = a.point[i][:, None, :], b.point[j][None, :, :]
    gap = np.abs(own[..., 0] - other[..., 0]) / k.project_scale
    kind = np.square((own[..., 3:] - other[..., 3:]) / scales(k, (1, 1, 1), own.shape[2])[3:])
    same = own[..., 2] == other[..., 2]
    factor: Floats = k.project * np.where(same, 1.0, k.other_bathrooms)
    block: Floats = factor * np.exp(-gap - 0.5 * kind.sum(axis=2))
    return block


def _society(a: Sites, b: Sites, k: Kernel, i: Integers, j: Integers) -> Floats:
    gap = np.abs(a.point[i, 0][:, None] - b.point[j, 0][None, :])
    block: Floats = k.society * np.exp(-gap / k.society_scale)
    return block


def _add_blocks(
    total: Matrix, a: Integers, b: Integers, block: Callable[[Integers, Integers], Floats]
) -> None:
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
