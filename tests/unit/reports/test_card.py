"""The card says what it is told, escaped, and asks nobody for anything."""

import re
from base64 import b64encode
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from homeprices.domain.model_card import (
    Agreement,
    EvaluationResult,
    Figure,
    ModelCard,
    Ratio,
    Slice,
)
from homeprices.reports import card
from homeprices.valuation.evaluate.metrics import metrics
from homeprices.valuation.evaluate.predictions import Predictions

CARD = ModelCard(
    version="CO7",
    title="Homes of Elsewhere",
    city="Elsewhere",
    price_unit="k€",
    area_unit="m²",
    recipe="booster",
    created_at="2026-11-02T09:00:00+00:00",
    dataset="V4",
    dataset_source="<script>alert(1)</script>.csv",
    dataset_sha256="a" * 64,
    simulated=False,
    learned_from=8456,
    held_out=1038,
    rejected={"no_area": 12, "no_price": 3},
    parameters={"rounds": 300.0, "learning_rate": 0.07},
    promised_coverage_percent=80.0,
    figures=[
        Figure("mdape_percent", 15.12, 14.0, 16.2, 19.3),
        Figure("mae_price", 27.5, 25.0, 30.1, 44.0),
        Figure("coverage_percent", 81.0, 78.5, 83.0, None),
    ],
    slices=[
        Slice("bedrooms", "1", 57, 23.1, -2.2, 61.0, 15.9),
        Slice("bedrooms", "2", 423, 15.2, 0.4, 82.3, 5.8),
    ],
    limits=["It learned from prices that were asked & not paid."],
    digest="b" * 64,
    files={"model.json": "c" * 64},
    code="0123456789ab",
    environment={"python": "3.11.7", "numpy": "2.3"},
    trials=30,
)


@pytest.fixture
def page() -> str:
    return card.as_page(CARD).decode()


def words(page: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_its_pictures_stand_in_the_page_itself_and_say_what_they_show(page: str) -> None:
    drawn = card.as_page(CARD, {"residuals.png": b"\x89PNG", "judged.csv": b"home"}).decode()
    (picture,) = re.findall(r"<img [^>]*>", drawn)
    content = b64encode(b"\x89PNG").decode()
    assert f'src="data:image/png;base64,{content}"' in picture
    assert "error of each held-out home" in picture
    assert "<img" not in page


def test_the_json_is_the_card() -> None:
    assert msgspec.json.decode(card.as_json(CARD), type=ModelCard) == CARD


def test_every_figure_stands_beside_its_interval_and_the_naive_way(page: str) -> None:
    text = words(page)
    assert "median error (% of the price) 15.1 [14.0, 16.2] 19.3" in text
    assert "mean error (k€) 27.5 [25.0, 30.1] 44.0" in text
    assert "prices inside the range (% of homes); 80 promised 81.0 [78.5, 83.0] gives none" in text


def test_every_figure_of_a_model_has_its_words() -> None:
    prices = np.array([50.0, 60.0, 70.0])
    computed = metrics(Predictions(prices, prices + 1, prices - 1, prices + 2))
    assert set(card.in_words("k€")) == set(computed) - {"rows"}


def test_every_part_has_its_n_and_one_beyond_luck_is_marked_in_words(page: str) -> None:
    text = words(page)
    assert "1 57 23.1 -2.2 61.0, off ± 15.9" in text
    assert "2 423 15.2 +0.4 82.3 ± 5.8 What it learned from" in text


def test_origin_and_hashes_are_told(page: str) -> None:
    text = words(page)
    assert "8,456 to learn from, 1,038 held out" in text
    assert "12 no area; 3 no price" in text
    assert "the best of 30 sets of parameters" in text
    for told in ("a" * 64, "b" * 64, "c" * 64, "0123456789ab", "numpy 2.3", "learning rate 0.07"):
        assert told in text


def test_what_comes_from_outside_is_escaped_and_nobody_is_asked_for_anything(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"(src|href|@import|url\()\s*=?", page)
    assert " style=" not in page


def test_a_market_speaks_of_its_own_money(page: str) -> None:
    assert "lakh" not in page
    assert "sqft" not in page


def test_a_made_up_market_is_said(page: str) -> None:
    assert "Simulated market" not in page
    assert "Simulated market" in card.as_page(replace(CARD, simulated=True)).decode()


def test_every_set_of_facts_is_told_with_its_members_and_its_fairness() -> None:
    ratio = Ratio("prd", 1.2, 1.1, 1.3, 0.98, 1.03)
    judgements = [
        EvaluationResult("four", [], 80.0, CARD.figures, CARD.slices, [ratio], {"booster": 1.0}),
        EvaluationResult(
            "property", ["kind", "area_type"], 80.0, CARD.figures, CARD.slices, [ratio]
        ),
    ]
    text = words(card.as_page(replace(CARD, judgements=judgements)).decode())
    assert "Told four facts and kind, area type" in text
    assert "booster 100 %" in text
    assert "price-related differential (PRD) 1.200, off [1.100, 1.300] 0.98 to 1.03" in text


def test_figures_say_which_form_they_are_of_and_how_far_the_other_lies_from_it() -> None:
    agreement = Agreement(0.212, 0.084, 0.139, 0.051, -0.012)
    result = EvaluationResult("four", [], 80.0, CARD.figures, CARD.slices, agreement=agreement)
    told = replace(CARD, judgements=[result], published_learned_from=9494)
    text = words(card.as_page(told).decode())
    assert "Figures are of its judged form, which learned from 8,456 listings" in text
    assert "What is published learned from all 9,494" in text
    assert "errs by 0.212 in log price at the mean" in text
    assert "differs from it by 0.139, 0.051 of it beyond having seen them" in text
    assert "judged form" not in words(card.as_page(CARD).decode())


def test_how_it_finds_a_price_and_what_it_had_to_meet_are_told() -> None:
    told = replace(CARD, method=["It asks & listens."], conditions=["It is right."])
    text = words(card.as_page(told).decode())
    assert "How it finds a price It asks &amp; listens. How good it is" in text
    assert "What it had to meet It is right. Known limits" in text


def test_a_card_that_was_made_before_there_were_sets_of_facts_still_opens() -> None:
    old = msgspec.to_builtins(CARD)
    for name in ("judgements", "dataset_published_at", "size_bytes", "method", "conditions"):
        del old[name]
    read = msgspec.convert(old, ModelCard)
    assert read.every_result[0].figures == CARD.figures
    assert "Told four facts alone" in words(card.as_page(read).decode())


def test_a_figure_of_a_card_of_the_release_before_has_its_current_name() -> None:
    now = replace(CARD, figures=[Figure("mean_abs_log_error", 0.2, 0.1, 0.3, 0.4)])
    old = card.as_json(now).replace(b'"mean_abs_log_error"', b'"male"')
    assert card.read_card(old) == now
