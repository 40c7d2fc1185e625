"""Digests: what makes two versions equal, and a file whole."""

import pytest

from homeprices.domain.errors import Corrupt
from homeprices.domain.manifest import FileDigest, content_digest, metrics_by_current_names, verify


def test_equal_files_have_equal_digests_in_any_order() -> None:
    a, b = FileDigest.from_content(b"a"), FileDigest.from_content(b"b")
    assert content_digest({"x": a, "y": b}) == content_digest({"y": b, "x": a})
    assert content_digest({"x": a, "y": b}) != content_digest({"x": b, "y": a})


def test_a_changed_file_is_told_with_both_hashes() -> None:
    verify("model.json", b"whole", FileDigest.from_content(b"whole"))
    with pytest.raises(Corrupt, match=r"model.json: expected 5 bytes .* found 4"):
        verify("model.json", b"hole", FileDigest.from_content(b"whole"))


def test_metrics_of_the_release_before_have_their_current_names() -> None:
    assert metrics_by_current_names({"male": 0.21, "r2": 0.8}) == {
        "mean_abs_log_error": 0.21,
        "r2": 0.8,
    }
