"""docs/testing.md tells what `homes test` runs, and every test is in exactly one lane."""

import re
from pathlib import Path

import pytest

import run_tests
from run_tests import FORMS, LANES, SUITES, Lane, dearest, lanes_of
from support.paths import REPOSITORY, load_script

PAGE = (REPOSITORY / "docs" / "testing.md").read_text()


def test_the_page_has_every_lane_in_the_order_of_the_runner() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \| ([a-z]+) \|", PAGE, re.MULTILINE)
    told = dict(rows)
    assert len(told) == len(rows)
    assert told == {lane.name: lane.suite for lane in LANES}


def test_the_page_has_every_form_and_every_suite() -> None:
    assert set(re.findall(r"`\./homes test ([a-z]+)`", PAGE)) == set(FORMS)
    assert all(f"`{suite}`" in PAGE for suite in SUITES)


def test_every_folder_that_a_lane_runs_exists_and_every_test_is_in_one() -> None:
    folders = {word for lane in LANES for word in lane.arguments if word.startswith("tests/")}
    assert [folder for folder in folders if not (REPOSITORY / folder).exists()] == []
    files = [path.relative_to(REPOSITORY) for path in (REPOSITORY / "tests").rglob("test_*.py")]
    # What needs Docker is a command of its own.
    folders.add("tests/deploy")
    assert [file for file in files if not any(str(file).startswith(f) for f in folders)] == []


def test_the_markers_of_the_lanes_leave_no_test_out() -> None:
    marked = [lane.arguments[1] for lane in LANES if lane.arguments[:1] == ("-m",)]
    assert sorted(marked) == ["not quiet and not schedule", "quiet", "schedule"]


@pytest.mark.parametrize(
    ("named", "without", "suites"),
    [
        ([], [], ["checks", "unit", "integration", "page"]),
        (["full"], [], ["checks", "unit", "integration", "page", "monitoring"]),
        (["monitoring"], [], ["monitoring"]),
        (["fast"], [], ["checks", "unit"]),
        (["page", "unit"], [], ["unit", "page"]),
        ([], ["page"], ["checks", "unit", "integration"]),
        (["fast"], ["checks"], ["unit"]),
    ],
)
def test_a_command_line_means_these_suites(
    named: list[str], without: list[str], suites: list[str]
) -> None:
    lanes = lanes_of(named, without)
    assert lanes == [lane for lane in LANES if lane.suite in suites]


def test_a_lane_may_be_named_alone() -> None:
    assert [lane.name for lane in lanes_of(["types", "lint"], [])] == ["lint", "types"]
    assert [lane.name for lane in lanes_of(["unit", "quiet"], [])] == ["unit", "quiet"]
    # A name that a suite has means the suite.
    assert {lane.suite for lane in lanes_of(["integration"], [])} == {"integration"}
    assert len(lanes_of(["integration"], [])) > 1


def test_every_script_and_every_workflow_is_checked() -> None:
    """Shell is known by its first line."""
    ours = [path for folder in ("deploy", ".ci") for path in (REPOSITORY / folder).iterdir()]
    scripts = [path for path in ours if re.match(rb"#!.*sh\n", path.read_bytes())]
    checked = {word for lane in LANES if lane.suite == "checks" for word in lane.arguments}
    workflows = (REPOSITORY / ".github" / "workflows").iterdir()
    files = [str(path.relative_to(REPOSITORY)) for path in (*scripts, *workflows)]
    assert len(files) >= 8
    assert [file for file in files if file not in checked] == []


@pytest.mark.parametrize(
    ("body", "chosen", "code"),
    [("pass", "it", 0), ("assert 0", "it", 1), ("pytest.skip()", "it", 1), ("pass", "another", 1)],
    ids=["passed", "failed", "skipped", "none ran"],
)
def test_a_run_is_green_only_where_all_that_was_to_run_passed(
    body: str, chosen: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_it.py").write_text(f"import pytest\n\ndef test_it():\n    {body}\n")
    arguments = ("-p", "conftest", "--rootdir", str(tmp_path), str(tmp_path), "-k", chosen)
    lane = Lane("alone", "unit", run_tests.Turn.WORK, arguments)
    monkeypatch.setattr(run_tests, "LANES", (lane,))
    monkeypatch.setattr("sys.argv", ["run_tests.py", "unit"])
    assert run_tests.main() == code


def test_the_dearest_are_of_all_lanes(tmp_path: Path) -> None:
    for lane, seconds in (("unit", "2.5"), ("page", "7.0")):
        case = f'<testcase classname="{lane}" name="test_it" time="{seconds}"/>'
        (tmp_path / f"{lane}.xml").write_text(
            f"<testsuites><testsuite>{case}</testsuite></testsuites>"
        )
    assert dearest(tmp_path) == [(7.0, "page::test_it"), (2.5, "unit::test_it")]


def test_a_suite_whose_programs_are_nowhere_is_told_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("sys.argv", ["run_tests.py", "monitoring"])
    assert run_tests.main() == 1
    said = capsys.readouterr().err
    assert "the monitoring suite needs Prometheus" in said
    assert "install -y --no-install-recommends prometheus prometheus-alertmanager" in said
    assert "--without monitoring" in said


def test_what_is_no_suite_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["run_tests.py", "untit"])
    with pytest.raises(SystemExit):
        run_tests.main()
    said = capsys.readouterr().err
    assert "no suite is called untit; choose of checks, unit" in said
    assert "[]" not in said


class Collected:
    """A test as pytest has collected it, and the run that it is of."""

    def __init__(self, marked: str, *, is_full: bool = False) -> None:
        self.marked, self.is_full, self.hook = marked, is_full, self

    def get_closest_marker(self, name: str) -> bool:
        return name == self.marked

    def getoption(self, name: str) -> bool:
        return name == "full" and self.is_full

    def pytest_deselected(self, items: list[object]) -> None:
        self.left = items


@pytest.mark.parametrize("is_full", [False, True])
def test_what_is_marked_full_is_left_to_the_full_form(is_full: bool) -> None:
    dear, other = Collected("full"), Collected("quiet")
    items, run = [dear, other], Collected("", is_full=is_full)
    load_script(REPOSITORY / "tests" / "conftest.py").pytest_collection_modifyitems(run, items)
    assert items == ([dear, other] if is_full else [other])
    assert is_full or run.left == [dear]
