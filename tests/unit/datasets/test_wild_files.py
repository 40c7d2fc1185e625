"""Listing files as people export and type them: what is sure is read, the rest is told.

The ways of writing are those of public listing sites, spreadsheets and the data sets made of them.
"""

import pytest

from homeprices import markets
from homeprices.datasets.clean import Cleaned, RejectReason, clean
from homeprices.datasets.columns import facts_of
from homeprices.datasets.import_warnings import import_warnings
from homeprices.datasets.losses import too_much_lost
from homeprices.datasets.read import read
from homeprices.domain.errors import Unreadable

MARKET = markets.load("bangalore")
HEADER = "location,size,total_sqft,bath,price"


def cleaned(text: str, encoding: str = "utf-8") -> Cleaned:
    return clean(read(text.encode(encoding), MARKET), MARKET)


def told(text: str) -> list[str]:
    raw = read(text.encode(), MARKET)
    return import_warnings(raw, clean(raw, MARKET), MARKET)


@pytest.mark.parametrize(
    ("written", "lakh"),
    [
        ("85", 85),
        ("85 L", 85),
        ("85 Lac", 85),
        ("85.5 lakhs", 85.5),
        ("1.20 Cr", 120),
        ("1.2Cr.", 120),
        ("₹1.2 crore", 120),
        ("Rs. 85 Lakh", 85),
        ("INR 62.5", 62.5),
        ("₹ 62,00,000", 62),
        ("Rs 1,20,00,000/-", 120),
        ("6250000 rupees", 62.5),
        ("62,00,000", 62),
        ("12000000", 120),
        ("\u00a085\u200b ", 85),
        ("INR 73 Lakhs only", 73),
        ("Rs. 1.2 Cr onwards", 120),
        ("73 lakhs (negotiable)", 73),
        ("approx. 73 L", 73),
        ("Asking price: ₹73,00,000/-", 73),
        ("1 crore 20 lakh", 120),
        ("₹ 1 Cr 5 Lacs only", 105),
        ("1 Cr, 20 L", 120),
        ("73 lakh 50 thousand", 73.5),
        ("73 Lakh Rupees", 73),
        ("Rs.73 L", 73),
        ("₹.73 Cr", 73),
        ("80-90 L", 85),
        ("73 - 85 L", 79),
        ("1.2-1.3 Cr", 125),
        ("1 Cr - 1.2 Cr", 110),
        ("80 L to 1.2 Cr", 100),
        ("₹ 80 - ₹ 90 lakhs onwards", 85),
        ("85,00,000 - 90,00,000", 87.5),
        ("1 Cr 20 L - 1 Cr 30 L", 125),
        ("Rs: 85 L", 85),
        ("~95 L", 95),
        ("≈ 1.2 Cr", 120),
        ("85,00,000/-", 85),
    ],
)
def test_prices_are_read_as_people_write_them(written: str, lakh: float) -> None:
    (listing,) = cleaned(f'{HEADER}\nHebbal,2 BHK,1200,2,"{written}"\n').listings
    assert listing.price == pytest.approx(lakh)


@pytest.mark.parametrize(
    "written",
    [
        "Rs 5,000",
        "85 EUR",
        "$85",
        "call",
        "1,25",
        "12,34,5",
        "1.2.3",
        "on request",
        "??",
        "1 crore 120 lakh",
        "20 lakh 1 crore",
        "1.2 Cr 20 L",
        "1 Cr 20",
        "85 - 73 L",
        "73 L - 85",
        "20 - 90 L",
        "12-2025",
        "080-23456789",
        "73 - 85 - 90 L",
        "73 - 85 EUR",
        "Rs 5,000 - 6,000",
        "(85)",
        "₹ 6,500/sqft",
        "5500 per sqft",
        "73 L USD",
        "under 73 L",
    ],
)
def test_prices_in_doubt_are_rejected(written: str) -> None:
    rows = ["Hebbal,2 BHK,1100.5,2,60.5", f'Hebbal,2 BHK,1200,2,"{written}"']
    (rejection,) = cleaned("\n".join([HEADER, *rows])).rejections
    assert rejection.reason is RejectReason.PRICE_UNREADABLE


