"""The model card: as JSON for machines, and the same as a page for people."""

from __future__ import annotations

import msgspec

from homeprices.domain.model_card import Judgement, ModelCard
from homeprices.reports.pages import page

_WORDS = {
    "mdape_percent": "median error (% of the price)",
    "within_10_percent": "within 10 % of the price (% of homes)",
    "within_20_percent": "within 20 % of the price (% of homes)",
    "mae_price": "mean error ({price_unit})",
    "r2": "variance of prices explained (R²)",
    "r2_log": "variance of log prices explained (R²)",
    "male": "mean absolute log error",
    "coverage_percent": "prices inside the range (% of homes)",
    "median_width_percent": "median width of the range (% of the estimate)",
}
_RATIOS = {
    "median_ratio": "level: median of estimate by price",
    "cod_percent": "dispersion of the ratios (COD, %)",
    "prd": "price-related differential (PRD)",
    "prb": "price-related bias (PRB)",
}


def as_json(card: ModelCard) -> bytes:
    """The card as `card.json`."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2)


def as_page(card: ModelCard) -> bytes:
    """The card as `card.html`."""
    words = {name: text.format(price_unit=card.price_unit) for name, text in _WORDS.items()}
    judged = [(one, told_with(one)) for one in card.every_judgement]
    return page("card.html", {"card": card, "words": words, "judged": judged, "ratios": _RATIOS})


def told_with(judgement: Judgement) -> str:
    """The facts of a judgement, in words."""
    named = [fact.replace("_", " ") for fact in judgement.optional]
    return f"four facts and {', '.join(named)}" if named else "four facts alone"
