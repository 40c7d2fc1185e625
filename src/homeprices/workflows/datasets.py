"""Publishes a listing file as the next dataset version, and looks at one before training on it."""

from collections import Counter
from collections.abc import Sequence

from homeprices.datasets.clean import Cleaned, clean, read_listings, rejections_csv, to_csv
from homeprices.datasets.describe import describe
from homeprices.datasets.import_warnings import import_warnings
from homeprices.datasets.read import RawListings, read
from homeprices.datasets.validate import misunderstood, problems
from homeprices.domain.errors import Corrupt, Declined, Unavailable, Unreadable
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import DatasetManifest, FileDigest
from homeprices.domain.market import Market
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Clock, Scheduler
from homeprices.stores.datasets import DatasetStore


def publish_dataset(  # noqa: PLR0913 - one file, and where it goes
    content: bytes,
    source: str,
    *,
    datasets: DatasetStore,
    market: Market,
    simulated: bool,
    clock: Clock,
) -> DatasetManifest:
    """The manifest of a new version made of the CSV `content`, called `source`.

    A version is `train_V{n}.csv`, the usable listings in canonical form, and
    `train_V{n}.rejected.csv`, every other row with its line and reason.
    Listings equal to the latest version's are not published again: the
    manifest of that version is returned. Raises Unreadable for a hopeless file,
    Declined for one that means something else than it seems to.
    """
    raw = read(content, market)
    cleaned = clean(raw, market)
    _require_listings(cleaned)
    _require_sense(cleaned, source, market)
    table = to_csv(cleaned.listings, market)
    latest = datasets.latest()
    if latest is not None and _holds(latest, table, simulated=simulated):
        return latest

    def manifest(version: DatasetVersion, files: dict[str, FileDigest]) -> DatasetManifest:
        return DatasetManifest(
            version=str(version),
            market=market.name,
            source=source,
            simulated=simulated,
            rows=len(cleaned.listings),
            rejected=_by_reason(cleaned),
            created_at=clock().isoformat(),
            files=files,
            profile=describe(cleaned.listings, market),
            mended=import_warnings(raw, cleaned, market),
        )

    return datasets.publish(lambda version: _files(version, table, raw, cleaned), manifest)


def _files(
    version: DatasetVersion, table: bytes, raw: RawListings, cleaned: Cleaned
) -> dict[str, bytes]:
    rejected = rejections_csv(raw.header, cleaned.rejections)
    return {f"train_{version}.csv": table, f"train_{version}.rejected.csv": rejected}


def _holds(manifest: DatasetManifest, table: bytes, *, simulated: bool) -> bool:
    """True when `manifest` is of these very listings."""
    digest = manifest.files[f"train_{manifest.version}.csv"]
    return digest == FileDigest.from_content(table) and manifest.simulated == simulated


def _by_reason(cleaned: Cleaned) -> dict[str, int]:
    return dict(sorted(Counter(r.reason.value for r in cleaned.rejections).items()))


def _require_listings(cleaned: Cleaned) -> None:
    """Raise Unreadable, with the three commonest reasons, when no row is usable."""
    if cleaned.listings:
        return
    counts = Counter(r.reason.value for r in cleaned.rejections).most_common(3)
    first = {r.reason.value: r.row.line for r in reversed(cleaned.rejections)}
    listed = "; ".join(
        f"({i}) {reason.replace('_', ' ')} in {n:,} rows, first in line {first[reason]}"
        for i, (reason, n) in enumerate(counts, 1)
    )
    raise Unreadable(f"none of {len(cleaned.rejections):,} rows can be used: {listed}")


def _require_sense(cleaned: Cleaned, source: str, market: Market) -> None:
    """Raise Declined where the listings as a whole say that a unit or a column was mistaken."""
    mistakes = misunderstood(cleaned.listings, market)
    if mistakes:
        raise Declined(f"{source} is not published: {'; '.join(mistakes)}")


def announce(dataset: DatasetManifest, scheduler: Scheduler | None) -> str | None:
    """What became of the news, in words; None where nothing is scheduled.

    Never raises: the dataset is published all the same, and the hourly run
    finds one that it was not told of.
    """
    if scheduler is None:
        return None
    try:
        scheduler.announce(dataset)
    except Unavailable as error:
        return f"{error.message}; the hourly run will find {dataset.version}"
    return f"Airflow was told of {dataset.version}: the pipeline starts"


def validate_dataset(
    version: DatasetVersion,
    *,
    datasets: DatasetStore,
    market: Market,
    before: DatasetVersion | None,
) -> str:
    """What was found, in words; `before` is the dataset that production has learned from.

    Raises Corrupt where the file is not what its manifest says, and Declined
    with every reason not to train on it.
    """
    listings = read_listings(datasets.read(version), market)
    promised = datasets.manifest(version).rows
    if len(listings) != promised:
        raise Corrupt(f"{version} has {len(listings):,} listings; its manifest says {promised:,}")
    older: Sequence[Listing] = ()
    if before is not None and before != version:
        older = read_listings(datasets.read(before), market)
    if unfit := problems(listings, market, older):
        raise Declined(f"{version} is not fit to learn from: {'; '.join(unfit)}")
    return f"{version}: {len(listings):,} listings, fit to learn from"
