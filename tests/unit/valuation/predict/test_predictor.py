from collections.abc import Mapping
from dataclasses import replace
from math import exp, log
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeprices import markets
from homeprices.domain.explanation import Estimate
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.domain.requests.usual import UsualTogether
from homeprices.markets.aggregates import coordinates
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.valuation.predict.untold import certain
from homeprices.wording.speech import Speech

HOME = Home("Whitefield", 1200.0, 2, 2)


@pytest.fixture(scope="module", params=["linear", "booster", "blend"])
def predictor(request: pytest.FixtureRequest) -> BundlePredictor:
    files: Mapping[str, bytes] = request.getfixturevalue(f"{request.param}_files")
    return bundle.load(files)


def said(estimate: Estimate) -> tuple[str, ...]:
    return tuple(Speech(markets.load("bangalore")).notes(estimate.notes))


def width(predictor: BundlePredictor, home: Home) -> float:
    estimate = predictor.estimate(home)
    return estimate.high / estimate.low


def test_a_known_locality_is_priced_without_notes_and_by_the_name_people_write(
    predictor: BundlePredictor,
) -> None:
    estimate = predictor.estimate(replace(HOME, locality="WHITEFIELD,  bangalore"))
    assert (estimate.locality, estimate.locality_known, estimate.notes) == ("Whitefield", True, ())
    assert 20 < estimate.low < estimate.price < estimate.high < 200
    assert estimate.coverage == 0.8


def test_an_unknown_locality_is_said_and_gets_a_wider_range(predictor: BundlePredictor) -> None:
    unknown = replace(HOME, locality="Atlantis")
    estimate = predictor.estimate(unknown)
    assert (estimate.locality, estimate.locality_known) == ("Atlantis", False)
    assert "a price for Bengaluru as a whole" in said(estimate)[0]
    places = [replace(HOME, locality=name) for name in predictor.localities[::5]]
    assert width(predictor, unknown) > 1.1 * median(width(predictor, home) for home in places)


@pytest.mark.parametrize("typed", ["hsr", "HSR Layuot", "hsr lay"])
def test_an_alias_a_misspelling_and_a_beginning_complete_to_the_place_they_mean(
    predictor: BundlePredictor, typed: str
) -> None:
    assert predictor.complete(typed)[0] == "HSR Layout"


def test_that_a_home_is_only_near_the_place_is_said(predictor: BundlePredictor) -> None:
    assert "Whitefield" in said(predictor.estimate(replace(HOME, locality="near Whitefield")))[0]


@pytest.mark.parametrize("city", ["Bangalore", "India", "Tirupati", "Ballari", "Hosur", "China"])
def test_the_name_of_a_city_completes_to_no_locality_and_brings_none_to_mind(
    predictor: BundlePredictor, city: str
) -> None:
    assert predictor.complete(city) == []
    (note,) = said(predictor.estimate(replace(HOME, locality=city)))
    assert "did you mean" not in note.casefold()


def test_what_may_become_a_locality_completes_though_a_city_is_called_so(
    predictor: BundlePredictor,
) -> None:
    names = [name for name in predictor.localities if " road" in name.casefold()]
    assert all(name in predictor.complete(name) for name in names)
    assert predictor.complete("") == list(predictor.localities[:8])


def test_what_begins_as_typed_goes_before_what_may_be_meant(predictor: BundlePredictor) -> None:
    longer = next(name for name in predictor.localities if " " in name and len(name) > 12)
    assert predictor.complete(longer[:-3])[0].startswith(longer[:-3])


def test_a_misspelt_locality_is_priced_as_the_right_one_and_said(
    predictor: BundlePredictor,
) -> None:
    right, misspelt = (
        predictor.estimate(HOME),
        predictor.estimate(replace(HOME, locality="Whitefeild")),
    )
    assert said(misspelt) == ("'Whitefeild' was understood as Whitefield.",)
    assert replace(misspelt, notes=()) == right


def test_an_unusual_home_is_said_and_gets_a_wider_range(predictor: BundlePredictor) -> None:
    crowded = replace(HOME, area=390.0)
    assert "The range is wider." in said(predictor.estimate(crowded))[0]
    assert width(predictor, crowded) > width(predictor, replace(HOME, area=800.0))


def test_an_address_is_understood_by_the_part_that_is_known(predictor: BundlePredictor) -> None:
    address = replace(HOME, locality="Some Towers, Whitefield")
    assert predictor.estimate(address).price == predictor.estimate(HOME).price


def test_what_is_asked_twice_is_answered_the_same(predictor: BundlePredictor) -> None:
    assert predictor.estimate(HOME) == predictor.estimate(HOME)


