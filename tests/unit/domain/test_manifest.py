"""Digests: what makes two versions equal, and a file whole."""

import msgspec
import pytest

from homeprices.domain.errors import Corrupt
from homeprices.domain.manifest import (
    FileDigest,
    ModelManifest,
    content_digest,
    metrics_by_current_names,
    verify,
)
from homeprices.domain.versions import ModelVersion, Role
from support.fakes import describe


def test_equal_files_have_equal_digests_in_any_order() -> None:
    a, b = FileDigest.from_content(b"a"), FileDigest.from_content(b"b")
    assert content_digest({"x": a, "y": b}) == content_digest({"y": b, "x": a})
    assert content_digest({"x": a, "y": b}) != content_digest({"x": b, "y": a})


def test_a_changed_file_is_told_with_both_hashes() -> None:
    verify("model.json", b"whole", FileDigest.from_content(b"whole"))
    with pytest.raises(Corrupt, match=r"model.json: expected 5 bytes .* found 4"):
        verify("model.json", b"hole", FileDigest.from_content(b"whole"))


def test_a_manifest_of_the_release_before_has_no_run_and_no_members() -> None:
    kept = msgspec.to_builtins(describe(ModelVersion(Role.CANDIDATE, 1), {}))
    del kept["run"], kept["members"]
    manifest = msgspec.json.decode(msgspec.json.encode(kept), type=ModelManifest)
    assert (manifest.version, manifest.run, manifest.members) == ("CO1", None, [])


def test_metrics_of_the_release_before_have_their_current_names() -> None:
    assert metrics_by_current_names({"male": 0.21, "r2": 0.8}) == {
        "mean_abs_log_error": 0.21,
        "r2": 0.8,
    }
