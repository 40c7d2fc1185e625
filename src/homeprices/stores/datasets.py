"""Every dataset that was published: `data/raw/train_V{n}.csv` and its manifest."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from homeprices.domain.errors import NotFound, Taken
from homeprices.domain.manifest import DatasetManifest, FileDigest, verify
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Clock, Objects
from homeprices.stores.publications import Publications
from homeprices.stores.sequences import VersionSequence

FOLDER = "data/raw/"
Files = Callable[[DatasetVersion], Mapping[str, bytes]]
DescribeDataset = Callable[[DatasetVersion, dict[str, FileDigest]], DatasetManifest]


class DatasetStore:
    """Dataset versions on an object store; never overwritten, never renumbered."""

    def __init__(self, objects: Objects, clock: Clock) -> None:
        self._objects = objects
        self._clock = clock
        self._numbers = VersionSequence(
            objects,
            f"{FOLDER}train_V",
            claim=".claim.json",
            manifest=".json",
        )
        self._publications = Publications(objects, f"{FOLDER}published/")

    def publish(self, files: Files, describe: DescribeDataset, digest: str) -> DatasetManifest:
        """A new version, or the newest where that is of the same content, whose digest this is.

        `files` names its files, among them `train_V{n}.csv`. Of writers at once with the same
        content all get one version.
        """
        times, newest = self._publications.newest(digest)
        if newest is not None and self._finished(newest) == self.latest():
            return self._finished(newest)
        version = DatasetVersion(self._numbers.claim_next(self._clock))
        contents = files(version)
        digests = {name: FileDigest.from_content(content) for name, content in contents.items()}
        manifest = describe(version, digests)
        for name, content in contents.items():
            self._objects.create(FOLDER + name, content)
        first = self._publications.first(digest, times + 1, msgspec.json.encode(manifest))
        return self._finished(first)

    def _finished(self, content: bytes) -> DatasetManifest:
        """The dataset of a manifest that was published; it is there whole from now on."""
        manifest = msgspec.json.decode(content, type=DatasetManifest)
        with suppress(Taken):
            self._objects.create(f"{FOLDER}train_{manifest.version}.json", content)
        return manifest

    def latest(self) -> DatasetManifest | None:
        """The manifest of the newest complete dataset; None when there is none."""
        numbers = self._numbers.complete()
        return self.manifest(DatasetVersion(numbers[-1])) if numbers else None

    def manifests(self) -> list[DatasetManifest]:
        """The manifests of all complete datasets, oldest first."""
        return [self.manifest(DatasetVersion(number)) for number in self._numbers.complete()]

    def manifest(self, version: DatasetVersion) -> DatasetManifest:
        """The manifest of `version`; raises NotFound."""
        try:
            content = self._objects.read(f"{FOLDER}train_{version}.json")
        except NotFound:
            raise NotFound(
                f"there is no dataset {version}; publish one by `homes dataset publish FILE`"
            ) from None
        return msgspec.json.decode(content, type=DatasetManifest)

    def read(self, version: DatasetVersion) -> bytes:
        """The listings of `version` as CSV, checked against their hash; raises Corrupt."""
        name = f"train_{version}.csv"
        content = self._objects.read(FOLDER + name)
        verify(name, content, self.manifest(version).files[name])
        return content
