"""What a spool does on a disk of its own, which is full or read-only: run in a mount namespace.

`unshare --mount python spool_on_disk.py full|read_only|read_only_from_the_start FOLDER`. Says
`kept N` and `refused N WORDS` for each record, `queued N` for those of a queue in memory, and at
the end `stored N` and `unqueued N` for those that were there.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from homeprices.domain.errors import Unavailable
from homeprices.stores.spool.hours import missing_records
from homeprices.stores.spool.segments import frames, pack, unpack
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog, prediction
from support.spools import upload

FILLER_BYTES = 4096


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def run(*command: str | Path) -> None:
    subprocess.run(list(map(str, command)), check=True)


def append(spool: Spool, numbers: Iterable[int]) -> None:
    for number in numbers:
        try:
            asyncio.run(spool.append(prediction(number)))
        except Unavailable as error:
            say("refused", number, error)
        else:
            say("kept", number)


def tell_stored(spool: Spool, log: MemoryLog) -> None:
    upload(spool, log)
    for row in log.rows.values():
        say("stored", int(row.id[-12:], 16))
    say("missing", missing_records(spool.hours()))


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(FILLER_BYTES))
        except OSError:
            return path


def queued() -> list[bytes]:
    """Records that a queue in memory acknowledges at once."""
    for number in range(100, 103):
        say("queued", number)
    return [pack(prediction(number)) for number in range(100, 103)]


def write_queue(disk: Path, queue: Iterable[bytes]) -> None:
    """What the queue does later."""
    try:
        (disk / "queue").write_bytes(b"".join(queue))
    except OSError:
        say("queue refused")


def tell_unqueued(disk: Path) -> None:
    path = disk / "queue"
    for frame in frames(path.read_bytes() if path.exists() else b""):
        say("unqueued", int(unpack(frame.payload).id[-12:], 16))


def full(disk: Path) -> None:
    """Records come before, while and after the disk is full; so do those of a queue in memory."""
    run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk)
    spool, log = Spool(disk / "spool"), MemoryLog()
    append(spool, range(3))
    filler = fill(disk)
    queue = queued()
    append(spool, range(3, 60))
    write_queue(disk, queue)
    upload(spool, log)
    filler.unlink()
    append(spool, range(60, 63))
    tell_stored(spool, log)
    tell_unqueued(disk)


def fail(disk: Path) -> None:
    """Have ext4 find an error on `disk`, upon which it lets nobody write any more."""
    device = subprocess.run(
        ["findmnt", "-no", "SOURCE", disk], capture_output=True, text=True, check=True
    ).stdout.strip()
    Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("planted")


def mount_image(disk: Path, image: Path, options: str = "errors=remount-ro") -> None:
    run("mount", "-o", f"loop,{options}", image, disk)


def made_image(disk: Path) -> Path:
    image = disk.with_name("image")
    with image.open("wb") as file:
        file.truncate(16 << 20)
    run("mkfs.ext4", "-q", image)
    mount_image(disk, image)
    return image


def read_only(disk: Path) -> None:
    """The disk becomes read-only while records come; mended, what was kept is there.

    A queue in memory has acknowledged records by then, too.
    """
    image = made_image(disk)
    spool, log = Spool(disk / "spool"), MemoryLog()
    append(spool, range(3))
    upload(spool, log)
    append(spool, range(3, 6))
    queue = queued()
    fail(disk)
    append(spool, range(6, 9))
    write_queue(disk, queue)
    assert spool.problem is not None
    uploader = Uploader(spool, log)
    try:
        uploader.once()
    except OSError as error:
        say("uploader", error)
    assert spool.counts().waiting == 3
    spool.close()
    run("umount", disk)
    subprocess.run(["e2fsck", "-fy", str(image)], check=False, capture_output=True)
    mount_image(disk, image)
    again = Spool(disk / "spool")
    append(again, range(9, 12))
    tell_stored(again, log)
    tell_unqueued(disk)
    again.close()
    run("umount", disk)


def read_only_from_the_start(disk: Path) -> None:
    """A spool on a disk that cannot be written is refused, and unharmed."""
    image = made_image(disk)
    spool = Spool(disk / "spool")
    append(spool, range(3))
    spool.close()
    run("umount", disk)
    mount_image(disk, image, "ro")
    try:
        Spool(disk / "spool")
    except Unavailable as error:
        say("refused", 0, error)
    run("umount", disk)
    mount_image(disk, image)
    again = Spool(disk / "spool")
    tell_stored(again, MemoryLog())
    again.close()
    run("umount", disk)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir()
    globals()[sys.argv[1]](folder)
