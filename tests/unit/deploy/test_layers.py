"""A secret in a layer is seen, also where a later layer has taken it away."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.layers import files_in_layers, secrets_in_layers


def packed(files: Mapping[str, bytes]) -> bytes:
    """A tar of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def saved(folder: Path, *layers: bytes) -> Path:
    """An image of these layers, as `docker save` writes it."""
    blobs = {f"blobs/sha256/{number}": layer for number, layer in enumerate(layers)}
    manifest = json.dumps([{"Config": "blobs/sha256/c", "Layers": list(blobs)}]).encode()
    path = folder / "image.tar"
    path.write_bytes(packed({**blobs, "manifest.json": manifest}))
    return path


CODE = packed({"app/src/x.py": b"", "app/environment.py": b"", "etc/ssl/cacert.pem": b""})


def test_an_image_of_code_holds_no_secret(tmp_path: Path) -> None:
    archive = saved(tmp_path, CODE, gzip.compress(packed({"app/.env.example": b""})))
    assert ("blobs/sha256/1", "app/.env.example") in set(files_in_layers(archive))
    assert secrets_in_layers(archive) == []


@pytest.mark.parametrize(
    "path", ["x/.env", "app/.homes/run/x", "x/operator.key", "secrets/HOMES_SECRET", "x/.git/HEAD"]
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_secret_that_a_later_layer_takes_away_is_seen(
    path: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    taken_away = packed({f".wh.{Path(path).parts[0]}": b""})
    archive = saved(tmp_path, CODE, pack(packed({path: b"POSTGRES_PASSWORD=x"})), taken_away)
    assert secrets_in_layers(archive) == [f"blobs/sha256/1: {path}"]
