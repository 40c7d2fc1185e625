from collections.abc import Mapping
from dataclasses import replace
from math import exp
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeprices import markets
from homeprices.domain.estimate import Estimate
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.markets.places import coordinates
from homeprices.valuation.features.definitions import LOG_AREA
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.wording.speech import Speech

HOME = Home("Whitefield", 1200.0, 2, 2)


@pytest.fixture(scope="module", params=["linear", "booster", "blend"])
def valuer(request: pytest.FixtureRequest) -> BundlePredictor:
    files: Mapping[str, bytes] = request.getfixturevalue(f"{request.param}_files")
    return bundle.load(files)


def said(estimate: Estimate) -> tuple[str, ...]:
    return tuple(Speech(markets.load("bangalore")).notes(estimate.notes))


def width(valuer: BundlePredictor, home: Home) -> float:
    estimate = valuer.estimate(home)
    return estimate.high / estimate.low


def test_a_known_locality_is_priced_without_notes_and_by_the_name_people_write(
    valuer: BundlePredictor,
) -> None:
    estimate = valuer.estimate(replace(HOME, locality="near  WHITEFIELD, bangalore"))
    assert (estimate.locality, estimate.locality_known, estimate.notes) == ("Whitefield", True, ())
    assert 20 < estimate.low < estimate.price < estimate.high < 200
    assert estimate.coverage == 0.8


def test_an_unknown_locality_is_said_and_gets_a_wider_range(valuer: BundlePredictor) -> None:
    unknown = replace(HOME, locality="Atlantis")
    estimate = valuer.estimate(unknown)
    assert (estimate.locality, estimate.locality_known) == ("Atlantis", False)
    assert "a price for Bengaluru as a whole" in said(estimate)[0]
    places = [replace(HOME, locality=name) for name in valuer.localities[::5]]
    assert width(valuer, unknown) > 1.1 * median(width(valuer, home) for home in places)


@pytest.mark.parametrize("typed", ["hsr", "HSR Layuot", "hsr lay"])
def test_an_alias_a_misspelling_and_a_beginning_complete_to_the_place_they_mean(
    valuer: BundlePredictor, typed: str
) -> None:
    assert valuer.complete(typed)[0] == "HSR Layout"


def test_what_begins_as_typed_goes_before_what_may_be_meant(valuer: BundlePredictor) -> None:
    longer = next(name for name in valuer.localities if " " in name and len(name) > 12)
    assert valuer.complete(longer[:-3])[0].startswith(longer[:-3])


def test_a_misspelt_locality_is_priced_as_the_right_one_and_said(valuer: BundlePredictor) -> None:
    right, misspelt = valuer.estimate(HOME), valuer.estimate(replace(HOME, locality="Whitefeild"))
    assert said(misspelt) == ("'Whitefeild' was understood as Whitefield.",)
    assert replace(misspelt, notes=()) == right


def test_an_unusual_home_is_said_and_gets_a_wider_range(valuer: BundlePredictor) -> None:
    crowded = replace(HOME, area=390.0)
    assert "The range is wider." in said(valuer.estimate(crowded))[0]
    assert width(valuer, crowded) > width(valuer, replace(HOME, area=410.0))


def test_an_address_is_understood_by_the_part_that_is_known(valuer: BundlePredictor) -> None:
    address = replace(HOME, locality="Some Towers, Whitefield")
    assert valuer.estimate(address).price == valuer.estimate(HOME).price


def test_what_is_asked_twice_is_answered_the_same(valuer: BundlePredictor) -> None:
    assert valuer.estimate(HOME) == valuer.estimate(HOME)


def test_localities_are_sorted_names(valuer: BundlePredictor) -> None:
    assert list(valuer.localities) == sorted(valuer.localities, key=str.casefold)
    assert "Whitefield" in valuer.localities


