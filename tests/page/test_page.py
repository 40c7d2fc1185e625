"""The page in a real browser: asked, answered, corrected, rated, and broken."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from homeprices.serving.app import create_app
from support.browser import chromium
from support.prepared import Prepared
from support.served_page import served_with_page
from support.service import MARKET, Service
from support.stack import Stack, running

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    with running(objects=prepared.in_production) as stack:
        yield stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """The page on a phone; a script error or a request to another host fails the test."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console",
        lambda said: "Content Security Policy" not in said.text or broken.append(said.text),
    )
    page.on(
        "request",
        lambda request: request.url.startswith(stack.url("page")) or broken.append(request.url),
    )
    page.goto(stack.url("page"))
    yield page
    context.close()
    assert broken == []


def ask(page: Page, **changes: str) -> None:
    facts = {"locality": "Whitefield", "area": "1200", "bedrooms": "2", "bathrooms": "2"} | changes
    for fact, value in facts.items():
        page.locator(f"#{fact}").fill(value)
    page.get_by_role("button", name="Estimate the price").click()


def money(lakh: float) -> str:
    """What people here write for it."""
    return f"₹{lakh:.1f} lakh" if round(lakh, 1) < 100 else f"₹{lakh / 100:.2f} crore"


def test_a_home_is_priced_with_its_range_and_the_simulated_market_is_said(
    page: Page, stack: Stack
) -> None:
    expect(page.get_by_text("Simulated market.")).to_be_visible()
    ask(page)
    price = stack.price("page", location="Whitefield", total_sqft=1200, bhk=2, bath=2)
    for word in money(price["estimated_price"]).split():
        expect(page.locator("#price")).to_contain_text(word)
    for end in (price["low"], price["high"]):
        expect(page.locator("#range")).to_contain_text(money(end).split()[0])
    expect(page.locator("#promise")).to_contain_text("8 of 10 homes like this fall inside")
    expect(page.locator("#origin")).to_contain_text("model BO1")
    assert "estimate ₹" in (page.locator("#chart").get_attribute("aria-label") or "")
    assert page.evaluate("document.activeElement.id") == "result"


