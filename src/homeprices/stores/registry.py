"""Every model version there ever was, under `models/price_check_{version}/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from homeprices.domain.errors import Gone, NotFound, Taken
from homeprices.domain.manifest import (
    FileDigest,
    ModelManifest,
    metrics_by_current_names,
    verify,
)
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import Clock, Objects
from homeprices.stores.sequences import VersionSequence

FOLDER = "models/"
REPORT = "report/"
Describe = Callable[[ModelVersion, dict[str, FileDigest]], ModelManifest]
Report = Callable[[ModelManifest], Mapping[str, bytes]]


def no_report(_: ModelManifest) -> Mapping[str, bytes]:
    """Nothing is told about the model beside its manifest."""
    return {}


class Registry:
    """Model versions on an object store; production is the highest complete BO."""

    def __init__(self, objects: Objects, clock: Clock) -> None:
        self._objects = objects
        self._clock = clock
        self._numbers = {
            role: VersionSequence(
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
        return _decoded(content)

    def manifests(self, role: Role) -> list[ModelManifest]:
        """The manifests of all complete versions of `role`, oldest first."""
        return [self.manifest(version) for version in self.versions(role)]

    def origin(self, manifest: ModelManifest) -> ModelManifest:
        """The trained version that this one is a copy of, of a copy of ..., or itself."""
        while manifest.copied_from is not None:
            manifest = self.manifest(ModelVersion.parse(manifest.copied_from))
        return manifest

    def production(self) -> ModelManifest | None:
        """The manifest of the highest complete BO; None in an empty registry."""
        versions = self.versions(Role.PRODUCTION)
        return self.manifest(versions[-1]) if versions else None

    def files(self, version: ModelVersion) -> dict[str, bytes]:
        """All files of `version`, each checked against its hash; raises Corrupt.

        Raises Gone, with the day, for a version whose files housekeeping has deleted.
        """
        try:
            return self._read(version, "", self.manifest(version).files)
        except NotFound:
            self._raise_if_deleted(version)
            raise

    def report(self, version: ModelVersion) -> dict[str, bytes]:
        """The files about `version`, each checked against its hash; raises Corrupt."""
        return self._read(version, REPORT, self.manifest(version).report)

    def report_file(self, manifest: ModelManifest, name: str) -> bytes | None:
        """One file about the model of `manifest`, checked against its hash; None if there is none.

        A copy's stand beside the trained version. Raises Corrupt.
        """
        origin = self.origin(manifest)
        if name not in origin.report:
            return None
        wanted = {name: origin.report[name]}
        return self._read(ModelVersion.parse(origin.version), REPORT, wanted)[name]

    def retire(self, version: ModelVersion, reason: str) -> None:
        """Mark a candidate as lost; its files stay until their retention ends."""
        self._write_note(
            version, "retired.json", reason=reason, retired_at=self._clock().isoformat()
        )

    def is_retired(self, version: ModelVersion) -> bool:
        """True once `version` has lost a trial."""
        return self.retired_at(version) is not None

    def retired_at(self, version: ModelVersion) -> datetime | None:
        """When `version` was first retired; None if it never was."""
        note = self._note(version, "retired.json")
        return datetime.fromisoformat(note["retired_at"]) if note else None

    def mark_tracked(self, version: ModelVersion, run_id: str) -> None:
        """Remember that the tracker keeps `version` as the run `run_id`; the first call counts."""
        self._write_note(
            version, "tracked.json", run_id=run_id, tracked_at=self._clock().isoformat()
        )

    def tracked(self, version: ModelVersion) -> str | None:
        """The run that the tracker keeps `version` as; None while it is untracked."""
        note = self._note(version, "tracked.json")
        return note["run_id"] if note else None

    def delete_files(self, version: ModelVersion, after_days: int) -> int:
        """Delete the files of the model, not those of its report; how many went.

        A note says so first: a crash half-way leaves a version that tells what
        happened to it, and the next call deletes the rest.
        """
        deletable = {_key(version, name) for name in self.manifest(version).files}
        left = deletable.intersection(self._objects.keys(_key(version, "")))
        if not left:
            return 0
        self._write_note(
            version,
            "deleted.json",
            deleted_at=self._clock().isoformat(),
            after_days=after_days,
        )
        for key in sorted(left):
            self._objects.delete(key)
        return len(left)

    def _read(
        self, version: ModelVersion, folder: str, digests: Mapping[str, FileDigest]
    ) -> dict[str, bytes]:
        files = {}
        for name, digest in digests.items():
            key = _key(version, folder + name)
            files[name] = self._objects.read(key)
            verify(key, files[name], digest)
        return files

    def _raise_if_deleted(self, version: ModelVersion) -> None:
        note = self._note(version, "deleted.json")
        if note:
            raise Gone(
                f"the files of {version} are gone: they were deleted after {note['after_days']} "
                f"days, on {note['deleted_at'][:10]}; its manifest and report are still there"
            )

    def _write_note(self, version: ModelVersion, name: str, **facts: str | int) -> None:
        """Keep a small file beside the manifest; the first one stays."""
        with suppress(Taken):
            self._objects.create(_key(version, name), msgspec.json.encode(facts))

    def _note(self, version: ModelVersion, name: str) -> dict[str, Any] | None:
        """What a small file beside the manifest says; None where there is none."""
        try:
            content = self._objects.read(_key(version, name))
        except NotFound:
            return None
        return msgspec.json.decode(content, type=dict[str, Any])


def _decoded(content: bytes) -> ModelManifest:
    """The manifest in `content`, of this release or an earlier one."""
    manifest = msgspec.json.decode(content, type=ModelManifest)
    return replace(
        manifest,
        metrics=metrics_by_current_names(manifest.metrics),
        baseline_metrics=metrics_by_current_names(manifest.baseline_metrics),
    )


def _digests(files: Mapping[str, bytes]) -> dict[str, FileDigest]:
    return {name: FileDigest.of(content) for name, content in files.items()}


def _key(version: ModelVersion, name: str) -> str:
    return f"{FOLDER}price_check_{version}/{name}"
