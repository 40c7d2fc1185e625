from homeprices import markets
from homeprices.datasets.clean import clean
from homeprices.datasets.import_warnings import import_warnings
from homeprices.datasets.read import read

MARKET = markets.load("bangalore")
HEADER = "location,size,total_sqft,bath,price"


def told(content: bytes) -> list[str]:
    raw = read(content, MARKET)
    return import_warnings(raw, clean(raw, MARKET), MARKET)


def test_a_clean_file_needs_no_word() -> None:
    assert told(f"{HEADER}\nHebbal,2 BHK,1200,2,60\n".encode()) == []


def test_each_reason_is_a_sentence_with_its_share_and_first_line() -> None:
    rows = ["Hebbal,2 BHK,1200,2,60"] * 2 + [",2 BHK,1,1,1", "Hoodi,44 BHK,1,1,1"]
    rows += ["Hoodi,2 BHK,1,99,1", "Hoodi,2 BHK,1,1,free"]
    assert told("\n".join([HEADER, *rows]).encode()) == [
        "1 of 6 rows (16.7 %) left out: location is missing; the first is in line 4",
        "1 of 6 rows (16.7 %) left out: size is not 1 to 20; the first is in line 5",
        "1 of 6 rows (16.7 %) left out: bath is not 1 to 20; the first is in line 6",
        "1 of 6 rows (16.7 %) left out: price is missing or no number that can be used; "
        "the first is in line 7",
        "1 of 6 rows (16.7 %) left out: each is the copy of a row before it; "
        "the first is in line 3",
    ]


def test_optional_columns_that_are_absent_are_named_only_where_another_may_be_meant() -> None:
    (sentence,) = told(f"{HEADER},promoter\nHebbal,2 BHK,1200,2,60,x\n".encode())
    assert sentence.startswith(
        "nothing was made of the columns promoter (1 filled); no column is called area"
    )


def test_a_fact_that_a_dataset_does_not_hold_is_named() -> None:
    (sentence,) = told(f"{HEADER},Lat\nHebbal,2 BHK,1200,2,60,12.97\n".encode())
    assert sentence.startswith("not kept: Lat (1 filled); a dataset holds what `published` names")


def test_an_encoding_that_is_not_plain_is_said() -> None:
    text = f"{HEADER}\nCafé Road,2 BHK,1200,2,60\n"
    assert [told(text.encode(name)) for name in ("utf-8", "utf-8-sig", "latin-1")] == [
        [],
        ["a byte-order mark at its start was skipped"],
        ["it was read as Windows-1252, for it is not UTF-8: look at names with accents"],
    ]


def test_listings_that_may_be_in_another_scale_are_told_with_one_of_them() -> None:
    rows = ["Hebbal,2 BHK,1200,2,60", "Hoodi,2 BHK,112,2,60", "Hoodi,2 BHK,1100,2,6000"]
    (sentence,) = told("\n".join([HEADER, *rows]).encode())
    assert sentence.startswith("2 listings kept with a price that is hard to believe for the area")
    assert sentence.endswith("such as 112 sq ft with 2 bedrooms in Hoodi for 60 lakh")


def test_optional_facts_that_say_nothing_are_told_with_their_counts() -> None:
    rows = ["Hebbal,2 BHK,1200,2,60,,1", "Hoodi,2 BHK,1100,2,55,N/A,", "Hoodi,2 BHK,1000,2,50,A,2"]
    (sentence,) = told("\n".join([f"{HEADER},Project,balcony", *rows]).encode())
    assert sentence == "of 3 listings some say nothing of Project (2), balcony (1)"


def test_what_was_made_nothing_of_is_told_with_the_count_of_cells_that_say_something() -> None:
    rows = ["x,Hebbal,2 BHK,1200,2,60,semi", "y,Hoodi,2 BHK,1100,2,55,NULL"]
    (sentence,) = told("\n".join([f",{HEADER},Furnishing", *rows]).encode())
    assert sentence.startswith(
        "nothing was made of the columns (no name) (2 filled), Furnishing (1 filled); no column"
    )
