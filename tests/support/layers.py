"""What the layers of an image hold: also what a later layer takes away, for it is still there."""

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

# By the end of their paths: settings, keys and secrets as they are named here, and the history.
SECRET = re.compile(
    r"(^|/)(\.env|settings\.env|operator\.key|HOMES_SECRET|HOMES_OPERATOR_KEY|POSTGRES_PASSWORD"
    r"|id_(rsa|ed25519)|\.git|\.homes)(/|$)"
)


def files_in_layers(archive: Path) -> Iterator[tuple[str, str]]:
    """Layer and path of every file of an image that `docker save` wrote."""
    with tarfile.open(archive) as image:
        for entry in json.load(_member(image, "manifest.json")):
            for layer in entry["Layers"]:
                # A layer may be compressed, too.
                with tarfile.open(fileobj=_member(image, layer), mode="r:*") as files:
                    yield from ((layer, member.name) for member in files)


def secrets_in_layers(archive: Path) -> list[str]:
    """Files of any layer that are named as a secret is."""
    return [f"{layer}: {path}" for layer, path in files_in_layers(archive) if SECRET.search(path)]


def _member(tar: tarfile.TarFile, name: str) -> tarfile.ExFileObject:
    file = tar.extractfile(name)
    assert file is not None, f"{name} is no file"
    return file
