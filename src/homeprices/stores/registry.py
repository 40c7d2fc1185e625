"""Every model version there ever was, under `models/price_check_{version}/`."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic, sleep
from typing import Any

import msgspec

from homeprices.domain.errors import Corrupt, Gone, NotFound, Taken
from homeprices.domain.manifest import (
    JUDGED,
    FileDigest,
    ModelManifest,
    content_digest,
    metrics_by_current_names,
    verify,
)
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import Clock, Objects
from homeprices.stores.publications import Publications
from homeprices.stores.sequences import VersionSequence

FOLDER = "models/"
STEM = "price_check_"
REPORT = "report/"
MANIFEST = "manifest.json"
# Written once in the life of a registry, by the writer whose model is its first production.
FIRST = f"{FOLDER}first.json"
FIRST_PATIENCE_S = 60.0
LONGEST_PUBLISHING = timedelta(hours=1)
_ASK_AGAIN_S = 0.1
_VERSION = re.compile(rf"{STEM}((?:BO|CO)[1-9]\d{{0,8}})")
# Some kilobytes each.
_REMEMBERED = 512
DescribeModel = Callable[[ModelVersion, dict[str, FileDigest]], ModelManifest]
Report = Callable[[ModelManifest], Mapping[str, bytes]]


def no_report(_: ModelManifest) -> Mapping[str, bytes]:
    """Nothing is said about the model beside its manifest."""
    return {}


class Registry:
    """Model versions on an object store; production is the highest complete BO.

    Manifests never change: those that were read are remembered.
    """

    def __init__(
        self, objects: Objects, clock: Clock, *, first_patience_s: float = FIRST_PATIENCE_S
    ) -> None:
        self._objects = objects
        self._clock = clock
        self._first_patience_s = first_patience_s
        self._content = lru_cache(_REMEMBERED)(objects.read)
        # What cannot be read is not remembered: it may be restored.
        self._manifest = lru_cache(_REMEMBERED)(self._read_manifest)
        self._publications = Publications(objects, f"{FOLDER}published/")
        self._complete: set[ModelVersion] = set()
        self._abandoned: set[ModelVersion] = set()
        self._sources: dict[ModelVersion, ModelVersion | None] = {}
        self._numbers = {
            role: VersionSequence(
                objects,
                f"{FOLDER}{STEM}{role.value}",
                claim="/claim.json",
                manifest=f"/{MANIFEST}",
            )
            for role in Role
        }

    def publish(
        self,
        role: Role,
        files: Mapping[str, bytes],
        describe: DescribeModel,
        report: Report = no_report,
    ) -> ModelManifest:
        """A new version of `files`; its manifest is what `describe` says of number and digests.

        `report` writes what is said about the model, once its number is known.
        """
        version = ModelVersion(role, self._numbers[role].claim_next(self._clock))
        manifest = self._write_files(version, files, describe, report)
        self._objects.create(_key(version, MANIFEST), msgspec.json.encode(manifest))
        return manifest

    def publish_candidate(
        self,
        files: Mapping[str, bytes],
        describe: DescribeModel,
        report: Report,
        counts: Callable[[ModelManifest], bool],
    ) -> ModelManifest | None:
        """As `publish`, a candidate; None when another writer has published equal files.

        `counts` says of a candidate with equal files whether it stands in the way.
        """
        digest = content_digest(_digests(files))
        times, newest = self._publications.newest(digest)
        if newest is not None and counts(self._finished(newest)):
            return None
        number = self._numbers[Role.CANDIDATE].claim_next(self._clock)
        manifest = self._write_files(ModelVersion(Role.CANDIDATE, number), files, describe, report)
        first = self._publications.first(digest, times + 1, msgspec.json.encode(manifest))
        return manifest if self._finished(first).version == manifest.version else None

    def publish_first(
        self, files: Mapping[str, bytes], describe: DescribeModel, report: Report = no_report
    ) -> ModelManifest | None:
        """As `publish`, the first production model; None when another writer's is the first.

        Of writers at once the one with number 1 is waited for; the next number is taken only when
        nothing came of it for a minute, as after a crash. Were it only slow, the
        create-only `first.json` still names one winner. It holds the winner's manifest: a
        crash right after it is finished by the next writer.
        """
        number = self._claim_first()
        if number is None:
            return None
        version = ModelVersion(Role.PRODUCTION, number)
        manifest = self._write_files(version, files, describe, report)
        with suppress(Taken):
            self._objects.create(FIRST, msgspec.json.encode(manifest))
        self._finish_first()
        return manifest if self._first() == manifest.version else None

    def claimed(self) -> list[ModelVersion]:
        """All versions that were ever begun, whole or not: one small listing."""
        names = (_VERSION.fullmatch(name) for name in self._objects.folders(FOLDER))
        return sorted(ModelVersion.parse(match[1]) for match in names if match)

    def is_complete(self, version: ModelVersion) -> bool:
        """True for a version that is there whole.

        A candidate that was claimed an hour ago and is not whole was left by a crash: it is
        looked for no more until the process starts again. A production model is always looked
        for, since the next writer may finish the first one however late.
        """
        if version in self._complete or version in self._abandoned:
            return version in self._complete
        try:
            with suppress(Corrupt):
                self._manifest(version)
        except NotFound:
            is_candidate = version.role is Role.CANDIDATE
            if is_candidate and self._claim_age(version) > LONGEST_PUBLISHING:
                self._abandoned.add(version)
            return False
        self._complete.add(version)
        return True

    def source(self, production: ModelVersion) -> ModelVersion | None:
        """The version that `production` is a copy of; None for none, or while it is not whole."""
        if production not in self._sources:
            if not self.is_complete(production):
                return None
            copied_from = self.manifest(production).copied_from
            self._sources[production] = (copied_from and ModelVersion.parse(copied_from)) or None
        return self._sources[production]

    def newest_production(self) -> ModelVersion | None:
        """The highest complete BO; None in an empty registry."""
        claimed = (v for v in reversed(self.claimed()) if v.role is Role.PRODUCTION)
        return next((version for version in claimed if self.is_complete(version)), None)

    def versions(self, role: Role) -> list[ModelVersion]:
        """All complete versions of `role`, oldest first."""
        return [ModelVersion(role, number) for number in self._numbers[role].complete()]

    def manifest(self, version: ModelVersion) -> ModelManifest:
        """The manifest of `version`; raises NotFound when there is no complete one, Corrupt."""
        try:
            return self._manifest(version)
        except NotFound:
            raise NotFound(f"there is no model {version}; `homes models` lists them") from None

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
        version = self.newest_production()
        return None if version is None else self.manifest(version)

    def files(self, version: ModelVersion) -> dict[str, bytes]:
        """The files of the published form, which is served; raises as `every_file` does."""
        return self._model(version, self.manifest(version).published_files)

    def judged_files(self, version: ModelVersion) -> dict[str, bytes]:
        """The files of the judged form, named like the published ones; raises as `every_file` does.

        Of a version made before both forms were kept, the files of its only form.
        """
        files = self._model(version, self.manifest(version).judged_files)
        return {name.removeprefix(JUDGED): content for name, content in files.items()}

    def every_file(self, version: ModelVersion) -> dict[str, bytes]:
        """The files of both forms of `version`, each checked against its hash; raises Corrupt.

        Raises Gone, with the day, for a version whose files housekeeping has deleted.
        """
        return self._model(version, self.manifest(version).files)

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
        """Delete the files of both forms, not those of the report; how many went.

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

    def _write_files(
        self,
        version: ModelVersion,
        files: Mapping[str, bytes],
        describe: DescribeModel,
        report: Report,
    ) -> ModelManifest:
        """The manifest of `version`, all of whose files are written; the manifest itself is not."""
        described = describe(version, _digests(files))
        about = report(described)
        for name, content in files.items():
            self._objects.create(_key(version, name), content)
        for name, content in about.items():
            self._objects.create(_key(version, f"{REPORT}{name}"), content)
        return replace(described, report=_digests(about))

    def _finished(self, content: bytes) -> ModelManifest:
        """The model of a manifest that was published; it is there whole from now on."""
        manifest = _decoded(content)
        with suppress(Taken):
            self._objects.create(_key(ModelVersion.parse(manifest.version), MANIFEST), content)
        return manifest

    def _claim_first(self) -> int | None:
        """The number for the first production model; None once there is one."""
        numbers, waiting = self._numbers[Role.PRODUCTION], {}
        while not self._finish_first():
            number = numbers.next()
            if number not in waiting:
                waiting[number] = monotonic() + self._patience_after(number - 1)
            if monotonic() < waiting[number]:
                sleep(_ASK_AGAIN_S)
            elif numbers.claim(number, self._clock):
                return number
        return None

    def _finish_first(self) -> bool:
        """True if there is a first production model, made whole where a crash left it half-way."""
        version = self._first()
        if version is None:
            return self.newest_production() is not None
        self._finished(self._content(FIRST))
        return True

    def _first(self) -> str | None:
        """The version that `first.json` names; None before there is one."""
        try:
            return msgspec.json.decode(self._content(FIRST), type=ModelManifest).version
        except NotFound:
            return None

    def _patience_after(self, number: int) -> float:
        """How many seconds whoever claimed BO `number` still gets; none before the first."""
        if number == 0:
            return 0.0
        age = self._claim_age(ModelVersion(Role.PRODUCTION, number)).total_seconds()
        return max(0.0, self._first_patience_s - max(0.0, age))

    def _claim_age(self, version: ModelVersion) -> timedelta:
        """How long ago `version` was claimed; a claim that does not say is taken to be old."""
        try:
            claimed_at = self._numbers[version.role].claimed_at(version.number)
        except NotFound:
            # A folder is there a moment before the claim in it.
            return timedelta(0)
        return timedelta.max if claimed_at is None else self._clock() - claimed_at

    def _read_manifest(self, version: ModelVersion) -> ModelManifest:
        key = _key(version, MANIFEST)
        try:
            return _decoded(self._objects.read(key))
        except msgspec.MsgspecError as error:
            raise Corrupt(f"{key} cannot be read: {error}; restore it from a backup") from None

    def _model(self, version: ModelVersion, digests: Mapping[str, FileDigest]) -> dict[str, bytes]:
        try:
            return self._read(version, "", digests)
        except NotFound:
            self._raise_if_deleted(version)
            raise

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
    return {name: FileDigest.from_content(content) for name, content in files.items()}


def _key(version: ModelVersion, name: str) -> str:
    return f"{FOLDER}{STEM}{version}/{name}"
