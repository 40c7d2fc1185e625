"""Teaches Schemathesis JSON lines, which it does not know: found by SCHEMATHESIS_HOOKS."""

import json
from typing import Any

import schemathesis

NDJSON = "application/x-ndjson"


@schemathesis.serializer(NDJSON)
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """A row a line; what is no list of rows is one line."""
    rows = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@schemathesis.deserializer(NDJSON)
def first_row(_: schemathesis.DeserializationContext, response: schemathesis.Response) -> Any:
    """The first row: each is of the one schema."""
    return json.loads(response.content.partition(b"\n")[0])
