"""What a model card tells: a model's figures with their uncertainty, by slice, with its origin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on the holdout; `name` carries its unit.

    `low` and `high` are the 95 % interval of resampling the held-out homes;
    `naive` is the same figure of the median price per area of the locality.
    """

    name: str
    value: float
    low: float
    high: float
    naive: float | None


@dataclass(frozen=True, slots=True)
class Slice:
    """How good the model is on a part of the holdout: `kind` says by what, `name` which part.

    `coverage_margin_percent` is three standard errors of a coverage over so few
    rows when the promise is kept: what luck alone explains.
    """

    kind: str
    name: str
    rows: int
    mdape_percent: float
    bias_percent: float
    coverage_percent: float
    coverage_margin_percent: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that a reader needs to judge one model version.

    Prices are in `price_unit`, areas in `area_unit`; `files` are sha256 by name.
    """

    version: str
    title: str
    city: str
    price_unit: str
    area_unit: str
    recipe: str
    created_at: str
    dataset: str
    dataset_source: str
    dataset_sha256: str
    simulated: bool
    learned_from: int
    held_out: int
    rejected: dict[str, int]
    parameters: dict[str, float]
    promised_coverage_percent: float
    figures: list[Figure]
    slices: list[Slice]
    limits: list[str]
    digest: str
    files: dict[str, str]
    code: str
    environment: dict[str, str]
    trials: int