def test_a_flood_of_names_does_not_grow_the_memory(valuer: BundlePredictor) -> None:
    for i in range(5000):
        valuer.estimate(replace(HOME, locality=f"Nowhere {i}"))
    assert len(valuer._remembered) <= 4096


@settings(deadline=None, max_examples=200)
@given(
    locality=st.text(max_size=40),
    area=st.floats(1e-3, 1e9),
    bedrooms=st.integers(1, 20),
    bathrooms=st.integers(1, 20),
)
def test_no_home_raises_and_every_price_lies_in_its_range(
    valuer: BundlePredictor, locality: str, area: float, bedrooms: int, bathrooms: int
) -> None:
    estimate = valuer.estimate(Home(locality, area, bedrooms, bathrooms))
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
    (charted, *_) = mapped.knowledge.places.charted.values()
    named, told = (
        mapped.estimate(home)
        for home in (
            replace(HOME, locality=charted),
            at(replace(HOME, locality=charted), points[charted]),
        )
    )
    assert told.price == pytest.approx(named.price, rel=1e-3)


def test_coordinates_change_nothing_in_a_locality_with_listings(valuer: BundlePredictor) -> None:
    assert valuer.estimate(at(HOME, (12.97, 77.75))) == valuer.estimate(HOME)


def test_coordinates_far_from_the_locality_are_said(mapped: BundlePredictor) -> None:
    (note,) = said(mapped.estimate(at(HOME, DEAR)))
    assert note.startswith("The coordinates given are 16 km from Whitefield")


def test_coordinates_far_from_a_place_on_the_map_are_said_and_priced_by(
    mapped: BundlePredictor, market: Market
) -> None:
    (charted, *_) = mapped.knowledge.places.charted.values()
    there = at(replace(HOME, locality=charted), coordinates(market.name)[charted])
    moved = mapped.estimate(at(there, CHEAP))
    assert moved.price != mapped.estimate(there).price
    assert said(moved)[0].startswith(f"No listing is known in {charted}")
    assert f"km from {charted}: this is a price at the coordinates." in said(moved)[1]


def test_a_correction_is_said_with_coordinates_too(mapped: BundlePredictor) -> None:
    names = mapped.knowledge.places.charted.values()
    misspelt = {name[:5] + name[6:]: name for name in names}
    text = next(text for text in misspelt if mapped.found(text).corrected)
    (correction, _) = said(mapped.estimate(at(replace(HOME, locality=text), DEAR)))[:2]
    assert correction == f"{text!r} was understood as {mapped.found(text).name}."


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
    for listing in listings[:300]:
        estimate = mapped.estimate(listing.home)
        subject, values = mapped.see(listing.home)
        model = mapped._chosen(listing.home)[0]
        point, _ = model.mix.judge(values, subject)
        assert estimate.price == exp(point + values[LOG_AREA])
        kinds.add(listing.home.text_fact("kind"))
    assert kinds == {"flat", "house"}


def test_an_area_type_that_no_listing_has_counts_as_not_given(mapped: BundlePredictor) -> None:
    odd, plain = (mapped.estimate(HOME.with_facts(area_type=kind)) for kind in ("foo", None))
    assert (odd.price, odd.low, odd.narrower) == (plain.price, plain.low, plain.narrower)
    assert "The area type 'foo' is not known and counts as not given; known are" in said(odd)[0]
    known = mapped.knowledge.tables.area_types[0]
    notes = said(mapped.estimate(HOME.with_facts(area_type=known.upper())))
    assert not any("is not known" in note for note in notes)


def test_a_home_that_no_listing_is_like_is_of_too_few_and_still_priced(
    valuer: BundlePredictor,
) -> None:
    rare = valuer.estimate(replace(HOME, bedrooms=9, area=3333.0))
    assert rare.certainty == "too_few"
    assert rare.low < rare.price < rare.high
    assert valuer.estimate(HOME).certainty in ("high", "fair", "low")
    assert valuer.estimate(replace(HOME, locality="Atlantis")).certainty == "too_few"