@pytest.mark.parametrize(
    ("written", "sqft"),
    [
        ("1,200 sft", 1200),
        ("1200 sq ft", 1200),
        ("1200 Sq. Ft.", 1200),
        ("1200 sq.ft", 1200),
        ("1200 ft²", 1200),
        ("100 m²", 1076),
        ("100 m2", 1076),
        ("100 sq mtr", 1076),
        ("133 square yards", 1197),
        ("133 sqyd", 1197),
        ("133 gaj", 1197),
        ("2 guntas", 2178),
        ("30x40", 1200),
        ("30 X 40 ft", 1200),
        ("30' × 40'", 1200),
        ("9m x 12m", 1163),
        ("1133 – 1384", 1258.5),
        ("1,20,000", 120_000),
        ("Super Area: 1200 sqft", 1200),
        ("Carpet Area - 950 sq.ft.", 950),
        ("Built-up:1200", 1200),
        ("1200 sqft (super area)", 1200),
        ("1200sqft approx.", 1200),
        ("2 acres 10 guntas", 98_010),
        ("1200 to 1400 sq.ft", 1300),
        ("SBA 1200", 1200),
        ("40X60 Sq.ft", 2400),
        ("(30x40)", 1200),
        ("1200sqft - 1400sqft", 1300),
        ("100 sq m to 120 sqm", 1184),
        ("1200 sqft - 1400", 1300),
        ("1350 sf", 1350),
        ("150 sqr yards", 1350),
        ("~1200 sft", 1200),
    ],
)
def test_areas_are_read_as_people_write_them(written: str, sqft: float) -> None:
    (listing,) = cleaned(f'{HEADER}\nHebbal,2 BHK,"{written}",2,60\n').listings
    assert listing.home.area == pytest.approx(sqft, rel=1e-4)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "30x40 cubits",
            "1,2,3",
            "12,00",
            "1200 furlongs",
            "30x",
            "Area: -1200",
            "10 guntas 2 acres",
        ),
        *(
            "Super: 1200, Carpet: 950",
            "1 acre - 10 guntas",
            "100 sqm - 120",
            "(30x40) sqm",
            "min 1200",
            "Office: 1200",
        ),
    ],
)
def test_areas_in_doubt_are_rejected(written: str) -> None:
    rows = ["Hebbal,2 BHK,1100.5,2,60.5", f'Hebbal,2 BHK,"{written}",2,60']
    (rejection,) = cleaned("\n".join([HEADER, *rows])).rejections
    assert rejection.reason is RejectReason.AREA_UNREADABLE


@pytest.mark.parametrize(
    ("written", "bedrooms", "kind"),
    [
        ("3 BHK Apartment", 3, "flat"),
        ("3BHK flat", 3, "flat"),
        ("4 Bedrooms House", 4, "house"),
        ("3 BHK Villa", 3, "house"),
        ("2.5 BHK", 2, "flat"),
        ("3.0", 3, None),
        ("2 Bed", 2, None),
        ("4 Bed Villa", 4, "house"),
        ("3-BHK", 3, "flat"),
        ("3 B.H.K. Flat", 3, "flat"),
        ("3 Bed Room", 3, "house"),
        ("Bedrooms: 3", 3, None),
        ("3 BHK + Study", 3, "flat"),
        ("3 BHK + 3T", 3, "flat"),
        ("4 Bedroom + 2 Baths & Servant Room", 4, "house"),
        ('"3 BHK, Apartment"', 3, "flat"),
        ("3 BHK apt", 3, "flat"),
        ("2½ BHK", 2, "flat"),
        ("2 ½ BHK", 2, "flat"),
        ("3 BHK Multistorey Apartment", 3, "flat"),
        ("3 BHK Multi-Storey", 3, "flat"),
        ("4 BHK Farm House", 4, "house"),
    ],
)
def test_sizes_are_read_as_people_write_them(written: str, bedrooms: int, kind: str | None) -> None:
    (listing,) = cleaned(f"{HEADER}\nHebbal,{written},1200,2,60\n").listings
    assert (listing.home.bedrooms, listing.home.text_fact("kind")) == (bedrooms, kind)


