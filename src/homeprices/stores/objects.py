"""Whole objects under keys, in a folder, a bucket or memory: one implementation over obstore."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore
from obstore.store import ObjectStore as Store

from homeprices.domain.errors import NotFound, Refused, Taken, Unavailable
from homeprices.stores import s3
from homeprices.stores.s3 import Access

# S3 answers so while another write of the same key is under way; nobody has won yet.
IN_CONFLICT = "ConditionalRequestConflict"
TRIES = 5
# How many entries S3 lists at a time.
PAGE = 1000


class ObjectStore:
    """`ports.Objects` at `url`: `file:///path`, `s3://bucket/folder` or `memory:///`.

    `access` says how a bucket is reached, and is of no use to the others. `requests` counts what
    was asked of the store, by kind as S3 has it on its bills: put, get, list, delete.
    """

    def __init__(self, url: str, access: Access | None = None) -> None:
        self._store, self._writer = _open(url, access or Access())
        self.requests: Counter[str] = Counter()

    def create(self, key: str, content: bytes) -> None:
        """Write a new object; raises Taken if `key` exists, Unavailable if the store is away."""
        with _trouble(f"write {key}"):
            for is_last in (number == TRIES for number in range(1, TRIES + 1)):
                self.requests["put"] += 1
                try:
                    obstore.put(self._writer, key, content, mode="create", use_multipart=False)
                except (AlreadyExistsError, FileExistsError) as error:
                    if is_last or IN_CONFLICT not in str(error):
                        raise Taken(f"{key} exists already in the object store") from None
                else:
                    return

    def read(self, key: str) -> bytes:
        """The object's bytes; raises NotFound, Unavailable."""
        self.requests["get"] += 1
        with _trouble(f"read {key}"):
            try:
                return bytes(obstore.get(self._store, key).bytes())
            except FileNotFoundError as error:
                if s3.is_of_another_kind(error):
                    raise
                raise NotFound(f"{key} does not exist in the object store") from None

    def keys(self, prefix: str) -> list[str]:
        """All keys under the folder `prefix` (which ends in `/`), sorted; [] if there are none."""
        with _trouble(f"list {prefix}"):
            chunks = obstore.list(self._store, prefix=prefix.rstrip("/") or None)
            keys = sorted(entry["path"] for chunk in chunks for entry in chunk)
        self._count_pages(len(keys))
        return keys

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under the folder `prefix`, sorted; raises Unavailable."""
        with _trouble(f"list {prefix}"):
            listed = obstore.list_with_delimiter(self._store, prefix=prefix.rstrip("/") or None)
        self._count_pages(len(listed["common_prefixes"]) + len(listed["objects"]))
        return sorted(path.rpartition("/")[2] for path in listed["common_prefixes"])

    def delete(self, key: str) -> None:
        """Remove an object for good, for housekeeping only; one that is not there is no error."""
        self.requests["delete"] += 1
        with _trouble(f"delete {key}"):
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError as error:
                if s3.is_of_another_kind(error):
                    raise

    def _count_pages(self, entries: int) -> None:
        self.requests["list"] += max(1, -(-entries // PAGE))


def _open(url: str, access: Access) -> tuple[Store, Store]:
    """What reads, and what writes; the same but for a bucket."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = LocalStore(unquote(parts.path), mkdir=True)
        return folder, folder
    if parts.scheme == "memory":
        memory = MemoryStore()
        return memory, memory
    if parts.scheme == "s3" and parts.netloc:
        return s3.open_bucket(url, access)
    raise Refused(f"an object store is at file:///folder or s3://bucket; got {url!r}")


@contextmanager
def _trouble(act: str) -> Iterator[None]:
    """Make every failure of the store Unavailable, in one sentence where we know the reason."""
    try:
        yield
    except (BaseError, OSError) as error:
        failure = f"the object store could not {act}"
        known = s3.reason(error)
        if known is not None:
            raise Unavailable(f"{failure}: {known}") from None
        # obstore repeats itself over thirty lines; the first part says it.
        raise Unavailable(failure) from OSError(str(error).partition("\n\nDebug source")[0])
