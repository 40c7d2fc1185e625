"""Teaches Schemathesis JSON lines, which it does not know: found by SCHEMATHESIS_HOOKS."""

import json
from typing import Any

import schemathesis

NDJSON = "application/x-ndjson"
# As the description names it in bodies of requests.
NDJSON_SENT = "application/x-NDJSON"


@schemathesis.serializer(NDJSON, NDJSON_SENT)
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """A row a line; what is no list of rows is one line, and an example has its lines already."""
    if isinstance(value, str) and value.startswith("{"):
        return value.encode()
    rows = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@schemathesis.deserializer(NDJSON)
def first_row(_: schemathesis.DeserializationContext, response: schemathesis.Response) -> Any:
    """The first row: each is of the one schema."""
    return json.loads(response.content.partition(b"\n")[0])
