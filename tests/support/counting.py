"""A store of objects that counts what is asked of it."""

from homeprices.ports import Objects


class CountingObjects:
    """`ports.Objects` over another; a read and a listing are a request each."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.requests = 0
        self.listed = 0

    def forget(self) -> None:
        self.requests = self.listed = 0

    def create(self, key: str, content: bytes) -> None:
        self.requests += 1
        self._objects.create(key, content)

    def read(self, key: str) -> bytes:
        self.requests += 1
        return self._objects.read(key)

    def keys(self, prefix: str) -> list[str]:
        return self._counted(self._objects.keys(prefix))

    def folders(self, prefix: str) -> list[str]:
        return self._counted(self._objects.folders(prefix))

    def delete(self, key: str) -> None:
        self.requests += 1
        self._objects.delete(key)

    def _counted(self, names: list[str]) -> list[str]:
        self.requests += 1
        self.listed += len(names)
        return names
