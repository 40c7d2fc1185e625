"""Examples of requests and of their answers, made of the market's own data.

An answer is made of the type that the route answers with, so that it has its fields. What stands in
it is invented: the prices are those of the market's usual rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from homeprices.domain.drift import DriftReport
from homeprices.domain.experiments.decision import Action, Decision, Verdict
from homeprices.domain.experiments.status import ExperimentStatus
from homeprices.domain.explanation import Certainty, Narrowing
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.model_card import ModelEntry, ModelState
from homeprices.domain.requests.home_request import read_home
from homeprices.domain.requests.records import (
    FeedbackFigures,
    FeedbackType,
    PredictionFigures,
    Slot,
    VersionFigures,
)
from homeprices.serving import decisions, estimates, feedback, models, predict
from homeprices.serving.batch import route as batch
from homeprices.serving.batch.answers import JsonWriter, RowProblem
from homeprices.serving.documentation.homes import (
    example_home,
    full_example_home,
    unfit_example_home,
)
from homeprices.serving.documentation.problems import refused_home
from homeprices.serving.estimates import (
    Baseline,
    ShownComparable,
    ShownComparables,
    ShownEstimate,
    ShownPrices,
    ShownReason,
)
from homeprices.serving.fields import CompletionAnswer, FieldPages, Locations
from homeprices.serving.health import Alive, Health, Ready, SpoolHour, System
from homeprices.serving.models import ModelPage
from homeprices.serving.price import Answer, Price
from homeprices.serving.request_metrics import Log, LogKind, MetricsReport
from homeprices.stores.spool.spool import SpoolCounts

AT = "2026-03-31T09:00:00+00:00"
VERSION, CANDIDATE, DATASET = "BO1", "CO7", "V1"
# Of the form of an id, and of no estimate: whoever wants an answer puts an id of their own there.
PREDICTION_ID = "01900000-0000-7000-8000-000000000000-000000000000"
COVERAGE, HALF_RANGE = 0.8, 0.12


@dataclass(frozen=True, slots=True)
class Example:
    """One request that can be sent as it is, in a body or in parameters, and what it is about."""

    summary: str
    body: Any = None
    parameters: Mapping[str, object] = field(default_factory=dict)


# By method and path.
Requests = Mapping[tuple[str, str], list[Example]]


class Examples:
    """The examples of a market, by method and path."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.requests = _requests(market)
        self.answers = self._answers()

    def _answers(self) -> dict[tuple[str, str], Any]:
        """What the first of the requests is answered with."""
        market = self._market
        locality = self._home.locality
        return {
            ("post", predict.PATH): self._answer(),
            ("get", predict.PATH): self._answer(),
            ("get", "/api/localities"): CompletionAnswer(locality[:4], [locality]),
            ("get", "/api/get_location_names"): Locations([locality]),
            ("get", "/api/fields"): FieldPages(market).form,
            ("post", feedback.PATH): _kept(),
            ("post", batch.PATH): self._batch_answer(),
            ("get", models.PATH): ModelPage(1, [_entry()]),
            ("get", estimates.PATH): self._estimate(),
            ("get", decisions.PATH): decisions.DecisionPage(1, [_decision()], None),
            ("post", decisions.PATH): _decision(),
            ("get", "/api/experiment"): ExperimentStatus(),
            ("get", "/api/metrics"): _metrics(),
            ("get", "/api/drift_report"): DriftReport("quiet", "no drift", False, 412, 7, DATASET),
            ("get", "/api/logs"): Log(LogKind.PREDICTIONS, 0, None, []),
            ("get", "/api/logs/tail"): Log(LogKind.PREDICTIONS, 0, None, []),
            ("get", "/api/health"): _health(),
            ("get", "/api/health/live"): Alive("alive"),
            ("get", "/api/health/ready"): Ready("ready", VERSION),
        }

    def _batch_answer(self) -> object:
        """What a batch of two homes is answered with, of which the second is refused."""
        writer = JsonWriter()
        rows = (
            writer.price(1, Price(**self._price_fields())),
            writer.problem(RowProblem(2, refused_home(self._market))),
        )
        return msgspec.json.decode(b"".join([writer.head, *rows, writer.tail]))

    @property
    def _home(self) -> Home:
        return read_home(example_home(self._market), self._market)

    def _prices(self) -> tuple[float, float, float]:
        market, home = self._market, self._home
        price = home.area * market.usual.rate / market.money.units_of_currency
        low, high = price * (1 - HALF_RANGE), price * (1 + HALF_RANGE)
        return round(price, 2), round(low, 2), round(high, 2)

    def _price_fields(self) -> dict[str, Any]:
        market, home = self._market, self._home
        price, low, high = self._prices()
        optional = next(iter(market.optional_facts.values()), None)
        narrowing = [] if optional is None else [Narrowing((optional.field,), 4)]
        return {
            "estimated_price": price,
            "low": low,
            "high": high,
            "coverage": COVERAGE,
            "certainty": Certainty.HIGH,
            "chance_within_20_percent": 0.84,
            "price_per_sqft": market.usual.rate,
            "price_unit": market.money.price_unit,
            "currency": market.money.symbol,
            "area": home.area,
            "area_unit": market.area_unit,
            "location": home.locality,
            "location_known": True,
            "notes": [],
            "narrower_with": narrowing,
            "model_version": VERSION,
            "simulated": False,
        }

    def _answer(self) -> Answer:
        return Answer(
            **self._price_fields(),
            prediction_id=PREDICTION_ID,
            model_variant=Slot.PRODUCTION.value,
            response_time_ms=0.214,
        )

    def _estimate(self) -> ShownEstimate:
        market = self._market
        prices = ShownPrices(*self._prices())
        home: Any = example_home(market)
        alike = ShownComparable(
            home, prices.low, round(market.usual.rate), 1, 0.9, "much alike", ["another street"]
        )
        area = market.facts["area"]
        added = round(prices.estimated_price - prices.low, 2)
        return ShownEstimate(
            prediction_id=PREDICTION_ID,
            estimated_at=AT,
            model_version=VERSION,
            dataset=DATASET,
            simulated=False,
            price_unit=market.money.price_unit,
            currency=market.money.symbol,
            area_unit=market.area_unit,
            home=home,
            recorded=prices,
            rebuilt=prices,
            equal=True,
            baseline=Baseline(home, prices.low),
            reasons=[ShownReason("area", added, f"{area.title}: more than most homes have")],
            comparables=ShownComparables([alike], prices.low, prices.low),
            what_if=None,
        )


