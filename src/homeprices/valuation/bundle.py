"""A model as files, and back: data only, nothing that runs when it is read.

`model.json` names the recipe and carries what is small, `market.json` the
market as it was, `places.msgpack` and `tables.msgpack` what was learned of it;
the formula adds its own. `golden.json` holds homes and the estimates that the
model must give for them: a model that gives others is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose

import msgspec

from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.features import Tables
from homeprices.valuation.formulas import FORMULAS
from homeprices.valuation.guard import Guard
from homeprices.valuation.intervals import Ranges
from homeprices.valuation.locality import Places
from homeprices.valuation.valuer import FormulaValuer, Knowledge

FORMAT = 1
# The same trees and tables on another processor may differ in the last bits.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class _Model:
    format: int
    recipe: str
    guard: Guard
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class _Golden:
    home: Home
    price: float
    low: float
    high: float


def pack(
    recipe: str, knowledge: Knowledge, formula: Mapping[str, bytes], golden: Sequence[Home]
) -> dict[str, bytes]:
    """The files of a model; `golden` are homes whose estimates it must give for ever."""
    model = _Model(FORMAT, recipe, knowledge.guard, knowledge.ranges)
    files = {
        "model.json": msgspec.json.encode(model),
        "market.json": msgspec.json.encode(knowledge.market),
        "places.msgpack": msgspec.msgpack.encode(knowledge.places),
        "tables.msgpack": msgspec.msgpack.encode(knowledge.tables),
        **formula,
    }
    valuer = _open(files)
    estimates = [(home, valuer.estimate(home)) for home in golden]
    rows = [_Golden(home, e.price, e.low, e.high) for home, e in estimates]
    return {**files, "golden.json": msgspec.json.encode(rows)}


def load(files: Mapping[str, bytes]) -> FormulaValuer:
    """The model in `files`; raises Corrupt when it is not whole or misses its golden rows."""
    try:
        valuer = _open(files)
        golden = msgspec.json.decode(files["golden.json"], type=list[_Golden])
    except KeyError as error:
        raise Corrupt(f"the model has no file {error}; restore it from a backup") from None
    except msgspec.MsgspecError as error:
        raise Corrupt(f"a file of the model cannot be read: {error}") from None
    for row in golden:
        _verify(valuer, row)
    return valuer


def _open(files: Mapping[str, bytes]) -> FormulaValuer:
    model = msgspec.json.decode(files["model.json"], type=_Model)
    if model.format != FORMAT or model.recipe not in FORMULAS:
        raise Corrupt(
            f"the model is of recipe {model.recipe!r} in format {model.format}; this program "
            f"reads {', '.join(FORMULAS)} in format {FORMAT}: update it, or train again"
        )
    knowledge = Knowledge(
        market=msgspec.json.decode(files["market.json"], type=Market),
        places=msgspec.msgpack.decode(files["places.msgpack"], type=Places),
        guard=model.guard,
        tables=msgspec.msgpack.decode(files["tables.msgpack"], type=Tables),
        ranges=model.ranges,
    )
    return FormulaValuer(knowledge, FORMULAS[model.recipe](files))


def _verify(valuer: FormulaValuer, row: _Golden) -> None:
    given = valuer.estimate(row.home)
    pairs = ((given.price, row.price), (given.low, row.low), (given.high, row.high))
    if not all(isclose(a, b, rel_tol=_CLOSE) for a, b in pairs):
        raise Corrupt(
            f"the model prices a golden home ({row.home.locality}) at {given.price!r}, not at "
            f"{row.price!r} as when it was made; it must not be served"
        )
