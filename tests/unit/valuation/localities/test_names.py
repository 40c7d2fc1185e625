import pytest

from homeprices.domain.market import Market
from homeprices.valuation.localities.names import Completion, LocalityNames, fit_locality_names

SEEN = ["Thavarekere"] * 3 + ["Tavarekere", "2nd Phase JP Nagar", "JP Nagar", "HSR Layout"]
NAMES = ["HSR Layout", "JP Nagar", "Koramangala", "Old Airport Road", "Whitefield"]


@pytest.fixture(scope="module")
def places(market: Market) -> LocalityNames:
    return fit_locality_names(SEEN, market)


def test_the_common_spelling_stands_for_those_that_sound_like_it(
    places: LocalityNames, market: Market
) -> None:
    assert places.find("tavarekere", market).name == "Thavarekere"
    assert set(places.names.values()) == {
        "Thavarekere",
        "2nd Phase JP Nagar",
        "JP Nagar",
        "HSR Layout",
    }


def test_a_phase_without_listings_is_its_known_base(places: LocalityNames, market: Market) -> None:
    found = places.find("JP Nagar 9th Phase", market)
    assert (found.name, found.known, found.place.locality) == ("JP Nagar", True, "jp nagar")


@pytest.mark.parametrize("text", ["Atlantis", "", "???", "12", ",,,"])
def test_what_is_nowhere_is_not_known(text: str, places: LocalityNames, market: Market) -> None:
    assert not places.find(text, market).known


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("kor", "Koramangala"),
        ("AIRPORT", "Old Airport Road"),
        ("whitf", "Whitefield"),
        ("koramangla", "Koramangala"),
        ("hsr", "HSR Layout"),
        ("", "HSR Layout"),
    ],
)
def test_names_are_completed_also_when_misspelt(typed: str, first: str) -> None:
    assert Completion(NAMES).complete(typed)[0] == first


def test_what_is_like_nothing_is_not_completed() -> None:
    assert Completion(NAMES).complete("zzzzz") == []
    assert Completion(NAMES).closest("Atlantis") is None