def test_nothing_scrolls_sideways_on_a_phone(page: Page) -> None:
    ask(page, locality="A locality with a rather long name that nobody has ever heard of")
    expect(page.locator("#answer")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_problems_are_told_at_the_top_and_at_each_field_and_nothing_typed_is_lost(
    page: Page,
) -> None:
    ask(page, bedrooms="300", area="-1000")
    summary = page.locator("#problems")
    expect(summary).to_contain_text("2 things to mend")
    expect(summary).to_be_focused()
    expect(page.locator("#bedrooms-problem")).to_contain_text("must be 1 to 20")
    expect(page.locator("#area-problem")).to_contain_text("must be 100 to 30,000")
    expect(page.locator("#bedrooms")).to_have_value("300")
    assert page.title().startswith("Problem:")
    summary.get_by_role("link").first.click()
    expect(page.locator("#area")).to_be_focused()
    ask(page)
    expect(summary).to_be_hidden()
    expect(page.locator("#answer")).to_be_visible()


def test_a_missing_fact_is_told_before_anything_is_sent(page: Page) -> None:
    ask(page, bathrooms="")
    expect(page.locator("#bathrooms-problem")).to_have_text("Give the number of bathrooms")


def test_a_locality_is_completed_by_keyboard(page: Page) -> None:
    box = page.get_by_role("combobox", name="Locality")
    box.press_sequentially("whitef")
    expect(page.get_by_role("option").first).to_have_text("Whitefield")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Whitefield")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_misspelt_locality_is_offered_rightly_spelt(page: Page) -> None:
    page.get_by_role("combobox", name="Locality").press_sequentially("whitefeild")
    expect(page.get_by_role("option").first).to_have_text("Whitefield")


def test_an_unknown_locality_is_priced_wider_and_said(page: Page) -> None:
    ask(page, locality="Zzyzx Gardens")
    expect(page.locator("#notes")).to_contain_text("Zzyzx Gardens")
    expect(page.locator("#answer")).to_be_visible()


def test_where_no_listing_is_like_the_home_the_range_is_shown_alone(page: Page) -> None:
    ask(page, locality="Zzyzx Gardens")
    expect(page.locator("#range")).to_contain_text("likely between ₹")
    expect(page.locator("#price")).to_be_hidden()
    expect(page.locator("#certainty")).to_have_text("Too few like it")
    assert "estimate" not in (page.locator("#chart").get_attribute("aria-label") or "")
    assert "per sq ft" not in page.locator("#origin").inner_text()


def test_too_few_comparables_have_a_badge_of_their_own(page: Page) -> None:
    chip = "getComputedStyle(document.getElementById('certainty'), '::before').content"
    badges = set()
    for grade in ("high", "fair", "low", "too_few"):
        page.evaluate(f"document.getElementById('certainty').dataset.grade = '{grade}'")
        badges.add(page.evaluate(chip))
    assert len(badges) == 4


def test_facts_that_the_market_declares_are_asked_for_and_sent(page: Page) -> None:
    page.get_by_text("More about the home").click()
    page.get_by_label("Kind of home").select_option("Flat")
    page.get_by_label("Balconies").fill("200")
    ask(page)
    expect(page.locator("#balconies-problem")).to_contain_text("Balconies must be 0 to 20")
    page.get_by_label("Balconies").fill("1")
    ask(page)
    expect(page.locator("#answer")).to_be_visible()
    assert "kind=flat" in page.url and "balcony=1" in page.url


def test_an_opinion_is_saved_by_one_tap_and_said(page: Page, stack: Stack) -> None:
    before = stack.sql("SELECT count(*) FROM feedback")[0][0]
    ask(page)
    button = page.get_by_role("button", name="Too high")
    button.click()
    expect(page.locator("#feedback-said")).to_contain_text("Saved: too high")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_text("I know the price it sold for").click()
    page.get_by_label("Price, in lakh").fill("71.5")
    page.get_by_role("button", name="Send the price").click()
    expect(page.locator("#feedback-said")).to_contain_text("sold for ₹71.5 lakh")
    stack.drained()
    assert stack.sql("SELECT count(*) FROM feedback")[0][0] == before + 2


def test_a_sale_price_far_from_the_estimate_is_asked_about_and_saved_once_confirmed(
    page: Page, stack: Stack
) -> None:
    before = stack.sql("SELECT count(*) FROM feedback")[0][0]
    ask(page)
    page.get_by_text("I know the price it sold for").click()
    is_right = page.get_by_label("The price is right as I wrote it")
    expect(is_right).to_be_hidden()
    page.get_by_label("Price, in lakh").fill("91,50,00,000")
    page.get_by_role("button", name="Send the price").click()
    expect(page.locator("#feedback-said")).to_contain_text("in lakh? 91,50,00,000 means")
    is_right.check()
    page.get_by_label("Price, in lakh").fill("92 Cr")
    expect(is_right).to_be_hidden()
    page.get_by_role("button", name="Send the price").click()
    expect(page.locator("#feedback-said")).to_contain_text("92,00,00,000 rupees")
    is_right.check()
    page.get_by_role("button", name="Send the price").click()
    expect(page.locator("#feedback-said")).to_contain_text("sold for ₹92.00 crore")
    stack.drained()
    assert stack.sql("SELECT count(*) FROM feedback")[0][0] == before + 1


def test_without_scripts_a_sale_price_can_be_told_and_confirmed(
    browser: Browser, stack: Stack
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(stack.url("page"))
        ask(page)
        page.get_by_label("What was it sold for?").fill("88 Cr")
        page.get_by_role("button", name="Send the price").click()
        expect(page.locator("h1")).to_have_text("This was not kept")
        expect(page.locator("body")).to_contain_text("88,00,00,000 rupees")
        page.get_by_label("The price is right, however").check()
        page.get_by_role("button", name="Send the price").click()
        expect(page.locator("h1")).to_have_text("Kept")


def test_areas_in_other_units_and_as_ranges_are_priced(page: Page) -> None:
    page.locator("#unit").select_option(label="sq m")
    ask(page, area="100")
    expect(page.locator("#answer-title")).to_contain_text("100 sq m")
    page.locator("#unit").select_option(label="sq ft")
    ask(page, area="1133 - 1384")
    expect(page.locator("#answer-title")).to_contain_text("1133 - 1384 sq ft")
    ask(page, area="1200 sqft")
    expect(page.locator("#answer-title")).to_contain_text("· 1200 sqft ·")


@pytest.mark.parametrize("is_script_away", [True, False], ids=["no script yet", "no script"])
def test_without_its_script_the_form_answers_with_a_page_and_keeps_the_unit(
    browser: Browser, stack: Stack, is_script_away: bool
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=is_script_away)
    page = context.new_page()
    page.route("**/page.js", lambda route: route.abort())
    page.goto(stack.url("page"))
    page.locator("#unit").select_option("sq yd")
    ask(page, area="133")
    price = stack.price(location="Whitefield", total_sqft="133 sq. yards", bhk=2, bath=2)
    low, high, middle = (
        f"{price[name]:.1f}".removesuffix(".0") for name in ("low", "high", "estimated_price")
    )
    expect(page.locator("h1")).to_contain_text(middle)
    expect(page.locator(".lead")).to_contain_text(f"{low} lakh and ₹ {high} lakh")
    expect(page.locator("table")).to_contain_text("133 sq. yards")
    page.go_back()
    ask(page, area="no number")
    expect(page.locator("li")).to_contain_text("got no number, which is not a number")
    # The question is changed where it was answered, and keeps what was chosen.
    expect(page.locator('input[name="unit"]')).to_have_value("sq. yards")
    page.locator('input[name="total_sqft"]').fill("133")
    page.get_by_role("button", name="Estimate the price").click()
    expect(page.locator("h1")).to_contain_text(middle)
    page.get_by_role("link", name="All that can be told").click()
    expect(page.locator("#question")).to_be_visible()
    context.close()


def test_a_link_with_the_question_asks_it_again(page: Page, stack: Stack) -> None:
    ask(page)
    expect(page.locator("#answer")).to_be_visible()
    link = page.url
    assert "location=Whitefield" in link
    page.goto(link)
    expect(page.locator("#answer")).to_be_visible()


def test_a_service_that_is_away_is_told_and_nothing_typed_is_lost(page: Page) -> None:
    page.route("**/api/predict_home_price", lambda route: route.abort())
    ask(page)
    expect(page.locator("#trouble")).to_contain_text("The service is away")
    expect(page.locator("#locality")).to_have_value("Whitefield")
    page.unroute("**/api/predict_home_price")
    ask(page)
    expect(page.locator("#answer")).to_be_visible()


def test_a_market_with_other_names_of_its_fields_is_asked_by_them(
    browser: Browser, tmp_path: Path
) -> None:
    facts = {
        fact: replace(spec, field=f"the_{fact}", title=f"The {fact}")
        for fact, spec in MARKET.facts.items()
    }
    service = Service(tmp_path, market=replace(MARKET, facts=facts))
    with served_with_page(create_app(service.dependencies)) as address:
        page = browser.new_page()
        page.goto(address)
        page.get_by_text("More about the home").click()
        page.get_by_label("The kind").select_option("Flat")
        page.get_by_label("The bedrooms").fill("300")
        ask(page, bedrooms="300")
        expect(page.locator("#problems")).to_contain_text("The bedrooms must be 1 to 20")
        expect(page.locator("#bedrooms-problem")).to_contain_text("must be 1 to 20")
        ask(page)
        expect(page.locator("#answer-title")).to_contain_text("2 The bedrooms")
        assert "the_locality=Whitefield" in page.url and "the_kind=flat" in page.url
        page.goto(page.url)
        expect(page.locator("#answer")).to_be_visible()
        page.close()


def test_where_keys_are_required_the_page_asks_for_one_and_keeps_it_for_the_tab(
    browser: Browser, tmp_path: Path
) -> None:
    service = Service(tmp_path / "spool", is_key_required=True)
    secret = service.secret(name="agency")
    with served_with_page(create_app(service.dependencies)) as address:
        page = browser.new_page(viewport=PHONE)
        addresses: list[str] = []
        page.on("request", lambda request: addresses.append(request.url))
        page.goto(address)
        expect(page.locator("#key")).to_be_hidden()
        ask(page)
        expect(page.locator("#trouble")).to_contain_text("A key is needed")
        expect(page.locator("#key-text")).to_be_focused()
        page.locator("#key-text").fill(secret[:-1])
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#trouble")).to_contain_text("This key is not known here")
        page.locator("#key-text").fill(f" {secret}\n")
        page.locator("#key-text").press("Enter")
        expect(page.locator("#answer")).to_be_visible()
        page.get_by_role("button", name="Too high").click()
        expect(page.locator("#feedback-said")).to_contain_text("Saved: too high")
        page.reload()
        expect(page.locator("#answer")).to_be_visible()
        page.close()
        other = browser.new_page()
        other.goto(address)
        ask(other)
        expect(other.locator("#trouble")).to_contain_text("A key is needed")
        other.close()
    assert not any("homes_K" in address for address in addresses)


def test_the_reference_of_the_api_opens_without_a_third_party(page: Page) -> None:
    page.get_by_role("link", name="For developers").click()
    expect(page.locator("#swagger-ui")).to_contain_text("predict_home_price")


def test_the_other_form_of_the_reference_opens_too(browser: Browser, stack: Stack) -> None:
    # Its picture of a third party, which the policy shuts out, would fail the fixture.
    page = browser.new_page()
    page.goto(stack.url("page") + "/redoc")
    expect(page.locator("redoc, .redoc-wrap").first).to_contain_text("predict_home_price")
    page.close()


def test_a_card_is_shown_in_its_style(page: Page, stack: Stack) -> None:
    page.goto(stack.url("page") + "/api/models/BO1")
    expect(page.locator("h1")).to_contain_text("Model card of BO1")
    assert page.evaluate("getComputedStyle(document.body).margin") != "8px"


def test_a_script_that_gets_into_the_page_is_not_run(browser: Browser, stack: Stack) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(stack.url("page"))
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.got_in = true";
        document.body.append(script);
    }""")
    assert page.evaluate("window.got_in") is None
    assert any("Content Security Policy" in text for text in said)
    page.close()
