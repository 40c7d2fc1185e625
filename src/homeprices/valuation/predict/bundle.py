"""A model as files, and back: data only, nothing that runs when it is read.

`model.json` names the recipe, the features with their versions, and for each feature set its
members with their weights; it carries what is small. `market.json` is the market as it was,
`localities.msgpack` and `encodings.msgpack` what was learned of it, `property_type.txt` the trees
of P(house), `listings.msgpack` (written by `kept_listings`, read by those who explain) what it
learned from. There is one model for each feature set; the names of its files begin with the name
of the set. `golden.json` holds homes and the estimates that the model must give for them: a model
that gives others is not loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isclose
from typing import Any

import msgspec

from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.requests.usual import UsualTogether
from homeprices.valuation.features.area_clipping import AreaClipping
from homeprices.valuation.features.encodings import TargetEncodings
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.features.layout import FeatureLayout, FeatureVersion
from homeprices.valuation.localities.names import LocalityNames
from homeprices.valuation.numeric.kernel import Kernel
from homeprices.valuation.predict import format_5
from homeprices.valuation.predict.intervals import Ranges
from homeprices.valuation.predict.members import MEMBERS, Ensemble, MemberFiles
from homeprices.valuation.predict.predictor import BundlePredictor, ModelContext, SubModelPredictor
from homeprices.valuation.predict.property_type import PROPERTY_TYPE_FILE, PropertyTypeClassifier
from homeprices.valuation.predict.untold import UntoldShares

FORMAT = 6
# The same trees and encodings on another processor may differ in the last bits.
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class SubModelRecord:
    """What `model.json` says of the model of one feature set.

    `features` are those that its trees see, `members` its parts by weight; `served_differs` is
    how far the served form of a member is from the exact one, in log price.
    """

    feature_set: FeatureSet
    features: tuple[str, ...]
    kernel: Kernel
    members: dict[str, float]
    ranges: Ranges
    served_differs: dict[str, float]


@dataclass(frozen=True, slots=True)
class SubModel:
    """The model of one feature set: its record, and the files of its members."""

    record: SubModelRecord
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What all models of a bundle share in `model.json`.

    `features` are in the order in which they stand in a row; `answers_when` has by feature set
    the combinations of facts for which its model is the best.
    """

    recipe: str
    features: list[FeatureVersion]
    property_type_features: tuple[str, ...]
    answers_when: Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class _Model:
    format: int
    description: ModelDescription
    area_clipping: AreaClipping
    reference_home: Home
    models: dict[str, SubModelRecord]
    usual: UsualTogether = field(default_factory=UsualTogether)
    untold: UntoldShares | None = None


@dataclass(frozen=True, slots=True)
class _Golden:
    home: Home
    price: float
    low: float
    high: float


class _Format(msgspec.Struct):
    format: int
    recipe: str = ""


def pack(
    description: ModelDescription,
    context: ModelContext,
    property_type: bytes | None,
    models: Mapping[str, SubModel],
    golden: Sequence[Home],
) -> dict[str, bytes]:
    """The files of a model; `golden` are homes whose estimates it must give for ever."""
    records = {name: model.record for name, model in models.items()}
    model = _Model(
        FORMAT,
        description,
        context.area_clipping,
        context.reference_home,
        records,
        context.usual,
        context.untold,
    )
    files = {
        "model.json": msgspec.json.encode(model),
        "market.json": _market_as_learned(context.market),
        "localities.msgpack": msgspec.msgpack.encode(context.names),
        "encodings.msgpack": msgspec.msgpack.encode(context.encodings),
        **{
            f"{name}.{file}": models[name].files[file]
            for name in models
            for file in models[name].files
        },
    }
    if property_type is not None:
        files[PROPERTY_TYPE_FILE] = property_type
    predictor = _open(files)
    estimates = [(home, predictor.estimate(home)) for home in golden]
    rows = [_Golden(home, e.price, e.low, e.high) for home, e in estimates]
    return {**files, "golden.json": msgspec.json.encode(rows)}


def _market_as_learned(market: Market) -> bytes:
    """The market without its zones: no model knows them, and other ones make no other model."""
    facts: dict[str, Any] = msgspec.to_builtins(market)
    del facts["zones"]
    return msgspec.json.encode(facts)


