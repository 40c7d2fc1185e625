"""Every dataset that was published: `data/raw/train_V{n}.csv` and its manifest."""

from collections.abc import Callable, Mapping

import msgspec

from homeprices.domain.errors import NotFound
from homeprices.domain.manifest import DatasetManifest, FileDigest, verify
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Clock, Objects
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

    def publish(self, files: Files, describe: DescribeDataset) -> DatasetManifest:
        """A new version; `files` names its files, among them `train_V{n}.csv`."""
        version = DatasetVersion(self._numbers.claim_next(self._clock))
        contents = files(version)
        digests = {name: FileDigest.from_content(content) for name, content in contents.items()}
        manifest = describe(version, digests)
        for name, content in contents.items():
            self._objects.create(FOLDER + name, content)
        self._objects.create(f"{FOLDER}train_{version}.json", msgspec.json.encode(manifest))
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
