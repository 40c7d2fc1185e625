"""Learns the target encodings that features are looked up in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place
from homeprices.valuation.arrays import Floats
from homeprices.valuation.features.encodings import (
    HOUSE_KIND,
    Level,
    TargetEncodings,
    curve_terms,
    project_key,
    society_of,
    word,
)
from homeprices.valuation.localities.geography import (
    Geography,
    as_table,
    listed_points,
    residual_around,
    residuals_around,
)

_WEIGHTS = {"region": 8.0, "locality": 6.0, "sublocality": 4.0}
_HOUSE_WEIGHT = 4.0
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class EncodingRows:
    """Homes to learn from: clipped areas, places, and log price per clipped area."""

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


def fit_encodings(rows: EncodingRows, geography: Geography) -> TargetEncodings:
    """The target encodings of `rows`."""
    logs = np.log(rows.areas)
    centre = float(np.median(logs))
    terms = np.array(
        [
            curve_terms(x - centre, home.bedrooms, home.bathrooms)
            for x, home in zip(logs.tolist(), rows.homes, strict=True)
        ]
    )
    curve = _fit_curve(terms, rows.target, [place.sublocality for place in rows.places])
    residual = rows.target - terms @ curve
    regions, localities, sublocalities = _levels(rows.places, residual)
    known = geography.position
    by_point = _by(rows.places, residual, lambda place: place.name_on_map(known))
    points = listed_points(by_point, known)
    texts = {
        name: [home.text_fact(name) for home in rows.homes]
        for name in ("kind", "area_type", "availability")
    }
    kinds = [kind == HOUSE_KIND for kind in texts["kind"] if kind is not None]
    house_share = float(np.mean(kinds)) if kinds else 0.0
    return TargetEncodings(
        size_curve=curve.tolist(),
        log_area_centre=centre,
        regions=regions,
        localities=localities,
        sublocalities=sublocalities,
        geography=geography.features,
        neighbourhood=residuals_around(points, known),
        listed_points=points,
        projects=_projects(rows, logs, residual),
        house_share=house_share,
        house_shares=_house_shares(rows, house_share),
        societies=_societies(rows, residual),
        kinds=_by_frequency(texts["kind"]),
        area_types=_by_frequency(texts["area_type"]),
        ready=next(iter(_by_frequency(texts["availability"])), ""),
        landmarks=geography.landmarks,
    )


def _fit_curve(terms: Floats, target: Floats, sublocalities: list[str]) -> Floats:
    """Least absolute deviations by reweighting, locality medians taken out in turn."""
    names, codes = np.unique(np.asarray(sublocalities), return_inverse=True)
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
    ordered = values[np.lexsort((values, codes))]
    counts = np.bincount(codes, minlength=n)
    begin = np.cumsum(counts) - counts
    middle = (ordered[begin + (counts - 1) // 2] + ordered[begin + counts // 2]) / 2
    shrunk: Floats = middle * counts / (counts + _WEIGHTS["sublocality"])
    return shrunk


def _levels(
    places: Sequence[Place], residual: Floats
) -> tuple[dict[str, Level], dict[str, Level], dict[str, Level]]:
    """Mean residuals, each level shrunk to the one above it."""
    region_of = {place.locality: place.region for place in places}
    locality_of = {place.sublocality: place.locality for place in places}
    regions = _level(_by(places, residual, lambda place: place.region), "region", lambda _: 0.0)
    localities = _level(
        _by(places, residual, lambda place: place.locality),
        "locality",
        lambda name: regions[region_of[name]].residual,
    )
    sublocalities = _level(
        _by(places, residual, lambda place: place.sublocality),
        "sublocality",
        lambda name: localities[locality_of[name]].residual,
    )
    return regions, localities, sublocalities


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
        projects[project_key(place, home.bedrooms)].append((x, home.bathrooms, r))
    return {name: sorted(homes) for name, homes in projects.items()}


def _house_shares(rows: EncodingRows, house_share: float) -> dict[str, float]:
    """Share of houses by area, locality, and area with bedrooms, each shrunk to that of all.

    A listing whose kind is not known does not count.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for home, area, place in zip(rows.homes, rows.areas, rows.places, strict=True):
        if (kind := home.text_fact("kind")) is None:
            continue
        house = int(kind == HOUSE_KIND)
        for name in (f"a{area:.0f}", f"b{place.locality}", f"r{area:.0f} {home.bedrooms}"):
            groups[name].append(house)
    prior = _HOUSE_WEIGHT * house_share
    return {name: (sum(v) + prior) / (len(v) + _HOUSE_WEIGHT) for name, v in groups.items()}


def _societies(rows: EncodingRows, residual: Floats) -> dict[str, tuple[float, int]]:
    """Sum of residuals and number of listings of each society."""
    groups: dict[str, list[float]] = defaultdict(list)
    for home, place, value in zip(rows.homes, rows.places, residual.tolist(), strict=True):
        if (name := society_of(home, place)) is not None:
            groups[name].append(value)
    return {name: (sum(v), len(v)) for name, v in groups.items()}


def _by_frequency(texts: Sequence[str | None]) -> list[str]:
    """The words among `texts`, the commonest first."""
    counts = Counter(word(text) for text in texts if text)
    return sorted(counts, key=lambda name: (-counts[name], name))


@dataclass(frozen=True, slots=True)
class UnlistedLocalityError:
    """For each listing `(n,)` how much dearer its place is, in log price, than others are.

    Than the city, and than its neighbourhood: NaN where nothing is listed around it.
    """

    city: Floats
    neighbourhood: Floats


def unlisted_locality_error(
    rows: EncodingRows, encodings: TargetEncodings
) -> UnlistedLocalityError:
    """How far off a price is where there are no listings: measured as if each place had none.

    What is not known of such a place is how far its level lies from that of the city, or of the
    listings around it; this comes on top of what a recipe does not know of a home in a known place.
    `encodings` were learned from `rows`.
    """
    around = _around_without_own(encodings)
    names = [place.locality for place in rows.places]
    city = np.array([encodings.localities[name].residual for name in names])
    neighbourhood = np.array([around.get(name, np.nan) for name in names])
    return UnlistedLocalityError(city, city - neighbourhood)


def _around_without_own(encodings: TargetEncodings) -> dict[str, float]:
    """The residual around each locality on the map, by the listings of the others."""
    points = encodings.listed_points
    table, names = as_table(points), np.array(list(points))
    return {
        name: residual_around(table[names != name], (east, north))
        for name, (east, north, _, _) in points.items()
    }
