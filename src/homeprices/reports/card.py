"""The model card: as JSON for machines, and the same as a page for people."""

from __future__ import annotations

import msgspec

from homeprices.domain.model_card import ModelCard
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


def as_json(card: ModelCard) -> bytes:
    """The card as `card.json`."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2)


def as_page(card: ModelCard) -> bytes:
    """The card as `card.html`."""
    words = {name: text.format(price_unit=card.price_unit) for name, text in _WORDS.items()}
    kinds = list(dict.fromkeys(part.kind for part in card.slices))
    return page("card.html", {"card": card, "words": words, "kinds": kinds})
