"""A bucket that cannot be used is told in one sentence, soon."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from homeprices.bootstrap import Homes
from homeprices.domain.errors import Refused, Taken, Unavailable
from homeprices.settings import Settings
from homeprices.stores.objects import ObjectStore
from homeprices.stores.s3 import Access
from support.buckets import new_bucket

BUCKET = "s3://homes"
ACTS: dict[str, Callable[[ObjectStore], object]] = {
    "create": lambda objects: objects.create("a/b", b"x"),
    "read": lambda objects: objects.read("a/b"),
    "keys": lambda objects: objects.keys("a/"),
    "delete": lambda objects: objects.delete("a/b"),
}


@contextmanager
def answering(*answers: tuple[int, str]) -> Iterator[ObjectStore]:
    """A bucket on an S3 that gives `answers`, status and code, and the last of them for ever."""
    left = list(answers)

    class Answers(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, code = left.pop(0) if len(left) > 1 else left[0]
            body = f"<Error><Code>{code}</Code><Message/></Error>".encode() if code else b""
            self.send_response(status)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 - names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ObjectStore(BUCKET, keys_for(f"http://127.0.0.1:{server.server_port}"))
        server.shutdown()


def keys_for(endpoint: str) -> Access:
    return Access("a key", "its secret", endpoint=endpoint)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_missing_bucket_is_told_by_every_act(
    act: Callable[[ObjectStore], object], s3_endpoint: str
) -> None:
    objects = ObjectStore("s3://nowhere", keys_for(s3_endpoint))
    with pytest.raises(Unavailable, match="there is no such bucket; make it, or name another"):
        act(objects)


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "InvalidAccessKeyId", "AWS does not know this access key; see AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", "the secret does not belong to the access key"),
        (403, "AccessDenied", "may not do that; they need s3:ListBucket"),
        (400, "ExpiredToken", "the AWS session has ended"),
        (301, "PermanentRedirect", "in another region; set AWS_DEFAULT_REGION"),
        (400, "AuthorizationHeaderMalformed", "in another region; set AWS_DEFAULT_REGION"),
    ],
)
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_what_s3_refuses_is_told_with_what_to_do(
    act: Callable[[ObjectStore], object], status: int, code: str, told: str
) -> None:
    with answering((status, code)) as objects, pytest.raises(Unavailable, match=told) as error:
        act(objects)
    assert error.value.__cause__ is None
    assert "\n" not in error.value.message


def test_a_server_that_is_no_s3_is_not_taken_for_an_empty_bucket() -> None:
    with answering((404, "")) as objects, pytest.raises(Unavailable, match="could not read a/b"):
        objects.read("a/b")


def test_a_write_that_meets_another_one_is_tried_again() -> None:
    conflict = (409, "ConditionalRequestConflict")
    with answering(conflict, conflict, (200, "")) as objects:
        objects.create("a/b", b"x")
    with answering(conflict, (412, "PreconditionFailed")) as objects, pytest.raises(Taken):
        objects.create("a/b", b"x")
    with answering(conflict) as objects, pytest.raises(Taken):
        objects.create("a/b", b"x")


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_an_s3_that_is_away_is_told_within_seconds(act: Callable[[ObjectStore], object]) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        objects = ObjectStore(BUCKET, keys_for(f"http://127.0.0.1:{nobody.getsockname()[1]}"))
        started = time.monotonic()
        with pytest.raises(Unavailable) as error:
            act(objects)
    assert time.monotonic() - started < 3
    assert "Debug source" not in str(error.value.__cause__)


def test_an_s3_that_never_answers_is_given_up_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        objects = ObjectStore(BUCKET, keys_for(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        started = time.monotonic()
        with pytest.raises(Unavailable):
            objects.keys("a/")
    assert time.monotonic() - started < 8


def test_http_is_spoken_only_with_an_endpoint_that_says_so(
    s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    with pytest.raises(Unavailable, match="could not read a"):
        ObjectStore("s3://nowhere", Access("a key", "its secret")).read("a")


def test_settings_lead_to_the_bucket(s3_endpoint: str) -> None:
    place = new_bucket(s3_endpoint)
    homes = Homes(Settings(**place.environment))
    homes.objects.create("from/settings", b"x")
    assert place.open().keys("from/") == ["from/settings"]


def test_without_keys_in_the_settings_those_of_the_environment_are_used(
    s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_bucket(s3_endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from outside")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from outside")
    objects = ObjectStore(place.url, Access(endpoint=s3_endpoint))
    objects.create("a", b"x")
    assert place.open().read("a") == b"x"


def test_without_any_keys_the_role_of_the_container_is_asked(
    s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    class Role(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            body = json.dumps(
                {
                    "AccessKeyId": "of the role",
                    "SecretAccessKey": "its secret",
                    "Token": "for an hour",
                    "Expiration": "2099-01-01T00:00:00Z",
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    token = tmp_path / "token"
    token.write_text("let me in")
    with ThreadingHTTPServer(("127.0.0.1", 0), Role) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        uri = f"http://127.0.0.1:{server.server_port}/credentials"
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
        place = new_bucket(s3_endpoint)
        objects = ObjectStore(place.url, Access(endpoint=s3_endpoint))
        objects.create("a", b"x")
        server.shutdown()
    assert asked == ["let me in"]
    assert place.open().read("a") == b"x"


def test_s3_is_not_asked_before_the_first_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0.3)
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        _ = Homes(Settings(MLFLOW_S3_BUCKET="homes", AWS_ENDPOINT_URL=endpoint)).objects
        with pytest.raises(TimeoutError):
            silent.accept()


def test_half_a_pair_of_keys_is_refused() -> None:
    with pytest.raises(Refused, match="only one is set"):
        _ = Homes(Settings(MLFLOW_S3_BUCKET="homes", AWS_ACCESS_KEY_ID="a key")).objects
