"""Learns the tables that features are read from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place
from homeprices.valuation.features.definitions import (
    HOUSE_KIND,
    Level,
    TargetEncodings,
    curve_terms,
    society_key,
    word,
)
from homeprices.valuation.localities.geography import Geography, listed, residuals_around

Floats = npt.NDArray[np.float64]
_WEIGHTS = {"parent": 8.0, "base": 6.0, "leaf": 4.0}
_HOUSE_WEIGHT = 4.0
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class EncodingRows:
    """Homes to learn from: guarded areas, places, and log price per guarded area."""

    homes: list[Home]
    areas: list[float]
    places: list[Place]
    target: Floats

    def take(self, chosen: Sequence[int]) -> EncodingRows:
        """The rows at these positions."""
        return EncodingRows(
            [self.homes[i] for i in chosen],
            [self.areas[i] for i in chosen],
            [self.places[i] for i in chosen],
            self.target[list(chosen)],
        )

    def __len__(self) -> int:
        return len(self.homes)


def fit_tables(rows: EncodingRows, geography: Geography) -> TargetEncodings:
    """The tables of `rows`."""
    logs = np.log(rows.areas)
    centre = float(np.median(logs))
    terms = np.array(
        [
            curve_terms(x - centre, home.bedrooms, home.bathrooms)
            for x, home in zip(logs.tolist(), rows.homes, strict=True)
        ]
    )
    curve = _fit_curve(terms, rows.target, [p.leaf for p in rows.places])
    residual = rows.target - terms @ curve
    parents, bases, leaves = _levels(rows.places, residual)
    known = geography.position
    by_point = _by(rows.places, residual, lambda p: p.name_on_map(known))
    on_the_map = listed(by_point, known)
    homes_kinds = [home.text_fact("kind") for home in rows.homes]
    kinds = [kind == HOUSE_KIND for kind in homes_kinds if kind is not None]
    house_share = float(np.mean(kinds)) if kinds else 0.0
    return TargetEncodings(
        curve=curve.tolist(),
        centre=centre,
        parents=parents,
        bases=bases,
        leaves=leaves,
        geography=geography.features,
        around=residuals_around(on_the_map, known),
        listed=on_the_map,
        projects=_projects(rows, logs, residual),
        house_share=house_share,
        houses=_houses(rows, house_share),
        societies=_societies(rows, residual),
        kinds=_by_frequency(homes_kinds),
        area_types=_by_frequency([home.text_fact("area_type") for home in rows.homes]),
        ready=next(
            iter(_by_frequency([home.text_fact("availability") for home in rows.homes])), ""
        ),
        landmarks=geography.landmarks,
    )


def _fit_curve(terms: Floats, target: Floats, leaves: list[str]) -> Floats:
    """Least absolute deviations by reweighting, locality medians taken out in turn."""
    names, codes = np.unique(np.asarray(leaves), return_inverse=True)
    level = np.zeros(len(names))
    weight = np.ones(len(target))
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)[:, None]
        wanted = target - level[codes]
        curve = np.linalg.lstsq(terms * root, wanted * root[:, 0], rcond=None)[0].astype(float)
        rest = target - terms @ curve
        level = _medians(rest, codes, len(names))
        weight = 1.0 / np.maximum(np.abs(rest - level[codes]), 0.05)
    return curve


def _medians(values: Floats, codes: npt.NDArray[np.intp], n: int) -> Floats:
    """The median of each code's values, shrunk to zero by four listings."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=n)
    parts = np.split(values[order], np.cumsum(counts)[:-1])
    return np.array([np.median(p) * len(p) / (len(p) + _WEIGHTS["leaf"]) for p in parts])


def _levels(
    places: Sequence[Place], residual: Floats
) -> tuple[dict[str, Level], dict[str, Level], dict[str, Level]]:
    """Mean residuals, each level shrunk to the one above it."""
    upper: dict[str, str] = {p.base: p.parent for p in places}
    over: dict[str, str] = {p.leaf: p.base for p in places}
    parents = _level(_by(places, residual, lambda p: p.parent), "parent", lambda _: 0.0)
    bases = _level(
        _by(places, residual, lambda p: p.base), "base", lambda b: parents[upper[b]].residual
    )
    leaves = _level(
        _by(places, residual, lambda p: p.leaf), "leaf", lambda n: bases[over[n]].residual
    )
    return parents, bases, leaves


def _by(
    places: Sequence[Place], residual: Floats, name: Callable[[Place], str]
) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for place, value in zip(places, residual.tolist(), strict=True):
        groups[name(place)].append(value)
    return groups


def _level(
    groups: Mapping[str, list[float]], which: str, above: Callable[[str], float]
) -> dict[str, Level]:
    weight = _WEIGHTS[which]
    return {
        name: Level((sum(v) + weight * above(name)) / (len(v) + weight), len(v))
        for name, v in groups.items()
    }


def _projects(
    rows: EncodingRows, logs: Floats, residual: Floats
) -> dict[str, list[tuple[float, int | float, float]]]:
    projects: dict[str, list[tuple[float, int | float, float]]] = defaultdict(list)
    for home, place, x, r in zip(
        rows.homes, rows.places, logs.tolist(), residual.tolist(), strict=True
    ):
        projects[f"{place.base}|{home.bedrooms}"].append((x, home.bathrooms, r))
    return {name: sorted(homes) for name, homes in projects.items()}


def _houses(rows: EncodingRows, house_share: float) -> dict[str, float]:
    """Share of houses by area, base, and area with bedrooms, each shrunk to that of all.

    A listing whose kind is not known does not count.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for home, area, place in zip(rows.homes, rows.areas, rows.places, strict=True):
        if (kind := home.text_fact("kind")) is None:
            continue
        house = int(kind == HOUSE_KIND)
        for name in (f"a{area:.0f}", f"b{place.base}", f"r{area:.0f} {home.bedrooms}"):
            groups[name].append(house)
    prior = _HOUSE_WEIGHT * house_share
    return {name: (sum(v) + prior) / (len(v) + _HOUSE_WEIGHT) for name, v in groups.items()}


def _societies(rows: EncodingRows, residual: Floats) -> dict[str, tuple[float, int]]:
    """Sum of residuals and number of listings of each society."""
    groups: dict[str, list[float]] = defaultdict(list)
    for home, place, value in zip(rows.homes, rows.places, residual.tolist(), strict=True):
        if (name := society_key(home.text_fact("society"), place)) is not None:
            groups[name].append(value)
    return {name: (sum(v), len(v)) for name, v in groups.items()}


def _by_frequency(texts: Sequence[str | None]) -> list[str]:
    """The words among `texts`, the commonest first."""
    counts = Counter(word(text) for text in texts if text)
    return sorted(counts, key=lambda name: (-counts[name], name))
