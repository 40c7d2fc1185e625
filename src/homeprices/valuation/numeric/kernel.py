"""How alike two homes are to the Gaussian process: constants, and the coordinates they act on.

The covariance of the log prices per area of two homes, size curve taken out, is
`everywhere` S(everywhere_scales)
+ [parent, base, leaf in common + near exp(-km / near_km)] (flat + (1 - flat) S(local_scales))
+ project [same base and bedrooms] exp(-|log areas| / project_scale) (x other_bathrooms)
+ society [same society] exp(-|log areas| / society_scale),
with S(a, b, c) = exp(-1/2 |difference of the scaled coordinates|^2) over log area, log bedrooms
and bathrooms. House or flat and the area type are coordinates too: they lower S and the project
term alike. The constants were fitted by cross-validation (docs/decisions/0010-the-blend.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, log, sqrt

from homeprices.domain.locality import Place
from homeprices.valuation.features.definitions import AREA_TYPE, BATHROOMS, BEDROOMS, LOG_AREA
from homeprices.valuation.features.feature_sets import ALL, FOUR, PROPERTY, FeatureSet

_MOST_BEDROOMS, _MOST_BATHROOMS = 9.0, 8.0
_OTHER_AREA_TYPE = 0.6
# Two one-hot codes at this distance lower exp(-1/2 distance^2) by just that factor.
_STEP = sqrt(-log(_OTHER_AREA_TYPE))
NO_TYPE = -1
# A known kind lowers S by the same factor as another area type.
_KIND_SCALE = 1 / (sqrt(2) * _STEP)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Variances of log prices, and scales of coordinates.

    `noise` is a standard deviation, of a flat of up to three bedrooms; its logarithm grows by
    `noise_a_bedroom` for each of three more, and by `noise_of_a_house`. It is Student's t of
    these `degrees` of freedom.
    """

    everywhere: float = 0.119
    everywhere_scales: tuple[float, float, float] = (0.39, 0.50, 2.5)
    parent: float = 0.0145
    base: float = 0.035
    leaf: float = 0.020
    near: float = 0.019
    near_km: float = 3.0
    flat: float = 0.55
    local_scales: tuple[float, float, float] = (0.33, 0.37, 1.1)
    project: float = 0.018
    project_scale: float = 0.0064
    other_bathrooms: float = 0.92
    house_scale: float = 0.6
    society: float = 0.0
    society_scale: float = 0.4
    noise: float = 0.117
    noise_a_bedroom: float = 0.1
    noise_of_a_house: float = 0.4
    degrees: float = 3.0


KERNELS = {
    FOUR.name: Kernel(),
    PROPERTY.name: Kernel(house_scale=_KIND_SCALE),
    ALL.name: Kernel(
        everywhere=0.107,
        everywhere_scales=(0.39, 0.50, 3.1),
        base=0.010,
        flat=0.67,
        local_scales=(0.33, 0.52, 1.1),
        house_scale=_KIND_SCALE,
        society=0.05,
        noise=0.1255,
        noise_of_a_house=0.0,
        degrees=4.0,
    ),
}


def project_key(place: Place, bedrooms: float) -> str:
    """What homes of one project have in common, beside their size."""
    return f"{place.base}|{bedrooms:.0f}"


def coordinates(values: Sequence[float], facts: FeatureSet, area_types: int) -> list[float]:
    """Log area, log bedrooms, bathrooms, house; with the area type one more for each of them.

    An area type that is not given is as far from each.
    """
    point = [
        values[LOG_AREA],
        log(min(values[BEDROOMS], _MOST_BEDROOMS)),
        min(values[BATHROOMS], _MOST_BATHROOMS),
        values[facts.house],
    ]
    if facts.sees_area_type:
        kind = values[AREA_TYPE]
        point += [_STEP if kind == i else 0.0 for i in range(area_types)]
    return point


def area_type_of(values: Sequence[float], facts: FeatureSet) -> int:
    """The number of the area type; -1 where it is not given or not seen."""
    if not facts.sees_area_type or isnan(values[AREA_TYPE]):
        return NO_TYPE
    return int(values[AREA_TYPE])


def between_types(one: int, other: int) -> float:
    """Half the squared distance of the coordinates of two area types that are not the same."""
    return 0.5 * _STEP * _STEP if NO_TYPE in (one, other) else _STEP * _STEP


def scales(kernel: Kernel, of_size: Sequence[float], width: int) -> list[float]:
    """What to divide `width` coordinates by."""
    return [*of_size, kernel.house_scale, *[1.0] * (width - 4)]


def variance(k: Kernel, *, has_society: bool) -> float:
    """The covariance of a home with itself, without noise."""
    in_common = k.parent + k.base + k.leaf + k.near
    return k.everywhere + in_common + k.project + (k.society if has_society else 0.0)
