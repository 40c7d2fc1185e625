import pytest

from homeprices import markets
from homeprices.domain.errors import Unreadable
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Clock
from homeprices.stores.datasets import FOLDER, DatasetStore
from homeprices.stores.objects import ObjectStore
from homeprices.workflows.datasets import publish_dataset

MARKET = markets.load("bangalore")
HEADER = "location,size,total_sqft,bath,price\n"
FILE = HEADER + "Hebbal,2 BHK,1200,2,60\nHebbal,,1200,2,60\nHoodi,4 Bedroom,2400,4,200\n"


class Desk:
    """A shelf on objects in memory."""

    def __init__(self, clock: Clock) -> None:
        self.objects = ObjectStore("memory://")
        self.shelf = DatasetStore(self.objects, clock)
        self.clock = clock

    def publish(self, text: str, *, simulated: bool = False) -> DatasetManifest:
        return publish_dataset(
            text.encode(),
            "homes.csv",
            datasets=self.shelf,
            market=MARKET,
            simulated=simulated,
            clock=self.clock,
        )


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


def test_a_version_holds_the_usable_rows_the_others_with_reasons_and_a_profile(desk: Desk) -> None:
    manifest = desk.publish(FILE)
    assert (manifest.version, manifest.rows, manifest.source) == ("V1", 2, "homes.csv")
    assert manifest.rejected == {"bedrooms_unreadable": 1}
    assert sum(manifest.profile.numbers["area"].counts) == 2
    assert desk.shelf.read(DatasetVersion(1)).count(b"\n") == 3
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
    assert desk.shelf.latest() is None
