from pathlib import Path

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.describe import LARGEST_LOCALITIES, describe
from homeprices.domain.locality import locality_key

MARKET = markets.load("bangalore")


def test_every_listing_falls_into_one_bin_of_each_feature(listings_file: Path) -> None:
    listings = read_listings(listings_file.read_bytes(), MARKET)
    profile = describe(listings, MARKET)
    for bins in [*profile.numbers.values(), *profile.names.values()]:
        assert sum(bins.counts) == len(listings)
    assert set(profile.numbers) == {"area", "area_per_bedroom", "bedrooms", "bathrooms"}
    assert len(profile.names["locality"].names) == LARGEST_LOCALITIES


def test_counts_are_those_that_placing_each_listing_gives(listings_file: Path) -> None:
    listings = read_listings(listings_file.read_bytes(), MARKET)[:500]
    profile = describe(listings, MARKET)
    area, locality = profile.numbers["area"], profile.names["locality"]
    areas, names = [0] * len(area.counts), [0] * len(locality.counts)
    for listing in listings:
        areas[area.place(listing.home.area)] += 1
        names[locality.place(locality_key(listing.home.locality, MARKET))] += 1
    assert (areas, names) == (area.counts, locality.counts)
