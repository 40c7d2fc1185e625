"""The parameters of an operation, in words and with what is allowed."""

from collections.abc import Mapping

from homeprices.domain.market import Market
from homeprices.serving import predict
from homeprices.serving.documentation.answers import Example
from homeprices.serving.documentation.bodies import ID_PATTERN, ID_WORDS
from homeprices.serving.documentation.homes import Schema, without_null
from homeprices.serving.estimates import curves

_VERSION: Schema = {"pattern": "^(BO|CO)[1-9][0-9]{0,8}$"}
# Of parameters that are no facts of a home: what they are, and what their type does not say.
_PARAMETERS: Mapping[str, tuple[str, Schema]] = {
    "q": ("The beginning of a name, or a name as somebody types it.", {}),
    "prediction_id": (ID_WORDS, {"pattern": ID_PATTERN}),
    "curve": ("The field to vary: that of the area or of the bedrooms.", {}),
    "version": ("A version, as in BO1 or CO7.", _VERSION),
    "beside": ("Another version, to compare this one with.", _VERSION),
    "hours": ("How many hours to look back.", {}),
    "days": ("How many days to look back.", {}),
    "type": ("Which table.", {}),
    "limit": ("How many rows at most.", {}),
    "after": ("Rows after this moment, in UNIX seconds: `after` of the answer before.", {}),
    "before": (
        "Decisions older than this one, as D-0281: `before` of the answer before.",
        {"pattern": "^D-0*[1-9][0-9]{0,8}$"},
    ),
    "verdict": ("Decisions of this kind alone.", {}),
    "experiment": (
        "Decisions about this experiment or competition alone, as E3 or C1.",
        {"pattern": "^[EC][1-9][0-9]{0,8}$"},
    ),
    "subject": ("Decisions about this version alone, as CO7.", {}),
    "format": ("How the answer is written.", {}),
    "Content-Encoding": ("gzip where the body is packed.", {}),
}


def with_words(
    parameters: list[Schema], path: str, examples: list[Example], market: Market
) -> list[Schema]:
    """`parameters` with what they are, what is allowed, and what an example sends."""
    sent = examples[0].parameters if examples else {}
    of_market: dict[str, Schema] = {"curve": {"enum": list(curves(market))}}
    told = parameters
    if path != predict.PATH:
        told = [_with_words(p, of_market.get(p["name"], {})) for p in parameters]
    return [{**p, "example": sent[p["name"]]} if p["name"] in sent else p for p in told]


def _with_words(parameter: Schema, of_market: Schema) -> Schema:
    words, more = _PARAMETERS[parameter["name"]]
    schema = without_null(parameter["schema"]) | more | of_market
    # Words stand beside it.
    schema = {part: said for part, said in schema.items() if part not in ("description", "title")}
    return {**parameter, "description": words, "schema": schema}
