"""A city is a TOML file: one of other units trains, prices homes, and reads right on the page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from homeprices.domain.listing import Home
from homeprices.domain.versions import ModelVersion
from homeprices.serving.app import create_app
from homeprices.serving.dependencies import Loaded
from homeprices.valuation.explain.explainer import Explainer, open_explainer
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import recipe_named
from homeprices.wording.speech import Speech
from support.browser import chromium
from support.lakeside import LAKESIDE, lakeside_listings, truth
from support.served_page import served_with_page
from support.service import Service, loaded

HOME = {"district": "Old Harbour", "living_area": "80", "rooms": 3, "baths": 2}


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    """The first model of the city, as `homes up` would learn it."""
    config = FitConfig("booster", {**recipe_named("booster").quick, "fact_sets": 3})
    return open_explainer(fit(config, lakeside_listings(), LAKESIDE, lambda _: None))


@pytest.fixture(scope="module")
def address(explainer: Explainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    service = Service(tmp_path_factory.mktemp("spool"), market=LAKESIDE)

    def load(version: ModelVersion) -> Loaded:
        predictor = explainer.predictor
        return replace(loaded(version), predictor=predictor, complete=predictor.complete)

    with served_with_page(create_app(replace(service.dependencies, load=load))) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def priced(address: str, **changes: object) -> dict[str, Any]:
    answer = httpx.post(f"{address}api/predict_home_price", json=HOME | changes, timeout=10)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_home_is_priced_in_the_units_of_the_city(address: str) -> None:
    answer = priced(address)
    flat = truth(Home("Old Harbour", 80.0, 3, 2))
    assert answer["estimated_price"] == pytest.approx(flat, rel=0.12)
    assert (answer["price_unit"], answer["currency"], answer["area_unit"]) == (
        "thousand",
        "€",
        "m2",
    )
    house = priced(address, kind="house")
    assert house["estimated_price"] > answer["estimated_price"]
    in_feet = priced(address, living_area="861 sqft")
    assert in_feet["estimated_price"] == answer["estimated_price"]


def test_bounds_and_notes_speak_as_people_there_do(address: str) -> None:
    refused = httpx.post(f"{address}api/predict_home_price", json=HOME | {"rooms": 40}, timeout=10)
    assert "must be 1 to 14 in Lakeside" in refused.text
    notes = priced(address, living_area=240, rooms=6, baths=3)["notes"]
    assert "240 m² is unusual here: most homes have 25 to 220. The range is wider." in notes


def test_reasons_count_rooms_and_euros(explainer: Explainer) -> None:
    explanation, speech = explainer.reasons(Home("Old Harbour", 110.0, 5, 2)), Speech(LAKESIDE)
    said = [speech.reason(reason) for reason in explanation.reasons]
    assert any(one.startswith("110 m², where the middle home has ") for one in said)
    assert any(one.startswith("5 rooms, where the middle home has 3 rooms: ") for one in said)
    assert any(" € " in one and one.endswith(" thousand.") for one in said)
    assert not any(word in one for one in said for word in ("bedroom", "lakh", "sq ft", "₹"))


def test_the_page_is_that_of_the_city(address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(address)
    expect(page.get_by_role("banner")).to_contain_text("Lakeside Homes")
    expect(page).to_have_title("What is this home worth? · Lakeside Homes")
    page.get_by_label("District").fill("Old Harbour")
    page.get_by_label("Living area").fill("80")
    page.get_by_label("Rooms", exact=True).fill("3")
    page.get_by_label("Bathrooms").fill("2")
    page.get_by_role("button", name="Estimate the price").click()
    expect(page.locator("#answer-title")).to_have_text(
        "3 Rooms · 80 m² · 2 bathrooms · Old Harbour"
    )
    price = priced(address)["estimated_price"]
    expect(page.locator("#price")).to_contain_text(f"€{price:.1f}")
    expect(page.locator("#price")).to_contain_text("thousand")
    for foreign in ("lakh", "₹", "sq ft", "BHK", "Bangalore"):
        expect(page.locator("#result")).not_to_contain_text(foreign)
    page.get_by_text("I know the price it sold for").click()
    expect(page.get_by_label("Price, in thousand")).to_be_visible()
    page.close()
