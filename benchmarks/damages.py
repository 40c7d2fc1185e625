"""What becomes of damaged listing files, and of the models that learn from what is left of them.

    .venv/bin/python benchmarks/damages.py --out docs/explanation/damaged-files.md
    .venv/bin/python benchmarks/damages.py --file LISTINGS.csv

A good file is damaged in forty ways, singly, and in drawn pairs (`tests/support/damages.py`).
Each file is published beside the good one, from which production has learned; where that makes a
new dataset, a candidate is trained, by the same recipe and parameters, past all gates. It exits 1
where a listing was misread, or where a candidate errs by more than the bound above production on
the homes that the good file holds out. Takes an hour of processor time.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from homeprices import markets
from homeprices.cli.first_start import SIMULATED_ROWS, SIMULATED_SEED
from homeprices.datasets.clean import read_published
from homeprices.datasets.simulate import simulate
from homeprices.datasets.split import split
from homeprices.domain.errors import Declined
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.versions import DatasetVersion, ModelVersion
from homeprices.stores.objects import ObjectStore
from homeprices.valuation.evaluate.predictions import predict_many
from homeprices.valuation.predict import bundle
from homeprices.workflows.datasets import SourceFile, publish_dataset
from homeprices.workflows.training.train import TrainOrder, train
from support.damage_outcomes import Outcome, Reading, reading
from support.damages import DAMAGES, Damage, damaged, pairs
from support.fakes import MemoryHomes
from support.listing_sheets import Sheet, good_sheet, written

MARKET = markets.load("bangalore")
ORDER = TrainOrder("booster", parameters={"fact_sets": 1})
PAIRS, MOST_WORSE = 120, 0.02
MOST_SAID = 110
Pricer = dict[Listing, float]


@dataclass(frozen=True, slots=True)
class Case:
    """A file that was damaged, what was read of it, and what came of learning from that.

    `worse` is by what share the candidate errs more than production on the untouched holdout;
    None where there is no candidate, for `declined` or because nothing new was published.
    """

    damages: Sequence[Damage]
    reading: Reading
    worse: float | None = None
    declined: str = ""

    @property
    def name(self) -> str:
        """The names of its damages, in the order in which they were done."""
        return ", then ".join(damage.name for damage in self.damages)

    @property
    def is_wrong(self) -> bool:
        """True where it must not be so."""
        too_bad = self.worse is not None and self.worse > MOST_WORSE
        return too_bad or self.reading.outcome is Outcome.MISREAD


class Bench:
    """A good file, its production, and the homes that neither has learned from."""

    def __init__(self, sheet: Sheet, seed: int) -> None:
        self.sheet, self.truth, self._seed = sheet, sheet.truths(), seed
        self._control = _homes(ObjectStore("memory:///"))
        publish_dataset(SourceFile(written(sheet), "good.csv", simulated=True), self._control)
        production = train(ORDER, self._control, lambda _: None)
        self.held_out = split(self.truth)[1]
        self._errors = _errors(self._control, production, self.held_out)
        # What came of a dataset, by its digest: two damages often leave the same listings.
        self._known: dict[str, tuple[float | None, str]] = {}

    @property
    def error(self) -> float:
        """The mean absolute log error of production."""
        return float(np.mean(self._errors))

    def case(self, damages: Sequence[Damage]) -> Case:
        """What becomes of the file when it is damaged so."""
        homes = _homes(_copy(self._control.objects))
        read = reading(damaged(self.sheet, damages, self._seed), self.truth, homes)
        dataset = homes.datasets.latest()
        if read.outcome is Outcome.REFUSED or dataset is None or dataset.version == "V1":
            return Case(damages, read)
        digest = dataset.files[f"train_{dataset.version}.csv"].sha256
        if digest not in self._known:
            self._known[digest] = self._learned(homes)
        return Case(damages, read, *self._known[digest])

    def _learned(self, homes: MemoryHomes) -> tuple[float | None, str]:
        """How much worse the candidate of the latest dataset is, or why there is none."""
        try:
            candidate = train(ORDER, homes, lambda _: None)
        except Declined as error:
            return None, error.message
        return self._worse(homes, candidate), ""

    def _worse(self, homes: MemoryHomes, candidate: ModelManifest) -> float:
        content = homes.datasets.read(DatasetVersion.parse(candidate.dataset))
        learned = {_rounded(home) for home in split(read_published(content, MARKET))[0]}
        # A home whose area was rounded may be on the other side of the split.
        unseen = [_rounded(home) not in learned for home in self.held_out]
        errors = _errors(homes, candidate, self.held_out)
        return float(np.mean(errors[unseen]) / np.mean(self._errors[unseen]) - 1)


def _homes(objects: ObjectStore) -> MemoryHomes:
    return MemoryHomes(lambda: datetime(2026, 1, 1, tzinfo=UTC), objects)


def _copy(objects: ObjectStore) -> ObjectStore:
    copy = ObjectStore("memory:///")
    for key in objects.keys(""):
        copy.create(key, objects.read(key))
    return copy


def _rounded(listing: Listing) -> tuple[str, int, float, int, int]:
    home = listing.home
    key = home.locality.casefold().strip("\"' ")
    return key, home.bedrooms, home.bathrooms, round(home.area), round(listing.price)


def _errors(homes: MemoryHomes, model: ModelManifest, held_out: Sequence[Listing]) -> np.ndarray:
    """The absolute log errors of the judged form of a model, told four facts of each home."""
    predictor = bundle.load(homes.registry.judged_files(ModelVersion.parse(model.version)))
    return np.abs(predict_many(predictor, held_out).log_error)


BEGINNING = """# What becomes of damaged files