def load(files: Mapping[str, bytes]) -> BundlePredictor:
    """The model in `files`; raises Corrupt when it is not whole or misses its golden rows."""
    try:
        current = in_current_format(files)
        predictor = _open(current)
        golden = msgspec.json.decode(current["golden.json"], type=list[_Golden])
    except KeyError as error:
        raise Corrupt(f"the model has no file {error}; restore it from a backup") from None
    except msgspec.MsgspecError as error:
        raise Corrupt(f"a file of the model cannot be read: {error}") from None
    for row in golden:
        _verify(predictor, row)
    return predictor


def load_member(files: Mapping[str, bytes], name: str) -> BundlePredictor:
    """The model in `files`, which was loaded before, as if the member `name` were all of it."""
    current = in_current_format(files)
    model = msgspec.json.decode(current["model.json"], type=_Model)
    alone = {
        key: replace(record, members={name: 1.0}) if name in record.members else record
        for key, record in model.models.items()
    }
    return _open({**current, "model.json": msgspec.json.encode(replace(model, models=alone))})


def in_current_format(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files as this release writes them; raises KeyError, MsgspecError, Corrupt."""
    model = msgspec.json.decode(files["model.json"], type=_Format)
    if model.format == format_5.FORMAT:
        return format_5.translated(files)
    if model.format != FORMAT:
        raise Corrupt(
            f"the model is of format {model.format}; this program reads {format_5.FORMAT} and "
            f"{FORMAT}: run the release that made it, or train again (with --force where it is in "
            "production)"
        )
    return files


def records(files: Mapping[str, bytes]) -> dict[str, SubModelRecord]:
    """What the files of a model that was loaded before say of each feature set."""
    content = in_current_format(files)["model.json"]
    return msgspec.json.decode(content, type=_Model).models


def _open(files: Mapping[str, bytes]) -> BundlePredictor:
    model = msgspec.json.decode(files["model.json"], type=_Model)
    _raise_if_unknown(model)
    encodings = msgspec.msgpack.decode(files["encodings.msgpack"], type=TargetEncodings)
    context = ModelContext(
        market=msgspec.json.decode(files["market.json"], type=Market),
        names=msgspec.msgpack.decode(files["localities.msgpack"], type=LocalityNames),
        area_clipping=model.area_clipping,
        encodings=encodings,
        reference_home=model.reference_home,
        usual=model.usual,
        untold=model.untold,
    )
    layout = FeatureLayout(model.description.features, encodings.landmarks)
    models = {name: _sub_model(name, model.models[name], files, layout) for name in model.models}
    property_type = PropertyTypeClassifier(
        files.get(PROPERTY_TYPE_FILE),
        encodings.house_share,
        model.description.property_type_features,
        layout,
    )
    return BundlePredictor(context, layout, property_type, models, model.description.answers_when)


def _raise_if_unknown(model: _Model) -> None:
    """Raise Corrupt for a member that this program does not have."""
    members = {member for record in model.models.values() for member in record.members}
    if unknown := members - set(MEMBERS):
        raise Corrupt(
            f"the model is of recipe {model.description.recipe!r} and has the members "
            f"{', '.join(sorted(unknown))}; this program has {', '.join(MEMBERS)}: run the release "
            "that made the model, or train again (with --force where it is in production)"
        )


def _sub_model(
    name: str, record: SubModelRecord, files: Mapping[str, bytes], layout: FeatureLayout
) -> SubModelPredictor:
    start = f"{name}."
    own = {file.removeprefix(start): files[file] for file in files if file.startswith(start)}
    source = MemberFiles(own, record.feature_set, record.features, layout)
    ensemble = Ensemble(record.members, source)
    return SubModelPredictor(ensemble, record.ranges, record.kernel, layout)


def _verify(predictor: BundlePredictor, row: _Golden) -> None:
    estimate = predictor.estimate(row.home)
    pairs = ((estimate.price, row.price), (estimate.low, row.low), (estimate.high, row.high))
    if not all(isclose(a, b, rel_tol=_CLOSE) for a, b in pairs):
        raise Corrupt(
            f"the model prices a golden home ({row.home.locality}) at {estimate.price!r}, not at "
            f"{row.price!r} as when it was made; it must not be served"
        )