@pytest.mark.parametrize("size", ["3 BHK + 1 BHK", "3 BHK + 2", "21/2 BHK", "3 BHK +", "3, BHK"])
def test_sizes_in_doubt_are_rejected(size: str) -> None:
    (rejection,) = cleaned(
        f'{HEADER}\nHoodi,2 BHK,1100,2,60\nHebbal,"{size}",1200,2,60\n'
    ).rejections
    assert rejection.reason is RejectReason.BEDROOMS_UNREADABLE


@pytest.mark.parametrize(
    ("written", "kind"),
    [("Multistorey Apartment", "flat"), ("Farm House", "house"), ("House/Villa", "house")],
)
def test_the_kind_of_home_is_read_as_portals_call_it(written: str, kind: str) -> None:
    (listing,) = cleaned(f"{HEADER},Property Type\nHebbal,3,1200,2,60,{written}\n").listings
    assert listing.home.text_fact("kind") == kind


def test_what_was_made_of_half_a_bedroom_is_told() -> None:
    (sentence,) = told(f"{HEADER}\nHebbal,2.5 BHK,1200,2,60\nHebbal,2 BHK,1300,2,60\n")
    assert sentence.startswith("1 row with half a bedroom, such as '2.5 BHK' in line 2")


@pytest.mark.parametrize(
    "header",
    [
        "Locality Name,No. of Bedrooms,Area in sqft,Bathroom,Price (in lakhs)",
        "Location,BHK,Size (sqft),No. of Bathrooms,Price (Lakhs)",
        "\ufefflocation ,bedrooms,Super Area (sqft),Baths,Asking Price",
        '"Location","Bedrooms","Total Area","Bathrooms","Amount"',
    ],
)
def test_headers_in_common_use_are_known(header: str) -> None:
    (listing,) = cleaned(f"{header}\nHebbal,2,1200,2,60\n").listings
    home = listing.home
    assert (home.locality, home.bedrooms, home.area, home.bathrooms, listing.price) == (
        "Hebbal",
        2,
        1200,
        2,
        60,
    )


@pytest.mark.parametrize(
    ("header", "written", "lakh"),
    [
        ("Price (in Cr)", "1.2", 120),
        ("price_crores", "1.2", 120),
        ("Price (Rs. in Lakhs)", "73", 73),
        ("Total price (lakh)", "73", 73),
        ("Asking Price [₹ Cr]", "0.73", 73),
        ("priceInThousands", "7300", 73),
        ("Price (Rs)", "73,00,000", 73),
        ("Price (INR)", "73", 73),
        ("Price (in Cr)", "73 L", 73),
        ("Price (in Cr)", "Rs 73,00,000", 73),
        ("Price (in Cr)", "7300000", 73),
        ("Price (in Cr)", "1.2 - 1.3", 125),
        ("Price (in Cr)", "80-90 L", 85),
        ("Price (in Cr)", "~0.73", 73),
        ("TARGET(PRICE_IN_LACS)", "73", 73),
        ("Final Price", "73", 73),
    ],
)
def test_a_unit_behind_the_name_of_a_price_is_that_of_values_without_one(
    header: str, written: str, lakh: float
) -> None:
    text = f'location,size,total_sqft,bath,"{header}"\nHebbal,2 BHK,1200,2,"{written}"\n'
    (listing,) = cleaned(text).listings
    assert listing.price == pytest.approx(lakh)


