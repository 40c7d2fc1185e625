"""Homes and markets as models of format 5 keep them, in today's form.

Until then every market had the same optional facts, and the code knew what each of them was.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from homeprices.domain.listing import Fact, Home
from homeprices.domain.market import SIZE_AND_PLACE, Market

_KINDS = {
    "locality": "locality",
    "area": "area",
    "bedrooms": "whole",
    "bathrooms": "whole",
    "kind": "choice",
    "balconies": "whole",
    "latitude": "number",
    "longitude": "number",
}
_PUBLISHED = (
    "area_type",
    "availability",
    "locality",
    "bedrooms",
    "society",
    "area",
    "bathrooms",
    "balconies",
    "price",
)
_BALCONIES = {"least": 0, "most": 20}


def market_of_format_5(content: bytes) -> Market:
    """The market of a `market.json` of format 5; raises msgspec.MsgspecError."""
    old: dict[str, Any] = msgspec.json.decode(content, type=dict)
    try:
        facts = {name: _declared(name, old) for name in old["fields"] if name != "price"}
        same = {name: value for name, value in old.items() if name not in _REPLACED}
        new = {
            "area_words": old["area_unit"],
            "facts": facts,
            "price_columns": old["columns"]["price"],
            "published": _PUBLISHED,
        }
    except KeyError as error:
        raise msgspec.ValidationError(f"the market has no {error}") from None
    return msgspec.convert({**same, **new}, Market)


def home_of_format_5(old: Mapping[str, Fact | None]) -> Home:
    """The home that a model of format 5 keeps with its facts as fields of their own."""
    known = {name: value for name, value in old.items() if value is not None}
    size_and_place: dict[str, Any] = {name: known.pop(name) for name in SIZE_AND_PLACE}
    return Home(**size_and_place, facts=known)


_REPLACED = ("accepted", "fields", "columns", "kinds")


def _declared(name: str, old: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration of a fact: what the market said of it, and what the code knew."""
    bounds = {**old["accepted"], "balconies": _BALCONIES}.get(name)
    words: Mapping[str, str] = old["kinds"] if name == "kind" else {}
    return {
        "kind": _KINDS.get(name, "text"),
        "field": old["fields"][name],
        "columns": old["columns"][name],
        "title": name.replace("_", " ").capitalize(),
        "words": name.replace("_", " "),
        "required": name in SIZE_AND_PLACE,
        "bounds": bounds,
        "values": {value: [] for value in words.values()},
        "size_words": words,
        "group": "coordinates" if name in ("latitude", "longitude") else "",
    }
