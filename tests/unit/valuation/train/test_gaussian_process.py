from dataclasses import replace

import msgspec
import numpy as np
import pytest

from homeprices.domain.listing import Listing
from homeprices.domain.locality import Place
from homeprices.domain.market import Market
from homeprices.valuation.features.feature_sets import ALL, FEATURE_SETS, FOUR, FeatureSet
from homeprices.valuation.numeric.covariance import covariance
from homeprices.valuation.numeric.kernel import AREA_TYPE, KERNELS, coordinates
from homeprices.valuation.numeric.sites import Encoder
from homeprices.valuation.predict.gaussian_process import ProcessFormula, ServedProcess
from homeprices.valuation.train.gaussian_process import fit_process, predict
from homeprices.valuation.train.gaussian_recipe import served_differs
from homeprices.valuation.train.preprocessing import features_out_of_fold, prepare, training_set_for
from homeprices.valuation.train.projection import pivots, served_form
from homeprices.valuation.train.training_set import TrainingSet

KERNEL = KERNELS[ALL.name]


def formula_of(content: bytes, material: TrainingSet) -> ProcessFormula:
    return ProcessFormula(content, material.layout, material.feature_set)


@pytest.fixture(scope="module")
def material(listings: tuple[Listing, ...], market: Market) -> TrainingSet:
    ground = prepare(listings[:700], market)
    prepared = features_out_of_fold(ground, {"folds": 3.0, "house_rounds": 40.0, "seed": 1.0})
    return training_set_for(ground, prepared, ALL)


def test_the_estimate_is_the_textbook_posterior_mean(material: TrainingSet) -> None:
    sites = Encoder(material).sites(material)
    residual = material.target - material.curve
    process, _ = fit_process(sites, residual, material.folds, KERNEL, 1)
    exact = covariance(sites, sites, KERNEL).astype(float)
    more = KERNEL.noise_a_bedroom * np.clip(sites.bedrooms - 3, 0, 3)
    more += KERNEL.noise_of_a_house * material.column("is_house")
    noise = np.square(KERNEL.noise * np.exp(more))
    expected = exact @ np.linalg.solve(exact + np.diag(noise), residual)
    assert predict(process, sites) == pytest.approx(expected, abs=2e-4)


def test_left_out_estimates_are_those_of_a_fit_without_the_fold(material: TrainingSet) -> None:
    sites = Encoder(material).sites(material)
    residual = material.target - material.curve
    _, left_out = fit_process(sites, residual, material.folds, KERNEL, 1)
    rest, out = (np.flatnonzero((material.folds == 0) == side) for side in (False, True))
    process, _ = fit_process(sites.take(rest), residual[rest], material.folds[rest], KERNEL, 1)
    assert left_out[out] == pytest.approx(predict(process, sites.take(out)), abs=2e-4)


def test_an_odd_price_moves_its_neighbours_less_than_under_normal_noise(
    material: TrainingSet,
) -> None:
    sites = Encoder(material).sites(material)
    residual = material.target - material.curve
    odd = residual.copy()
    odd[5] += 4.0
    moved = []
    for rounds in (1, 3):
        fits = [fit_process(sites, r, material.folds, KERNEL, rounds)[0] for r in (residual, odd)]
        before, after = (predict(fitted, sites) for fitted in fits)
        moved.append(np.abs(after - before).max())
    assert moved[1] < 0.5 * moved[0]


def test_the_covariance_is_symmetric_and_another_area_type_lowers_it(material: TrainingSet) -> None:
    encoder = Encoder(material)
    listed = encoder.sites(material)
    both = covariance(listed, listed, KERNEL)
    assert np.abs(both - both.T).max() < 1e-5
    features, column = material.features.copy(), material.layout.position("area_type")
    features[:, column] = (features[:, column] + 1) % material.area_types
    other = encoder.sites(replace(material, features=features))
    lowered = np.diag(covariance(listed, other, KERNEL))
    known = ~np.isnan(features[:, column])
    least = 0.39 * (KERNEL.everywhere + KERNEL.project)
    assert ((np.diag(both) - lowered)[known] > least).all()


def served_beside_exact(material: TrainingSet, facts: FeatureSet, points: int) -> float:
    told = replace(material, feature_set=facts)
    encoder = Encoder(told)
    sites, residual = encoder.sites(told), told.target - told.curve
    process, _ = fit_process(sites, residual, told.folds, KERNELS[facts.name], 2)
    return served_differs(process, served_form(process, told, encoder, points), told, encoder)


