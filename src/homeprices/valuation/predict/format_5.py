"""Reads a bundle of format 5, of the release before: its files become those of format 6.

Format 5 had other names, and left to the program what format 6 says itself: which features stand
in which order, which of them each model sees, which model answers, and the constants of the
kernel. They are written here as they were; nothing else of the program knows them.
"""

from collections.abc import Mapping
from math import log, sqrt
from typing import Any

import msgspec

from homeprices.markets.release_5 import home_of_format_5, market_of_format_5

FORMAT = 5

_FEATURES = [
    (name, 1)
    for name in (
        "size",
        "project",
        "plot",
        "house_probability",
        "kind",
        "area_type",
        "availability",
        "balconies",
        "society",
        "locality",
    )
]
_SIZE = ["log_area", "bedrooms", "bathrooms", "log_area_per_bedroom", "spare_bathrooms"]
_PROJECT = ["project_level", "project_listings"]
_OF_LOCALITY = [
    "region_level",
    "locality_level",
    "sublocality_level",
    "region_log_listings",
    "locality_log_listings",
    "sublocality_log_listings",
    "locality_house_share",
    "neighbourhood_level",
    "km_east",
    "km_north",
]
_ALL_FACTS = ["is_house", "area_type", "is_ready", "balconies", "society_level", "society_listings"]
_SEEN = {
    "four": ["area_roundness", "house_probability"],
    "property": ["is_house", "area_type"],
    "all": _ALL_FACTS,
}
_PROPERTY_TYPE_FEATURES = [
    *_SIZE,
    "area_roundness",
    "area_house_share",
    "area_and_bedrooms_house_share",
    "locality_house_share",
]
_BESIDE_SOCIETY = ["kind", "area_type", "balconies", "availability"]
_FEATURE_SETS: dict[str, dict[str, Any]] = {
    "four": {"optional": [], "hidden": [], "copy_weight": 1.0, "boosters": 1},
    "property": {
        "optional": ["kind", "area_type"],
        "hidden": [["kind"], ["area_type"]],
        "copy_weight": 0.5,
        "boosters": 1,
    },
    "all": {
        "optional": ["kind", "area_type", "society", "balconies", "availability"],
        "hidden": [_BESIDE_SOCIETY, ["balconies", "availability"]],
        "copy_weight": 0.3,
        "boosters": 2,
    },
}
_ANSWERS_WHEN = {
    "four": [[]],
    "property": [["kind"], ["area_type"]],
    "all": [["society"], _BESIDE_SOCIETY],
}
_AREA_TYPE_STEP = sqrt(-log(0.6))
_KIND_SCALE = 1 / (sqrt(2) * _AREA_TYPE_STEP)
_ADDED_TO_KERNEL = {
    "most_bedrooms": 9.0,
    "most_bathrooms": 8.0,
    "area_type_step": _AREA_TYPE_STEP,
}
_FOUR_KERNEL: dict[str, Any] = {
    "everywhere": 0.119,
    "everywhere_scales": [0.39, 0.50, 2.5],
    "region": 0.0145,
    "locality": 0.035,
    "sublocality": 0.020,
    "near": 0.019,
    "near_km": 3.0,
    "flat": 0.55,
    "local_scales": [0.33, 0.37, 1.1],
    "project": 0.018,
    "project_scale": 0.0064,
    "other_bathrooms": 0.92,
    "house_scale": 0.6,
    "society": 0.0,
    "society_scale": 0.4,
    "noise": 0.117,
    "noise_a_bedroom": 0.1,
    "noise_of_a_house": 0.4,
    "degrees": 3.0,
    **_ADDED_TO_KERNEL,
}
_KERNELS = {
    "four": _FOUR_KERNEL,
    "property": {**_FOUR_KERNEL, "house_scale": _KIND_SCALE},
    "all": {
        **_FOUR_KERNEL,
        "everywhere": 0.107,
        "everywhere_scales": [0.39, 0.50, 3.1],
        "locality": 0.010,
        "flat": 0.67,
        "local_scales": [0.33, 0.52, 1.1],
        "house_scale": _KIND_SCALE,
        "society": 0.05,
        "noise": 0.1255,
        "noise_of_a_house": 0.0,
        "degrees": 4.0,
    },
}
_NAMES = {"bases": "localities", "parents": "regions", "charted": "geocoded"}
_LEVELS = {"leaves": "sublocalities", "bases": "localities", "parents": "regions"}
_ENCODINGS = {
    **_LEVELS,
    "curve": "size_curve",
    "centre": "log_area_centre",
    "around": "neighbourhood",
    "listed": "listed_points",
    "houses": "house_shares",
}
_KERNEL = {"leaf": "sublocality", "base": "locality", "parent": "region"}
_PROCESS_FILE, _LISTINGS_FILE = "gaussian_process.msgpack", "listings.msgpack"


