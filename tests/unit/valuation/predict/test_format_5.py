"""Models of the release before are served, compared and explained as that release did."""

from typing import Any

import msgspec
import pytest

from homeprices.domain.errors import Corrupt
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import read_home
from homeprices.domain.versions import ModelVersion
from homeprices.reports.card import read_card
from homeprices.valuation.explain.explainer import Explainer, open_explainer
from homeprices.valuation.predict import bundle, format_5
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.wording.speech import Speech
from support.kept import VERSIONS, kept_answers, kept_estimates, kept_registry

SHOWN = ("estimated_price", "low", "high")


CALLED_SINCE = {"kind": "kind of home", "area_type": "area type", "balcony": "number of balconies"}


def as_said_since(sentence: str) -> str:
    """A sentence but for units of areas, and with what facts are called since then."""
    start, depends, fields = sentence.partition("does not depend on ")
    names, colon, rest = fields.partition(":")
    called = ", ".join(CALLED_SINCE.get(name, name) for name in names.split(", "))
    words = start + depends + called + colon + rest
    return words.replace(" sq ft", "").replace(" sqft", "")


def files_of(version: str) -> dict[str, bytes]:
    return kept_registry().files(ModelVersion.parse(version))


@pytest.fixture(scope="module", params=["BO1", "BO2", "CO3"])
def kept(request: pytest.FixtureRequest) -> tuple[str, BundlePredictor]:
    return request.param, bundle.load(files_of(request.param))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_kept_model_gives_its_golden_rows(version: str) -> None:
    files = files_of(version)
    predictor, golden = bundle.load(files), msgspec.json.decode(files["golden.json"])
    current = msgspec.json.decode(format_5.translated(files)["golden.json"])
    assert len(golden) == len(current) > 10
    for row, now in zip(golden, current, strict=True):
        home = msgspec.convert(now["home"], type(predictor.context.reference_home))
        estimate = predictor.estimate(home)
        # Another processor gives other last bits.
        assert (estimate.price, estimate.low, estimate.high) == pytest.approx(
            (row["price"], row["low"], row["high"]), rel=1e-12
        )


def test_two_hundred_questions_are_answered_as_they_were(
    kept: tuple[str, BundlePredictor], market: Market
) -> None:
    version, predictor = kept
    priced = 0
    for asked in kept_answers():
        answer = asked.get("all") or asked[version]
        if answer["status"] != 200:
            continue
        estimate = predictor.estimate(read_home(asked["question"], market))
        body = answer["body"]
        prices = (estimate.price, estimate.low, estimate.high)
        assert [round(price, 2) for price in prices] == [body[name] for name in SHOWN]
        assert (estimate.locality, estimate.locality_known) == (
            body["location"],
            body["location_known"],
        )
        assert (estimate.certainty == "too_few") == (body["certainty"] == "too_few")
        told = Speech(market).notes(estimate.notes)
        assert [*map(as_said_since, told)] == [*map(as_said_since, body["notes"])]
        assert msgspec.to_builtins(estimate.missing_inputs) == tuple(
            {**narrowing, "fields": tuple(narrowing["fields"])}
            for narrowing in body["narrower_with"]
        )
        priced += 1
    assert priced > 150


@pytest.fixture(scope="module")
def explainers() -> dict[str, Explainer]:
    versions = {past["model_version"] for past in kept_estimates()}
    return {version: open_explainer(files_of(version)) for version in versions}


@pytest.mark.parametrize("past", kept_estimates(), ids=lambda past: past["prediction_id"][-6:])
def test_past_estimates_are_explained_as_they_were(
    past: dict[str, Any], explainers: dict[str, Explainer], market: Market
) -> None:
    explainer, home = explainers[past["model_version"]], read_home(past["home"], market)
    explained = explainer.reasons(home).rounded()
    amounts = [(reason.name, reason.amount) for reason in explained.reasons]
    assert amounts == [(reason["reason"], reason["amount"]) for reason in past["reasons"]]
    assert explained.reference_price == past["baseline"]["estimated_price"]
    alike = explainer.comparables(home).homes
    shown = past["comparables"]["listings"]
    words = Speech(market).words
    told = [
        (one.listing.price, round(one.likeness, 3), [words(note) for note in one.differs])
        for one in alike
    ]
    assert told == [(one["price"], one["likeness"], one["differs"]) for one in shown]
    curve = explainer.curve(home, "area")
    prices = [(point.value, round(point.price, 2)) for point in curve.points]
    kept_points = past["what_if"]["points"]
    assert prices == [(point["value"], point["estimated_price"]) for point in kept_points]


@pytest.mark.parametrize("version", ["CO1", "CO2"])
def test_its_metrics_and_its_card_are_read_by_their_current_names(version: str) -> None:
    registry = kept_registry()
    manifest = registry.manifest(ModelVersion.parse(version))
    assert "male" not in {*manifest.metrics, *manifest.baseline_metrics}
    content = registry.report_file(manifest, "card.json")
    assert content is not None and b'"male"' in content
    names = {figure.name for figure in read_card(content).figures}
    assert names == manifest.metrics.keys() - {"rows"}
    assert "mean_abs_log_error" in names


def test_a_file_of_a_kept_model_that_is_missing_is_told() -> None:
    files = files_of("CO2")
    del files["tables.msgpack"]
    with pytest.raises(Corrupt, match=r"no file 'tables.msgpack'"):
        bundle.load(files)