def _requests(market: Market) -> Requests:
    home, full = example_home(market), full_example_home(market)
    by_id = {"prediction_id": PREDICTION_ID}
    sold = {"sold_on": "2026-03-31", "price_source": "registered"}
    price = round(market.usual.rate * 1200 / market.money.units_of_currency, 1)
    act = {"action": Action.HOLD.value, "reason": "The office looks at the figures first."}
    return {
        ("post", predict.PATH): [
            Example("the least that must be said", home),
            Example("everything that may be said", full),
        ],
        ("get", predict.PATH): [Example("the least that must be said", parameters=home)],
        ("post", feedback.PATH): [
            Example("an opinion", {**by_id, "feedback_type": "too_high"}),
            Example("stars", {**by_id, "feedback_type": "rating", "feedback_value": 4}),
            Example(
                f"a sale price in {market.money.price_unit}",
                {**by_id, "feedback_type": "actual_price", "feedback_value": price, **sold},
            ),
            Example(
                "a sale price far from the estimate, confirmed",
                {
                    **by_id,
                    "feedback_type": "actual_price",
                    "feedback_value": f"{round(price * 6, 1)} {market.money.price_unit}",
                    "confirmed": True,
                },
            ),
            Example(
                "a comment",
                {**by_id, "feedback_type": "comment", "feedback_text": "It faces the lake."},
            ),
        ],
        ("post", batch.PATH): [
            Example("two homes, of which one cannot be priced", [home, unfit_example_home(market)])
        ],
        ("post", decisions.PATH): [Example("let nothing be promoted for now", act)],
        ("get", "/api/localities"): [
            Example("the beginning of a name", parameters={"q": _locality(market)[:4]})
        ],
        ("get", estimates.PATH): [Example("an estimate of yours", parameters=by_id)],
        ("get", f"{models.PATH}/{{version}}"): [Example("one", parameters={"version": VERSION})],
    }


def _locality(market: Market) -> str:
    return str(example_home(market)[market.facts["locality"].field])


def _kept() -> feedback.Kept:
    return feedback.Kept(
        status="kept",
        feedback_id="8f14e45fceea167a5a36dedd4bea2543",
        prediction_id=PREDICTION_ID,
        feedback_type=FeedbackType.TOO_HIGH.value,
        feedback_value=None,
        message=feedback.THANKS_FOR_OPINION,
    )


def _entry() -> ModelEntry:
    return ModelEntry(
        version=VERSION,
        state=ModelState.PRODUCTION,
        recipe="blend",
        dataset=DATASET,
        simulated=False,
        created_at=AT,
        copied_from=None,
        decision=None,
        digest="0" * 64,
        metrics={"mdape_percent": 11.2},
        baseline_metrics={"mdape_percent": 19.8},
    )


def _decision() -> Decision:
    return Decision(
        id="D-0281",
        at=AT,
        verdict=Verdict.HOLD,
        actor="operator (API)",
        experiment="E4",
        subject=CANDIDATE,
        before=VERSION,
        after=VERSION,
        reasons=["The office looks at the figures first."],
        figures={},
        undo="homes undo D-0281",
        undoes=None,
        undone_by=None,
        asks_training=False,
        done=True,
    )


def _metrics() -> MetricsReport:
    figures = VersionFigures(
        PredictionFigures(412, 0.31, 0.62, 1.4, 0.18, 3.9), FeedbackFigures(9, 4.5, 3, 1, 1)
    )
    return MetricsReport(
        variant=VERSION,
        slot=Slot.PRODUCTION.value,
        time_period_hours=24,
        timestamp=AT,
        predictions=figures.predictions,
        feedback=figures.feedback,
        variants={VERSION: figures},
    )


def _health() -> Health:
    return Health(
        status="healthy",
        timestamp=AT,
        model_variant=Slot.PRODUCTION.value,
        model_version=VERSION,
        simulated=False,
        load_failures=0,
        reasons=[],
        system=System(4.5, 38.1),
        database="connected",
        spool=SpoolCounts(
            issued=412,
            stored=412,
            waiting=0,
            set_aside=0,
            torn=0,
            size_bytes=0,
            budget_bytes=1 << 30,
        ),
        spool_hours=[
            SpoolHour(VERSION, AT[:13] + ":00:00+00:00", 412, stored=412, waiting=0, set_aside=0)
        ],
    )