def translated(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files in format 6; raises KeyError for one that is missing, MsgspecError."""
    new = dict(files)
    encodings = _renamed(msgspec.msgpack.decode(new.pop("tables.msgpack")), _ENCODINGS)
    new["encodings.msgpack"] = msgspec.msgpack.encode(encodings)
    names = _renamed(msgspec.msgpack.decode(new.pop("places.msgpack")), _NAMES)
    new["localities.msgpack"] = msgspec.msgpack.encode(names)
    if "houses.txt" in new:
        new["property_type.txt"] = new.pop("houses.txt")
    for name in list(new):
        feature_set, _, file = name.partition(".")
        if file == "spread.txt":
            new[f"{feature_set}.error_scale.txt"] = new.pop(name)
        elif file == _PROCESS_FILE:
            new[name] = _process(new[name])
    new["model.json"] = _model(files["model.json"], encodings["landmarks"])
    new["market.json"] = msgspec.json.encode(market_of_format_5(files["market.json"]))
    new["golden.json"] = _golden(files["golden.json"])
    if _LISTINGS_FILE in new:
        new[_LISTINGS_FILE] = _listings(new[_LISTINGS_FILE])
    return new


def _model(content: bytes, landmarks: int) -> bytes:
    model = msgspec.json.decode(content)
    description = {
        "recipe": model["recipe"],
        "features": _FEATURES,
        "property_type_features": _PROPERTY_TYPE_FEATURES,
        "answers_when": _ANSWERS_WHEN,
    }
    models = {
        name: {
            **record,
            "feature_set": {"name": name, **_FEATURE_SETS[name]},
            "features": _seen(name, landmarks),
            "kernel": _KERNELS[name],
        }
        for name, record in model["models"].items()
    }
    return msgspec.json.encode(
        {
            "format": 6,
            "description": description,
            "area_clipping": model["guard"],
            "reference_home": home_of_format_5(model["middle"]),
            "models": models,
        }
    )


def _seen(name: str, landmarks: int) -> list[str]:
    """The features that the trees of a set saw, in their order."""
    own = _SEEN[name]
    to_landmarks = [f"km_to_landmark_{i + 1}" for i in range(landmarks)]
    return [*_SIZE, "size_curve", *_PROJECT, *own, *_OF_LOCALITY, *to_landmarks]


def _process(content: bytes) -> bytes:
    served = _renamed(msgspec.msgpack.decode(content), _LEVELS)
    del served["facts"]
    served["kernel"] = {**_renamed(served["kernel"], _KERNEL), **_ADDED_TO_KERNEL}
    return msgspec.msgpack.encode(served)


def _golden(content: bytes) -> bytes:
    rows = msgspec.json.decode(content)
    return msgspec.json.encode([{**row, "home": home_of_format_5(row["home"])} for row in rows])


def _listings(content: bytes) -> bytes:
    """A row had its texts, by number, and the number of balconies."""
    file = msgspec.msgpack.decode(content)
    words = file["words"]
    numbers: dict[tuple[str, Any], int] = {}
    localities: dict[str, int] = {}
    rows = []
    for area, price, bedrooms, bathrooms, balconies, house, texts in file["rows"]:
        locality, *others = (None if i is None else words[i] for i in texts)
        kind, area_type, society, availability = others
        facts = {
            "kind": kind,
            "area_type": area_type,
            "society": society,
            "balconies": balconies,
            "availability": availability,
        }
        known = [(name, value) for name, value in facts.items() if value is not None]
        own = [numbers.setdefault(fact, len(numbers)) for fact in known]
        place = localities.setdefault(locality or "", len(localities))
        rows.append((place, area, price, bedrooms, bathrooms, house, own))
    return msgspec.msgpack.encode(
        {"localities": list(localities), "facts": list(numbers), "rows": rows}
    )


def _renamed(fields: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}
