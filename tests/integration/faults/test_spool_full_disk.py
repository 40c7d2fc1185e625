"""A disk that is really full: requests are refused, nothing acknowledged is lost, and it ends."""

import resource
import subprocess
import sys
from pathlib import Path

from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog, prediction

# The kernel refuses a write beyond RLIMIT_FSIZE after a part of it was written,
# as a full disk does, for any user and for this process alone.
FILL = """
import asyncio, resource, sys
from pathlib import Path
from homeprices.domain.errors import Unavailable
from homeprices.stores.spool.spool import Spool
from support.service import prediction

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def append(spool, numbers):
    for number in numbers:
        try:
            await spool.append(prediction(number))
        except Unavailable as error:
            print("refused", number, error)
        else:
            print("kept", number)

spool = Spool(Path(sys.argv[1]), sync=sys.argv[2] == "on")
asyncio.run(append(spool, range(3)))
limit(150)
asyncio.run(append(spool, range(3, 6)))
limit(resource.RLIM_INFINITY)
asyncio.run(append(spool, range(6, 9)))
"""


def test_a_full_disk_refuses_and_space_that_returns_is_used(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    for sync in ("on", "off"):
        folder = tmp_path / sync
        output = subprocess.run(
            [sys.executable, "-c", FILL, folder, sync],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.splitlines()
        kept = [int(line.split()[1]) for line in output if line.startswith("kept")]
        refused = [line for line in output if line.startswith("refused")]
        assert kept == [0, 1, 2, 6, 7, 8]
        assert all("free some space" in line for line in refused)
        spool, log = Spool(folder), MemoryLog()
        uploader = Uploader(spool, log)
        while uploader.once():
            pass
        assert set(log.rows) == {prediction(number).id for number in kept}
        assert spool.counts().torn == 0
        spool.close()
