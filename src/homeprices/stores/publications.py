"""Which versions equal content was published as: of writers who race with it, one is the first.

`{folder}{digest}/{n}.json` holds the manifest that the content was published with the n-th time. It
is written once, after the files and before the manifest itself: a crash between the two is finished
by whoever publishes the same next, and what a slower writer has written stays without a manifest.
"""

import re

from homeprices.domain.errors import Taken
from homeprices.ports import Objects

_NUMBER = re.compile(r".*/(\d+)\.json")


class Publications:
    """The publications of every content, by a digest of it."""

    def __init__(self, objects: Objects, folder: str) -> None:
        self._objects = objects
        self._folder = folder

    def newest(self, digest: str) -> tuple[int, bytes | None]:
        """How often a content was published, and with which manifest the last time."""
        matches = map(_NUMBER.fullmatch, self._objects.keys(f"{self._folder}{digest}/"))
        times = max((int(match[1]) for match in matches if match), default=0)
        return times, self._objects.read(self._key(digest, times)) if times else None

    def first(self, digest: str, time: int, manifest: bytes) -> bytes:
        """The manifest of whoever was first to publish a content for the `time`-th time."""
        try:
            self._objects.create(self._key(digest, time), manifest)
        except Taken:
            return self._objects.read(self._key(digest, time))
        return manifest

    def _key(self, digest: str, time: int) -> str:
        return f"{self._folder}{digest}/{time}.json"
