"""What is written last, beside the files of a version, and makes it exist."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from homeprices.domain.drift import Profile
from homeprices.domain.errors import Corrupt


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size and sha256 of one file of a version."""

    size_bytes: int
    sha256: str

    @classmethod
    def from_content(cls, content: bytes) -> FileDigest:
        """The digest of `content`."""
        return cls(len(content), hashlib.sha256(content).hexdigest())


def verify(name: str, content: bytes, digest: FileDigest) -> None:
    """Raise Corrupt unless `content` is what `digest` was taken of."""
    seen = FileDigest.from_content(content)
    if seen != digest:
        raise Corrupt(
            f"{name}: expected {digest.size_bytes} bytes with sha256 {digest.sha256[:12]}…, "
            f"found {seen.size_bytes} with {seen.sha256[:12]}…; restore the file from a backup"
        )


def content_digest(files: Mapping[str, FileDigest]) -> str:
    """One sha256 over names and hashes of all files: equal versions have equal digests."""
    lines = "".join(f"{name} {files[name].sha256}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


# The names of the judged form's files begin with this; those of the published form do not.
JUDGED = "judged/"
JUDGED_FORM, PUBLISHED_FORM, ONLY_FORM = "judged form", "published form", "only form"


def both_forms(
    published_form: Mapping[str, bytes], judged_form: Mapping[str, bytes]
) -> dict[str, bytes]:
    """All files of a version: those of its published form, and beside them those of its judged one.

    >>> sorted(both_forms({"model.json": b"2"}, {"model.json": b"1"}))
    ['judged/model.json', 'model.json']
    """
    return {**published_form, **{JUDGED + name: content for name, content in judged_form.items()}}


# What metrics were called in manifests and cards of earlier releases.
RENAMED_METRICS = {"male": "mean_abs_log_error"}


def metrics_by_current_names(metrics: Mapping[str, float]) -> dict[str, float]:
    """`metrics` of any release, named as this one names them.

    >>> metrics_by_current_names({"male": 0.2, "r2": 0.8})
    {'mean_abs_log_error': 0.2, 'r2': 0.8}
    """
    return {RENAMED_METRICS.get(name, name): value for name, value in metrics.items()}


@dataclass(frozen=True, slots=True)
class DatasetManifest:
    """A published dataset: `train_V{n}.json`.

    `rows` were accepted, `rejected` counts the others by reason; both together
    are all rows of the source. `simulated` is True for a made-up market; `mended`
    are sentences about what was left out or read in another way than it stood. `losses` are
    those beyond what may be lost, and `rejects_accepted` is why it was published nevertheless.
    """

    version: str
    market: str
    source: str
    simulated: bool
    rows: int
    rejected: dict[str, int]
    created_at: str
    files: dict[str, FileDigest]
    profile: Profile
    mended: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    rejects_accepted: str = ""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """The training run that a candidate came of, together with others: how many in all."""

    id: str
    candidates: int


@dataclass(frozen=True, slots=True)
class BlendMember:
    """A part of a blend: by which recipe, with what weight, and how much it errs alone.

    `mean_abs_log_error` is on the holdout, told the four facts that everybody gives.
    """

    recipe: str
    weight: float
    mean_abs_log_error: float


@dataclass(frozen=True, slots=True)
class ModelManifest:
    """A published model: `manifest.json` in `models/price_check_{version}/`.

    `files` are those of both forms. `copied_from` and `decision` are set where a version came
    from another by promotion or undo; `metrics` are those of its judged form on the holdout, named
    with their units.
    `report` are files about the model, no part of it and of its digest; `order`
    names what asked for the training, None when it was done by hand. `inputs` is a digest of
    all that the model follows from: two that have the same are equal, None where it was not kept.
    `run` is set where a training run brought several candidates; `members` are the parts of a
    blend, none for a model of one part and in manifests of releases that did not keep them.
    """

    version: str
    recipe: str
    parameters: dict[str, float]
    dataset: str
    dataset_sha256: str
    simulated: bool
    created_at: str
    code: str
    files: dict[str, FileDigest]
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]
    copied_from: str | None = None
    decision: str | None = None
    libraries: dict[str, str] = field(default_factory=dict)
    report: dict[str, FileDigest] = field(default_factory=dict)
    order: str | None = None
    inputs: str | None = None
    run: TrainingRun | None = None
    members: list[BlendMember] = field(default_factory=list)

    @property
    def published_files(self) -> dict[str, FileDigest]:
        """The files of the form that is served."""
        return {name: file for name, file in self.files.items() if not name.startswith(JUDGED)}

    @property
    def judged_files(self) -> dict[str, FileDigest]:
        """The files of the form that was judged, by their names in the version.

        Of a version made before both were kept these are all files: its one form was judged.
        """
        kept = {name: file for name, file in self.files.items() if name.startswith(JUDGED)}
        return kept or self.files

    @property
    def metrics_of(self) -> str:
        """Which form `metrics` are of, in words."""
        return JUDGED_FORM if self.has_two_forms else ONLY_FORM

    @property
    def has_two_forms(self) -> bool:
        """False for a version of earlier releases: what was judged is what is served."""
        return self.published_files.keys() != self.files.keys()

    @property
    def digest(self) -> str:
        """One sha256 over all files: equal models have equal digests."""
        return content_digest(self.files)
