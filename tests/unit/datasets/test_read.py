from dataclasses import replace

import pytest

from homeprices import markets
from homeprices.datasets.read import public_columns, read
from homeprices.domain.errors import Unreadable

MARKET = markets.load("bangalore")
HEADER = "area_type,availability,location,size,society,total_sqft,bath,balcony,price"


def test_the_public_header_is_the_first_name_of_each_fact() -> None:
    market = replace(MARKET, published=["bathrooms", "locality", "price"])
    assert public_columns(market) == ["bath", "location", "price"]


def test_other_column_names_are_mapped_whatever_their_case_and_punctuation() -> None:
    raw = read(b"Locality;Built-Up Area;BHK;Baths;Price (Lakh)\nHebbal;1200;2;2;60\n", MARKET)
    assert raw.rows[0].facts == {
        "locality": "Hebbal",
        "area": "1200",
        "bedrooms": "2",
        "bathrooms": "2",
        "price": "60 lakh",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_byte_order_marks_windows_lines_and_latin_letters_are_read(encoding: str) -> None:
    text = f"{HEADER}\r\n,,Café Road,2 BHK,,1200,2,1,60\r\n"
    assert read(text.encode(encoding), MARKET).rows[0].facts["locality"] == "Café Road"


def test_rows_carry_the_line_they_start_on_and_blank_lines_are_none() -> None:
    content = f'{HEADER}\n,,"Heb\nbal",2 BHK,,1,1,1,1\n\n,,Hoodi,2 BHK,,1,1,1,1\n'.encode()
    assert [(row.line, row.facts["locality"]) for row in read(content, MARKET).rows] == [
        (2, "Heb bal"),
        (5, "Hoodi"),
    ]


def test_a_hopeless_file_is_refused_with_what_is_wrong_with_it() -> None:
    with pytest.raises(Unreadable) as refused:
        read(b"name,age\n", MARKET)
    message = refused.value.message
    assert "(1) no column for location" in message
    assert "(2) the columns found are name, age" in message
    assert "(3) there is a header but no row" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04\0\0\0", "not text"),
        (f"{HEADER}\n".encode(), "no row below"),
    ],
)
def test_nothing_to_read_is_said(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(content, MARKET)
