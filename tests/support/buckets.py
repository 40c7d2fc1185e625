"""Where objects are kept in a test: a folder, or a bucket on an S3 of the suites' own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from uuid import uuid4

import httpx

from homeprices.stores.objects import ObjectStore
from homeprices.stores.s3 import Access
from support import s3_server
from support.stack import eventually, free_ports


@dataclass(frozen=True)
class Place:
    """An empty store; processes of their own can be told of it."""

    url: str
    access: Access = field(default_factory=Access)

    def open(self) -> ObjectStore:
        return ObjectStore(self.url, self.access)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead to this bucket."""
        return {
            "MLFLOW_S3_BUCKET": self.url.removeprefix("s3://"),
            "AWS_ACCESS_KEY_ID": self.access.key_id,
            "AWS_SECRET_ACCESS_KEY": self.access.secret,
            "AWS_DEFAULT_REGION": self.access.region,
            "AWS_ENDPOINT_URL": self.access.endpoint,
        }


@contextmanager
def s3_running() -> Iterator[str]:
    """The endpoint of an S3 in a process of its own."""
    port = free_ports(1)[0]
    endpoint = f"http://127.0.0.1:{port}"
    with TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, s3_server.__file__, str(port)],
            stdout=log,
            stderr=log,
        )
        try:
            eventually(lambda: httpx.get(endpoint).status_code == 200, within_s=60)
            yield endpoint
        finally:
            process.terminate()
            process.wait(30)


def new_bucket(endpoint: str) -> Place:
    name = f"homes-{uuid4()}"
    httpx.put(f"{endpoint}/{name}").raise_for_status()
    return Place(
        f"s3://{name}", Access("a key", "its secret", region="us-east-1", endpoint=endpoint)
    )


def new_folder(path: Path) -> Place:
    return Place((path / "a folder with spaces").as_uri())
