"""The drift of the traffic, as a page that a person can act on."""

import re

from homeprices import markets
from homeprices.domain.drift import DriftReport, FeatureDrift
from homeprices.reports.pages import drift_page

MARKET = markets.load("bangalore")
MOVED, STILL = FeatureDrift(0.412, 21.5, True), FeatureDrift(0.013, 2.1, False)


def words(report: DriftReport, clock) -> str:
    page = drift_page(report, MARKET, clock()).decode()
    assert not re.search(r"<script|src=|href=| style=", page)
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_what_moved_comes_first_with_its_size_and_what_to_do(clock) -> None:
    moved = {"bedrooms": STILL, "area": MOVED}
    text = words(DriftReport("drift", "They ask otherwise.", True, 1500, 7, "V4", moved), clock)
    assert "Drift of the traffic: drift" in text
    assert "2026-11-02 09:00 UTC. 1,500 priced requests of the last 7 days" in text
    assert "against the listings of dataset V4" in text
    assert "total_sqft 0.412 21.5 moved bhk 0.013 2.1 as before" in text
    assert "publish a newer dataset and train on it" in text


def test_when_nothing_moved_there_is_nothing_to_do(clock) -> None:
    text = words(DriftReport("quiet", "As before.", False, 900, 7, "V4", {"area": STILL}), clock)
    assert "As before. Nothing to do." in text


def test_too_few_requests_are_said_and_no_table_is_shown(clock) -> None:
    text = words(DriftReport("too few requests", "Too few to tell.", False, 12, 7, "V4"), clock)
    assert "Too few to tell." in text
    assert "Feature by feature" not in text


def test_without_a_model_no_dataset_is_named(clock) -> None:
    text = words(DriftReport("no model", "There is no model.", False, 0, 7), clock)
    assert "0 priced requests of the last 7 days. There is no model." in text
