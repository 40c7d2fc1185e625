"""Every model version there ever was, under `models/price_check_{version}/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from homeprices.domain.errors import NotFound, Taken
from homeprices.domain.manifest import FileDigest, ModelManifest, verify
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import Clock, Objects
from homeprices.stores.numbered import Numbered

FOLDER = "models/"
REPORT = "report/"
Describe = Callable[[ModelVersion, dict[str, FileDigest]], ModelManifest]


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

    def publish(self, role: Role, files: Mapping[str, bytes], describe: Describe) -> ModelManifest:
        """A new version of `files`; its manifest is what `describe` says of number and digests."""
        version = ModelVersion(role, self._numbers[role].take(self._clock))
        digests = {name: FileDigest.of(content) for name, content in files.items()}
        manifest = describe(version, digests)
        for name, content in files.items():
            self._objects.create(_key(version, name), content)
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
        """All files of `version`, each checked against its hash; raises Corrupt.

        Raises NotFound, with the day, for a version whose files housekeeping has deleted.
        """
        files = {}
        for name, digest in self.manifest(version).files.items():
            key = _key(version, name)
            try:
                files[name] = self._objects.read(key)
            except NotFound:
                self._raise_if_deleted(version)
                raise
            verify(key, files[name], digest)
        return files

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

    def retired_at(self, version: ModelVersion) -> datetime | None:
        """When `version` was first retired; None if it never was."""
        note = self._note(version, "retired.json")
        return datetime.fromisoformat(note["retired_at"]) if note else None

    def delete_files(self, version: ModelVersion, after_days: int) -> int:
        """Delete the files that the manifest names, but those of its report; how many went.

        A note says so first: a crash half-way leaves a version that tells what
        happened to it, and the next call deletes the rest.
        """
        deletable = {
            _key(version, name)
            for name in self.manifest(version).files
            if not name.startswith(REPORT)
        }
        left = deletable.intersection(self._objects.keys(_key(version, "")))
        if not left:
            return 0
        note = {"deleted_at": self._clock().isoformat(), "after_days": after_days}
        with suppress(Taken):
            self._objects.create(_key(version, "deleted.json"), msgspec.json.encode(note))
        for key in sorted(left):
            self._objects.delete(key)
        return len(left)

    def tracked(self, version: ModelVersion) -> str | None:
        """The id of the tracking run of `version`; None where none was made."""
        note = self._note(version, "tracked.json")
        return note["run_id"] if note else None

    def _raise_if_deleted(self, version: ModelVersion) -> None:
        note = self._note(version, "deleted.json")
        if note:
            raise NotFound(
                f"the files of {version} are gone: they were deleted after {note['after_days']} "
                f"days, on {note['deleted_at'][:10]}; its manifest and report are still there"
            )

    def _note(self, version: ModelVersion, name: str) -> dict[str, Any] | None:
        """What a small file beside the manifest says; None where there is none."""
        try:
            content = self._objects.read(_key(version, name))
        except NotFound:
            return None
        return msgspec.json.decode(content, type=dict[str, Any])


def _key(version: ModelVersion, name: str) -> str:
    return f"{FOLDER}price_check_{version}/{name}"
