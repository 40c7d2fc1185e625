"""Reads a description of the API as its clients do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator


@dataclass(frozen=True)
class Described:
    """One operation."""

    method: str
    path: str
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scope(self) -> str | None:
        """The scope that its key needs, whichever header brings it."""
        scopes = {s for way in self.body.get("security", []) for ss in way.values() for s in ss}
        return next(iter(scopes), None)

    @property
    def problems(self) -> dict[int, Any]:
        """Its answers that are no success."""
        responses = self.body["responses"].items()
        return {int(status): told for status, told in responses if status != "200"}

    def media(self, status: int) -> list[str]:
        return list(self.body["responses"][str(status)]["content"])

    def schema(self, status: int) -> Any:
        return self.body["responses"][str(status)]["content"]["application/json"]["schema"]

    def examples(self, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """What a page that can ask sends: each example of each media type, or parameters alone."""
        parameters = {p["name"]: p["example"] for p in self.parameters if "example" in p}
        content = self.body.get("requestBody", {}).get("content", {None: {}})
        for media, told in content.items():
            for value in _shown(media, told, document):
                yield {"parameters": parameters, "media": media, "body": value}

    @property
    def parameters(self) -> list[Any]:
        return list(self.body.get("parameters", []))

    def address(self, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The path and the query with these values."""
        path = self.path.format(**values)
        in_query = {p["name"] for p in self.parameters if p["in"] == "query"}
        return path, {name: value for name, value in values.items() if name in in_query}


def _shown(
    media: str | None, told: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Any]:
    """What is shown of a body, ready to be sent; a form is shown field by field."""
    if media is None:
        yield None
    elif media in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        schema = document["components"]["schemas"][told["schema"]["$ref"].rpartition("/")[2]]
        yield {name: field["example"] for name, field in schema["properties"].items()}
    else:
        yield from (example["value"] for example in told["examples"].values())


def operations(document: Mapping[str, Any]) -> list[Described]:
    return [
        Described(method, path, body)
        for path, methods in document["paths"].items()
        for method, body in methods.items()
    ]


def validator(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Draft202012Validator:
    """What holds a value against a schema of the description."""
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def has_shape_of(value: Any, shown: Any) -> bool:
    """True where both have the same fields of the same kinds; null is of any kind."""
    if isinstance(shown, list) and isinstance(value, list):
        return not shown or not value or has_shape_of(value[0], shown[0])
    if isinstance(shown, dict) and isinstance(value, dict):
        return set(shown) == set(value) and all(
            None in (value[name], inner) or kind(value[name]) == kind(inner)
            for name, inner in shown.items()
        )
    return kind(value) == kind(shown)


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int | float) else type(value).__name__
