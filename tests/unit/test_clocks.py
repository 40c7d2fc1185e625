"""Time is passed in: whoever looked at a wall clock could not be played on another one."""

import re

from support.paths import REPOSITORY

SOURCE = REPOSITORY / "src" / "homeprices"
WALL_CLOCK = re.compile(
    r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time(_ns)?\(|\buuid7\(\)"
    r"|\bnow\(\)|CURRENT_(TIMESTAMP|DATE)"
)
# The one clock there is by default; processes that are watched; a server that has its own; and
# the age of files, whose times are the file system's.
MAY_LOOK = ("bootstrap.py", "local/", "stores/tracking/entries.py", "stores/spool/kept.py")


def test_nothing_looks_at_a_wall_clock_but_what_makes_the_default_one() -> None:
    looking = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if WALL_CLOCK.search(path.read_text(encoding="utf-8").replace("waiting.now()", ""))
    }
    assert "bootstrap.py" in looking
    assert sorted(name for name in looking if not name.startswith(MAY_LOOK)) == []
