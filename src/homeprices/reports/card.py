"""The model card: as JSON for machines, and the same as a page for people."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from homeprices.domain.manifest import RENAMED_METRICS
from homeprices.domain.model_card import Figure, ModelCard
from homeprices.reports.pages import page
from homeprices.wording.speech import facts_in_words

PICTURES = (
    "residuals.png",
    "calibration.png",
    "error_by_part.png",
    "error_by_locality.png",
    "search.png",
)
_WORDS = {
    "mdape_percent": "median error (% of the price)",
    "within_10_percent": "within 10 % of the price (% of homes)",
    "within_20_percent": "within 20 % of the price (% of homes)",
    "mae_price": "mean error ({price_unit})",
    "r2": "variance of prices explained (R²)",
    "r2_log": "variance of log prices explained (R²)",
    "mean_abs_log_error": "mean absolute log error",
    "coverage_percent": "prices inside the range (% of homes)",
    "median_width_percent": "median width of the range (% of the estimate)",
}
RATIOS = {
    "median_ratio": "level: median of estimate by price",
    "cod_percent": "dispersion of the ratios (COD, %)",
    "prd": "price-related differential (PRD)",
    "prb": "price-related bias (PRB)",
}


def as_json(card: ModelCard) -> bytes:
    """The card as `card.json`."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2)


def read_card(content: bytes) -> ModelCard:
    """The card in `card.json`, of this release or an earlier one."""
    card = msgspec.json.decode(content, type=ModelCard)
    return replace(
        card,
        figures=_by_current_names(card.figures),
        judgements=[
            replace(result, figures=_by_current_names(result.figures)) for result in card.judgements
        ],
    )


def _by_current_names(figures: Sequence[Figure]) -> list[Figure]:
    return [
        replace(figure, name=RENAMED_METRICS.get(figure.name, figure.name)) for figure in figures
    ]


def as_page(
    card: ModelCard, pictures: Mapping[str, bytes] | None = None, copy: str | None = None
) -> bytes:
    """The card as `card.html`; `copy` is the version it is shown for, where that is a copy.

    Those of the `PICTURES` that are among `pictures`, PNG by name, stand in the page itself.
    """
    words = in_words(card.price_unit)
    results = [(result, facts_in_words(result.optional)) for result in card.every_result]
    return page(
        "card.html",
        {
            "card": card,
            "copy": copy,
            "words": words,
            "results": results,
            "ratios": RATIOS,
            "pictures": {
                name: b64encode(content).decode()
                for name, content in (pictures or {}).items()
                if name in PICTURES
            },
        },
    )


def in_words(price_unit: str) -> dict[str, str]:
    """What each figure is called, by its name."""
    return {name: text.format(price_unit=price_unit) for name, text in _WORDS.items()}
