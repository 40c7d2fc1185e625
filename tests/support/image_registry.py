"""A registry of images in one folder, for tests alone: it takes what is pushed and gives it back.

    python image_registry.py FOLDER PORT [HOST]

As much of the OCI distribution specification as `docker push` and `docker pull` need.
"""

import hashlib
import re
import shutil
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

MANIFEST = re.compile(r"/v2/.+/manifests/(.+)")
BLOB = re.compile(r"/v2/.+/blobs/(sha256:[0-9a-f]{64})")
UPLOADS = re.compile(r"/v2/.+/blobs/uploads/([0-9a-f]*)")
CHUNK_BYTES = 1 << 20


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


class Registry(BaseHTTPRequestHandler):
    """Blobs, manifests and their media types are files named by their digests."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_HEAD(self) -> None:
        self._give(with_content=False)

    def do_GET(self) -> None:
        self._give(with_content=True)

    def do_POST(self) -> None:
        self._drained()
        self._answer(202, Location=f"{urlsplit(self.path).path}{uuid4().hex}")

    def do_PATCH(self) -> None:
        upload = self._upload()
        self._append_to(upload)
        self._answer(202, Location=self.path, Range=f"0-{upload.stat().st_size - 1}")

    def do_PUT(self) -> None:
        path = urlsplit(self.path)
        if MANIFEST.fullmatch(path.path):
            self._take_manifest()
            return
        upload = self._upload()
        self._append_to(upload)
        digest = digest_of(upload)
        if digest != parse_qs(path.query)["digest"][0]:
            self._answer(400)
            return
        upload.rename(self.folder / digest)
        self._answer(201, **{"Docker-Content-Digest": digest})

    def _take_manifest(self) -> None:
        part = self.folder / uuid4().hex
        self._append_to(part)
        digest = digest_of(part)
        (self.folder / f"{digest}.type").write_text(self.headers["Content-Type"])
        part.rename(self.folder / digest)
        self._answer(201, **{"Docker-Content-Digest": digest})

    def _give(self, *, with_content: bool) -> None:
        if self.path.rstrip("/") == "/v2":
            self._answer(200)
            return
        known = BLOB.fullmatch(self.path) or MANIFEST.fullmatch(self.path)
        file = self.folder / known[1].replace("/", "") if known else self.folder
        if not file.is_file():
            self._answer(404)
            return
        kind = file.with_name(f"{file.name}.type")
        self.send_response(200)
        self.send_header("Content-Length", str(file.stat().st_size))
        self.send_header("Docker-Content-Digest", file.name)
        self.send_header(
            "Content-Type", kind.read_text() if kind.exists() else "application/octet-stream"
        )
        self.end_headers()
        if with_content:
            with file.open("rb") as content:
                shutil.copyfileobj(content, self.wfile, CHUNK_BYTES)

    def _upload(self) -> Path:
        match = UPLOADS.fullmatch(urlsplit(self.path).path)
        return self.folder / (match[1] if match else "none")

    def _append_to(self, path: Path) -> None:
        with path.open("ab") as file:
            for chunk in self._chunks():
                file.write(chunk)

    def _drained(self) -> None:
        for _ in self._chunks():
            pass

    def _chunks(self):
        """The body, which `docker push` sends in chunks or with a length."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left:
            chunk = self.rfile.read(min(left, CHUNK_BYTES))
            left -= len(chunk)
            yield chunk

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    folder, port, *host = sys.argv[1:]
    Registry.folder = Path(folder)
    Registry.folder.mkdir(parents=True, exist_ok=True)
    ThreadingHTTPServer((host[0] if host else "127.0.0.1", int(port)), Registry).serve_forever()
