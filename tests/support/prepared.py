"""Objects of a stack that has learned already: made once in a run, copied into each."""

from dataclasses import dataclass
from pathlib import Path

from homeprices import markets
from homeprices.datasets.simulate import simulate
from homeprices.valuation.train.recipes import RECIPES
from support.shared import SharedFolders, write
from support.stack import Stack

# A market small enough to learn from in a second, and large enough for a model of it to be served.
ROWS, SEED = 2_400, 5


def quick_training(**changes: float) -> list[str]:
    """The words of `homes` for a training of seconds; `changes` make it another model."""
    parameters = {**RECIPES["booster"].quick, **changes}
    options = [f"--set={name}={value}" for name, value in parameters.items()]
    return ["train", "--recipe", "booster", *options]


@dataclass(frozen=True)
class Prepared:
    """`listings` are of a small market; the others are what `homes` keeps in `objects`."""

    shared: SharedFolders

    @property
    def listings(self) -> Path:
        """A CSV of the small market."""

        def make(folder: Path) -> None:
            write(folder, {"small.csv": simulate(markets.load("bangalore"), ROWS, SEED)})

        return self.shared.made("small market", make) / "small.csv"

    @property
    def in_production(self) -> Path:
        """V1 of the small market, and of it the quick BO1."""

        def make(folder: Path) -> None:
            stack = Stack(folder)
            stack.homes("dataset", "simulate", "--rows", str(ROWS), "--seed", str(SEED))
            stack.homes(*quick_training())

        return self.shared.made("in production", make) / "objects"

    @property
    def with_experiment(self) -> Path:
        """The same with CO1 on trial against BO1."""

        def make(folder: Path) -> None:
            stack = Stack(folder, objects=self.in_production)
            stack.homes(*quick_training(seed=2), "--force")

        return self.shared.made("on trial", make) / "objects"