@pytest.mark.parametrize(
    ("header", "written", "sqft"),
    [
        ("Area (sq m)", "100", 1076),
        ("Size in sqm", "100", 1076),
        ("Total (sq. yards)", "133", 1197),
        ("superAreaGaj", "133", 1197),
        ("Plot Area (guntas)", "2 - 4", 3267),
        ("Area (sq m)", "1200 sq.ft.", 1200),
        ("Total Sq. Ft.", "1200", 1200),
        ("Carpet Area (sqft)", "30x40", 1200),
        ("totalSqft", "1200", 1200),
        ("AREA_SQFT", "1200", 1200),
        ("Built-up area", "1200", 1200),
    ],
)
def test_a_unit_behind_the_name_of_an_area_is_that_of_values_without_one(
    header: str, written: str, sqft: float
) -> None:
    text = f"location,size,{header},bath,price\nHebbal,2 BHK,{written},2,60\n"
    (listing,) = cleaned(text).listings
    assert listing.home.area == sqft


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        *dict.fromkeys(
            ["Total Bathrooms", "bathroom_num", "Bath Count", "Washroom", "Toilet"], "bathrooms"
        ).items(),
        *dict.fromkeys(["Total Bedrooms", "bedroom_num", "BHK Count"], "bedrooms").items(),
        *dict.fromkeys(
            ["Property Location", "Locality / Area", "loc", "Place"], "locality"
        ).items(),
        ("Balcony Count", "balconies"),
        ("Possession Status", "availability"),
        ("Number of Rooms", None),
        ("Target", None),
    ],
)
def test_common_names_of_columns_say_their_facts(name: str, fact: str | None) -> None:
    assert facts_of([name], MARKET) == [fact]


def test_of_two_columns_of_one_fact_the_better_known_is_read() -> None:
    text = f"Place,Toilet,{HEADER}\nKerala,1,Hebbal,2 BHK,1200,2,60\n"
    (listing,) = cleaned(text).listings
    assert (listing.home.locality, listing.home.bathrooms) == ("Hebbal", 2)


@pytest.mark.parametrize(
    ("header", "written"),
    [
        ("Price (in Cr)", "7300"),
        ("Price (in Cr)", "80 L - 90"),
        ("Price (₹)", "7300"),
        ("Price in lakhs", "73 mohurs"),
    ],
)
def test_a_price_that_the_unit_of_its_column_does_not_fit_is_rejected(
    header: str, written: str
) -> None:
    text = f"location,size,total_sqft,bath,{header}\nHebbal,2 BHK,1200,2,{written}\n"
    assert cleaned(text).rejections[0].reason is RejectReason.PRICE_UNREADABLE


@pytest.mark.parametrize(
    "header",
    ["Price (Cr / Lakh)", "Price per sqft", "Price (USD)", "Price ('000)", "Rate (lakh)"],
)
def test_a_name_with_two_units_or_another_is_no_price(header: str) -> None:
    with pytest.raises(Unreadable, match="no column for price"):
        cleaned(f"location,size,total_sqft,bath,{header}\nHebbal,2 BHK,1200,2,60\n")


def test_a_ground_floor_is_no_unit_of_area() -> None:
    with pytest.raises(Unreadable, match="no column for total_sqft"):
        cleaned("location,size,Ground Floor Area,bath,price\nHebbal,2 BHK,1200,2,60\n")


def test_the_unit_that_a_column_says_is_told() -> None:
    text = "location,size,Area (sq m),bath,Price (in Cr)\nHebbal,2 BHK,100,2,1.2\n"
    assert told(text) == [
        "the column Area (sq m) says its unit: values that name none are in sqm",
        "the column Price (in Cr) says its unit: values that name none are in cr",
    ]


@pytest.mark.parametrize("written", ["2 Baths", "Bath: 2", "2 bath(s)", "2 toilets"])
def test_a_count_may_have_the_name_of_its_column_beside_it(written: str) -> None:
    (listing,) = cleaned(f"{HEADER}\nHebbal,3 BHK,1200,{written},60\n").listings
    assert listing.home.bathrooms == 2


