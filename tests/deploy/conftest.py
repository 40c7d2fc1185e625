"""A production in containers for a module, first with its objects in a volume, then in an S3."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import httpx
import pytest

from support.paths import REPOSITORY
from support.production import FRONT, MONITORING, PROJECT, Production, docker, until

KEYS = {"AWS_ACCESS_KEY_ID": "a-test", "AWS_SECRET_ACCESS_KEY": "no-secret"}
IN_S3 = {
    **KEYS,
    "MLFLOW_S3_BUCKET": "homes-of-a-test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://s3:5555",
}


@pytest.fixture(scope="module", params=["volume", "s3"])
def production(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Everything that the three commands start, in another order with each place of objects."""
    folder = tmp_path_factory.mktemp(request.param)
    folder.chmod(0o755)
    production = Production(folder, **(IN_S3 if request.param == "s3" else {}))
    try:
        if request.param == "volume":
            start(production)
            production.compose(*MONITORING, "up", "-d", "--wait")
            yield production
        else:
            production.compose(*MONITORING, "up", "-d")
            with an_s3():
                start(production)
                yield production
    finally:
        end(production)


def start(production: Production) -> None:
    """The first two commands as they are written, and between them the policy of the test."""
    production.compose("up", "-d")
    rehearsal = ("experiment", "rehearse", "--policy", "/files/policy.toml")
    production.homes(*rehearsal, "--runs", "1", "--no-networks", "--force")
    production.compose(*FRONT, "up", "-d", "--build")


def end(production: Production) -> None:
    """Take everything away, and leave nothing."""
    production.take_away()
    for what in ("container", "volume", "network"):
        everything = ["--all"] if what == "container" else []
        left = docker(what, "ls", "--quiet", "--filter", PROJECT, *everything)
        assert left == "", f"a {what} is left"


def answers(url: str) -> bool:
    """True when a server answers there at all."""
    try:
        httpx.get(url, timeout=5)
    except httpx.HTTPError:
        return False
    return True


@contextmanager
def an_s3() -> Iterator[None]:
    """An S3 in the same network, with an empty bucket."""
    image = ["--file", "tests/deploy/s3.Dockerfile", "--tag", "homes-s3-of-a-test", "requirements"]
    subprocess.run(["docker", "build", "--quiet", *image], cwd=REPOSITORY, check=True)
    server = Path(REPOSITORY, "tests", "support", "s3_server.py")
    docker(
        *("run", "--detach", "--rm", "--name", "homes-s3-of-a-test", "--network", "homes"),
        *("--network-alias", "s3", "--publish", "127.0.0.1::5555"),
        *("--volume", f"{server}:/s3_server.py:ro", "homes-s3-of-a-test"),
    )
    try:
        address = docker("port", "homes-s3-of-a-test", "5555").split()[-1]
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{address}",
            region_name="us-east-1",
            aws_access_key_id="a-test",
            aws_secret_access_key="no-secret",
        )
        until(lambda: answers(f"http://{address}"), 60, "the S3 answers")
        client.create_bucket(Bucket=IN_S3["MLFLOW_S3_BUCKET"])
        yield
    finally:
        docker("stop", "homes-s3-of-a-test", check=False)
