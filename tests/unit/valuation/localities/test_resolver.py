import pytest

from homeprices.domain.market import Market
from homeprices.valuation.localities.names import LocalityResolver, fit_locality_names
from homeprices.valuation.localities.spelling import Spelling

SEEN = [
    "Whitefield",
    "JP Nagar",
    "2nd Phase JP Nagar",
    "HSR Layout",
    "Vijaya Nagar",
    "Vijaya Bank Layout",
    "KR Puram",
    "Electronic City Phase 1",
    "Hebbal",
    "Peenya",
]


@pytest.fixture(scope="module")
def finder(market: Market) -> LocalityResolver:
    return LocalityResolver(fit_locality_names(SEEN, market, ["Whitefield", "Koramangala"]), market)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Whitefeild", "Whitefield"),
        ("whietfield", "Whitefield"),
        ("some towers, whitfeild", "Whitefield"),
        ("jp nagra 2nd phase", "2nd Phase JP Nagar"),
        ("jp nagar 2cd phase", "2nd Phase JP Nagar"),
        ("2nd pahse, jp nagr", "2nd Phase JP Nagar"),
        ("electronic city phuse I", "Electronic City Phase 1"),
        ("vijaya bank", "Vijaya Bank Layout"),
        ("Peeya", "Peenya"),
    ],
)
def test_a_misspelling_means_the_name_it_is_nearest_to(
    written: str, name: str, finder: LocalityResolver
) -> None:
    found = finder.find(written)
    assert (found.name, found.known, found.corrected) == (name, True, True)
    assert found.place == finder.find(name).place


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("near Hebbal main road", "Hebbal"),
        ("Hebbal flyover bus stop", "Hebbal"),
        ("whitefield railway station", "Whitefield"),
        ("koramangala 80 feet road", "Koramangala"),
        ("jp nagar metro 2nd phase", "2nd Phase JP Nagar"),
        ("e city toll gate", "Electronic City"),
        ("Near Hebbal", "Hebbal"),
        ("near hebal", "Hebbal"),
        ("off Whitefield", "Whitefield"),
        ("opp. Koramangala", "Koramangala"),
    ],
)
def test_words_that_name_no_place_are_left_out_and_told_as_a_correction(
    written: str, name: str, finder: LocalityResolver
) -> None:
    found = finder.find(written)
    assert (found.name, found.corrected) == (name, True)


@pytest.mark.parametrize(
    "written",
    [
        "Whitefield Chennai",
        "Whitefield, Tamil Nadu",
        "Hebbal Pune 411001",
        "80 feet road",
        "bus stop",
    ],
)
def test_a_place_elsewhere_and_words_alone_are_no_place(
    written: str, finder: LocalityResolver
) -> None:
    found = finder.find(written)
    assert (found.known, found.geocoded) == (False, False)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("HSR", "HSR Layout"),
        ("Krishnarajapuram", "KR Puram"),
        ("E-City Phase 1", "Electronic City Phase 1"),
    ],
)
def test_another_name_of_a_place_needs_no_correction(
    written: str, name: str, finder: LocalityResolver
) -> None:
    found = finder.find(written)
    assert (found.name, found.known, found.corrected) == (name, True, False)


@pytest.mark.parametrize("written", ["Koramangala", "koramangla 3rd block"])
def test_a_place_on_the_map_is_understood_without_listings(
    written: str, finder: LocalityResolver
) -> None:
    found = finder.find(written)
    assert (found.name, found.known, found.geocoded) == ("Koramangala", False, True)


@pytest.mark.parametrize(
    "written",
    ["Koramangala,Bangalore", "  Koramangala ,", "Koramangala, 560034", "Koramangala 560034"],
)
def test_commas_and_spaces_are_no_misspelling(written: str, finder: LocalityResolver) -> None:
    found = finder.find(written)
    assert (found.name, found.corrected) == ("Koramangala", False)


@pytest.mark.parametrize("written", ["Raja Nagar", "Atlantis", "", "??", "x", "12"])
def test_what_may_mean_several_places_or_none_is_not_corrected(
    written: str, finder: LocalityResolver
) -> None:
    found = finder.find(written)
    assert not found.known
    assert not found.corrected


def test_a_division_that_is_not_known_is_told_as_not_used(finder: LocalityResolver) -> None:
    assert finder.find("Koramangala 3rd block").corrected
    assert finder.find("JP Nagar 9th Phase").corrected
    assert not finder.find("JP Nagar 2nd Phase").corrected


def test_a_name_with_stray_words_among_its_divisions_is_the_place_it_begins_with(
    market: Market,
) -> None:
    finder = LocalityResolver(fit_locality_names(["BTM Layout", "Hebbal"], market), market)
    found = finder.find("BTM Layout 1stage 9th Main")
    assert (found.name, found.place.locality, found.known) == ("BTM Layout", "btm layout", True)
    assert (found.place.sublocality, found.corrected) == ("btm layout stage 1", True)


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("Chikkasandra", "Chokkasandra"),
        ("Bommasandra", "Bimmasandra"),
        ("Adugodi", "Kadugodi"),
        ("Anekal", "Kanekal"),
        ("MM Layout", "MC Layout"),
        ("RR Layout", "RK Layout"),
        ("Brindavan Layout", "Brindavan Nagar"),
        ("Brindavan Layout", "Sai Brindavan Extension"),
        ("Bharathi Nagar", "Bhavani Nagar"),
        ("Hegganahalli", "Herandahalli"),
        ("Kacharakanahalli", "Kachamaranahalli"),
        ("Shanti Nagar", "Shakthi Colony"),
    ],
)
def test_another_place_is_no_slip_of_the_pen(listed: str, written: str, market: Market) -> None:
    finder = LocalityResolver(fit_locality_names([listed], market), market)
    assert not finder.find(written).is_found


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("Rajagopala Nagar", "Rajgopal Nagar"),
        ("Okalipura", "Okalipuram"),
        ("Kamala Nagar", "Kamlanagar"),
        ("Panathur", "anathur"),
        ("Brindavan Layout", "Brindavan"),
        ("Brindavan Layout", "Brindvan Layot"),
        ("Hegganahalli", "Hegxganahalli"),
        ("Maruthi Sevanagar", "Maruti Seva Nagr"),
    ],
)
def test_a_slip_of_the_pen_is_another_place_nowhere(
    listed: str, written: str, market: Market
) -> None:
    finder = LocalityResolver(fit_locality_names([listed], market), market)
    found = finder.find(written)
    assert (found.name, found.corrected) == (listed, True)


def test_of_many_words_that_are_no_place_only_the_first_are_looked_at(
    finder: LocalityResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant, looked = Spelling.meant, []
    monkeypatch.setattr(
        Spelling, "meant", lambda *given, **more: looked.append(given[1]) or meant(*given, **more)
    )
    text = " ".join(f"xqzw{sign}jvk opp" for sign in "abcdefghijklmnopqrst")
    assert not finder.find(text).is_found
    assert len(looked) < 30