ROWS = [f"Hebbal,2 BHK,{1000 + i},2,{50 + i}" for i in range(40)]


@pytest.mark.parametrize("line", [2, 17, 41])
def test_a_quote_that_is_never_closed_costs_its_own_row(line: int) -> None:
    rows = list(ROWS)
    rows[line - 2] = '"' + rows[line - 2]
    result = cleaned("\n".join([HEADER, *rows]))
    (rejection,) = result.rejections
    assert (rejection.reason, rejection.row.line) == (RejectReason.UNCLOSED_QUOTE, line)
    assert rejection.row.fields == (rows[line - 2],)
    assert len(result.listings) == 39


def test_a_quote_that_is_closed_rows_later_swallows_none_of_them() -> None:
    rows = list(ROWS)
    rows[3], rows[5] = '"' + rows[3], rows[5].replace("Hebbal", '"Hebbal, Ring Road"')
    result = cleaned("\n".join([HEADER, *rows]))
    assert [rejection.row.line for rejection in result.rejections] == [5]
    assert "Hebbal, Ring Road" in {listing.home.locality for listing in result.listings}


def test_a_quote_that_another_row_would_close_merges_no_two_homes() -> None:
    rows = [
        'Hebbal,"Sobha,2 BHK,1200,2,60',
        'Whitefield,"Brigade",3 BHK,1500,3,90',
        "Hoodi,,1,900,1,45",
    ]
    result = cleaned("\n".join(["location,society,size,total_sqft,bath,price", *rows]))
    assert [rejection.row.line for rejection in result.rejections] == [2]
    assert [(row.home.locality, row.home.bedrooms) for row in result.listings] == [
        ("Whitefield", 3),
        ("Hoodi", 1),
    ]


def test_a_quote_that_the_same_row_closes_elsewhere_moves_no_values() -> None:
    header = "area_type,availability,location,size,total_sqft,bath,price"
    rows = [
        '"Plot Area,Ready,"Old Madras Road, Hoskote",2 BHK,1199,2,60',
        'Plot Area,"Ready" now,Hebbal,2 BHK,1200,2,60',
    ]
    result = cleaned("\n".join([header, *rows]))
    assert [rejection.row.line for rejection in result.rejections] == [2]
    (listing,) = result.listings
    assert (listing.home.locality, listing.home.text_fact("area_type")) == ("Hebbal", "Plot Area")


def test_columns_of_which_nothing_is_made_may_hold_anything_that_is_quoted() -> None:
    long, lines = "a lovely home " * 300, "\n".join(["with a view"] * 9)
    rows = [f'{ROWS[0]},"{long}"', f'{ROWS[1]},"{lines}"', f"{ROWS[2]},"]
    result = cleaned("\n".join([f"{HEADER},description", *rows]))
    assert (len(result.listings), len(result.rejections)) == (3, 0)


def test_a_header_that_ends_in_a_separator_and_a_line_that_names_it_are_understood() -> None:
    rows = [f"{HEADER},,", *[f"{row},," for row in ROWS[:3]]]
    assert len(cleaned("\n".join(rows)).listings) == 3
    named = "\n".join(["sep=;", *rows]).replace(",", ";")
    assert len(cleaned(named).listings) == 3


def test_a_file_that_is_damaged_in_its_encoding_is_refused() -> None:
    with pytest.raises(Unreadable, match="the file is damaged: it begins as utf-16"):
        read("\n".join([HEADER, *ROWS]).encode("utf-16")[:-1], MARKET)


def test_a_value_over_two_lines_is_one_value() -> None:
    text = f'{HEADER}\n"Heb\nbal",2 BHK,1200,2,60\nHoodi,2 BHK,1200,2,60\n'
    assert [listing.home.locality for listing in cleaned(text).listings] == ["Heb bal", "Hoodi"]


