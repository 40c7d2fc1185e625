"""Listing files as people send them: refused, or mended and trained on, always with a sentence."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from homeprices import markets
from homeprices.datasets.simulate import simulate
from homeprices.domain.errors import Declined, HomesError
from homeprices.domain.manifest import DatasetManifest, ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import Clock
from homeprices.stores.registry import Registry
from homeprices.valuation.train.recipes import RECIPES
from homeprices.workflows.datasets import SourceFile, publish_dataset
from homeprices.workflows.training.train import TrainOrder, train
from support.fakes import MemoryHomes

pytestmark = pytest.mark.usefixtures("learned_and_drawn_once")

MARKET = markets.load("bangalore")
ROWS = list(csv.DictReader(io.StringIO(simulate(MARKET, 2400, 5).decode())))
SQFT_A_SQUARE_METRE = 10.7639
Row = dict[str, str]


@dataclass
class Office:
    """Publishes and trains on a folder of objects."""

    homes: MemoryHomes

    @property
    def registry(self) -> Registry:
        return self.homes.registry

    def publish(self, content: bytes, market: Market = MARKET) -> DatasetManifest:
        self.homes.market = market
        return publish_dataset(SourceFile(content, "x.csv", simulated=True), self.homes)

    def train(self, order: TrainOrder | None = None) -> ModelManifest:
        return train(
            order or TrainOrder("booster", parameters=RECIPES["booster"].quick),
            self.homes,
            lambda _: None,
        )

    def has_no_model(self) -> bool:
        return not any(self.registry.versions(role) for role in Role)


@pytest.fixture
def office(clock: Clock) -> Office:
    return Office(MemoryHomes(clock))


def written(rows: Sequence[Row]) -> bytes:
    out = io.StringIO(newline="")
    sheet = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue().encode()


def each(change: Callable[[Row], Row], every: float = 1.0) -> bytes:
    """The rows, of which this share, spread evenly, is changed."""
    return written(
        [
            change(row) if int((i + 1) * every) > int(i * every) else row
            for i, row in enumerate(ROWS)
        ]
    )


def renamed(old: str, new: str) -> bytes:
    return each(lambda row: {new if name == old else name: text for name, text in row.items()})


def in_square_metres(row: Row) -> Row:
    try:
        return {**row, "total_sqft": f"{float(row['total_sqft']) / SQFT_A_SQUARE_METRE:.1f}"}
    except ValueError:
        return row


REFUSED = {
    "forty rows": (
        written(ROWS[:40]),
        r"V1 is not fit to learn from: \d\d listings are left to learn from; 200 are needed",
    ),
    "one locality": (
        each(lambda row: {**row, "location": "Hebbal"}),
        r"x.csv is not published: all listings are in Hebbal: list homes all over Bengaluru",
    ),
    "one price": (
        each(lambda row: {**row, "price": "75"}),
        r"x.csv is not published: every price is 75: list what each home costs",
    ),
    "crore": (
        each(lambda row: {**row, "price": str(float(row["price"]) / 100)}),
        r"prices look like crore; give prices in lakh",
    ),
    "square metres": (
        each(in_square_metres),
        r"the median area is 12\d(\.\d)? sqft, where 300 to 8,000 is usual: areas look like "
        r"sqmeter; give sqft, or write the unit too: 12\d(\.\d)? sqmeter",
    ),
    "price renamed": (
        renamed("price", "asked"),
        r"\(1\) no column for price \(or price_lakh, .*\(2\) the columns found are .*, asked",
    ),
    "a third without baths": (
        each(lambda row: {**row, "bath": ""}, 0.3),
        r"x.csv is not published, .* 7\d\d of 2,\d{3} rows \(3\d.\d%\) cannot be read.*"
        r".*\(1\) bathrooms unreadable in 7\d\d rows, first in line 5.*--accept-rejects",
    ),
    "no price is a number": (
        each(lambda row: {**row, "price": "NaN"}),
        r"none of 2,400 rows can be used: \(1\) price unreadable in 2,\d{3} rows, first in",
    ),
    "ten copies of one row and no other": (
        written(ROWS[:1] * 10),
        r"all listings are in .*; every price is ",
    ),
    "a spreadsheet": (b"PK\x03\x04\0\0", r"save a spreadsheet as CSV \(UTF-8\) first"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_teaches_nothing_is_refused_and_no_model_is_made_of_it(
    content: bytes, sentence: str, office: Office
) -> None:
    with pytest.raises(HomesError, match=sentence):
        office.publish(content)
        office.train()
    assert office.has_no_model()


MENDED = {
    "rupees": (
        each(lambda row: {**row, "price": str(round(float(row["price"]) * 100_000))}),
        r"2,\d{3} prices of 100,000 and more, without a unit, taken for rupees",
    ),
    "a tenth in rupees": (
        each(lambda row: {**row, "price": str(round(float(row["price"]) * 100_000))}, 0.1),
        r"2\d\d prices of 100,000 and more, without a unit, taken for rupees",
    ),
    "bath missing": (
        each(lambda row: {**row, "bath": ""}, 0.03),
        r"\d\d of 2,400 rows \(3\.\d %\) left out: bath is missing or no number that can be "
        r"used; the first is in line",
    ),
    "NaN": (
        each(lambda row: {**row, "price": "nan"}, 0.03),
        r"\d\d of 2,4\d\d rows \(\d.* %\) left out: price is missing or no number",
    ),
    "infinities": (
        each(lambda row: {**row, "total_sqft": "inf", "price": "-Infinity"}, 0.03),
        r"\d\d of 2,4\d\d rows \(\d.* %\) left out: total_sqft is missing or no number",
    ),
    "an optional column renamed": (
        renamed("society", "promoter"),
        r"nothing was made of the columns promoter \([\d,]+ filled\); no column is called society",
    ),
    "a byte-order mark": (b"\xef\xbb\xbf" + written(ROWS), r"a byte-order mark .* was skipped"),
    "Latin-1": (
        each(lambda row: {**row, "society": f"Café {row['society']}"}).decode().encode("latin-1"),
        r"it was read as Windows-1252, for it is not UTF-8",
    ),
    "ten copies of one row": (
        written([*ROWS, *ROWS[:1] * 9]),
        r"rows \(.* %\) left out: each is the copy of a row before it",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), MENDED.values(), ids=MENDED.keys())
def test_a_file_that_can_be_mended_is_and_it_is_said_how(
    content: bytes, sentence: str, office: Office
) -> None:
    dataset = office.publish(content)
    assert [told for told in dataset.mended if re.search(sentence, told)]
    model = office.train()
    assert model.version == "BO1"
    assert model.metrics["mean_abs_log_error"] < model.baseline_metrics["mean_abs_log_error"]


def test_the_copies_of_a_row_count_once(office: Office) -> None:
    once, ten = office.publish(written(ROWS)), office.publish(written([*ROWS, *ROWS[:1] * 9]))
    assert ten == once


def test_a_dataset_of_before_the_check_is_not_learned_from_either(office: Office) -> None:
    careless = replace(MARKET, usual=replace(MARKET.usual, rate=MARKET.usual.rate / 100))
    office.publish(REFUSED["crore"][0], careless)
    office.homes.market = MARKET
    with pytest.raises(Declined, match=r"V1 is not fit to learn from: .* look like crore"):
        office.train()
    assert office.has_no_model()


def test_a_model_under_the_floor_never_reaches_the_registry(office: Office) -> None:
    prices = [row["price"] for row in ROWS]
    shuffled = [
        {**row, "price": price} for row, price in zip(ROWS, prices[7:] + prices[:7], strict=True)
    ]
    office.publish(written(shuffled))
    with pytest.raises(Declined, match=r"the new model is not published: .*the floor is 25 %"):
        office.train(TrainOrder("booster", parameters=RECIPES["booster"].quick, force=True))
    assert office.has_no_model()


def test_what_survives_of_a_bad_file_does_not_judge_its_own_model(office: Office) -> None:
    """The price of a dear home is on request, and somebody publishes the rest."""
    dearest = sorted(float(row["price"]) for row in ROWS)[len(ROWS) * 3 // 4]
    lost = each(
        lambda row: row if float(row["price"]) < dearest else {**row, "price": "on request"}
    )
    said: list[str] = []
    office.publish(written(ROWS))
    office.train()
    kept = SourceFile(lost, "x.csv", simulated=True, accept_rejects="the agent was in a hurry")
    publish_dataset(kept, office.homes)
    order = TrainOrder("booster", parameters={**RECIPES["booster"].quick, "seed": 2})
    with pytest.raises(
        Declined, match=r"\d homes with worth in lakh, by area and place, .* are held out, where"
    ):
        train(order, office.homes, said.append)
    assert re.search(
        r"1\d\d listings are held out; of the 2\d\d that were held out of V1, from which BO1 "
        r"learned, 1\d\d are there, and are compared on",
        "\n".join(said),
    )
    forced = train(replace(order, force=True), office.homes, said.append)
    limits = office.registry.report(ModelVersion.parse(forced.version))["card.json"].decode()
    assert "It learned from what could be read of x.csv: " in limits
    assert "Published all the same: the agent was in a hurry" in limits
