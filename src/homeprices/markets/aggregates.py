"""Aggregate figures of a market, the calibration of its simulator, and where its localities lie.

Counts, medians and shares of public listings; no listing can be read from them.
"""

import csv
import io
from dataclasses import dataclass
from importlib import resources

import msgspec

from homeprices.domain.errors import NotFound

Shares = dict[str, float]


@dataclass(frozen=True, slots=True)
class LocalityFacts:
    """Listings in the market, median price per area in units of currency, share of houses."""

    locality: str
    listings: float
    median_rate: float
    house_share: float


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """What homes there are and how people write about them.

    Shares are 0 to 1. `log_area` holds mean and sd by bedrooms and kind ("2|flat");
    `curve` the effect on the log price per area of log area from `curve_at_area`,
    its square, bedrooms from 2, and bathrooms beyond bedrooms, by kind.

    `small_locality_share` of the listings are in localities of fewer than ten, which have
    `small_locality_houses` times the houses of those around; `ungeocoded_share` of these are in
    places on no map, with `ungeocoded_listings` each. `plots` is how many of the houses of about
    that area have just that, `area_steps` what other areas are rounded to. A flat is of a
    `new_project`, or else of that of another one, with its `same_layout`, or `other_bedrooms`.

    Of log prices per area: houses are `house_premium` above the median of their locality, flats
    below it by `flat_discount` for each share of houses; projects spread by `project_sd`, and
    flats of one, but those `at_list_price`, by `within_project` (Student's t), houses by
    `house_sd`.
    """

    small_locality_share: float
    small_locality_houses: float
    ungeocoded_share: float
    ungeocoded_listings: float
    bedrooms: Shares
    house_share: Shares
    log_area: dict[str, tuple[float, float]]
    plots: Shares
    area_steps: dict[str, Shares]
    bathrooms: dict[str, Shares]
    area_types: dict[str, Shares]
    ready_share: float
    dates: list[str]
    balconies: Shares
    society_missing: Shares
    size_words: dict[str, str]
    curve: dict[str, tuple[float, float, float, float]]
    curve_at_area: float
    flat_discount: float
    house_premium: float
    project_sd: float
    within_project: float
    at_list_price: float
    new_project: float
    same_layout: float
    other_bedrooms: float
    house_sd: float
    unit_rates: Shares
    range_rate: float
    studio_rate: float
    bathrooms_missing: float
    size_missing: float
    spaced_rate: float
    comma_rate: float
    misspelt_rate: float
    slip_rate: float
    duplicate_rate: float


def facts(market_name: str) -> tuple[MarketFacts, list[LocalityFacts]]:
    """The figures of a market and its larger localities; raises NotFound if it has none."""
    folder = resources.files(__package__).joinpath(f"{market_name}_data")
    if not folder.joinpath("facts.json").is_file():
        raise NotFound(
            f"there are no figures to simulate {market_name!r} from; publish a listing file instead"
        )
    text = folder.joinpath("localities.csv").read_text(encoding="utf-8")
    localities = [
        LocalityFacts(
            row["locality"],
            float(row["listings"]),
            float(row["median_rate"]),
            float(row["house_share"]),
        )
        for row in csv.DictReader(io.StringIO(text))
    ]
    return msgspec.json.decode(
        folder.joinpath("facts.json").read_bytes(), type=MarketFacts
    ), localities


def coordinates(market_name: str) -> dict[str, tuple[float, float]]:
    """Latitude and longitude in degrees, to about a kilometre, by locality; {} if none are known.

    From general knowledge, approximate, open to correction.
    """
    path = resources.files(__package__).joinpath(f"{market_name}_data", "coordinates.csv")
    if not path.is_file():
        return {}
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    return {row["locality"]: (float(row["latitude"]), float(row["longitude"])) for row in rows}
