"""A home as the API takes it: the schema of its fields, and examples, as its market has them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from homeprices.domain.market import Bounds, FactKind, FactSpec, Market
from homeprices.domain.requests.home_request import LONGEST_TEXT

Schema = dict[str, Any]
_WORDED = (FactKind.LOCALITY, FactKind.TEXT)
_TYPES: Mapping[FactKind, Schema] = {
    FactKind.LOCALITY: {"type": "string", "maxLength": LONGEST_TEXT},
    FactKind.AREA: {},
    FactKind.WHOLE: {"type": "integer"},
    FactKind.NUMBER: {"type": "number"},
    FactKind.CHOICE: {"type": "string"},
    FactKind.TEXT: {"type": "string", "maxLength": LONGEST_TEXT},
    FactKind.DATE: {"type": "string", "format": "date"},
    FactKind.FLAG: {"type": "boolean"},
}
# Of kinds that no market gives an example of.
_EXAMPLES: Mapping[FactKind, object] = {FactKind.DATE: "2026-03-31", FactKind.FLAG: True}


def home_schema(market: Market) -> Schema:
    """A home in a body; what is optional may be null, which counts as not provided."""
    specs = market.facts.values()
    together = {
        spec.field: [other.field for other in market.groups[spec.group] if other is not spec]
        for spec in market.grouped_facts.values()
    }
    return {
        "type": "object",
        "required": [spec.field for spec in specs if spec.required],
        "properties": {spec.field: _fact_schema(spec, market) for spec in specs},
        "dependentRequired": together,
    }


def home_parameters(market: Market) -> list[Schema]:
    """The same in a query, where nothing is null."""
    parameters = []
    for spec in market.facts.values():
        schema = without_null(_fact_schema(spec, market))
        words = schema.pop("description")
        parameter = {"name": spec.field, "in": "query", "required": spec.required}
        parameters.append({**parameter, "description": words, "schema": schema})
    return parameters


def example_home(market: Market) -> dict[str, object]:
    """The least that must be said of a home; a text that has no example names the city."""
    required = {spec.field: _example(spec) for spec in market.facts.values() if spec.required}
    return {field: market.city if said is None else said for field, said in required.items()}


def full_example_home(market: Market) -> dict[str, object]:
    """A home of which everything is said that the market has an example of."""
    examples = {spec.field: _example(spec) for spec in market.facts.values()}
    return example_home(market) | {
        field: example for field, example in examples.items() if example is not None
    }


def unfit_example_home(market: Market) -> dict[str, object]:
    """A home that is too small to be one."""
    area = market.facts["area"]
    return example_home(market) | {area.field: _whole_if_it_is(area.accepted.least) - 1}


def as_csv(homes: Sequence[Mapping[str, object]], market: Market) -> str:
    """Homes that say the same facts as a listing file has them."""
    columns = {spec.field: spec.columns[0] for spec in market.facts.values()}
    out = io.StringIO(newline="")
    rows = [[columns[field] for field in homes[0]], *(home.values() for home in homes)]
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _example(spec: FactSpec) -> object:
    """What may be said of a fact; None where nobody can know."""
    if spec.kind is FactKind.CHOICE:
        return min(spec.values)
    if spec.kind in (FactKind.WHOLE, FactKind.NUMBER, FactKind.AREA):
        text = next((text for text in spec.examples if _is_number(text)), None)
        return _whole_if_it_is(spec.accepted.least if text is None else float(text))
    return next(iter(spec.examples), _EXAMPLES.get(spec.kind))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _whole_if_it_is(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _fact_schema(spec: FactSpec, market: Market) -> Schema:
    """What may be said of one fact, with what its market declares of it."""
    schema: Schema = {"title": spec.title, **_value_schema(spec, market)}
    if spec.examples:
        is_number = spec.kind in (FactKind.WHOLE, FactKind.NUMBER)
        numbers = [_whole_if_it_is(float(text)) for text in spec.examples] if is_number else []
        schema["examples"] = numbers or spec.examples
    bounds = f", {spec.bounds}" if spec.bounds else ""
    words = [f"{spec.words[0].upper()}{spec.words[1:]}{bounds}.", spec.hint]
    if spec.kind is FactKind.AREA:
        words.insert(1, f"A number in {market.area_unit}, or text with a unit after it.")
    if spec.group:
        others = [other.field for other in market.groups[spec.group] if other is not spec]
        words.append(f"Provide it with {' and '.join(others)}, or leave all out.")
    schema["description"] = " ".join(filter(None, words))
    return schema if spec.required else _or_null(schema)


def _value_schema(spec: FactSpec, market: Market) -> Schema:
    if spec.kind is FactKind.AREA:
        number = {"type": "number", **_bounds(spec.accepted)}
        units = ", ".join(f"`1200 {unit}`" for unit in market.area_choices.values() if unit)
        text = {
            "type": "string",
            "minLength": 1,
            "description": f"1133 - 1384, {units}".strip(", "),
        }
        return {"anyOf": [number, text]}
    schema = dict(_TYPES[spec.kind])
    if spec.kind in _WORDED and spec.required:
        schema["minLength"] = 1
    if spec.bounds is not None:
        schema |= _bounds(spec.bounds)
    if spec.step is not None:
        schema["multipleOf"] = spec.step
    if spec.values:
        schema["enum"] = sorted(spec.values)
    return schema


def _bounds(bounds: Bounds) -> Schema:
    return {
        "minimum": _whole_if_it_is(bounds.least),
        "maximum": _whole_if_it_is(bounds.most),
    }


def without_null(schema: Schema) -> Schema:
    """The schema of a value that is left out and never null."""
    schema = dict(schema)
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    if isinstance(schema.get("type"), list):
        schema["type"] = next(kind for kind in schema["type"] if kind != "null")
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})


def _or_null(schema: Schema) -> Schema:
    """The schema of a value that may be null."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}
