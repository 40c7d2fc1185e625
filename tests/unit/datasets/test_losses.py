"""Whether what is left of a file may be published, by how much of each part of it is lost."""

from collections.abc import Callable

import numpy as np
import pytest

from homeprices import markets
from homeprices.datasets.clean import Cleaned, clean
from homeprices.datasets.losses import too_much_lost
from homeprices.datasets.read import read

MARKET = markets.load("bangalore")
HEADER = "location,size,total_sqft,bath,price"
PLACES = ["Hebbal", "Hoodi", "Whitefield", "Yelahanka", "Jayanagar"]
Row = dict[str, str]
Damage = Callable[[int, Row], Row]


def file_of(count: int, damage: Damage = lambda _, row: row, seed: int = 1) -> Cleaned:
    """So many homes, each row as `damage` leaves it."""
    random = np.random.default_rng(seed)
    lines = [HEADER]
    for i in range(count):
        area = int(random.lognormal(7.1, 0.35))
        row = {
            "location": PLACES[int(random.integers(5))],
            "size": f"{int(random.integers(1, 5))} BHK",
            "total_sqft": str(area),
            "bath": "2",
            "price": f"{area * 0.055 * random.lognormal(0, 0.3):.2f}",
        }
        lines.append(",".join(damage(i, row).values()))
    return clean(read("\n".join(lines).encode(), MARKET), MARKET)


def lost_where(field: str, chosen: Callable[[int, Row], bool]) -> Damage:
    """Rows that are `chosen` say nothing of a field."""
    return lambda i, row: {**row, field: "?"} if chosen(i, row) else row


def problems(file: Cleaned, before: Cleaned | None = None) -> list[str]:
    return too_much_lost(file, before.listings if before else (), MARKET, 0.05)


def test_more_than_the_ceiling_is_too_much() -> None:
    (problem,) = problems(file_of(1000, lost_where("bath", lambda i, _: i % 15 == 0)))
    assert problem.startswith("67 of 1,000 rows (6.7%) cannot be read")


def test_one_row_in_the_place_of_many_is_told_as_such() -> None:
    rows = file_of(1000).listings
    again = Row(location="Hoodi", size="2 BHK", total_sqft="1111", bath="2", price="61.5")
    (problem,) = problems(file_of(1000, lambda i, row: again if i % 12 == 0 else row))
    assert problem.startswith(
        "one row stands 84 times, perhaps in the place of others: Hoodi, 2 BHK"
    )
    assert problems(file_of(1000, lambda i, row: again if i % 50 == 0 else row)) == []
    assert len(rows) == 1000


def test_a_few_rows_are_slips_in_however_small_a_file() -> None:
    assert problems(file_of(10, lost_where("bath", lambda i, _: i < 3))) == []
    assert problems(file_of(10, lost_where("bath", lambda i, _: i < 4)))


@pytest.mark.parametrize(
    ("chosen", "part"),
    [
        (lambda i, row: row["location"] == "Hoodi" and i % 5 == 0, "homes in hoodi"),
        (lambda i, row: row["size"] == "4 BHK" and i % 6 == 0, "homes of 4 bedrooms"),
        (lambda i, row: float(row["price"]) > 150 and i % 2 == 0, "homes with price in lakh of"),
        (
            lambda i, row: int(row["total_sqft"]) < 800 and i % 3 == 0,
            "homes with area in sqft under",
        ),
    ],
)
def test_a_part_that_loses_more_than_the_ceiling_is_named(
    chosen: Callable[[int, Row], bool], part: str
) -> None:
    file = file_of(2500, lost_where("bath", chosen))
    assert len(file.rejections) < 0.05 * 2500
    assert any(problem.startswith(f"of {part}") for problem in problems(file))


@pytest.mark.parametrize("with_one_before", [True, False])
def test_dear_homes_whose_prices_cannot_be_read_are_known_by_area_and_place(
    with_one_before: bool,
) -> None:
    file = file_of(3000, lost_where("price", lambda _, row: float(row["price"]) > 150), seed=2)
    assert len(file.rejections) < 0.05 * 3000
    (problem, *_) = problems(file, file_of(3000) if with_one_before else None)
    assert "homes with area in sqft of" in problem or "homes with worth in lakh" in problem


