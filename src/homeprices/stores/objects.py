"""Whole objects under keys, in a folder, a bucket or memory: one implementation over obstore."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url
from obstore.store import ObjectStore as Store

from homeprices.domain.errors import NotFound, Taken, Unavailable


class ObjectStore:
    """`ports.Objects` at `url`: `file:///path`, `memory:///` or any other that obstore opens."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._store: Store = (
            LocalStore(unquote(parts.path), mkdir=True) if parts.scheme == "file" else from_url(url)
        )

    def create(self, key: str, content: bytes) -> None:
        """Write a new object; raises Taken if `key` exists, Unavailable if the store is away."""
        try:
            obstore.put(self._store, key, content, mode="create", use_multipart=False)
        except (AlreadyExistsError, FileExistsError):
            raise Taken(f"{key} exists already in the object store") from None
        except (BaseError, OSError) as error:
            raise Unavailable(f"the object store could not write {key}") from error

    def read(self, key: str) -> bytes:
        """The object's bytes; raises NotFound, Unavailable."""
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            raise NotFound(f"{key} does not exist in the object store") from None
        except (BaseError, OSError) as error:
            raise Unavailable(f"the object store could not read {key}") from error

    def keys(self, prefix: str) -> list[str]:
        """All keys under the folder `prefix` (which ends in `/`), sorted; [] if there are none."""
        try:
            chunks = obstore.list(self._store, prefix=prefix.rstrip("/") or None)
            return sorted(entry["path"] for chunk in chunks for entry in chunk)
        except (BaseError, OSError) as error:
            raise Unavailable(f"the object store could not list {prefix}") from error
