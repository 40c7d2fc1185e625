"""Prices a file of homes with one model version; no service has to run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory

from homeprices.datasets.clean import read_size
from homeprices.datasets.read import columns_of
from homeprices.datasets.sheets import RowFunction, is_parquet, with_columns
from homeprices.domain.errors import BadInput, Refused, Unreadable
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import HomeReader
from homeprices.domain.versions import ModelVersion
from homeprices.ports import Predictor
from homeprices.stores.registry import Registry
from homeprices.valuation.predict import bundle
from homeprices.wording.speech import Speech

ADDED: Mapping[str, type] = {
    "estimated_price": float,
    "low": float,
    "high": float,
    "certainty": str,
    "model_version": str,
    "error": str,
}
_SHEETS = (".xlsx", ".xls", ".ods", ".json")
_NEEDED = ("area", "locality", "bedrooms", "bathrooms")


@dataclass(frozen=True, slots=True)
class Scored:
    """How many rows were priced, and how many keep a reason why not."""

    priced: int
    failed: int


def score(
    source: Path, target: Path, version: ModelVersion, *, registry: Registry, market: Market
) -> Scored:
    """Write `target`: `source` with the columns of `ADDED`; whole, or not at all.

    Both are CSV, or both Parquet. A row that cannot be priced has the reason in `error`. Raises
    Unreadable when the file is not of homes; Refused when it has one of the columns already, or
    where the name of the target tells another format.
    """
    if is_parquet(source) != is_parquet(target):
        raise Refused(f"{source.name} and {target.name} must both be CSV, or both Parquet")
    if target.suffix.casefold() in _SHEETS:
        raise Refused(f"{target.name} would be CSV by another name; name it {target.stem}.csv")
    scorer = _Scorer(bundle.load(registry.files(version)), str(version), market)
    with TemporaryDirectory(dir=target.parent, prefix=".score-") as folder:
        written = Path(folder) / target.name
        with_columns(source, written, dict(ADDED), scorer.under_header)
        written.replace(target)
    return Scored(scorer.priced, scorer.failed)


class _Scorer:
    """Prices rows, and counts them."""

    def __init__(self, predictor: Predictor, version: str, market: Market) -> None:
        self._predictor = predictor
        self._version = version
        self._market = market
        self._homes = HomeReader(market)
        self._speech = Speech(market)
        self.priced = self.failed = 0

    def under_header(self, header: Sequence[str]) -> RowFunction:
        """What prices the rows under this header; raises Unreadable, Refused."""
        market = self._market
        if taken := [name for name in header if name in ADDED]:
            raise Refused(
                f"the file has a column {taken[0]} already, which scoring adds; rename it first"
            )
        columns = columns_of(tuple(header), market)
        if missing := [fact for fact in _NEEDED if fact not in columns]:
            wanted = ", ".join(market.columns[fact][0] for fact in missing)
            raise Unreadable(
                f"there is no column for {wanted}; the columns found are {', '.join(header)[:200]}"
            )
        columns.pop("price", None)
        width = len(header)

        def scored(cells: Sequence[object]) -> list[object]:
            # One cell too many, and some stand in a wrong column: any price would be a guess.
            if beyond := cells[width:]:
                extra = ", ".join(map(str, beyond))
                return self._unpriced(
                    f"has {len(cells)} cells, the header {width}; too many: {extra}"
                )
            return self._scored({fact: cells[i] for fact, i in columns.items()})

        return scored

    def _unpriced(self, why: str) -> list[object]:
        self.failed += 1
        return ["", "", "", "", self._version, why]

    def _scored(self, facts: Mapping[str, object]) -> list[object]:
        try:
            home = self._homes.read(home_request(facts, self._market))
        except BadInput as error:
            return self._unpriced(self._speech.error(error))
        estimate = self._predictor.estimate(home)
        self.priced += 1
        prices = [round(price, 2) for price in (estimate.price, estimate.low, estimate.high)]
        return [*prices, estimate.certainty.value, self._version, ""]


def home_request(cells: Mapping[str, object], market: Market) -> dict[str, object]:
    """What a visitor would ask for a row of a file: a size such as "4 Bedroom" says the kind."""
    facts = {fact: "" if _is_empty(value) else value for fact, value in cells.items()}
    size = read_size(" ".join(str(facts["bedrooms"]).split()), market)
    if size is not None:
        bedrooms, said = size
        facts |= {"bedrooms": bedrooms, **said}
    return {market.fields[fact]: value for fact, value in facts.items()}


def _is_empty(value: object) -> bool:
    """True for a missing value, which Parquet may hold as one that is no number."""
    return value is None or (isinstance(value, float) and isnan(value))
