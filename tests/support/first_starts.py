"""A first start with so few listings that the first candidate is made in seconds."""

import json
from pathlib import Path

from homeprices import markets
from homeprices.datasets.simulate import simulate
from support.stack import COMPANIONS, Stack

# What a start leaves out that has nothing but the first candidate behind it.
OTHERS = ",".join(name for name in COMPANIONS if name != "first-candidate")
ROWS, SEED = 1500, 5


def few_listings(folder: Path) -> Path:
    """A CSV of enough listings for a blend that may be published."""
    path = folder / "few.csv"
    path.write_bytes(simulate(markets.load("bangalore"), ROWS, SEED))
    return path


def models(stack: Stack) -> list[str]:
    """Every version that was published."""
    manifests = (stack.data_dir / "objects" / "models").glob("*/manifest.json")
    return sorted(json.loads(path.read_text())["version"] for path in manifests)


def said(stack: Stack) -> str:
    """The log of the first candidate, of all starts."""
    return stack.homes("logs", "first-candidate", "--lines", "1000")
