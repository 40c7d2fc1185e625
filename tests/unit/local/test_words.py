"""Logs, tables, progress, findings: what people read."""

import io
import os
from pathlib import Path

import pytest

from homeprices.domain.errors import NotFound, Refused, Unavailable
from homeprices.local import doctor, logs, status
from homeprices.local.doctor import Check, Finding, check_disk
from homeprices.local.layout import lay_out
from homeprices.local.progress import Progress
from homeprices.local.supervisor import bound


def test_the_tail_of_a_log_longer_than_a_block_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"".join(b"line %06d\n" % n for n in range(20_000)))
    assert logs.tail(path, 2)[0] == b"line 019998\nline 019999\n"
    assert logs.tail(path, 0) == (b"", path.stat().st_size)
    assert logs.tail(path, 30_000)[0] == path.read_bytes()


def test_a_log_that_was_set_aside_is_followed_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"old old old\n")
    new = logs.follow(path, logs.tail(path, 1)[1], every_s=0.0)
    with path.open("ab") as log:
        log.write(b"one\n")
        log.flush()
        assert next(new) == b"one\n"
        os.truncate(path, 0)
        log.write(b"two\n")
        log.flush()
    assert next(new) == b"two\n"


def test_an_unknown_log_names_those_that_exist(tmp_path: Path) -> None:
    layout = lay_out(tmp_path / "data", tmp_path / "shared")
    layout.log_of("router").touch()
    with pytest.raises(NotFound, match="no log of 'oven'; logs: router"):
        logs.find_log(layout, "oven")


def test_a_log_that_grew_too_long_is_set_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with path.open("ab") as log:
        log.write(b"x" * 100)
        log.flush()
        bound(path, longest=50)
        log.write(b"y")
    assert path.read_bytes() == b"y"
    assert (tmp_path / "a.log.1").read_bytes() == b"x" * 100


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert status.table([("a", "bb"), ("ccc", "d")]) == "a    bb\nccc  d"


def test_progress_keeps_a_line_for_each_step_that_is_done() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.doing("model", "training")
    progress.done("model", "model BO1", 12.34)
    assert stream.getvalue().split() == ["model", "BO1", "12.3", "s"]


def test_a_failed_check_does_not_stop_the_others() -> None:
    def broken() -> str:
        raise Refused("it is broken; mend it")

    checks = [Check("a", broken), Check("b", lambda: "well")]
    assert doctor.examine(checks) == [
        Finding("a", False, "it is broken; mend it"),
        Finding("b", True, "well"),
    ]


def test_a_key_that_others_may_read_is_a_problem_with_its_remedy(tmp_path: Path) -> None:
    key = tmp_path / "operator.key"
    key.touch(mode=0o644)
    key.chmod(0o644)
    with pytest.raises(Refused, match=r"mode 644.*chmod 600"):
        doctor.private(key)
    key.chmod(0o600)
    assert "owner alone" in doctor.private(key)


def test_a_lock_that_changed_since_is_a_problem(tmp_path: Path) -> None:
    environment = tmp_path / ".venv"
    environment.mkdir()
    (tmp_path / "requirements.lock").write_text("a==1\n")
    (environment / "homes.stamp").write_text("123 5\n")
    with pytest.raises(Refused, match="changed since"):
        doctor.lock_stamp(environment)


def test_too_little_room_is_one_line_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="set HOMES_DATA_DIR to a folder on another disk"):
        check_disk(tmp_path, least_mb=10**9)
    check_disk(tmp_path, least_mb=0)
    check_disk(tmp_path / "not" / "made yet", least_mb=0)
