"""Two versions side by side, as JSON for machines and the same as a page for people."""

from __future__ import annotations

import msgspec

from homeprices.domain.comparison import Comparison
from homeprices.reports.card import in_words, told_with
from homeprices.reports.pages import page


def as_json(found: Comparison) -> bytes:
    """The comparison, each figure with its verdict left to the reader of `low` and `high`."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2)


def as_page(found: Comparison) -> bytes:
    """The comparison as one page."""
    sets = [(one, told_with(one.optional)) for one in found.sets]
    words = in_words(found.price_unit)
    return page("comparison.html", {"found": found, "sets": sets, "words": words})
