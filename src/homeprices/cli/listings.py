"""The listings that a command works on: those of a file, or of a published dataset."""

from collections.abc import Sequence
from pathlib import Path

from homeprices.bootstrap import Homes
from homeprices.datasets.clean import clean, read_published
from homeprices.datasets.read import read
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.versions import DatasetVersion


def listings_of(
    homes: Homes, file: Path | None, version: DatasetVersion | None = None
) -> Sequence[Listing]:
    """The usable listings of `file`, of the dataset `version`, or of the newest; raises Refused."""
    market = homes.market
    if file is not None:
        return clean(read(file.read_bytes(), market), market).listings
    latest = homes.datasets.latest()
    if version is None:
        if latest is None:
            raise Refused("there is no dataset; name a file by --listings FILE.csv")
        version = DatasetVersion.parse(latest.version)
    return read_published(homes.datasets.read(version), market)
