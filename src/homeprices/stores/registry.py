"""Every model version there ever was, under `models/price_check_{version}/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import msgspec

from homeprices.domain.errors import NotFound, Taken
from homeprices.domain.manifest import FileDigest, ModelManifest, verify
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import Clock, Objects
from homeprices.stores.numbered import Numbered

FOLDER = "models/"
_TRACKED = "tracked.json"
Describe = Callable[[ModelVersion, dict[str, FileDigest]], ModelManifest]
Report = Callable[[ModelManifest], Mapping[str, bytes]]


def no_report(_: ModelManifest) -> Mapping[str, bytes]:
    """Nothing is told about the model beside its manifest."""
    return {}


@dataclass(frozen=True, slots=True)
class _Tracked:
    run_id: str
    tracked_at: str


class Registry:
    """Model versions on an object store; production is the highest complete BO."""

    def __init__(self, objects: Objects, clock: Clock) -> None:
        self._objects = objects
        self._clock = clock
        self._numbers = {
            role: Numbered(
                objects,
                f"{FOLDER}price_check_{role.value}",
                claim="/claim.json",
                manifest="/manifest.json",
            )
            for role in Role
        }

    def publish(
        self,
        role: Role,
        files: Mapping[str, bytes],
        describe: Describe,
        report: Report = no_report,
    ) -> ModelManifest:
        """A new version of `files`; its manifest is what `describe` says of number and digests.

        `report` writes what is told about the model, once its number is known.
        """
        version = ModelVersion(role, self._numbers[role].take(self._clock))
        described = describe(version, _digests(files))
        told = report(described)
        manifest = replace(described, report=_digests(told))
        for name, content in files.items():
            self._objects.create(_key(version, name), content)
        for name, content in told.items():
            self._objects.create(_key(version, f"report/{name}"), content)
        self._objects.create(_key(version, "manifest.json"), msgspec.json.encode(manifest))
        return manifest

    def versions(self, role: Role) -> list[ModelVersion]:
        """All complete versions of `role`, oldest first."""
        return [ModelVersion(role, number) for number in self._numbers[role].complete()]

    def manifest(self, version: ModelVersion) -> ModelManifest:
        """The manifest of `version`; raises NotFound when there is no complete one."""
        try:
            content = self._objects.read(_key(version, "manifest.json"))
        except NotFound:
            raise NotFound(f"there is no model {version}; `homes status` lists them") from None
        return msgspec.json.decode(content, type=ModelManifest)

    def manifests(self, role: Role) -> list[ModelManifest]:
        """The manifests of all complete versions of `role`, oldest first."""
        return [self.manifest(version) for version in self.versions(role)]

    def production(self) -> ModelManifest | None:
        """The manifest of the highest complete BO; None in an empty registry."""
        versions = self.versions(Role.PRODUCTION)
        return self.manifest(versions[-1]) if versions else None

    def files(self, version: ModelVersion) -> dict[str, bytes]:
        """All files of `version`, each checked against its hash; raises Corrupt."""
        return self._read(version, "", self.manifest(version).files)

    def report(self, version: ModelVersion) -> dict[str, bytes]:
        """The files about `version`, each checked against its hash; raises Corrupt."""
        return self._read(version, "report/", self.manifest(version).report)

    def retire(self, version: ModelVersion, reason: str) -> None:
        """Mark a candidate as lost; its files stay until their retention ends."""
        note = {"reason": reason, "retired_at": self._clock().isoformat()}
        try:
            self._objects.create(_key(version, "retired.json"), msgspec.json.encode(note))
        except Taken:
            return

    def is_retired(self, version: ModelVersion) -> bool:
        """True once `version` has lost a trial."""
        folder = _key(version, "")
        return _key(version, "retired.json") in self._objects.keys(folder)

    def mark_tracked(self, version: ModelVersion, run_id: str) -> None:
        """Remember that the tracker keeps `version` as the run `run_id`; the first call counts."""
        note = {"run_id": run_id, "tracked_at": self._clock().isoformat()}
        try:
            self._objects.create(_key(version, _TRACKED), msgspec.json.encode(note))
        except Taken:
            return

    def tracked(self, version: ModelVersion) -> str | None:
        """The run that the tracker keeps `version` as; None while it is untracked."""
        try:
            note = msgspec.json.decode(self._objects.read(_key(version, _TRACKED)), type=_Tracked)
        except NotFound:
            return None
        return note.run_id

    def _read(
        self, version: ModelVersion, folder: str, digests: Mapping[str, FileDigest]
    ) -> dict[str, bytes]:
        files = {}
        for name, digest in digests.items():
            key = _key(version, folder + name)
            files[name] = self._objects.read(key)
            verify(key, files[name], digest)
        return files


def _digests(files: Mapping[str, bytes]) -> dict[str, FileDigest]:
    return {name: FileDigest.of(content) for name, content in files.items()}


def _key(version: ModelVersion, name: str) -> str:
    return f"{FOLDER}price_check_{version}/{name}"