def test_localities_are_sorted_names(predictor: BundlePredictor) -> None:
    assert list(predictor.localities) == sorted(predictor.localities, key=str.casefold)
    assert "Whitefield" in predictor.localities


def test_a_flood_of_names_does_not_grow_the_memory(predictor: BundlePredictor) -> None:
    first = predictor.resolve("Nowhere at first")
    assert predictor.resolve("Nowhere at first") is first
    for i in range(4200):
        predictor.resolve(f"Nowhere {i}")
    assert predictor.resolve("Nowhere at first") == first
    assert predictor.resolve("Nowhere at first") is not first


@settings(deadline=None, max_examples=200)
@given(
    locality=st.text(max_size=40),
    area=st.floats(1e-3, 1e9),
    bedrooms=st.integers(1, 20),
    bathrooms=st.integers(1, 20),
)
def test_no_home_raises_and_every_price_lies_in_its_range(
    predictor: BundlePredictor, locality: str, area: float, bedrooms: int, bathrooms: int
) -> None:
    estimate = predictor.estimate(Home(locality, area, bedrooms, bathrooms))
    assert 0 < estimate.low < estimate.price < estimate.high < 1e6


CHEAP, DEAR = (12.82, 77.70), (12.975, 77.606)


def at(home: Home, point: tuple[float, float]) -> Home:
    return home.with_facts(latitude=point[0], longitude=point[1])


@pytest.fixture(scope="module", params=["linear", "booster", "blend"])
def mapped(request: pytest.FixtureRequest) -> BundlePredictor:
    files: Mapping[str, bytes] = request.getfixturevalue(f"{request.param}_files")
    return bundle.load(files)


def test_a_place_that_nobody_knows_is_priced_where_its_coordinates_are(
    mapped: BundlePredictor,
) -> None:
    unknown = replace(HOME, locality="Atlantis")
    cheap, dear = (mapped.estimate(at(unknown, point)) for point in (CHEAP, DEAR))
    assert cheap.price < 0.8 * dear.price
    assert not cheap.locality_known
    assert "from the listings around the coordinates given" in said(cheap)[0]
    assert len(said(cheap)) == 1


def test_a_place_on_the_map_is_priced_alike_with_the_coordinates_of_the_map(
    mapped: BundlePredictor, market: Market
) -> None:
    points = coordinates(market.name)
    (geocoded, *_) = mapped.context.names.geocoded.values()
    named, told = (
        mapped.estimate(home)
        for home in (
            replace(HOME, locality=geocoded),
            at(replace(HOME, locality=geocoded), points[geocoded]),
        )
    )
    assert told.price == pytest.approx(named.price, rel=1e-3)


def test_coordinates_change_nothing_in_a_locality_with_listings(predictor: BundlePredictor) -> None:
    assert predictor.estimate(at(HOME, (12.97, 77.75))) == predictor.estimate(HOME)


def test_coordinates_far_from_the_locality_are_said(mapped: BundlePredictor) -> None:
    (note,) = said(mapped.estimate(at(HOME, DEAR)))
    assert note.startswith("The coordinates given are 16 km from Whitefield")


def test_coordinates_far_from_a_place_on_the_map_are_said_and_priced_by(
    mapped: BundlePredictor, market: Market
) -> None:
    (geocoded, *_) = mapped.context.names.geocoded.values()
    there = at(replace(HOME, locality=geocoded), coordinates(market.name)[geocoded])
    moved = mapped.estimate(at(there, CHEAP))
    assert moved.price != mapped.estimate(there).price
    assert said(moved)[0].startswith(f"No listing is known in {geocoded}")
    assert f"km from {geocoded}: this is a price at the coordinates." in said(moved)[1]


def test_a_correction_is_said_with_coordinates_too(mapped: BundlePredictor) -> None:
    names = mapped.context.names.geocoded.values()
    misspelt = {name[:5] + name[6:]: name for name in names}
    text = next(text for text in misspelt if mapped.resolve(text).corrected)
    (correction, _) = said(mapped.estimate(at(replace(HOME, locality=text), DEAR)))[:2]
    assert correction == f"{text!r} was understood as {mapped.resolve(text).name}."


def test_coordinates_with_nothing_listed_around_change_nothing_and_are_said(
    mapped: BundlePredictor,
) -> None:
    unknown = replace(HOME, locality="Atlantis")
    far = mapped.estimate(at(unknown, (12.0, 78.9)))
    assert far.price == mapped.estimate(unknown).price
    assert said(far)[-1] == "Nothing is listed around the coordinates given: they change nothing."


