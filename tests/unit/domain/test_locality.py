import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices import markets
from homeprices.domain.locality import locality_key, phonetic_key, place_of, without_divisions

MARKET = markets.load("bangalore")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("near 2nd Phase JP Nagar, Bangalore", "jp nagar phase 2"),
        ("J.P.Nagar Phase II", "jp nagar phase 2"),
        ("2nd phase jp nagar, jp nagar", "jp nagar phase 2"),
        ("Electronics City Phase 1", "electronic city phase 1"),
        ("Hsr layout sector3", "hsr layout sector 3"),
        ("Sector 3 HSR Layout", "hsr layout sector 3"),
        ("4th T block Jayanagar", "jayanagar block 4 t"),
        ("1Kasavanhalli", "kasavanhalli"),
        ("T.C PALYA", "tc palaya"),
        ("JP Nagar Ph-2", "jp nagar phase 2"),
        ("IInd Stg. Domlur", "domlur stage 2"),
        ("HSR Sec-7", "hsr layout sector 7"),
        ("Peenya 2ndphase", "peenya phase 2"),
        ("Kathriguppe phase IX", "kathriguppe phase 9"),
        ("One Tree Road, Hebbal", "one tree road hebbal"),
        ("Hebbal ph 9845012345", "hebbal ph 9845012345"),
        ("Whitefield, 560066", "whitefield"),
        ("whitefiled", "whitefield"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_many_ways_to_write_a_locality_have_one_key(written: str, key: str) -> None:
    assert locality_key(written, MARKET) == key


@given(st.text(max_size=60))
def test_any_text_has_a_key_and_case_does_not_matter(text: str) -> None:
    assert locality_key(text.lower(), MARKET) == locality_key(text.lower().casefold(), MARKET)
    assert locality_key(f"  {text} ", MARKET) == locality_key(text, MARKET)


def test_a_phase_belongs_to_its_base_and_a_part_to_the_place_after_the_comma() -> None:
    assert without_divisions("jp nagar phase 2") == "jp nagar"
    assert place_of("ECC Road, Whitefield", MARKET).region == "whitefield"


def test_spellings_that_sound_alike_have_one_skeleton() -> None:
    assert phonetic_key("thavarekere") == phonetic_key("tavarekere")
    assert phonetic_key("belathur") != phonetic_key("bellandur")
