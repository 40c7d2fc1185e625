"""Versions side by side, from what their trainings kept."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from homeprices import markets
from homeprices.cli.show import comparison_tables
from homeprices.datasets.simulate import simulate
from homeprices.domain.comparison import Comparison, SlicePair
from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.model_card import ModelCard, ModelState
from homeprices.domain.versions import ModelVersion, Role
from homeprices.reports import comparison
from homeprices.reports.comparison import card_of, compare
from homeprices.reports.judged_estimates import HOLDOUT, JUDGED_ESTIMATES, judged_estimates_of
from homeprices.reports.model_cards import RegistryCards
from homeprices.stores.registry import Registry
from homeprices.valuation.train.recipes import RECIPES
from homeprices.workflows.datasets import SourceFile, publish_dataset
from homeprices.workflows.experiments.apply import copy
from homeprices.workflows.training.train import TrainOrder, train
from support.fakes import MemoryHomes

MARKET = markets.load("bangalore")
BO1, BO2, CO1 = map(ModelVersion.parse, ("BO1", "BO2", "CO1"))


def clock() -> datetime:
    return datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def registry() -> Registry:
    """A linear BO1, the booster CO1, and BO2, a copy of CO1 whose files are those of CO1."""
    homes = MemoryHomes(clock)
    publish_dataset(SourceFile(simulate(MARKET, 4000, 5), "x", simulated=True), homes)
    for recipe in ("linear", "booster"):
        train(TrainOrder(recipe, parameters=RECIPES[recipe].quick), homes, lambda _: None)
    copy(homes.registry, CO1, "D-0001", clock().isoformat())
    return homes.registry


def bands(found: Comparison) -> dict[str, list[SlicePair]]:
    """Those of the first set of facts, by what they are bands of."""
    of_kind: dict[str, list[SlicePair]] = {}
    for pair in found.sets[0].parts:
        if pair.first.is_band:
            of_kind.setdefault(pair.kind, []).append(pair)
    return of_kind


def test_figures_are_compared_on_the_same_homes(registry: Registry) -> None:
    found = compare(BO1, CO1, registry)
    assert found.homes == card_of(BO1, registry).held_out
    shown = {one.name: one.value for one in card_of(CO1, registry).figures}
    assert {change.name: change.second for change in found.sets[0].changes} == pytest.approx(
        shown, rel=1e-4
    )
    assert all(one.low < one.second - one.first < one.high for one in found.sets[0].changes)
    assert {one.name: one.second for one in found.made}["recipe"] == "booster"


def test_bands_hold_the_same_homes_of_both_and_are_those_of_neither(registry: Registry) -> None:
    found = compare(BO1, CO1, registry)
    assert bands(found).keys() == {"estimated price, lakh", "area, sqft"}
    for pairs in bands(found).values():
        assert sum(pair.first.rows for pair in pairs) == found.homes
        assert [pair.first.rows for pair in pairs] == [pair.second.rows for pair in pairs]
    names = {pair.name for pair in bands(found)["estimated price, lakh"]}
    for version in (BO1, CO1):
        assert names - {part.name for part in card_of(version, registry).slices}


def test_a_copy_is_compared_by_the_version_it_came_from_also_when_files_are_gone(
    registry: Registry,
) -> None:
    registry.delete_files(CO1, 180)
    found = compare(CO1, BO2, registry)
    assert {change.verdict for one in found.sets for change in one.changes} == {"not told apart"}
    assert found.made == []


def test_it_is_told_as_a_table_and_as_a_page(registry: Registry) -> None:
    found = compare(BO1, CO1, registry)
    table, page = comparison_tables(found), comparison.as_page(found).decode()
    assert max(map(len, table.splitlines())) <= 100
    for told in ("CO1 beside BO1", "median error", "told apart", "booster"):
        assert told in page
    assert "<script" not in page
    assert "Simulated market" in page


def test_what_cannot_be_compared_says_why(registry: Registry) -> None:
    with pytest.raises(NotFound, match="BO9"):
        compare(BO1, ModelVersion.parse("BO9"), registry)
    manifest = registry.manifest(BO1)
    registry.publish(
        Role.CANDIDATE,
        {"model": b"x"},
        lambda version, files: replace(manifest, version=str(version), files=files),
        lambda _: {"card.json": registry.report(BO1)["card.json"]},
    )
    with pytest.raises(NotFound, match="before answers for the holdout were kept"):
        compare(BO1, ModelVersion.parse("CO2"), registry)


def test_holdouts_without_enough_homes_in_common_are_refused(
    registry: Registry,
) -> None:
    manifest, report = registry.manifest(BO1), registry.report(BO1)
    kept = judged_estimates_of(manifest, registry)
    other = replace(kept, homes=[f"other {home}" for home in kept.homes])
    report = {name: content for name, content in report.items() if name != JUDGED_ESTIMATES}
    made = registry.publish(
        Role.CANDIDATE,
        {"model": b"y"},
        lambda version, files: replace(manifest, version=str(version), files=files),
        lambda _: {**report, HOLDOUT: msgspec.json.encode(other)},
    )
    with pytest.raises(Refused, match="0 of the same homes"):
        compare(BO1, ModelVersion.parse(made.version), registry)


def test_what_an_earlier_release_kept_of_the_holdout_is_read(registry: Registry) -> None:
    manifest, report = registry.manifest(BO1), registry.report(BO1)
    kept = replace(judged_estimates_of(manifest, registry), areas=None)
    assert report[JUDGED_ESTIMATES].startswith(b"home,facts,area,actual,estimate,low,high\n")
    report = {name: content for name, content in report.items() if name != JUDGED_ESTIMATES}
    made = registry.publish(
        Role.CANDIDATE,
        {"model": b"z"},
        lambda version, files: replace(manifest, version=str(version), files=files),
        lambda _: {**report, HOLDOUT: msgspec.json.encode(kept)},
    )
    assert judged_estimates_of(made, registry) == kept
    version = ModelVersion.parse(made.version)
    found = compare(BO1, version, registry)
    assert {change.verdict for one in found.sets for change in one.changes} == {"not told apart"}
    # Areas that one of them kept are those of the homes of both.
    assert "area, sqft" in bands(found)
    assert "area, sqft" not in bands(compare(version, version, registry))


def test_the_list_of_versions_says_what_each_is_now(registry: Registry) -> None:
    cards = RegistryCards(registry, MemoryHomes(clock).experiments)
    states = {one.version: (one.state, one.copied_from) for one in cards.versions()}
    assert states["BO1"] == (ModelState.FORMER, None)
    assert states["BO2"] == (ModelState.PRODUCTION, "CO1")
    assert states["CO1"] == (ModelState.PROMOTED, None)
    assert states["CO2"] == (ModelState.WAITING, None)
    co2 = ModelVersion.parse("CO2")
    files, manifest = registry.files(co2), registry.manifest(co2)
    registry.publish(
        Role.PRODUCTION,
        files,
        lambda version, files: replace(
            manifest, version=str(version), files=files, copied_from="CO2"
        ),
    )
    states = {entry.version: entry.state for entry in cards.versions()}
    assert (states["CO1"], states["CO2"]) == (ModelState.PROMOTED, ModelState.PROMOTED)


def test_a_card_is_given_as_json_and_as_a_page_and_a_copy_has_that_of_its_origin(
    registry: Registry,
) -> None:
    cards = RegistryCards(registry, MemoryHomes(clock).experiments)
    card = cards.card(BO2)
    assert msgspec.json.decode(card.as_json, type=ModelCard).version == "CO1"
    assert b"Model card of BO2" in card.page
    assert b"BO2 is CO1, copied to production unchanged" in card.page
    assert b"Model card of CO1" in cards.card(CO1).page
    assert b"CO1 beside BO1" in cards.comparison(CO1, BO1).page
