"""No damage makes another home of a listing: it is read right, refused, or lost and told so."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from homeprices import markets
from homeprices.datasets.simulate import simulate
from support.damage_outcomes import Outcome, Reading, reading, untrue
from support.damages import DAMAGES, Damage, damaged, pairs
from support.fakes import MemoryHomes
from support.listing_sheets import good_sheet, written

MARKET = markets.load("bangalore")
SEED = 1
SHEET = good_sheet(simulate(MARKET, 600, SEED), MARKET)
TRUTH = SHEET.truths()
REFUSED = {
    "tenth in bare crore": "over 30 times or under a 30th of what is usual",
    "tenth in bare square metres": "homes have under 100 sq ft for a bedroom",
    "grouped without quotes": "rows (83.7%) cannot be read, and at most 5.0% may be lost",
    "dearest grouped without quotes": "of homes with ",
    "lines in quotes": "no column for location",
    "cut in a letter": "it begins as utf-16, and then: truncated data",
    "header missing": "no column for location",
    "dear on request": "of homes with worth in lakh, by area and place, of",
    "locality without areas": "of homes in whitefield 19 of 19 rows are lost",
    "many bedrooms unread": "of homes of 6 bedrooms",
    "small without baths": "of homes with area in sqft under",
}
# How many listings are kept, and how many rows are rejected.
PUBLISHED = {
    "never closed": (560, 9),
    "value too many": (558, 11),
    "value too few": (562, 7),
    "words for nothing": (556, 13),
    "dear cut away": (454, 0),
    "locality cut away": (550, 0),
    "cut short": (341, 0),
}
# Rows that are no homes of the market, or copies.
REJECTED = {"header again": 2, "homes elsewhere": 72, "copies and a total": 114}


def _names(pair: tuple[Damage, Damage]) -> str:
    return ", then ".join(damage.name for damage in pair)


def read_after(*damages: Damage) -> Reading:
    """What is read of the file after damages."""
    noon = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    return reading(damaged(SHEET, damages, SEED), TRUTH, MemoryHomes(lambda: noon))


def test_there_are_forty_damages_and_each_changes_the_file_by_its_seed() -> None:
    assert len({damage.name for damage in DAMAGES}) == 40
    good = replace(SHEET, rows=SHEET.rows[:150])
    for damage in DAMAGES:
        content = written(damaged(good, [damage], SEED))
        assert content != written(good)
        assert content == written(damaged(good, [damage], SEED))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_each_damage_has_its_outcome(damage: Damage) -> None:
    result = read_after(damage)
    if damage.name in REFUSED:
        assert result.outcome is Outcome.REFUSED
        assert REFUSED[damage.name] in result.said[0]
        return
    is_lossy = damage.name in PUBLISHED
    kept, rejected = PUBLISHED.get(damage.name, (len(TRUTH), REJECTED.get(damage.name, 0)))
    assert result.outcome is (Outcome.PUBLISHED_WITH_LOSS if is_lossy else Outcome.READ_RIGHT)
    assert (result.kept, result.rejected, result.rows) == (kept, rejected, kept + rejected)
    assert len([words for words in result.said if "left out" in words]) >= (
        is_lossy and rejected > 0
    )


@pytest.mark.parametrize(
    "pair",
    [
        # The short form has every third of them.
        pytest.param(pair, id=_names(pair), marks=[pytest.mark.full] if number % 3 else [])
        for number, pair in enumerate(pairs(120, SEED))
    ],
)
def test_of_two_damages_none_makes_another_home_of_a_listing(
    pair: tuple[Damage, Damage],
) -> None:
    result = read_after(*pair)
    assert result.outcome is not Outcome.MISREAD, result.said
    if result.outcome is Outcome.REFUSED:
        assert result.said[0]
        return
    assert result.kept + result.rejected == result.rows
    if {damage.name for damage in pair}.isdisjoint({*PUBLISHED, *REFUSED}):
        assert result.kept == len(TRUTH)


def test_pairs_are_drawn_by_their_seed_and_none_twice() -> None:
    drawn = pairs(120, SEED)
    assert drawn == pairs(120, SEED)
    assert drawn != pairs(120, SEED + 1)
    assert len({_names(pair) for pair in drawn}) == 120
    assert all(first is not second for first, second in drawn)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: replace(row, price=row.price * 1.01),
        lambda row: replace(row, home=replace(row.home, area=row.home.area * 0.99)),
        lambda row: replace(row, home=replace(row.home, bedrooms=row.home.bedrooms + 1)),
        lambda row: replace(row, home=replace(row.home, locality="Elsewhere")),
        lambda row: TRUTH[0],
    ],
    ids=["price", "area", "bedrooms", "locality", "copy"],
)
def test_a_listing_that_nobody_has_is_seen(change) -> None:
    false = change(TRUTH[7])
    assert untrue([*TRUTH[:7], false, *TRUTH[8:]], TRUTH) == [false]
    assert untrue(TRUTH[::-1], TRUTH) == []
