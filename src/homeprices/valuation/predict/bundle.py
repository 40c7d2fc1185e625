"""A model as files, and back: data only, nothing that runs when it is read.

`model.json` names the recipe and its members with their weights, and carries what is
small, `market.json` the market as it was, `places.msgpack` and `tables.msgpack` what
was learned of it, `houses.txt` the trees of P(house), `listings.msgpack` (written by
`kept_listings`, read by those who explain) what it learned from. There is one model for each
set of facts; the names of its files begin with the name of the set. `golden.json` holds
homes and the estimates that the model must give for them: a model that gives others
is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose

import msgspec

from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.features.area_clipping import AreaClipping
from homeprices.valuation.features.definitions import TargetEncodings, width
from homeprices.valuation.features.feature_sets import FACT_SETS
from homeprices.valuation.localities.names import LocalityNames
from homeprices.valuation.predict.ensemble import MEMBERS, Ensemble
from homeprices.valuation.predict.intervals import Ranges
from homeprices.valuation.predict.predictor import BundlePredictor, ModelContext, SubModelPredictor
from homeprices.valuation.predict.property_type import HOUSES_FILE, open_property_type

FORMAT = 5
# The same trees and tables on another processor may differ in the last bits.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class SubModel:
    """The model of one set of facts: members by weight, ranges, and the files of the members.

    `served_differs` is how far the served form of a member is from the exact one, in log price.
    """

    members: dict[str, float]
    ranges: Ranges
    served_differs: dict[str, float]
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class SubModelRecord:
    """What `model.json` says of the model of one set of facts."""

    members: dict[str, float]
    ranges: Ranges
    served_differs: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Model:
    format: int
    recipe: str
    guard: AreaClipping
    middle: Home
    models: dict[str, SubModelRecord]


@dataclass(frozen=True, slots=True)
class _Golden:
    home: Home
    price: float
    low: float
    high: float


def pack(
    recipe: str,
    knowledge: ModelContext,
    houses: bytes | None,
    parts: Mapping[str, SubModel],
    golden: Sequence[Home],
) -> dict[str, bytes]:
    """The files of a model; `golden` are homes whose estimates it must give for ever."""
    records = {
        name: SubModelRecord(part.members, part.ranges, part.served_differs)
        for name, part in parts.items()
    }
    model = _Model(FORMAT, recipe, knowledge.guard, knowledge.middle, records)
    files = {
        "model.json": msgspec.json.encode(model),
        "market.json": msgspec.json.encode(knowledge.market),
        "places.msgpack": msgspec.msgpack.encode(knowledge.places),
        "tables.msgpack": msgspec.msgpack.encode(knowledge.tables),
        **{
            f"{name}.{file}": part.files[file]
            for name, part in parts.items()
            for file in part.files
        },
    }
    if houses is not None:
        files[HOUSES_FILE] = houses
    valuer = _open(files)
    estimates = [(home, valuer.estimate(home)) for home in golden]
    rows = [_Golden(home, e.price, e.low, e.high) for home, e in estimates]
    return {**files, "golden.json": msgspec.json.encode(rows)}


def load(files: Mapping[str, bytes]) -> BundlePredictor:
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


def parts(files: Mapping[str, bytes]) -> dict[str, SubModelRecord]:
    """What the files of a model that was loaded before say of each set of facts."""
    return msgspec.json.decode(files["model.json"], type=_Model).models


def _open(files: Mapping[str, bytes]) -> BundlePredictor:
    model = msgspec.json.decode(files["model.json"], type=_Model)
    members = {member for part in model.models.values() for member in part.members}
    if model.format != FORMAT or members - set(MEMBERS) or set(model.models) - set(FACT_SETS):
        raise Corrupt(
            f"the model is of recipe {model.recipe!r} in format {model.format}; this program "
            f"reads {', '.join(MEMBERS)} in format {FORMAT}: update it, or train again (with "
            "--force where it is in production)"
        )
    tables = msgspec.msgpack.decode(files["tables.msgpack"], type=TargetEncodings)
    knowledge = ModelContext(
        market=msgspec.json.decode(files["market.json"], type=Market),
        places=msgspec.msgpack.decode(files["places.msgpack"], type=LocalityNames),
        guard=model.guard,
        tables=tables,
        middle=model.middle,
    )
    models = {
        name: SubModelPredictor(_mix(name, part, files, tables), part.ranges)
        for name, part in model.models.items()
    }
    houses = open_property_type(files.get(HOUSES_FILE), tables.house_share)
    return BundlePredictor(knowledge, houses, models)


def _mix(
    name: str, part: SubModelRecord, files: Mapping[str, bytes], tables: TargetEncodings
) -> Ensemble:
    start = f"{name}."
    own = {file.removeprefix(start): files[file] for file in files if file.startswith(start)}
    return Ensemble(part.members, own, FACT_SETS[name], width(tables))


def _verify(valuer: BundlePredictor, row: _Golden) -> None:
    given = valuer.estimate(row.home)
    pairs = ((given.price, row.price), (given.low, row.low), (given.high, row.high))
    if not all(isclose(a, b, rel_tol=_CLOSE) for a, b in pairs):
        raise Corrupt(
            f"the model prices a golden home ({row.home.locality}) at {given.price!r}, not at "
            f"{row.price!r} as when it was made; it must not be served"
        )
