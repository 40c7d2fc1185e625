"""Bodies that nobody can use, each by what is wrong with it."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
NDJSON = "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
DEEP = 50_000


@dataclass(frozen=True)
class Broken:
    """One body."""

    name: str
    body: bytes
    headers: Mapping[str, str]


def broken_bodies(good: Mapping[str, Any]) -> list[Broken]:
    """Everything that can be wrong with a body which would be `good`, an object of JSON."""
    return [*_no_json(good), *_wrong_types(good), *_other_media(good)]


def _no_json(good: Mapping[str, Any]) -> list[Broken]:
    """Bytes that are no JSON, or more than JSON says."""
    text = json.dumps(good).encode()
    name, value = next(iter(good.items()))
    member = json.dumps({name: value})[1:-1].encode()
    bodies = {
        "empty": b"",
        "blanks": b" \r\n\t ",
        "nul": b"\0",
        "nothing but a byte order mark": b"\xef\xbb\xbf",
        "utf-16": text.decode().encode("utf-16"),
        "utf-32": text.decode().encode("utf-32"),
        "latin-1": text[:-1] + b', "x": "\xe9"}',
        "overlong utf-8": text[:-1] + b', "x": "\xc0\xaf"}',
        "a surrogate in utf-8": text[:-1] + b', "x": "\xed\xa0\x80"}',
        "torn": text[: len(text) // 2],
        "two objects": text + text,
        "something after": text + b"]",
        "a comma too many": text[:-1] + b",}",
        "single quotes": text.replace(b'"', b"'"),
        "NaN": text[:-1] + b', "x": NaN}',
        "Infinity": text[:-1] + b', "x": -Infinity}',
        "hexadecimal": text[:-1] + b', "x": 0x10}',
        "a raw line end in a text": text[:-1] + b', "x": "a\nb"}',
        "a raw nul in a text": text[:-1] + b', "x": "a\0b"}',
        "an escape that is none": text[:-1] + rb', "x": "\q"}',
        "half an escape": text[:-1] + rb', "x": "\u12"}',
        "a lone surrogate": text[:-1] + rb', "x": "\ud800"}',
        "surrogates the wrong way round": text[:-1] + rb', "x": "\udc00\ud800"}',
        "a surrogate as a name": text[:-1] + rb', "\udfff": 1}',
        "deep arrays": text[:-1] + b', "x": ' + b"[" * DEEP,
        "deep arrays that end": text[:-1] + b', "x": ' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        "deep objects": b'{"x":' * 9_000,
        "a number of many digits": text[:-1] + b', "x": ' + b"9" * DEEP + b"}",
        "an exponent without end": text[:-1] + b', "x": 1e' + b"9" * 500 + b"}",
        "an array": b"[" + text + b"]",
        "a number": b"1",
        "null": b"null",
        "a text": b'"x"',
        "a name twice, then null": text[:-1] + b", " + json.dumps(name).encode() + b": null}",
        "a name twice, the same": text[:-1] + b", " + member + b"}",
        "a name twice in a value": text[:-1] + b', "x": [{"y": 1, "y": 1}]}',
        "a name twice by an escape": text[:-1] + b', "x": 1, "\\u0078": 2}',
        "a name twice, torn": b"{" + member + b", " + member,
        "gzip that is not said to be": gzip.compress(text),
        "html": b"<form action=/><input name=location></form>",
        "a key of ours": b'{"api_key": "x"}',
        "an oversized text": text[:-1] + b', "x": "' + b"x" * 200_000 + b'"}',
    }
    return [Broken(said, body, {"Content-Type": JSON}) for said, body in bodies.items()]


def _wrong_types(good: Mapping[str, Any]) -> list[Broken]:
    """Values that its first field cannot have."""
    name, value = next(iter(good.items()))
    values: dict[str, Any] = {
        "null": None,
        "a flag": True,
        "a list": [value],
        "an object": {"$ne": value},
        "an empty list": [],
        "a negative number": -1,
        "a huge number": 10**400,
        "a tiny number": 5e-324,
        "a number beyond floats": -(2**4000),
        "blanks": " \u00a0\u2003 ",
        "a nul": "a\0b",
        "a lone surrogate": "\ud83d",
        "digits without end": "9" * 60_000,
        "digits of another script": "\u0661\u0662",
        "right to left": "\u202e\u2066x",
        "no character at all": "\ufffe\uffff",
        "many combining marks": "e" + "\u0301" * 5_000,
        "a line end": "a\r\nX-Injected: 1",
    }
    return [
        Broken(
            f"{said} as {name}",
            json.dumps({**good, name: wrong}).encode(),
            {"Content-Type": JSON},
        )
        for said, wrong in values.items()
    ]


def _other_media(good: Mapping[str, Any]) -> list[Broken]:
    """Bodies whose headers do not tell what they are."""
    text = json.dumps(good).encode()
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n'
    told = {
        "no type": ({}, text),
        "an empty type": ({"Content-Type": ""}, text),
        "a type that is none": ({"Content-Type": "json"}, text),
        "xml": ({"Content-Type": "text/xml"}, b"<!DOCTYPE x [<!ENTITY y SYSTEM '/etc/passwd'>]>"),
        "yaml": ({"Content-Type": "application/yaml"}, b"!!python/object/apply:os.system [id]"),
        "a pickle": ({"Content-Type": "application/octet-stream"}, b"cos\nsystem\n(S'id'\ntR."),
        "JSON said to be a form": ({"Content-Type": FORM}, text),
        "an escape of a form that is none": ({"Content-Type": FORM}, b"x=%zz&%=%&=&;&&&"),
        "a nul in a form": ({"Content-Type": FORM}, b"location=%00&total_sqft=%00"),
        "a form of no utf-8": ({"Content-Type": FORM}, b"location=%ff%fe"),
        "a form with a name twice": ({"Content-Type": FORM}, b"x=1&%78=1"),
        "parts with a name twice": (
            {"Content-Type": MULTIPART},
            (part + b"1\r\n") * 2 + b"--b--\r\n",
        ),
        "a form of many fields": ({"Content-Type": FORM}, b"a=1&" * 5_000),
        "parts without a boundary": ({"Content-Type": "multipart/form-data"}, part),
        "an empty boundary": ({"Content-Type": "multipart/form-data; boundary="}, part),
        "parts that do not end": ({"Content-Type": MULTIPART}, part + b"1"),
        "a part without a name": ({"Content-Type": MULTIPART}, b"--b\r\n\r\n1\r\n--b--\r\n"),
        "a part of another charset": (
            {"Content-Type": MULTIPART},
            part.replace(b'"x"', b'"x"; charset=utf-7') + b"+AGE-\r\n--b--\r\n",
        ),
        "a file": (
            {"Content-Type": MULTIPART},
            part.replace(b'"x"', b'"x"; filename="../../etc/passwd"') + b"1\r\n--b--\r\n",
        ),
        "torn gzip": ({"Content-Type": JSON, "Content-Encoding": "gzip"}, gzip.compress(text)[:-9]),
        "gzip that is none": ({"Content-Type": JSON, "Content-Encoding": "gzip"}, text),
        "packed twice": (
            {"Content-Type": JSON, "Content-Encoding": "gzip, gzip"},
            gzip.compress(gzip.compress(text)),
        ),
        "a packing that nobody knows": ({"Content-Type": JSON, "Content-Encoding": "br"}, text),
    }
    return [Broken(said, body, headers) for said, (headers, body) in told.items()]
