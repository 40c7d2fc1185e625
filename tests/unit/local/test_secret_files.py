"""Secrets of containers: made once, never changed by a later start, read by their owner alone."""

import re
from pathlib import Path

from homeprices.local import secret_files


def test_they_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = secret_files.keep(tmp_path, {})
    assert set(made) == set(secret_files.NAMES)
    assert len(set(made.values())) == 3
    assert re.fullmatch(r"homes_operator_[0-9a-f]{64}", made["HOMES_OPERATOR_KEY"])
    for name in ("HOMES_SECRET", "POSTGRES_PASSWORD"):
        assert re.fullmatch(r"[0-9a-f]{48}", made[name])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o400}
    assert secret_files.keep(tmp_path, {}) == made


def test_one_that_is_given_comes_before_one_that_is_kept(tmp_path: Path) -> None:
    made = secret_files.keep(tmp_path, {})
    kept = secret_files.keep(tmp_path, {"POSTGRES_PASSWORD": "mine"})
    assert kept == {**made, "POSTGRES_PASSWORD": "mine"}


def test_those_that_go_with_a_backup_are_lines_of_an_env_file(tmp_path: Path) -> None:
    made = secret_files.keep(tmp_path, {})
    lines = secret_files.portable(tmp_path).splitlines()
    assert lines == [f"{name}={made[name]}" for name in ("HOMES_SECRET", "HOMES_OPERATOR_KEY")]


def test_one_alone_can_be_shared(tmp_path: Path) -> None:
    secret_files.share(tmp_path, "POSTGRES_PASSWORD", "word")
    (path,) = tmp_path.iterdir()
    assert (path.name, path.read_text()) == ("POSTGRES_PASSWORD", "word")
    assert path.stat().st_mode & 0o777 == 0o444
