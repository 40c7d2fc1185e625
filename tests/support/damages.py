"""Forty ways in which good listing files come to harm, one at a time or two after each other.

Each is a function of a sheet and a random generator; the same seed damages the same file alike.
What a row tells of (`SheetRow.truth`) stays with it, so that each value that is read can be held
against it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from support import harms_to_values as values
from support import harms_to_writing as writing
from support.harms_to_values import Random
from support.listing_sheets import Sheet


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to a sheet, under a name; damages of a kind are told together."""

    kind: str
    name: str
    harm: Callable[[Sheet, Random], Sheet]


def damaged(sheet: Sheet, damages: Sequence[Damage], seed: int) -> Sheet:
    """The sheet after each damage in turn; each draws from its own name and the seed."""
    for damage in damages:
        sheet = damage.harm(sheet, np.random.default_rng([seed, *damage.name.encode()]))
    return sheet


def pairs(count: int, seed: int) -> list[tuple[Damage, Damage]]:
    """So many different pairs of two damages, in an order that matters."""
    random, drawn = np.random.default_rng(seed), {}
    while len(drawn) < count:
        first, second = random.choice(len(DAMAGES), 2, replace=False).tolist()
        drawn[first, second] = (DAMAGES[first], DAMAGES[second])
    return list(drawn.values())


_KINDS: dict[str, tuple[Callable[[Sheet, Random], Sheet], ...]] = {
    "units": (
        values.dear_in_crore,
        values.in_grouped_rupees,
        values.tenth_in_rupees,
        values.tenth_in_bare_crore,
        values.in_square_metres,
        values.large_in_square_yards,
        values.tenth_in_bare_square_metres,
        values.in_ranges,
    ),
    "separators": (
        writing.with_semicolons,
        writing.with_tabs,
        writing.as_a_spreadsheet,
        writing.grouped,
        writing.grouped_without_quotes,
        writing.dearest_grouped_without_quotes,
    ),
    "quotes": (
        writing.never_closed,
        writing.curly_quotes,
        writing.lines_in_quotes,
        writing.spare_quotes,
    ),
    "encodings": (
        writing.in_utf16,
        writing.in_windows_1252,
        writing.unseen_signs,
        writing.cut_in_a_letter,
    ),
    "columns": (
        writing.value_too_many,
        writing.value_too_few,
        writing.renamed_in_another_order,
        writing.price_twice,
        writing.header_again,
        writing.header_missing,
    ),
    "words": (values.words_for_nothing, values.sizes_in_words, values.half_bedrooms),
    "loss of one kind": (
        values.dear_on_request,
        values.locality_without_areas,
        values.many_bedrooms_unread,
        values.small_without_baths,
        values.dear_cut_away,
        values.locality_cut_away,
        values.cut_short,
    ),
    "other rows": (writing.homes_elsewhere, writing.copies_and_a_total),
}
DAMAGES = tuple(
    Damage(kind, harm.__name__.replace("_", " "), harm)
    for kind, harms in _KINDS.items()
    for harm in harms
)