@pytest.mark.parametrize("row", ["Hebbal,2 BHK,1200,2,1,250", "Hebbal,2 BHK,1200,2", "Hebbal"])
def test_a_row_longer_or_shorter_than_the_header_is_rejected(row: str) -> None:
    (rejection,) = cleaned("\n".join([HEADER, ROWS[0], row])).rejections
    assert (rejection.reason, rejection.row.line) == (RejectReason.WRONG_NUMBER_OF_VALUES, 3)


def test_empty_values_beyond_the_header_and_rows_of_separators_are_nothing() -> None:
    result = cleaned("\n".join([HEADER, f"{ROWS[0]},,", ",,,,,,", ROWS[1]]))
    assert (len(result.listings), len(result.rejections)) == (2, 0)


def test_a_value_too_long_to_be_one_is_rejected() -> None:
    (rejection,) = cleaned("\n".join([HEADER, "x" * 3000 + ROWS[0], ROWS[1]])).rejections
    assert rejection.reason is RejectReason.VALUE_TOO_LONG


@pytest.mark.parametrize(
    ("damage", "rejected"),
    [("", 0), ('"', 0), ('"x', 1), (",,,", 0), ("a,b", 1), ('"a\nb",2,3,4,5,6', 2)],
)
def test_every_row_of_a_file_is_a_listing_or_a_rejection(damage: str, rejected: int) -> None:
    rows = [ROWS[0], damage, *ROWS[1:4], damage, ROWS[4]]
    result = cleaned("\n".join([HEADER, *rows]))
    assert (len(result.listings), len(result.rejections)) == (5, 2 * rejected)


def test_decimal_commas_are_decided_for_the_whole_file() -> None:
    rows = ["Hebbal;2 BHK;1.200,5;2;62,5", "Hoodi;3 BHK;14.500;2;1.250,75", "Hoodi;3 BHK;1300;2;95"]
    listings = cleaned("\n".join([HEADER.replace(",", ";"), *rows])).listings
    assert [(listing.home.area, listing.price) for listing in listings] == [
        (1200.5, 62.5),
        (14_500, 1250.75),
        (1300, 95),
    ]
    (sentence,) = told("\n".join([HEADER.replace(",", ";"), *rows]))
    assert sentence == "its numbers have decimal commas"


def test_one_comma_among_many_points_decides_nothing() -> None:
    rows = [*ROWS, 'Hebbal,2 BHK,"1,250",2,"62,5"']
    (rejection,) = cleaned("\n".join([HEADER, *rows])).rejections
    assert rejection.row.fields[-1] == "62,5"


def test_thousands_with_commas_are_no_decimals() -> None:
    rows = ["Hebbal;2 BHK;1,200;2;62.5", "Hoodi;3 BHK;1,20,000;2;95"]
    listings = cleaned("\n".join([HEADER.replace(",", ";"), *rows])).listings
    assert [listing.home.area for listing in listings] == [1200, 120_000]


@pytest.mark.parametrize(
    "word",
    ["nan", "None", "NULL", "N/A", "-", "?", "#N/A", "  na ", "Not Available", "—", "\u00a0"],
)
def test_words_for_nothing_are_nothing(word: str) -> None:
    text = (
        f"{HEADER},society,balcony\n{word},2 BHK,1200,2,60,,\nHebbal,2 BHK,1200,2,60,{word},{word}"
    )
    result = cleaned(text)
    assert [rejection.reason for rejection in result.rejections] == [RejectReason.LOCALITY_MISSING]
    (listing,) = result.listings
    assert listing.home.facts.keys() == {"kind"}
    assert not [sentence for sentence in told(text) if "kept without" in sentence]


def test_optional_facts_that_cannot_be_read_are_told_with_their_count() -> None:
    rows = [
        f"{row},{balcony}"
        for row, balcony in zip(ROWS, ["> 10", "1.58", "> 10", "1"], strict=False)
    ]
    (sentence,) = told("\n".join([f"{HEADER},balcony", *rows]))
    assert sentence == ("3 rows kept without balcony, which cannot be read: '> 10' (2), '1.58' (1)")