{source} ({rows:,} listings) is damaged in {ways} ways, one at a time, and in {pairs} pairs of two
after each other, drawn with seed {seed} (`tests/support/damages.py`). Each file is published beside the
good one, from which production has learned (`booster`, four facts: mean absolute log error
{error:.4f} on the {held_out:,} homes that it holds out). Where that makes a new dataset, a candidate
learns from it by the same recipe and parameters, through all gates, and is measured on the homes
that the good file holds out, whatever the damage left of them. Every listing that is published is
held against the good file; none may be another, and no candidate may err by more than {bound:.0%}
above production. Written by

```sh
{command}
```

which exits 1 where that does not hold. "Read right": all listings are as in the good file (areas and
prices within half a percent, for units). "Not tried": a model was trained, and a gate kept it from
being a candidate. Where nothing stands of a model, the dataset is that of the good file.

| damage | files | read right | refused | with loss | misread | not tried | candidates | the worst |
|---|---|---|---|---|---|---|---|---|"""  # noqa: E501
EACH = """
## Each damage alone

| damage | outcome | kept of {rows:,} | the model | what was said |
|---|---|---|---|---|"""


def page(bench: Bench, cases: Sequence[Case], beginning: str) -> Iterator[str]:
    """The lines of the page."""
    yield beginning
    singles = [case for case in cases if len(case.damages) == 1]
    for kind in dict.fromkeys(damage.kind for damage in DAMAGES):
        yield _summary(kind, [case for case in singles if case.damages[0].kind == kind])
    yield _summary("two after each other", [case for case in cases if len(case.damages) > 1])
    yield EACH.format(rows=len(bench.truth))
    for case in singles:
        yield _line(case)


def _summary(name: str, cases: Sequence[Case]) -> str:
    counts = [sum(case.reading.outcome is outcome for case in cases) for outcome in Outcome]
    worse = [case.worse for case in cases if case.worse is not None]
    declined = sum(bool(case.declined) for case in cases)
    worst = f"{max(worse):+.1%}" if worse else ""
    cells = [name, len(cases), *counts, declined, len(worse), worst]
    return f"| {' | '.join(map(str, cells))} |"


def _line(case: Case) -> str:
    read = case.reading
    model = "" if case.worse is None else f"{case.worse:+.1%}"
    said = case.declined or "; ".join(read.said)
    shown = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID].rpartition(' ')[0]} …"
    cells = [case.name, read.outcome, f"{read.kept:,}" if read.kept else "", model, shown]
    if case.declined:
        cells[3] = "not tried"
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


@click.command()
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seed", default=1)
@click.option("--pairs", "count", default=PAIRS)
@click.option("--out", type=click.Path(path_type=Path), help="The page that is written.")
def main(file: Path | None, seed: int, count: int, out: Path | None) -> None:
    """Damage a file in every way, and tell what came of it."""
    began = time.process_time()
    content = file.read_bytes() if file else simulate(MARKET, SIMULATED_ROWS, SIMULATED_SEED)
    bench = Bench(good_sheet(content, MARKET), seed)
    cases = []
    for damages in [*((damage,) for damage in DAMAGES), *pairs(count, seed)]:
        case = bench.case(damages)
        cases.append(case)
        wrong = "WRONG " if case.is_wrong else ""
        worse = "" if case.worse is None else f", candidate {case.worse:+.2%}"
        click.echo(
            f"{wrong}{case.name}: {case.reading.outcome}{worse} {case.declined[:200]}", err=True
        )
    command = f".venv/bin/python {' '.join(['benchmarks/damages.py', *sys.argv[1:]])}"
    beginning = BEGINNING.format(
        source=f"`{file.name}`" if file else "The simulated market of a first start",
        rows=len(bench.truth),
        ways=len(DAMAGES),
        pairs=count,
        seed=seed,
        error=bench.error,
        held_out=len(bench.held_out),
        bound=MOST_WORSE,
        command=command,
    )
    text = "\n".join(page(bench, cases, beginning)) + "\n"
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        click.echo(text)
    click.echo(f"{time.process_time() - began:,.0f} s of processor time", err=True)
    for case in cases:
        if case.is_wrong:
            click.echo(f"WRONG: {case.name}: {case}", err=True)
    sys.exit(any(case.is_wrong for case in cases))


if __name__ == "__main__":
    main()
