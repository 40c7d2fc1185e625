"""Which folder each worker of a service spools to, and what workers of the past have left."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from homeprices.domain.errors import Refused, Unavailable
from homeprices.stores.spool.spool import Spool

Open = Callable[[Path], Spool]
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerFolders:
    """`workers` are to be spooled to; those in `left` were, when there were more workers."""

    workers: Sequence[Path]
    left: Sequence[Path]


def worker_folders(folder: Path, workers: int) -> WorkerFolders:
    """The folders of a service with so many workers: `folder` itself, then `folder-2` ..."""
    first = [folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, workers + 1))]
    numbered = re.compile(rf"{re.escape(folder.name)}-\d+")
    there = sorted(folder.parent.glob(f"{folder.name}-*")) if folder.parent.is_dir() else []
    return WorkerFolders(first, [f for f in there if numbered.fullmatch(f.name) and f not in first])


def open_first(folders: Sequence[Path], open_spool: Open) -> Spool:
    """The first spool that nobody holds; raises Refused, as the last one did, when all are."""
    for folder in folders[:-1]:
        try:
            return open_spool(folder)
        except Refused:
            continue
    return open_spool(folders[-1])


def open_free(folders: Sequence[Path], open_spool: Open) -> list[Spool]:
    """Every spool that nobody holds and that can be opened; the log says why another is not."""
    spools = []
    for folder in folders:
        try:
            spools.append(open_spool(folder))
        except Refused as error:  # by another worker of this service
            _LOG.info("%s", error)
        except Unavailable as error:
            _LOG.warning("what a former worker left is not uploaded: %s", error)
    return spools