@pytest.mark.parametrize(
    "broken",
    [
        lambda row: {**row, "price": f"{float(row['price']):,.0f},00,000"},
        lambda row: {**row, "total_sqft": f"1,{row['total_sqft']}"},
        lambda row: {**row, "location": f"near, {row['location']}"},
        lambda row: {**row, "size": f'{row["size"]}"'} | {"location": f'"{row["location"]}'},
        lambda row: {name: row[name] for name in ("location", "size", "total_sqft", "price")},
    ],
    ids=["rupees", "area", "place", "quote", "one less"],
)
def test_dear_homes_whose_rows_do_not_fit_the_header_are_known_by_what_they_likely_tell(
    broken: Callable[[Row], Row],
) -> None:
    def damage(_: int, row: Row) -> Row:
        return broken(row) if float(row["price"]) > 150 else row

    file = file_of(3000, damage, seed=2)
    assert 0.02 * 3000 < len(file.rejections) < 0.05 * 3000
    assert problems(file, file_of(3000))


@pytest.mark.parametrize("part", ["location", "total_sqft", "price"])
def test_rows_that_do_not_fit_the_header_by_chance_are_no_reason(part: str) -> None:
    for seed in range(2, 5):
        random = np.random.default_rng(seed)

        def damage(_: int, row: Row, random: np.random.Generator = random) -> Row:
            return {**row, part: f"1,{row[part]}"} if random.random() < 0.03 else row

        assert problems(file_of(2000, damage, seed), file_of(2000)) == []


@pytest.mark.parametrize("inflation", [0.8, 1.05, 1.15])
def test_a_market_that_has_moved_is_no_loss(inflation: float) -> None:
    before = file_of(1500)
    for seed in range(2, 5):
        random = np.random.default_rng(seed)

        def damage(_: int, row: Row, random: np.random.Generator = random) -> Row:
            price = f"{float(row['price']) * inflation:.2f}"
            return {**row, "price": "Price on Request" if random.random() < 0.03 else price}

        assert problems(file_of(1500, damage, seed), before) == []


@pytest.mark.parametrize("field", ["bath", "price", "location", "total_sqft", "size"])
def test_losses_by_chance_are_no_reason(field: str) -> None:
    before = file_of(1000)
    for seed in range(2, 5):
        random = np.random.default_rng(seed)
        damage = lost_where(field, lambda _, __, random=random: random.random() < 0.03)
        assert problems(file_of(1000, damage, seed), before) == []


def nameless(place: str, share: float = 1.0) -> Damage:
    """Rows of one locality that do not name it."""
    return lost_where("location", lambda i, row: row["location"] == place and i % 100 < 100 * share)


def few_in_hoodi(i: int, row: Row) -> Row:
    """Two thirds of the homes in Hoodi are elsewhere, so that it is small enough to be lost."""
    return {**row, "location": "Hebbal"} if row["location"] == "Hoodi" and i % 5 else row


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("share", [1.0, 0.8])
def test_a_locality_that_is_lost_by_its_name_alone_is_known_by_its_share_before(
    seed: int, share: float
) -> None:
    before = file_of(1500, few_in_hoodi, seed=9)
    file = file_of(1500, lambda i, row: nameless("Hoodi", share)(i, few_in_hoodi(i, row)), seed)
    assert 0 < len(file.rejections) < 0.05 * 1500
    (problem,) = problems(file, before)
    assert problem.startswith("of homes in hoodi, by its share before,")
    assert problems(file) == []


def test_a_small_locality_that_is_lost_by_its_name_is_known_by_the_same_homes_before() -> None:
    def few(i: int, row: Row) -> Row:
        return {**row, "location": "Varthur"} if i % 200 == 0 else row

    before = file_of(1500, few)
    file = file_of(1500, lambda i, row: nameless("Varthur")(i, few(i, row)))
    (problem,) = problems(file, before)
    assert problem.startswith("of homes in varthur 8 of 8 rows are lost")


def test_localities_that_are_listed_otherwise_than_before_have_lost_no_names() -> None:
    file = file_of(1500, lost_where("location", lambda i, _: i % 40 == 0), seed=2)
    moved = file_of(1500, lambda i, row: {**row, "location": "Hoodi"} if i % 2 else row)
    assert problems(file, moved) == []
    assert problems(moved, file) == []
