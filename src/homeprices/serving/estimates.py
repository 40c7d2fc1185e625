"""GET /api/estimates/{id}: a past estimate, rebuilt and explained as of its own time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.explanation import Comparable, Curve, PastEstimate, PriceRange
from homeprices.domain.listing import Fact, Home
from homeprices.domain.market import Market
from homeprices.domain.notes import note
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.health import DatabaseWatch
from homeprices.wording.speech import Speech

PATH = "/api/estimates/{prediction_id}"
HomeFields = dict[str, str | float | int]
# The facts that a price can be drawn against.
CURVES = ("area", "bedrooms")


@dataclass(frozen=True, slots=True)
class ShownPrices:
    """A price and its range, in the unit of price."""

    estimated_price: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The reference home of the listings that the model learned from, and its price."""

    home: HomeFields
    estimated_price: float


@dataclass(frozen=True, slots=True)
class ShownReason:
    """What a group of facts adds to the price of the baseline: they add up to the estimate."""

    reason: str
    amount: float
    sentence: str


@dataclass(frozen=True, slots=True)
class ShownComparable:
    """A listing like the home; `likeness` is the correlation of their prices, 0 to 1."""

    home: HomeFields
    price: float
    price_per_area: int
    times_listed: int
    likeness: float
    alike: str
    differs: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownComparables:
    """`median_price` is of the prices as listed, not adjusted.

    `median_for_this_area` is their median price per area times the area of the home.
    """

    listings: Sequence[ShownComparable]
    median_price: float | None
    median_for_this_area: float | None


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """The estimate with another value of one field."""

    value: float
    estimated_price: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ShownCurve:
    """Price and range against one field of the home."""

    field: str
    points: Sequence[ShownPoint]


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """An estimate as it was recorded and as its model version gives it now from its inputs."""

    prediction_id: str
    estimated_at: str
    model_version: str
    dataset: str
    simulated: bool
    price_unit: str
    currency: str
    area_unit: str
    home: HomeFields
    recorded: ShownPrices
    rebuilt: ShownPrices
    equal: bool
    baseline: Baseline
    reasons: Sequence[ShownReason]
    comparables: ShownComparables
    what_if: ShownCurve | None


class Estimates:
    """The route; it waits in a thread, beside the slot that serves."""

    def __init__(self, dependencies: ServiceDependencies, database: DatabaseWatch) -> None:
        self._dependencies = dependencies
        self._database = database
        self._market = dependencies.market
        self._speech = Speech(dependencies.market)
        self._curves = curves(dependencies.market)
        self.router = APIRouter(tags=["estimates"])
        self.router.add_api_route(PATH, self.estimate)

    def estimate(
        self,
        prediction_id: str,
        curve: Annotated[
            str | None, Query(description="what to vary: the field of the area or of the bedrooms")
        ] = None,
    ) -> ShownEstimate:
        """Why a past estimate was what it was, whatever model serves now."""
        uuid = self._dependencies.identity.uuid_of(prediction_id)
        if curve is not None and curve not in self._curves:
            expected = note("either", choices=[*self._curves])
            values = {"expected": expected, "got": curve[:60]}
            raise BadInput([FieldProblem("curve", "not_a_choice", values)])
        self._database.require()
        past = self._dependencies.past_estimates.rebuild(
            uuid, self._curves[curve] if curve else None
        )
        return self._shown(prediction_id, past)

    def _shown(self, prediction_id: str, past: PastEstimate) -> ShownEstimate:
        market, explained = self._market, past.explanation.rounded()
        alike = past.comparables
        return ShownEstimate(
            prediction_id=prediction_id,
            estimated_at=past.at,
            model_version=past.model_version,
            dataset=past.dataset,
            simulated=past.simulated,
            price_unit=market.money.price_unit,
            currency=market.money.symbol,
            area_unit=market.area_unit,
            home=_facts(past.home, market, past.locality),
            recorded=_prices(past.recorded),
            rebuilt=_prices(past.rebuilt),
            equal=past.equal,
            baseline=Baseline(_facts(explained.reference_home, market), explained.reference_price),
            reasons=[
                ShownReason(reason.name, reason.amount, self._speech.reason(reason))
                for reason in explained.reasons
            ],
            comparables=ShownComparables(
                [self._comparable(comparable) for comparable in alike.homes],
                _round(alike.median_price),
                _round(alike.median_for_this_area),
            ),
            what_if=None if past.curve is None else _curve(past.curve, market),
        )

    def _comparable(self, comparable: Comparable) -> ShownComparable:
        home, price = comparable.listing.home, comparable.listing.price
        return ShownComparable(
            home=_facts(home, self._market, comparable.locality),
            price=price,
            price_per_area=round(price * self._market.money.units_of_currency / home.area),
            times_listed=comparable.times,
            likeness=round(comparable.likeness, 3),
            alike=self._speech.words(comparable.alike),
            differs=[self._speech.words(difference) for difference in comparable.differs],
        )


def curves(market: Market) -> dict[str, str]:
    """The facts that a price can be drawn against, by what a client calls them."""
    # By the names of their fields; "area" is what the API has always called it here.
    return {"area": "area", **{market.fields[fact]: fact for fact in CURVES}}


def _facts(home: Home, market: Market, locality: str | None = None) -> HomeFields:
    """The facts that are known of `home`, by the names of the market's fields."""
    own: dict[str, Fact] = {
        "area": home.area,
        "locality": locality or home.locality,
        "bedrooms": home.bedrooms,
        "bathrooms": home.bathrooms,
    }
    return {market.fields[name]: value for name, value in {**own, **home.facts}.items()}


def _prices(prices: PriceRange) -> ShownPrices:
    return ShownPrices(round(prices.price, 2), round(prices.low, 2), round(prices.high, 2))


def _curve(curve: Curve, market: Market) -> ShownCurve:
    points = [
        ShownPoint(point.value, round(point.price, 2), round(point.low, 2), round(point.high, 2))
        for point in curve.points
    ]
    return ShownCurve(market.fields[curve.fact], points)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
