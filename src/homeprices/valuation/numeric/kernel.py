"""How alike two homes are to the Gaussian process: constants, and the coordinates they act on.

The covariance of the log prices per area of two homes, size curve taken out, is
`everywhere` S(everywhere_scales)
+ [region, locality, sublocality in common + near exp(-km / near_km)]
  (flat + (1 - flat) S(local_scales))
+ project [same locality and bedrooms] exp(-|log areas| / project_scale) (x other_bathrooms)
+ society [same society] exp(-|log areas| / society_scale),
with S(a, b, c) = exp(-1/2 |difference of the scaled coordinates|^2) over log area, log bedrooms
and bathrooms. House or flat and the area type are coordinates too: they lower S and the project
term alike. The constants were fitted by cross-validation (docs/decisions/0010-the-blend.md); a
bundle keeps those that it was made with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, log, sqrt

from homeprices.valuation.features.feature_sets import ALL, FOUR, PROPERTY, FeatureSet

NO_TYPE = -1
LOG_AREA, BEDROOMS, BATHROOMS, HOUSE, AREA_TYPE = range(5)
# A known kind lowers S by the same factor as another area type.
_OTHER_AREA_TYPE = 0.6
# Two one-hot codes at this distance lower exp(-1/2 distance^2) by just that factor.
_STEP = sqrt(-log(_OTHER_AREA_TYPE))
_KIND_SCALE = 1 / (sqrt(2) * _STEP)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Variances of log prices, and scales of coordinates.

    `noise` is a standard deviation, of a flat of up to three bedrooms; its logarithm grows by
    `noise_a_bedroom` for each of three more, and by `noise_of_a_house`. It is Student's t of
    these `degrees` of freedom. More than `most_bedrooms` or `most_bathrooms` count as so many;
    the codes of two area types lie `area_type_step` off the origin.
    """

    everywhere: float
    everywhere_scales: tuple[float, float, float]
    region: float
    locality: float
    sublocality: float
    near: float
    near_km: float
    flat: float
    local_scales: tuple[float, float, float]
    project: float
    project_scale: float
    other_bathrooms: float
    house_scale: float
    society: float
    society_scale: float
    noise: float
    noise_a_bedroom: float
    noise_of_a_house: float
    degrees: float
    most_bedrooms: float
    most_bathrooms: float
    area_type_step: float


_FOUR = Kernel(
    everywhere=0.119,
    everywhere_scales=(0.39, 0.50, 2.5),
    region=0.0145,
    locality=0.035,
    sublocality=0.020,
    near=0.019,
    near_km=3.0,
    flat=0.55,
    local_scales=(0.33, 0.37, 1.1),
    project=0.018,
    project_scale=0.0064,
    other_bathrooms=0.92,
    house_scale=0.6,
    society=0.0,
    society_scale=0.4,
    noise=0.117,
    noise_a_bedroom=0.1,
    noise_of_a_house=0.4,
    degrees=3.0,
    most_bedrooms=9.0,
    most_bathrooms=8.0,
    area_type_step=_STEP,
)
# Of new models, by feature set.
KERNELS = {
    FOUR.name: _FOUR,
    PROPERTY.name: replace(_FOUR, house_scale=_KIND_SCALE),
    ALL.name: replace(
        _FOUR,
        everywhere=0.107,
        everywhere_scales=(0.39, 0.50, 3.1),
        locality=0.010,
        flat=0.67,
        local_scales=(0.33, 0.52, 1.1),
        house_scale=_KIND_SCALE,
        society=0.05,
        noise=0.1255,
        noise_of_a_house=0.0,
        degrees=4.0,
    ),
}


def kernel_features(feature_set: FeatureSet) -> tuple[str, ...]:
    """The features that the kernel of a model reads, in the order that `coordinates` takes."""
    area_type = ("area_type",) if feature_set.sees_area_type else ()
    return ("log_area", "bedrooms", "bathrooms", feature_set.house, *area_type)


def coordinates(kernel: Kernel, inputs: Sequence[float], area_types: int) -> list[float]:
    """Log area, log bedrooms, bathrooms, house; with the area type one more for each of them.

    `inputs` are the `kernel_features`. An area type that is not given is as far from each.
    """
    point = [
        inputs[LOG_AREA],
        log(min(inputs[BEDROOMS], kernel.most_bedrooms)),
        min(inputs[BATHROOMS], kernel.most_bathrooms),
        inputs[HOUSE],
    ]
    if len(inputs) > AREA_TYPE:
        area_type, step = inputs[AREA_TYPE], kernel.area_type_step
        point += [step if area_type == i else 0.0 for i in range(area_types)]
    return point


def area_type_of(inputs: Sequence[float]) -> int:
    """The number of the area type; -1 where it is not given or not seen."""
    if len(inputs) <= AREA_TYPE or isnan(inputs[AREA_TYPE]):
        return NO_TYPE
    return int(inputs[AREA_TYPE])


def scales(kernel: Kernel, of_size: Sequence[float], width: int) -> list[float]:
    """What to divide `width` coordinates by."""
    return [*of_size, kernel.house_scale, *[1.0] * (width - 4)]


def variance(kernel: Kernel, *, has_society: bool) -> float:
    """The covariance of a home with itself, without noise."""
    in_common = kernel.region + kernel.locality + kernel.sublocality + kernel.near
    society = kernel.society if has_society else 0.0
    return kernel.everywhere + in_common + kernel.project + society