def test_ignored_and_doubled_columns_are_told() -> None:
    ignored, doubled = told(f"{HEADER},Furnishing,Price\n{ROWS[0]},semi,99\n")
    assert ignored.startswith(
        "nothing was made of the columns Furnishing (1 filled), Price (1 filled)"
    )
    assert doubled == "several columns are called price: the first was read"


@pytest.mark.parametrize("city", ["BANGALORE", "Bengaluru, Karnataka", "Bangalore North", "-"])
def test_a_city_is_known_however_it_is_written(city: str) -> None:
    assert len(cleaned(f'city,{HEADER}\n"{city}",{ROWS[0]}\n').listings) == 1


def test_rows_of_another_city_are_rejected_and_a_file_of_one_is_refused() -> None:
    lines = [f"city,{HEADER}", *[f"Bangalore,{row}" for row in ROWS[:8]], f"Chennai,{ROWS[9]}"]
    (rejection,) = cleaned("\n".join(lines)).rejections
    assert rejection.reason is RejectReason.OTHER_CITY
    with pytest.raises(Unreadable, match="9 of 9 rows are of Chennai"):
        read("\n".join(lines).replace("Bangalore", "Chennai", 8).encode(), MARKET)


@pytest.mark.parametrize("city", ["Bnglr", "Karnataka", "Whitefield", "Sector 4"])
def test_a_city_that_nobody_knows_is_a_loss_and_no_other_city(city: str) -> None:
    lines = [f"city,{HEADER}", *[f"Bangalore,{row}" for row in ROWS[:8]], f"{city},{ROWS[9]}"]
    (rejection,) = cleaned("\n".join(lines)).rejections
    assert rejection.reason is RejectReason.UNKNOWN_CITY
    more = cleaned("\n".join([*lines, *[f"{city},{row}" for row in ROWS[:4]]]))
    assert too_much_lost(more, (), MARKET, 0.05)


@pytest.mark.parametrize(
    "name",
    ["null, Bengaluru", "N/A, Bangalore, Karnataka", "NaN NaN", "<none>", "(empty)", "India"],
)
def test_a_name_of_nothing_but_the_city_is_no_locality(name: str) -> None:
    file = cleaned(f'{HEADER}\n"{name}",2 BHK,1200,2,60\n"Hebbal, nan",2 BHK,1200,2,60\n')
    assert [rejection.reason for rejection in file.rejections] == [RejectReason.LOCALITY_MISSING]


