"""An estimate stays explainable after its model has left production."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.errors import Gone, NotFound
from homeprices.domain.listing import Home
from homeprices.domain.requests.records import PredictionRecord
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import Clock
from homeprices.stores.objects import ObjectStore
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresPredictionReader, PostgresRequestLog
from homeprices.stores.registry import Registry
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES
from homeprices.workflows.estimates.past_estimates import RebuiltEstimates, past_home
from homeprices.workflows.estimates.scorer import RegistryScorer
from homeprices.workflows.experiments.apply import copy
from support.fakes import describe
from support.service import prediction

MARKET = markets.load("bangalore")
ASKED = {"location": "Whitefield", "total_sqft": "1200", "bhk": "2", "bath": "2"}
SPOT = {"location": "Atlantis", "latitude": "12.97", "longitude": "77.75"}
MORE = {"kind": "flat", "society": "Prestige", "balcony": "1"}
BO1, CO1, CO2 = (ModelVersion.parse(name) for name in ("BO1", "CO1", "CO2"))


@dataclass
class Past:
    registry: Registry
    log: PostgresRequestLog
    predictions: PostgresPredictionReader

    def asked(self, version: ModelVersion, number: int, inputs: dict[str, str]) -> PredictionRecord:
        """A request that the service of `version` has priced and the uploader has stored."""
        home = Home("Whitefield", 1200.0, 2, 2)
        if "kind" in inputs:
            home = home.with_facts(kind="flat", society="Prestige", balconies=1)
        if "latitude" in inputs:
            home = replace(home, locality=inputs["location"])
            home = home.with_facts(latitude=12.97, longitude=77.75)
        estimate = bundle.load(self.registry.files(version)).estimate(home)
        record = prediction(
            number,
            inputs=inputs,
            model_version=str(version),
            area=1200.0,
            price=estimate.price,
            low=estimate.low,
            high=estimate.high,
        )
        self.log.store([record])
        return record


@pytest.fixture(scope="module")
def bundles() -> dict[str, dict[str, bytes]]:
    """The files of a quick model of each recipe."""
    listings = read_listings(simulate(MARKET, 2000, 5), MARKET)
    sets = {"booster": {"fact_sets": 3.0}, "linear": {}, "blend": {"fact_sets": 3.0}}
    return {
        recipe: fit(FitConfig(recipe, {**RECIPES[recipe].quick, **more}), listings, MARKET, print)
        for recipe, more in sets.items()
    }


@pytest.fixture
def past(database: Database, clock: Clock, bundles: dict[str, dict[str, bytes]]) -> Iterator[Past]:
    registry = Registry(ObjectStore("memory://"), clock)
    roles = {"booster": Role.PRODUCTION, "linear": Role.CANDIDATE, "blend": Role.CANDIDATE}
    for recipe, role in roles.items():
        registry.publish(role, bundles[recipe], describe)
    yield Past(registry, PostgresRequestLog(database), PostgresPredictionReader(database))


def test_estimates_of_bo1_are_rebuilt_equal_when_bo3_is_in_production(
    past: Past, clock: Clock
) -> None:
    records = [past.asked(BO1, 1, ASKED), past.asked(BO1, 2, ASKED | MORE)]
    records.append(past.asked(CO1, 3, ASKED))
    records += [past.asked(version, 4 + i, ASKED | SPOT) for i, version in enumerate((BO1, CO2))]
    for number, candidate in enumerate((CO1, CO2), 1):
        copy(past.registry, candidate, f"D-000{number}", clock().isoformat())
    past.registry.retire(CO1, "it lost")
    production = past.registry.production()
    assert production is not None
    assert production.version == "BO3"
    rebuilt = RebuiltEstimates(past.registry, past.predictions)
    for record in records:
        told = rebuilt.rebuild(record.id, "area")
        assert told.equal
        assert told.model_version == record.model_version
        assert told.rebuilt.price == record.price
        reasons = told.explanation
        total = reasons.reference_price + sum(reason.amount for reason in reasons.reasons)
        assert total == pytest.approx(record.price, abs=1e-9)
        assert len(told.comparables.homes) == 10
        assert told.curve is not None
    assert len(rebuilt.rebuild(records[1].id, None).explanation.reasons) == 5


def test_an_estimate_that_another_model_gave_is_not_equal(past: Past) -> None:
    record = past.asked(BO1, 1, ASKED)
    other = replace(record, id=prediction(2).id, model_version="CO1")
    past.log.store([other])
    assert not RebuiltEstimates(past.registry, past.predictions).rebuild(other.id, None).equal


def test_what_cannot_be_rebuilt_says_why(past: Past) -> None:
    rebuilt = RebuiltEstimates(past.registry, past.predictions)
    with pytest.raises(NotFound, match="ask again in a minute"):
        rebuilt.rebuild(prediction(9).id, None)
    refused = prediction(4, status=422, price=None, low=None, high=None)
    past.log.store([refused])
    with pytest.raises(NotFound, match="status 422 and got no price"):
        rebuilt.rebuild(refused.id, None)
    record = past.asked(CO1, 5, ASKED)
    past.registry.delete_files(CO1, 180)
    with pytest.raises(Gone, match="deleted after 180 days"):
        rebuilt.rebuild(record.id, None)


def test_a_home_that_was_asked_about_is_priced_again_by_any_version(past: Past) -> None:
    asked = past.asked(CO1, 1, {**ASKED, **MORE})
    scorer = RegistryScorer(past.registry, past.predictions)
    assert scorer.price("CO1", asked.id) == pytest.approx(asked.price, rel=1e-12)
    home = past_home(asked, MARKET)
    for version in ("BO1", "CO2"):
        model = bundle.load(past.registry.files(ModelVersion.parse(version)))
        assert scorer.price(version, asked.id) == model.estimate(home).price != asked.price


def test_a_model_that_cannot_be_loaded_or_fails_prices_nothing(past: Past) -> None:
    asked = past.asked(BO1, 1, ASKED)
    past.registry.publish(Role.CANDIDATE, {"model.json": b"{}"}, describe)
    scorer = RegistryScorer(past.registry, past.predictions)
    assert scorer.price("CO3", asked.id) is None
    assert scorer.price("BO1", asked.id) == pytest.approx(asked.price, rel=1e-12)
    # Twenty thousand rooms: no home that any model of today would be asked about.
    past.log.store([prediction(2, inputs={**ASKED, "bhk": "20000"}, bedrooms=20_000)])
    assert scorer.price("BO1", prediction(2).id) is None