@pytest.mark.parametrize("facts", FEATURE_SETS.values(), ids=lambda facts: facts.name)
def test_the_served_form_is_close_to_the_exact_one_also_elsewhere(
    material: TrainingSet, facts: FeatureSet
) -> None:
    assert served_beside_exact(material, facts, 300) < 0.01


def test_too_few_points_tell(material: TrainingSet) -> None:
    assert served_beside_exact(material, FOUR, 20) > 0.05


@pytest.mark.parametrize("asked", ["the same", "another", "none"])
def test_the_listings_of_a_project_weigh_as_in_the_exact_form_whatever_area_type_is_told(
    material: TrainingSet, asked: str
) -> None:
    encoder = Encoder(material)
    listed = encoder.sites(material)
    process, _ = fit_process(listed, material.target - material.curve, material.folds, KERNEL, 1)
    content = served_form(process, material, encoder, 50)
    bare = replace(msgspec.msgpack.decode(content, type=ServedProcess), projects={})
    features, column = material.features.copy(), material.layout.position("area_type")
    types = {"the same": 0, "another": 1, "none": np.nan}[asked]
    features[:, column] = (features[:, column] + types) % material.area_types
    homes = encoder.sites(replace(material, features=features))
    alone = replace(homes, project=np.full_like(homes.project, -1))
    both = [covariance(sites, listed, KERNEL).astype(float) for sites in (homes, alone)]
    exact = (both[0] - both[1]) @ process.weights
    rows = list(zip(features.tolist(), material.places, strict=True))
    whole, rest = (
        np.array([formula.residual(values, place, None) for values, place in rows])
        for formula in (
            formula_of(content, material),
            formula_of(msgspec.msgpack.encode(bare), material),
        )
    )
    assert np.abs(exact).max() > 0.02
    assert whole - rest == pytest.approx(exact, abs=5e-4)


def test_a_place_without_listings_gets_what_all_have_in_common(material: TrainingSet) -> None:
    encoder = Encoder(material)
    residual = material.target - material.curve
    process, _ = fit_process(encoder.sites(material), residual, material.folds, KERNEL, 1)
    formula = formula_of(served_form(process, material, encoder, 300), material)
    nowhere = [replace(p, sublocality="?", locality="?", region="?") for p in material.places]
    moved = replace(material, places=nowhere, societies=[None] * len(nowhere))
    exact = predict(process, encoder.sites(moved))
    rows = zip(moved.features.tolist(), moved.places, strict=True)
    assert [formula.residual(v, p, None) for v, p in rows] == pytest.approx(exact, abs=0.02)


def test_basis_points_are_spread_out_and_end_when_nothing_is_left_to_span() -> None:
    points = np.repeat(np.arange(4.0), 5)[:, None] * 3
    assert sorted(points[pivots(points, 10), 0]) == [0, 3, 6, 9]


def test_an_area_type_that_is_not_given_is_as_far_from_each() -> None:
    values = [7.0, 2.0, 2.0, 0.5, 0.0]
    points = []
    for kind in (0.0, 1.0, float("nan")):
        values[AREA_TYPE] = kind
        points.append(np.array(coordinates(KERNEL, values, 3)))
    first, second, unknown = points
    apart = np.exp(-0.5 * np.square(first - second).sum())
    assert apart == pytest.approx(0.6)
    assert np.square(first - unknown).sum() == pytest.approx(np.square(second - unknown).sum())


def test_between_places_only_what_is_near_correlates(material: TrainingSet) -> None:
    encoder = Encoder(material)
    sites, residual = encoder.sites(material), material.target - material.curve
    process, _ = fit_process(sites, residual, material.folds, KERNEL, 1)
    formula = formula_of(served_form(process, material, encoder, 300), material)
    there = (sites.position[0] + sites.position[1]) / 2
    code = np.full(len(sites.locality), -1)
    alone = dict.fromkeys(("region", "locality", "sublocality", "project", "society"), code)
    asked = replace(sites, position=np.tile(there, (len(code), 1)), **alone)
    exact = predict(process, asked)
    served = [
        formula.residual(values, Place("?", "?", "?"), None, (there[0], there[1]))
        for values in material.features.tolist()
    ]
    nowhere = [formula.residual(v, Place("?", "?", "?"), None) for v in material.features.tolist()]
    assert served == pytest.approx(exact, abs=0.02)
    assert np.abs(np.array(nowhere) - exact).mean() > 0.01
