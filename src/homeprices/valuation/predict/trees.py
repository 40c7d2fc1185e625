"""Asks a LightGBM model one row at a time through its C library.

`import lightgbm` brings pandas and scikit-learn along where they are installed;
a service that prices homes needs neither, so the library is opened by ctypes.
"""

import ctypes
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from struct import Struct

from homeprices.domain.errors import Corrupt, Unavailable

_LAST_LINE = b"\nend of parameters"
_PREDICT_NORMAL, _FLOAT64 = 0, 1
_PREDICT = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p
)
_LIBRARY_NAMES = ("lib_lightgbm.so", "lib_lightgbm.dylib", "lib_lightgbm.dll")


class Trees:
    """One LightGBM model; `predict` gives what `Booster.predict` gives, to the last bit."""

    def __init__(self, text: bytes) -> None:
        # The library ends the process, instead of returning an error, on a torn text.
        if not text.startswith(b"tree\n") or _LAST_LINE not in text:
            raise Corrupt("LightGBM cannot use the trees of this model: the text is not whole")
        self._library = _library()
        self._booster = ctypes.c_void_p()
        self._fast = ctypes.c_void_p()
        iterations = ctypes.c_int()
        self._check(
            self._library.LGBM_BoosterLoadModelFromString(
                text, ctypes.byref(iterations), ctypes.byref(self._booster)
            )
        )
        columns = ctypes.c_int()
        self._check(self._library.LGBM_BoosterGetNumFeature(self._booster, ctypes.byref(columns)))
        self.columns = columns.value
        # Packing a row as bytes takes a tenth of the time that an array of ctypes takes.
        self._pack = Struct(f"{self.columns}d").pack
        self._predict = _PREDICT(("LGBM_BoosterPredictForMatSingleRowFast", self._library))
        # Where the library writes how many answers there are: always one, and nobody reads it.
        self._ignored = ctypes.byref(ctypes.c_int64())
        self._open()

    def _open(self) -> None:
        self._check(
            self._library.LGBM_BoosterPredictForMatSingleRowFastInit(
                self._booster,
                _PREDICT_NORMAL,
                0,
                -1,
                _FLOAT64,
                ctypes.c_int32(self.columns),
                b"num_threads=1 verbosity=-1",
                ctypes.byref(self._fast),
            )
        )

    def predict(self, values: Sequence[float]) -> float:
        """The model's answer for one row of `columns` values."""
        answer = ctypes.c_double()
        row, to = self._pack(*values), ctypes.byref(answer)
        if status := self._predict(self._fast, row, self._ignored, to):
            self._check(status)
        return answer.value

    def _check(self, status: int) -> None:
        if status != 0:
            said = self._library.LGBM_GetLastError().decode(errors="replace")
            raise Corrupt(f"LightGBM cannot use the trees of this model: {said}")

    def __del__(self) -> None:
        if getattr(self, "_fast", None):
            self._library.LGBM_FastConfigFree(self._fast)
        if getattr(self, "_booster", None):
            self._library.LGBM_BoosterFree(self._booster)


@cache
def _library() -> ctypes.CDLL:
    """LightGBM's shared library, found without importing its package."""
    spec = find_spec("lightgbm")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or []:
        for name in _LIBRARY_NAMES:
            path = Path(folder) / "lib" / name
            if path.exists():
                library = ctypes.CDLL(str(path))
                library.LGBM_GetLastError.restype = ctypes.c_char_p
                return library
    raise Unavailable("LightGBM is not installed: run `./homes up`, or install requirements.lock")
