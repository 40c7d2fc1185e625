import dataclasses
from collections.abc import Mapping
from math import log

import msgspec
import pytest

from homeprices import markets
from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home
from homeprices.domain.notes import note
from homeprices.valuation.explain.explainer import open_explainer
from homeprices.valuation.predict import bundle


def test_a_model_that_misses_its_golden_rows_is_not_loaded(
    booster_files: Mapping[str, bytes],
) -> None:
    rows = msgspec.json.decode(booster_files["golden.json"])
    rows[3]["price"] *= 1.000001
    with pytest.raises(Corrupt, match="golden home"):
        bundle.load({**booster_files, "golden.json": msgspec.json.encode(rows)})


@pytest.mark.parametrize(
    "name", ["model.json", "encodings.msgpack", "four.booster_1.txt", "golden.json"]
)
def test_a_missing_or_torn_file_is_corrupt(name: str, booster_files: Mapping[str, bytes]) -> None:
    without = {n: content for n, content in booster_files.items() if n != name}
    with pytest.raises(Corrupt):
        bundle.load(without)
    with pytest.raises(Corrupt):
        bundle.load({**booster_files, name: booster_files[name][: len(booster_files[name]) // 2]})


def test_a_format_that_this_program_does_not_read_is_said(
    linear_files: Mapping[str, bytes],
) -> None:
    model = msgspec.json.decode(linear_files["model.json"]) | {"format": 1}
    with pytest.raises(Corrupt, match="of format 1; this program reads 5 and 6: run the release"):
        bundle.load({**linear_files, "model.json": msgspec.json.encode(model)})


def test_a_city_that_is_divided_otherwise_makes_no_other_model(
    linear_files: Mapping[str, bytes],
) -> None:
    market = markets.load("bangalore")
    undivided = dataclasses.replace(market, zones={})
    whole = msgspec.json.encode(undivided).removesuffix(b',"zones":{}}') + b"}"
    assert linear_files["market.json"] == whole


def test_no_file_is_a_pickle(blend_files: Mapping[str, bytes]) -> None:
    assert {name.rpartition(".")[2] for name in blend_files} == {"json", "msgpack", "txt"}


def test_a_home_is_priced_the_same_after_a_round_trip(booster_files: Mapping[str, bytes]) -> None:
    home = Home("Whitefield", 1200.0, 2, 2)
    first, second = bundle.load(booster_files), bundle.load(dict(booster_files))
    assert first.estimate(home) == second.estimate(home)


def test_a_member_that_this_program_does_not_know_is_said(
    linear_files: Mapping[str, bytes],
) -> None:
    model = msgspec.json.decode(linear_files["model.json"])
    model["models"]["four"]["members"] = {"tea leaves": 1.0}
    with pytest.raises(Corrupt, match="has linear, booster"):
        bundle.load({**linear_files, "model.json": msgspec.json.encode(model)})


@pytest.mark.parametrize("name", ["linear", "booster", "blend"])
def test_a_model_without_the_features_of_kind_and_society_prices_by_the_others(
    name: str, request: pytest.FixtureRequest
) -> None:
    files = request.getfixturevalue(f"{name}_files")
    model = msgspec.json.decode(files["model.json"])
    model["description"]["features"] = [
        feature
        for feature in model["description"]["features"]
        if feature[0] not in ("kind", "society")
    ]
    model["models"] = {"four": model["models"]["four"]}
    without = {**files, "model.json": msgspec.json.encode(model), "golden.json": b"[]"}
    whole, lacking = bundle.load(files), bundle.load(without)
    assert lacking.layout.position_if_any("is_house") is None
    home = Home("Whitefield", 1200.0, 2, 2)
    told = lacking.estimate(home.with_facts(kind="house", society="Never Heard Of"))
    bare = whole.estimate(home)
    assert (told.price, told.low, told.high) == (bare.price, bare.low, bare.high)
    assert told.notes == (note("not_seen", fields=["kind", "society"]),)
    explained = open_explainer(without)
    assert explained.comparables(home) == open_explainer(files).comparables(home)


def test_a_blend_names_its_members_and_weights(blend_files: Mapping[str, bytes]) -> None:
    model = msgspec.json.decode(blend_files["model.json"])
    members = {name: part["members"] for name, part in model["models"].items()}
    assert members["four"] == {"booster": 0.5, "gaussian_process": 0.5}
    assert members.keys() == {"four", "property", "all"}
    assert all(sum(weights.values()) == pytest.approx(1.0) for weights in members.values())


def test_a_blend_is_the_weighted_mean_of_the_log_prices_of_its_members(
    blend_files: Mapping[str, bytes],
) -> None:
    home, prices = Home("Whitefield", 1234.0, 2, 2), {}
    for members in ({"booster": 1.0}, {"gaussian_process": 1.0}, {"booster": 0.3}):
        if members == {"booster": 0.3}:
            members["gaussian_process"] = 0.7
        model = msgspec.json.decode(blend_files["model.json"])
        # Alone, or what is said with more told would bound it.
        model["models"] = {"four": {**model["models"]["four"], "members": members}}
        files = {**blend_files, "model.json": msgspec.json.encode(model), "golden.json": b"[]"}
        prices[len(members), min(members)] = log(bundle.load(files).estimate(home).price)
    booster, process = prices[1, "booster"], prices[1, "gaussian_process"]
    assert booster != process
    assert prices[2, "booster"] == pytest.approx(0.3 * booster + 0.7 * process)
