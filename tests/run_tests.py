"""Runs the checks and the suites; red if one failed, if a test was skipped, or if none ran.

    python tests/run_tests.py                     everything, in its short form
    python tests/run_tests.py full                everything, in its full form
    python tests/run_tests.py fast                checks and unit tests
    python tests/run_tests.py unit integration    what is named, of checks, unit, integration, page,
                                                  monitoring
    python tests/run_tests.py lint types          lanes of these, where no suite has that name

A suite is run as one lane or more, each a process of its own. docs/testing.md
says what is in each. The page suite drives a real Chromium, the monitoring suite
a real Prometheus: those on PATH, else what apt installs where we may (as root on
Debian and its kin). The monitoring suite runs in the full form alone, or by its name.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from xml.etree import ElementTree as ET

TESTS = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
SHORT = ("checks", "unit", "integration", "page")
SUITES = (*SHORT, "monitoring")
FORMS = {"full": SUITES, "fast": ("checks", "unit")}
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
DEAREST = 10
APT = ("apt-get", "install", "-y", "--no-install-recommends")


class Turn(Enum):
    """When a lane runs."""

    BESIDE = "from the start, beside all others"
    WORK = "one after another"
    QUIET = "one after another, when nothing else runs"


@dataclass(frozen=True)
class Need:
    """Programs of a suite that `./homes` does not bring, by all their names, and their packages."""

    what: str
    names: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """True when each program is on PATH under one of its names."""
        return all(any(shutil.which(name) for name in names) for names in self.names)


NEEDS = {
    "page": Need("Chromium", (("chromium", "chromium-browser", "google-chrome"),), ("chromium",)),
    "monitoring": Need(
        "Prometheus",
        (
            ("prometheus",),
            ("promtool",),
            ("prometheus-alertmanager", "alertmanager"),
            ("amtool",),
            ("prometheus-node-exporter", "node_exporter"),
        ),
        ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter"),
    ),
}


@dataclass(frozen=True)
class Lane:
    """A program with its arguments, or the tests that pytest finds by its arguments."""

    name: str
    suite: str
    turn: Turn
    arguments: tuple[str, ...]
    program: str = "pytest"

    def command(self, times: Path, *, full: bool) -> list[str]:
        """What to run; pytest writes what each test took to `times`."""
        if self.program != "pytest":
            return [str(PROGRAMS / self.program), *self.arguments]
        options = ["-q", f"--junitxml={times / self.name}.xml", *(["--full"] if full else [])]
        return [sys.executable, "-m", "pytest", *options, *self.arguments]


FITS, SCENARIOS, API, FLOW, FAULTS, STORE = (
    f"tests/integration/{name}" for name in ("fits", "scenarios", "api", "flow", "faults", "store")
)
UNMARKED = ("-m", "not quiet and not schedule")
SCRIPTS = (
    *("homes", ".ci/run", ".ci/audit"),
    *(f"deploy/{name}.sh" for name in ("build", "deploy", "rehearse", "send")),
    *("tests/deploy/run", "tests/deploy/sizes", "requirements/make", "requirements/install"),
)
WORKFLOWS = (
    *("--builtin-schema", "vendor.github-workflows"),
    *(f".github/workflows/{name}.yml" for name in ("ci", "deploy", "images", "nightly")),
)
LANES = (
    Lane("format", "checks", Turn.WORK, ("format", "--check", "."), "ruff"),
    Lane("lint", "checks", Turn.WORK, ("check", "."), "ruff"),
    Lane("shell", "checks", Turn.WORK, SCRIPTS, "shellcheck"),
    Lane("pipelines", "checks", Turn.WORK, ("--offline", "--quiet", ".github"), "zizmor"),
    Lane("workflows", "checks", Turn.WORK, WORKFLOWS, "check-jsonschema"),
    Lane("contracts", "checks", Turn.WORK, (), "lint-imports"),
    Lane("types", "checks", Turn.BESIDE, (), "mypy"),
    Lane("unit", "unit", Turn.WORK, ("tests/unit", "-n", "2", *BY_FILE)),
    Lane("schedule", "integration", Turn.BESIDE, ("-m", "schedule", FLOW, FAULTS)),
    Lane(
        "integration",
        "integration",
        Turn.WORK,
        # They wait for what they start half of the time.
        (*UNMARKED, FITS, SCENARIOS, API, FLOW, FAULTS, STORE, "-n", "4", *BY_FILE),
    ),
    Lane("page", "page", Turn.WORK, ("tests/page",)),
    Lane("monitoring", "monitoring", Turn.WORK, ("tests/monitoring",)),
    Lane("quiet", "integration", Turn.QUIET, ("-m", "quiet", FLOW, FAULTS, STORE)),
)


@dataclass(frozen=True)
class Outcome:
    lane: Lane
    is_green: bool
    wall_s: float


def main() -> int:
    """Run what was asked for; the exit code is 0 only when every lane was green."""
    parser = argparse.ArgumentParser(prog="homes test", description="Run checks and suites.")
    known = f"{', '.join(SUITES)}, {' or '.join(FORMS)}, or a lane; all in short, if none is named"
    parser.add_argument("names", nargs="*", metavar="NAME", type=_known, help=known)
    parser.add_argument("--without", action="append", default=[], choices=SUITES)
    options = parser.parse_args()
    lanes = lanes_of(options.names, options.without)
    if not all(has_programs(suite) for suite in {lane.suite for lane in lanes}):
        return 1
    with tempfile.TemporaryDirectory(prefix="homes-suites-") as folder:
        outcomes = run(lanes, Path(folder), full="full" in options.names)
        report(outcomes, dearest(Path(folder)), options.without)
    is_whole = len(outcomes) == len(lanes) > 0
    return 0 if is_whole and all(outcome.is_green for outcome in outcomes) else 1


def _known(name: str) -> str:
    lanes = (lane.name for lane in LANES)
    known = list(dict.fromkeys((*SUITES, *FORMS, *lanes)))
    if name not in known:
        raise argparse.ArgumentTypeError(f"no suite is called {name}; choose of {', '.join(known)}")
    return name


def lanes_of(named: Sequence[str], without: Sequence[str]) -> list[Lane]:
    """The lanes that a command line means: of a form, of a suite, or one alone."""
    wanted = {suite for name in named for suite in FORMS.get(name, (name,))} or set(SHORT)
    alone = wanted - set(SUITES)
    lanes = [lane for lane in LANES if lane.suite in wanted or lane.name in alone]
    return [lane for lane in lanes if lane.suite not in without]


def run(lanes: Sequence[Lane], folder: Path, *, full: bool) -> list[Outcome]:
    """The outcome of each lane: those beside and those at work at once, then the quiet ones."""
    outcomes: list[Outcome] = []

    def follow(these: Iterable[Lane], *, is_alone: bool) -> None:
        for lane in these:
            outcomes.append(run_lane(lane, folder, full=full, is_alone=is_alone))

    turns = {turn: [lane for lane in lanes if lane.turn is turn] for turn in Turn}
    beside = [
        threading.Thread(target=follow, args=([lane],), kwargs={"is_alone": False})
        for lane in turns[Turn.BESIDE]
    ]
    for thread in beside:
        thread.start()
    follow(turns[Turn.WORK], is_alone=not beside)
    for thread in beside:
        thread.join()
    follow(turns[Turn.QUIET], is_alone=True)
    return outcomes


def run_lane(lane: Lane, folder: Path, *, full: bool, is_alone: bool) -> Outcome:
    """Run one lane; what it says is shown as it comes, or when it ended where others speak."""
    began = time.monotonic()
    environment = {**os.environ, "SUITES_FOLDER": str(folder)}
    if environment.pop("PYTHONDONTWRITEBYTECODE", None):
        # Hundreds of processes would each compile what they import: half of their time.
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    if is_alone:
        print(f"== {lane.name}", flush=True)
    done = subprocess.run(
        lane.command(folder, full=full),
        cwd=TESTS.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=None if is_alone else subprocess.PIPE,
        stderr=None if is_alone else subprocess.STDOUT,
        check=False,
    )
    outcome = Outcome(lane, done.returncode == 0, time.monotonic() - began)
    if not is_alone:
        said = done.stdout.decode(errors="replace")
        print(f"== {lane.name}\n{said}", end="", flush=True)
    return outcome


def cases_of(path: Path) -> list[ET.Element]:
    """The tests of a lane; none where it was ended before it wrote them."""
    try:
        return list(ET.parse(path).iter("testcase"))  # noqa: S314 - our own file
    except ET.ParseError:
        return []


def dearest(folder: Path) -> list[tuple[float, str]]:
    """Seconds and name of the tests that took longest, of all lanes, the longest first."""
    cases = [case for path in folder.glob("*.xml") for case in cases_of(path)]
    took = [
        (float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}")
        for case in cases
    ]
    return sorted(took, reverse=True)[:DEAREST]


def report(
    outcomes: Sequence[Outcome], tests: Sequence[tuple[float, str]], without: Sequence[str]
) -> None:
    print(f"\nthe {len(tests)} dearest tests, with what was made ready for them:" if tests else "")
    for wall_s, name in tests:
        print(f"{wall_s:7.1f} s  {name}")
    print()
    for outcome in outcomes:
        word = "green" if outcome.is_green else "RED"
        print(f"{outcome.lane.name:12} {word:6} {outcome.wall_s:6.0f} s")
    for suite in without:
        print(f"{suite:12} left out as asked")


def has_programs(suite: str) -> bool:
    """True when the programs of a suite are on PATH, installed now where that is possible."""
    need = NEEDS.get(suite)
    if need is None or need.is_met:
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"== {need.what} is not here: installing Debian's", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("apt-get", "update", "-qq"), (*APT, *need.packages, "-qq")):
            subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL)
        if need.is_met:
            return True
    print(
        f"the {suite} suite needs {need.what} and none was found: install it by "
        f"`sudo {' '.join((*APT, *need.packages))}`, or leave the suite out by `--without {suite}`",
        file=sys.stderr,
    )
    return False


if __name__ == "__main__":
    sys.exit(main())
