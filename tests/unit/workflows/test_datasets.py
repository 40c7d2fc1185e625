from collections.abc import Callable

import pytest

from homeprices import markets
from homeprices.domain.errors import Declined, Unreadable
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Clock
from homeprices.stores.datasets import FOLDER, DatasetStore
from homeprices.stores.objects import ObjectStore
from homeprices.workflows.datasets import SourceFile, checked_file, publish_dataset

MARKET = markets.load("bangalore")
HEADER = "location,size,total_sqft,bath,price\n"
FILE = HEADER + "Hebbal,2 BHK,1200,2,60\nHebbal,,1200,2,60\nHoodi,4 Bedroom,2400,4,200\n"


class Desk:
    """A shelf on objects in memory."""

    market, most_rejected = MARKET, 0.05

    def __init__(self, clock: Clock) -> None:
        self.objects = ObjectStore("memory://")
        self.datasets = DatasetStore(self.objects, clock)
        self.clock = clock

    def publish(self, text: str, *, simulated: bool = False, why: str = "") -> DatasetManifest:
        return publish_dataset(SourceFile(text.encode(), "homes.csv", simulated, why), self)


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


def test_a_version_holds_the_usable_rows_the_others_with_reasons_and_a_profile(desk: Desk) -> None:
    manifest = desk.publish(FILE)
    assert (manifest.version, manifest.rows, manifest.source) == ("V1", 2, "homes.csv")
    assert manifest.rejected == {"bedrooms_unreadable": 1}
    assert sum(manifest.profile.numbers["area"].counts) == 2
    assert desk.datasets.read(DatasetVersion(1)).count(b"\n") == 3
    rejected = desk.objects.read(f"{FOLDER}train_V1.rejected.csv").decode()
    assert rejected.splitlines()[1] == "3,bedrooms_unreadable,Hebbal,,1200,2,60"


def test_equal_listings_are_not_published_again(desk: Desk) -> None:
    first = desk.publish(FILE)
    assert desk.publish(FILE.replace(",60", ",60.0")) == first
    assert desk.publish(FILE + "Hoodi,2 BHK,1000,2,50\n").version == "V2"


def test_made_up_listings_are_another_dataset_than_equal_real_ones(desk: Desk) -> None:
    desk.publish(FILE, simulated=True)
    assert desk.publish(FILE).version == "V2"


def test_a_file_without_a_usable_row_is_refused_with_the_commonest_reasons(desk: Desk) -> None:
    with pytest.raises(Unreadable, match=r"\(1\) bedrooms unreadable in 2 rows, first in line 2"):
        desk.publish(HEADER + "Hebbal,,1,2,3\nHebbal,x,1,2,3\nHebbal,2 BHK,1,,3\n")
    assert desk.datasets.latest() is None


def listings(count: int, bad: Callable[[int], bool] = lambda _: False) -> str:
    """So many listings; those that are `bad` have no number of baths that can be read."""
    places = ["Hebbal", "Hoodi", "Whitefield", "Yelahanka"]
    rows = (
        f"{places[i % 4]},{1 + i % 4} BHK,{700 + i},{'x' if bad(i) else 2},{40 + i / 10}"
        for i in range(count)
    )
    return HEADER + "\n".join(rows) + "\n"


def test_a_file_that_loses_too_much_is_refused_with_the_figures_and_the_way_out(desk: Desk) -> None:
    with pytest.raises(Declined) as refused:
        desk.publish(listings(1000, lambda i: i % 10 == 0))
    message = refused.value.message
    assert "100 of 1,000 rows (10.0%) cannot be read, and at most 5.0% may be lost" in message
    assert "(1) bathrooms unreadable in 100 rows, first in line 2" in message
    assert "--accept-rejects" in message
    assert desk.datasets.latest() is None


def test_what_was_accepted_is_kept_with_the_reason(desk: Desk) -> None:
    manifest = desk.publish(listings(1000, lambda i: i % 10 == 0), why="old forms, no baths")
    assert manifest.rejects_accepted == "old forms, no baths"
    assert manifest.losses and manifest.rows == 900
    # A reason that nothing needed is not kept.
    assert not desk.publish(listings(1001), why="as always").rejects_accepted


def test_a_check_says_what_publishing_would_and_publishes_nothing(desk: Desk) -> None:
    report = checked_file(listings(1000, lambda i: i % 10 == 0).encode(), desk)
    assert (report.listings, report.rejected) == (900, 100)
    assert "cannot be read" in report.problems[0]
    assert report.rejected_csv.count(b"\n") == 101
    assert desk.datasets.latest() is None
