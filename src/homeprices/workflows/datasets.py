"""Publishes a listing file as the next dataset version, and looks at one before training on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from homeprices.datasets.clean import Cleaned, clean, read_published, rejections_csv, to_csv
from homeprices.datasets.describe import describe
from homeprices.datasets.import_warnings import import_warnings
from homeprices.datasets.losses import too_much_lost
from homeprices.datasets.read import RawListings, read
from homeprices.datasets.validate import misunderstood, problems
from homeprices.domain.errors import Corrupt, Declined, Unavailable, Unreadable
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import DatasetManifest, FileDigest
from homeprices.domain.market import Market
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Scheduler
from homeprices.stores.datasets import DatasetStore
from homeprices.workflows.context import DatasetPorts


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to publish, and what is said of it.

    `accept_rejects` is why it is published though more of it is lost than may be.
    """

    content: bytes
    source: str
    simulated: bool = False
    accept_rejects: str = ""


def publish_dataset(file: SourceFile, ports: DatasetPorts) -> DatasetManifest:
    """The manifest of the new version that is made of a CSV file.

    A version is `train_V{n}.csv`, the usable listings in canonical form, and
    `train_V{n}.rejected.csv`, every other row with its line and reason.
    Listings equal to the latest version's are not published again: the
    manifest of that version is returned. Raises Unreadable for a hopeless file,
    Declined for one that means something else than it seems to, and for one of which more cannot
    be read than may be (`datasets.losses`), unless that was accepted.
    """
    market, source = ports.market, file.source
    raw = read(file.content, market)
    cleaned = clean(raw, market)
    _require_listings(cleaned)
    latest = ports.datasets.latest()
    before = _listings_before(latest, ports)
    losses = too_much_lost(cleaned, before, market, ports.most_rejected)
    if losses and not file.accept_rejects:
        raise Declined(_refusal(source, cleaned, losses))
    _require_sense(cleaned, source, market)
    table = to_csv(cleaned.listings, market)
    if latest is not None and _holds(latest, table, simulated=file.simulated):
        return latest

    def manifest(version: DatasetVersion, files: dict[str, FileDigest]) -> DatasetManifest:
        return DatasetManifest(
            version=str(version),
            market=market.name,
            source=source,
            simulated=file.simulated,
            rows=len(cleaned.listings),
            rejected=_by_reason(cleaned),
            created_at=ports.clock().isoformat(),
            files=files,
            profile=describe(cleaned.listings, market),
            mended=import_warnings(raw, cleaned, market),
            losses=losses,
            rejects_accepted=file.accept_rejects if losses else "",
        )

    content = (market.name, file.simulated, FileDigest.from_content(table).sha256)
    digest = sha256(repr(content).encode()).hexdigest()
    return ports.datasets.publish(
        lambda version: _files(version, table, raw, cleaned), manifest, digest
    )


@dataclass(frozen=True, slots=True)
class FileReport:
    """What would become of a file: sentences about it, and reasons not to publish it."""

    listings: int
    rejected: int
    sentences: list[str]
    problems: list[str]
    rejected_csv: bytes


def checked_file(content: bytes, ports: DatasetPorts) -> FileReport:
    """What `publish_dataset` would make of a file; raises Unreadable for a hopeless one."""
    market = ports.market
    raw = read(content, market)
    cleaned = clean(raw, market)
    before = _listings_before(ports.datasets.latest(), ports)
    return FileReport(
        listings=len(cleaned.listings),
        rejected=len(cleaned.rejections),
        sentences=import_warnings(raw, cleaned, market),
        problems=[
            *misunderstood(cleaned.listings, market),
            *too_much_lost(cleaned, before, market, ports.most_rejected),
        ],
        rejected_csv=rejections_csv(raw.header, cleaned.rejections),
    )


def _listings_before(latest: DatasetManifest | None, ports: DatasetPorts) -> Sequence[Listing]:
    """The listings of the dataset before; none where there is none, or of another market."""
    if latest is None or latest.market != ports.market.name:
        return ()
    return read_published(ports.datasets.read(DatasetVersion.parse(latest.version)), ports.market)


def _refusal(source: str, cleaned: Cleaned, losses: Sequence[str]) -> str:
    return (
        f"{source} is not published, for what is left of it would be a biased sample: "
        f"{'; '.join(losses)}. The commonest reasons: {_commonest(cleaned)}. See every row with "
        "its reason by `homes dataset check FILE`, mend the file or the market's names, or publish "
        'what is left by --accept-rejects "why"'
    )


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
    raise Unreadable(f"none of {len(cleaned.rejections):,} rows can be used: {_commonest(cleaned)}")


def _commonest(cleaned: Cleaned) -> str:
    """The three commonest reasons, with the first line that each is in."""
    counts = Counter(r.reason.value for r in cleaned.rejections).most_common(3)
    first = {r.reason.value: r.row.line for r in reversed(cleaned.rejections)}
    return "; ".join(
        f"({i}) {reason.replace('_', ' ')} in {n:,} rows, first in line {first[reason]}"
        for i, (reason, n) in enumerate(counts, 1)
    )


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
    listings = read_published(datasets.read(version), market)
    promised = datasets.manifest(version).rows
    if len(listings) != promised:
        raise Corrupt(f"{version} has {len(listings):,} listings; its manifest says {promised:,}")
    older: Sequence[Listing] = ()
    if before is not None and before != version:
        older = read_published(datasets.read(before), market)
    if unfit := problems(listings, market, older):
        raise Declined(f"{version} is not fit to learn from: {'; '.join(unfit)}")
    return f"{version}: {len(listings):,} listings, fit to learn from"
