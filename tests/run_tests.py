"""Runs the suites one after another and ends red if any test failed, was skipped, or none ran.

    python tests/run_tests.py [unit] [integration] [page] [--without page]

The page suite drives a real Chromium: the one on PATH, else one that apt
installs where we may (as root on Debian and its kin).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
SUITES = ("unit", "integration", "page")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
APT = ("apt-get", "install", "-y", "--no-install-recommends", "chromium")


def main() -> int:
    """Run what was asked for; the exit code is 0 only when every suite was green."""
    parser = argparse.ArgumentParser(prog="homes test", description="Run the test suites.")
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], help="all, if none is named")
    parser.add_argument("--without", action="append", default=[], choices=SUITES)
    chosen = parser.parse_args()
    suites = [s for s in chosen.suites or SUITES if s not in chosen.without]
    if "page" in suites and not find_chromium():
        return 1
    results = {suite: run(suite) for suite in suites}
    for suite, green in results.items():
        print(f"{suite:12} {'green' if green else 'RED'}")
    for suite in chosen.without:
        print(f"{suite:12} left out as asked")
    return 0 if results and all(results.values()) else 1


def run(suite: str) -> bool:
    """Run one suite in a process of its own; True when it was green."""
    print(f"== {suite}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", str(TESTS / suite)]
    return subprocess.run(command, cwd=TESTS.parent, check=False).returncode == 0


def find_chromium() -> bool:
    """True when a Chromium is on PATH, after installing one where that is possible."""
    if any(shutil.which(name) for name in CHROMIUM_NAMES):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("== no Chromium found: installing Debian's", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("apt-get", "update", "-qq"), (*APT, "-qq")):
            subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL)
        if shutil.which("chromium"):
            return True
    print(
        "the page suite needs Chromium and none was found: install it by "
        f"`sudo {' '.join(APT)}`, or leave the suite out by `--without page`",
        file=sys.stderr,
    )
    return False


if __name__ == "__main__":
    sys.exit(main())
