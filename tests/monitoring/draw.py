"""Draws docs/pictures/dashboard-*.png from a stack of its own with some minutes of visitors.

.venv/bin/python tests/monitoring/draw.py [MINUTES]
"""

import os
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOTS = [str(TESTS.parent / "src"), str(TESTS)]
sys.path[:0] = ROOTS
os.environ["PYTHONPATH"] = os.pathsep.join(ROOTS)

from support.monitoring import MONITORING, make  # noqa: E402 - found by the path above
from support.paths import REPOSITORY, load_script  # noqa: E402
from support.prepared import Prepared  # noqa: E402
from support.prometheus import watched  # noqa: E402
from support.shared import SharedFolders  # noqa: E402
from support.stack import running  # noqa: E402
from support.traffic import lively  # noqa: E402


def main(minutes: float) -> None:
    """Draw them all."""
    picture = load_script(MONITORING / "picture.py")
    shared = Path(os.environ.get("SUITES_FOLDER") or tempfile.mkdtemp(prefix="homes-draw-"))
    prepared = Prepared(SharedFolders(shared))
    with (
        running(objects=prepared.with_experiment) as stack,
        watched(stack, make.thresholds()) as monitored,
    ):
        lively(monitored, prepared.listings, seconds=60 * minutes)
        source = picture.Prometheus(monitored.url, 60 * minutes)
        for path in picture.draw_all(source, REPOSITORY / "docs" / "pictures"):
            print(path.relative_to(REPOSITORY))  # noqa: T201 - a command


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0)