def test_a_society_without_listings_is_said_where_the_model_sees_it(
    blend_files: Mapping[str, bytes], linear_files: Mapping[str, bytes]
) -> None:
    told = HOME.with_facts(society="Nobody's")
    answer = bundle.load(blend_files).estimate(told)
    assert said(answer) == (
        f'No listing of "Nobody\'s" is known in {answer.locality}: it counts as a society without '
        "listings.",
    )
    four = bundle.load(linear_files)
    unseen = four.estimate(told)
    assert unseen.price == four.estimate(HOME).price
    assert said(unseen) == ("The price does not depend on society: this model does not see it.",)


def test_what_is_not_asked_where_the_kind_is_told_changes_nothing(
    blend_files: Mapping[str, bytes], listings: tuple[Listing, ...]
) -> None:
    """P(house) is left out there: the whole features give the same estimate."""
    mapped = bundle.load(blend_files)
    kinds = set()
    told_whole = [one for one in listings if {*OPTIONAL} - {"society"} <= {*one.home.facts}]
    for listing in told_whole[:300]:
        estimate = mapped.estimate(listing.home)
        model_input, values = mapped.features(listing.home)
        ensemble = mapped.model_for(listing.home).ensemble
        point, _ = ensemble.predict(certain(values), values, model_input)
        assert estimate.price == exp(point + values[mapped.layout.position("log_area")])
        kinds.add(listing.home.text_fact("kind"))
    assert kinds == {"flat", "house"}


def test_an_area_type_that_no_listing_has_counts_as_not_given(mapped: BundlePredictor) -> None:
    odd, plain = (mapped.estimate(HOME.with_facts(area_type=kind)) for kind in ("foo", None))
    assert (odd.price, odd.low, odd.missing_inputs) == (
        plain.price,
        plain.low,
        plain.missing_inputs,
    )
    assert "The area type 'foo' is not known and counts as not given; known are" in said(odd)[0]
    known = mapped.context.encodings.area_types[0]
    notes = said(mapped.estimate(HOME.with_facts(area_type=known.upper())))
    assert not any("is not known" in note for note in notes)


def test_a_home_that_no_listing_is_like_is_of_too_few_and_still_priced(
    predictor: BundlePredictor,
) -> None:
    rare = predictor.estimate(replace(HOME, bedrooms=9, area=3333.0))
    assert rare.certainty == "too_few"
    assert rare.low < rare.price < rare.high
    assert predictor.estimate(HOME).certainty in ("high", "fair", "low")
    assert predictor.estimate(replace(HOME, locality="Atlantis")).certainty == "too_few"


@pytest.mark.parametrize(
    ("odd", "said_of_it"),
    [
        ({"bathrooms": 17}, "17 is an unusual number of bathrooms for 2 BHK: most such homes have"),
        (
            {"bedrooms": 18, "bathrooms": 1, "area": 7200.0},
            "1 is an unusual number of bathrooms for 18 BHK: most such homes have",
        ),
        (
            {"facts": {"balconies": 11}},
            "11 is an unusual number of balconies for 2 BHK: most such homes have 0 to 3.",
        ),
        ({"area": 4400.0}, "4,400 sq ft is an unusual area for 2 BHK: most such homes have"),
    ],
)
def test_what_hardly_goes_together_is_said_and_makes_the_range_half_again_as_wide(
    predictor: BundlePredictor, odd: Mapping[str, Any], said_of_it: str
) -> None:
    home = replace(HOME, **odd)
    estimate = predictor.estimate(home)
    usual = predictor.context.usual
    object.__setattr__(predictor.context, "usual", UsualTogether())
    plain = predictor.estimate(home)
    object.__setattr__(predictor.context, "usual", usual)
    assert estimate.price == plain.price
    assert any(sentence.startswith(said_of_it) for sentence in said(estimate))
    assert log(estimate.high / estimate.price) == pytest.approx(1.5 * log(plain.high / plain.price))
    assert log(estimate.low / estimate.price) == pytest.approx(1.5 * log(plain.low / plain.price))


def test_a_part_of_a_name_that_was_not_used_is_said_and_a_city_is_no_misspelling(
    predictor: BundlePredictor,
) -> None:
    estimate = predictor.estimate(replace(HOME, locality="Whitefield Hope Farm, Hosur Road"))
    assert estimate.locality == "Whitefield"
    assert said(estimate) == ("'Whitefield Hope Farm, Hosur Road' was understood as Whitefield.",)
    for city in ("Bengaluru", "Karnataka", "Mumbai"):
        (note,) = predictor.estimate(replace(HOME, locality=city)).notes
        assert note.code == "price_of_city"
