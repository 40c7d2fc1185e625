"""What goes into a recipe and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Material:
    """Features `(n, k)` read from tables that had not seen their row, targets `(n,)`, folds `(n,)`.

    The target is the log price per guarded area; rows of one home share a fold.
    """

    features: Floats
    target: Floats
    folds: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Learned:
    """The files of a formula; `residual` and `spread` of each row by a formula without it."""

    files: dict[str, bytes]
    residual: Floats
    spread: Floats
