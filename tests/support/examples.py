"""Takes the examples out of a page of the documentation, and runs them as they are written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import playwright

ADDRESS = "http://127.0.0.1:7000"
COMMANDS = {
    "sh": ["sh", "-e"],
    "python": [sys.executable, "-W", "error", "-"],
    # The node that comes with the browser of the page's suite.
    "javascript": [
        str(shutil.which("node", path=f"{playwright.__path__[0]}/driver")),
        *("--input-type=module", "-"),
    ],
}


def examples(page: Path, language: str, url: str) -> list[str]:
    """What asks the router in a language, with the address of one that runs."""
    blocks = re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [block.replace(ADDRESS, url) for block in blocks if ADDRESS in block]


def run_example(language: str, program: str, folder: Path, **environment: str) -> str:
    """What an example prints; it must end well."""
    done = subprocess.run(
        COMMANDS[language],
        input=program,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