def test_two_stray_quotes_swallow_no_rows_between_them() -> None:
    rows = [f"Hebbal,2 BHK,{1200 + i},2,Sobha,{60 + i}" for i in range(9)]
    header = HEADER.replace(",price", ",society,price")
    for first, last in ((2, 7), (3, 4), (0, 8)):
        told = [*rows]
        told[first] = told[first].replace("Sobha", '"Sobha')
        told[last] = told[last].replace("Sobha", 'Sobha"')
        file = cleaned("\n".join([header, *told]))
        assert [(r.row.line, r.reason) for r in file.rejections] == [
            (first + 2, RejectReason.UNCLOSED_QUOTE)
        ]
        assert len(file.listings) == 8
    over_lines = cleaned(f'{header}\n"Hebbal\nKempapura",2 BHK,1200,2,"A, B,\nC",60\n')
    assert [row.home.text_fact("society") for row in over_lines.listings] == ["A, B, C"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_dashes_quotes_and_accents_are_read_in_any_encoding(encoding: str) -> None:
    text = f"{HEADER}\nSt. John’s Café,2 BHK,1133 – 1384,2,60\n"
    (listing,) = cleaned(text, encoding).listings
    assert (listing.home.locality, listing.home.area) == ("St. John's Café", 1258.5)


@pytest.mark.parametrize("gap", ["\u00a0", "\t", "\u2009", " \u200b ", "\u3000", "\u00ad "])
def test_gaps_that_look_like_a_space_are_one(gap: str) -> None:
    (listing,) = cleaned(f"{HEADER}\nIndira{gap}Nagar,2{gap}BHK,1200,2,60\n").listings
    assert (listing.home.locality, listing.home.bedrooms) == ("Indira Nagar", 2)


@pytest.mark.parametrize("size", ["2,3 BHK", "2.3 BHK", "2.05 BHK", "2.75 BHK"])
def test_rooms_in_doubt_are_rejected_and_change_no_price(size: str) -> None:
    row = "Hebbal,{},1200,2,{}"
    rows = [row.format("2 BHK", f"{54 + n}.005") for n in range(3)] + [row.format(f'"{size}"', 60)]
    file = cleaned("\n".join([HEADER, *rows]))
    assert [listing.price for listing in file.listings] == [54.005, 55.005, 56.005]
    assert [rejection.reason for rejection in file.rejections] == [RejectReason.BEDROOMS_UNREADABLE]


def test_a_file_with_both_signs_has_points_and_no_number_a_thousandfold() -> None:
    prices = ["54.005", "61.5", "62,5", "63,5", "64,5", "65,5"]
    rows = [f'Hebbal,2 BHK,12{n}0,2,"{price}"' for n, price in enumerate(prices)]
    file = cleaned("\n".join([HEADER, *rows]))
    assert [listing.price for listing in file.listings] == [54.005, 61.5]
    assert {rejection.reason for rejection in file.rejections} == {RejectReason.PRICE_UNREADABLE}


@pytest.mark.parametrize(
    "name",
    [
        "Mumbai",
        "Chennai, Tamil Nadu",
        "solapur",
        "Adyar, Chennai",
        "Banjara Hills, Hyderabad, India",
    ],
)
def test_a_row_whose_locality_is_another_city_is_of_that_city(name: str) -> None:
    rows = [
        f'"{name}",2 BHK,1200,2,60',
        "Hebbal,2 BHK,1200,2,60",
        '"Hebbal, Mysore Road",2,900,2,50',
        '"Hebbal, near Chennai Silks",2,950,2,55',
        '"Hebbal, Bangalore, Karnataka",2,960,2,56',
    ]
    file = cleaned("\n".join([HEADER, *rows]))
    assert [listing.home.area for listing in file.listings] == [1200, 900, 950, 960]
    assert [rejection.reason for rejection in file.rejections] == [RejectReason.OTHER_CITY]


@pytest.mark.parametrize("name", ["0", "-1", "999", "\\N", "12/3"])
def test_what_has_no_letter_is_no_locality(name: str) -> None:
    file = cleaned(f"{HEADER}\n{name},2 BHK,1200,2,60\nHebbal,2 BHK,1200,2,60\n")
    assert [rejection.reason for rejection in file.rejections] == [RejectReason.LOCALITY_MISSING]


def test_a_header_that_comes_again_is_told_and_is_no_loss() -> None:
    rows = [f"Hebbal,2 BHK,1{n:03},2,60" for n in range(60)]
    text = "\n".join([HEADER, *rows[:30], HEADER, *rows[30:45], HEADER, *rows[45:]])
    raw = read(text.encode(), MARKET)
    file = clean(raw, MARKET)
    assert (len(file.listings), len(file.rejections)) == (60, 2)
    assert too_much_lost(file, (), MARKET, 0.0) == []
    assert "it is the header again" in " ".join(import_warnings(raw, file, MARKET))


@pytest.mark.parametrize(
    ("unit", "sqft"), [("sqm", 1076), ("Sq. Yards", 900), ("sq-ft", 100), ("", 100)]
)
def test_the_unit_of_an_area_may_have_a_column(unit: str, sqft: float) -> None:
    head = "location,size,total_sqft,Area Unit,bath,price"
    (listing,) = cleaned(f"{head}\nHebbal,1 BHK,100,{unit},1,60\n").listings
    assert listing.home.area == pytest.approx(sqft)
