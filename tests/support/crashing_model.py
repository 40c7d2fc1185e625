"""A published candidate that is whole by its hashes and golden rows, and fails in two localities.

In one its files contradict each other, so that it raises; in the other a tree leads out of the
memory of LightGBM, and the process ends as by a fault of the library.
"""

import hashlib
import json
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from homeprices.domain.listing import Home
from homeprices.valuation.predict import bundle

RAISES, DIES = "Yelahanka", "Thanisandra"
# A level that no locality has, and a node that no tree has.
_LEVEL, _BETWEEN, _NOWHERE = 99.0, 50.0, 2_000_000_000


def make_crash(version: Path) -> None:
    """Damage the published model in the folder `version`, and say in its manifest that it is so."""
    manifest = json.loads((version / "manifest.json").read_text())
    files = {name: (version / name).read_bytes() for name in manifest["files"]}
    files |= _crashing(files)
    for name, content in files.items():
        (version / name).write_bytes(content)
        digest = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        manifest["files"][name] = manifest["files"][name] | digest
    (version / "manifest.json").write_text(json.dumps(manifest))


def _crashing(files: dict[str, bytes]) -> dict[str, bytes]:
    names = msgspec.msgpack.decode(files["localities.msgpack"])
    model = json.loads(files["model.json"])
    encodings = msgspec.msgpack.decode(files["encodings.msgpack"])
    golden = json.loads(files["golden.json"])
    del names["regions"][RAISES.casefold()]
    encodings["sublocalities"][DIES.casefold()]["residual"] = _LEVEL
    changed = {
        "localities.msgpack": msgspec.msgpack.encode(names),
        "encodings.msgpack": msgspec.msgpack.encode(encodings),
    }
    for name, record in model["models"].items():
        feature = record["features"].index("sublocality_level")
        file = f"{name}.booster_1.txt"
        changed[file] = _leading_astray(files[file].decode(), feature).encode()
    kept = [row for row in golden if row["home"]["locality"] not in (RAISES, DIES)]
    predictor = bundle.load({**files, **changed, "golden.json": b"[]"})
    changed["golden.json"] = json.dumps([_row(predictor, row) for row in kept]).encode()
    return changed


def _row(predictor: Any, row: dict[str, Any]) -> dict[str, Any]:
    estimate = predictor.estimate(msgspec.convert(row["home"], type=Home))
    return row | {"price": estimate.price, "low": estimate.low, "high": estimate.high}


def _leading_astray(text: str, feature: int) -> str:
    """The trees, of which the first asks for the level alone, and leads nowhere from its own."""
    head, _, rest = text.partition("Tree=0\n")
    second = rest.find("Tree=1\n")
    (leaves,) = [line for line in rest[:second].splitlines() if line.startswith("leaf_value=")]
    usual = fmean(map(float, leaves.removeprefix("leaf_value=").split()))
    tree = (
        f"Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature={feature}\nsplit_gain=1\n"
        f"threshold={_BETWEEN}\ndecision_type=2\nleft_child=-1\nright_child={_NOWHERE}\n"
        f"leaf_value={usual} {usual}\nleaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\n"
        "internal_weight=0\ninternal_count=2\nis_linear=0\nshrinkage=1\n\n\n"
    )
    return head + tree + rest[second:]
