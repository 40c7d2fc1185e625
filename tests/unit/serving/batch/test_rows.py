"""Rows are the same however their bytes come, and reading ends where they are not sure."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices import markets
from homeprices.domain.errors import HomesError, TooLarge, Unreadable
from homeprices.serving.batch.rows import BatchRow, csv_rows, json_rows, ndjson_rows
from homeprices.serving.http.body import KEY_FIELDS, MOST_BYTES

MARKET = markets.load("bangalore")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
# Hypothesis tries the words of the code, too: what is named as a key is refused, whatever it is.
NAMES = st.text(max_size=8).filter(lambda name: name not in KEY_FIELDS)
HOMES = st.lists(st.dictionaries(NAMES, JSON_VALUES, max_size=5), max_size=8)
CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def cut(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    """`body` in pieces of these sizes, over and over."""
    at, turn = 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)] if sizes else len(body)
        yield body[at : at + size]
        at, turn = at + size, turn + 1


def until_it_ends(rows: Iterator[BatchRow]) -> tuple[list[BatchRow], HomesError | None]:
    """The rows that get an answer, and what they ended by."""
    read: list[BatchRow] = []
    try:
        for row in rows:
            if row is not None:
                read.append(row)
    except HomesError as error:
        return read, error
    return read, None


def json_read(
    body: bytes, sizes: list[int] | None = None
) -> tuple[list[BatchRow], HomesError | None]:
    return until_it_ends(json_rows(cut(body, sizes or []), MARKET))


@given(
    homes=HOMES,
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_an_array_is_read_as_json_reads_it_wherever_it_is_cut(
    homes: list[dict[str, Any]], sizes: list[int], indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(homes, indent=indent, ensure_ascii=ascii_only).encode()
    assert json_read(body, sizes) == (homes, None)
    assert json_read(b"\xef\xbb\xbf \n" + body + b"\n ", sizes) == (homes, None)


@given(body=st.text(st.sampled_from('[]{},:"\\ a1'), max_size=24), size=st.integers(1, 5))
def test_what_json_does_not_take_is_never_read_to_its_end(body: str, size: int) -> None:
    try:
        whole = json.loads(body)
    except ValueError:
        whole = None
    rows, error = json_read(body.encode(), [size])
    if isinstance(whole, list):
        assert error is None
        assert len(rows) == len(whole)
        for row, home in zip(rows, whole, strict=True):
            assert row == home if isinstance(home, dict) else isinstance(row, Unreadable)
    else:
        assert isinstance(error, Unreadable)


@pytest.mark.parametrize("body", ["", "  ", "{}", "1", '"[]"', "null", "[", "[{}", "[]]", "[] []"])
def test_what_is_no_array_is_told(body: str) -> None:
    assert isinstance(json_read(body.encode())[1], Unreadable)


def test_a_row_that_is_no_object_or_has_no_number_stops_no_other() -> None:
    rows, error = json_read(b'[1, {"bhk": NaN}, null, [{}], {"bhk": 2}]')
    assert error is None
    assert [isinstance(row, Unreadable) for row in rows] == [True, True, True, True, False]


def test_a_quote_too_many_ends_the_reading_instead_of_shifting_the_rows() -> None:
    rows, error = json_read(b'[{"a": 1}, {"b": "x"y"}, {"c": "z"w"}, {"d": 4}]')
    assert rows == [{"a": 1}]
    assert isinstance(error, Unreadable)


def test_a_row_without_an_end_is_given_up_and_not_kept() -> None:
    def endless(first: bytes) -> Iterator[bytes]:
        yield first
        while True:
            yield b"x" * 1_000

    text = b'{"location": "'
    assert isinstance(until_it_ends(json_rows(endless(b"[" + text), MARKET))[1], TooLarge)
    assert isinstance(until_it_ends(ndjson_rows(endless(text), MARKET))[1], TooLarge)
    assert isinstance(until_it_ends(csv_rows(endless(b""), MARKET))[1], TooLarge)


HEADER = b"location,bhk,total_sqft,bath\n"


@pytest.mark.parametrize("before", [b"", HEADER])
def test_a_csv_row_of_many_lines_is_no_larger_than_one_of_one(before: bytes) -> None:
    handed = 0

    def endless() -> Iterator[bytes]:
        nonlocal handed
        yield before
        while handed < 100 * MOST_BYTES:
            yield b'"ab\n",' * 1_000
            handed += 6_000

    assert isinstance(until_it_ends(csv_rows(endless(), MARKET))[1], TooLarge)
    assert handed < 2 * MOST_BYTES


def test_many_rows_and_many_blank_lines_are_no_large_row() -> None:
    blank = b"\n" * (2 * MOST_BYTES)
    row = b'"Heb\nbal",2,900,1\n'
    rows, error = csv_read(blank + HEADER + blank + row * 5_000 + blank, [50_000])
    assert (len(rows), error) == (5_000, None)


@pytest.mark.parametrize("blank", [b"\n", b" ,,\n", b"\r\n"])
def test_every_blank_row_is_one_that_is_counted(blank: bytes) -> None:
    row = b"Hebbal,2,900,1\n"
    rows = list(csv_rows(cut(3 * blank + HEADER + 4 * blank + row + 2 * blank, [9]), MARKET))
    assert [place for place, row in enumerate(rows) if row is not None] == [7]
    assert len(rows) == 10
    lines = list(ndjson_rows(cut(5 * b" \n" + b"{}\n\n", [2]), MARKET))
    assert lines == [None] * 5 + [{}, None]


def test_what_is_told_of_cells_too_many_is_short() -> None:
    (row,), _ = csv_read(HEADER + b"a,2,900,1," + b"x" * 10_000 + b"\n")
    assert len(str(row)) < 300


def test_deep_nesting_is_an_error_of_its_row() -> None:
    deep = b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    rows, error = json_read(b"[" + deep + b', {"b": 1}]', [7_000])
    assert error is None
    assert isinstance(rows[0], Unreadable)
    assert rows[1] == {"b": 1}


def test_a_line_of_json_lines_that_is_broken_stops_no_other() -> None:
    body = b'\xef\xbb\xbf{"a": 1}\r\n\n{"b"\n[1]\n{"c": 3}'
    rows, error = until_it_ends(ndjson_rows(cut(body, [5]), MARKET))
    assert error is None
    assert [row if isinstance(row, dict) else None for row in rows] == [
        {"a": 1},
        None,
        None,
        {"c": 3},
    ]


def csv_read(
    body: bytes, sizes: list[int] | None = None
) -> tuple[list[BatchRow], HomesError | None]:
    return until_it_ends(csv_rows(cut(body, sizes or []), MARKET))


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=3),
    delimiter=st.sampled_from(",;\t|"),
)
def test_csv_is_read_as_python_reads_it_wherever_it_is_cut(
    rows: list[tuple[str, ...]], sizes: list[int], delimiter: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["location", "total_sqft", "bath", "society", "bhk"])
    writer.writerows((*row, 2) for row in rows)
    read, error = csv_read(out.getvalue().encode(), sizes)
    assert error is None
    names = ("location", "total_sqft", "bath", "society")
    assert [tuple(row[name] for name in names) for row in read] == rows  # type: ignore[index]


def test_csv_takes_the_columns_of_a_listing_file_and_leaves_its_price_out() -> None:
    body = b"location,size,total_sqft,bath,price\nHebbal,4 Bedroom,1200,2,99\n\nHebbal,2 BHK,900\n"
    (first, short), error = csv_read(b"\xef\xbb\xbf\r\n" + body)
    assert error is None
    assert first == {
        "location": "Hebbal",
        "bhk": "4 Bedroom",
        "total_sqft": "1200",
        "bath": "2",
    }
    assert str(short).startswith("has 3 cells, the header 5: Hebbal, 2 BHK, 900; perhaps")


def test_a_cell_too_many_is_an_error_of_its_row() -> None:
    (bad, good), error = csv_read(b"location,bhk,total_sqft,bath\na,2,900,1,1\nb,2,900,1\n")
    assert error is None
    assert str(bad).startswith("has 5 cells, the header 4: a, 2, 900, 1, 1; perhaps a quote")
    assert good["location"] == "b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        (b'a,"2,900,1\nb,2,900,1\n', "not CSV from here on"),
        (b"a,2,900,1\nCaf\xe9,2,900,1\n", "UTF-8"),
    ],
)
def test_csv_that_stops_being_csv_ends_there(rest: bytes, words: str) -> None:
    read, error = csv_read(b"location,bhk,total_sqft,bath\nx,2,900,1\n" + rest)
    assert read[0]["location"] == "x"  # type: ignore[index]
    assert isinstance(error, Unreadable)
    assert words in str(error)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"location,bhk,bath\n1,2,3\n"])
def test_csv_without_a_header_of_homes_is_told(body: bytes) -> None:
    assert isinstance(csv_read(body)[1], Unreadable)


def test_csv_may_name_its_separator_and_end_in_empty_cells() -> None:
    body = b"\nsep=;\ntotal_sqft;location;bhk;bath\n1200;Hebbal;2;2;;\n"
    rows = list(csv_rows(iter([body]), MARKET))
    assert rows[:2] == [None, None]
    assert [row["location"] for row in rows[2:] if isinstance(row, dict)] == ["Hebbal"]


def test_two_stray_quotes_swallow_no_rows_between_them() -> None:
    lines = ["total_sqft,location,bhk,bath", *[f"{1200 + i},Hebbal,2,2" for i in range(6)]]
    lines[2], lines[5] = '1201,"Hebbal,2,2', '1204,Hebbal",2,2'
    rows = csv_rows(iter(["\n".join(lines).encode()]), MARKET)
    assert isinstance(next(rows), dict)
    with pytest.raises(Unreadable, match="opened in this row and closed in another"):
        next(rows)
    whole = csv_rows(
        iter([b'total_sqft,location,bhk,bath\n1200,"Hebbal,\nKempapura",2,2\n']), MARKET
    )
    assert [isinstance(row, dict) for row in whole] == [True]
