from collections.abc import Mapping

import msgspec
import pytest

from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.valuation import bundle
from homeprices.valuation.fit import Plan, fit
from homeprices.valuation.parameters import QUICK


@pytest.mark.parametrize("name", ["linear", "booster"])
def test_one_set_of_listings_makes_one_model_to_the_byte(
    name: str, listings: tuple[Listing, ...], market: Market, request: pytest.FixtureRequest
) -> None:
    again = fit(Plan(name, QUICK[name]), listings, market, lambda _: None)
    assert again == request.getfixturevalue(f"{name}_files")


def test_a_model_that_misses_its_golden_rows_is_not_loaded(
    booster_files: Mapping[str, bytes],
) -> None:
    rows = msgspec.json.decode(booster_files["golden.json"])
    rows[3]["price"] *= 1.000001
    with pytest.raises(Corrupt, match="golden home"):
        bundle.load({**booster_files, "golden.json": msgspec.json.encode(rows)})


@pytest.mark.parametrize("name", ["model.json", "tables.msgpack", "booster.txt", "golden.json"])
def test_a_missing_or_torn_file_is_corrupt(name: str, booster_files: Mapping[str, bytes]) -> None:
    without = {n: content for n, content in booster_files.items() if n != name}
    with pytest.raises(Corrupt):
        bundle.load(without)
    with pytest.raises(Corrupt):
        bundle.load({**booster_files, name: booster_files[name][: len(booster_files[name]) // 2]})


def test_a_recipe_of_another_time_is_said(linear_files: Mapping[str, bytes]) -> None:
    model = msgspec.json.decode(linear_files["model.json"]) | {"recipe": "oracle"}
    with pytest.raises(Corrupt, match="'oracle'"):
        bundle.load({**linear_files, "model.json": msgspec.json.encode(model)})


def test_no_file_is_a_pickle(booster_files: Mapping[str, bytes]) -> None:
    assert {name.rpartition(".")[2] for name in booster_files} == {"json", "msgpack", "txt"}


def test_a_home_is_priced_the_same_after_a_round_trip(booster_files: Mapping[str, bytes]) -> None:
    home = Home("Whitefield", 1200.0, 2, 2)
    first, second = bundle.load(booster_files), bundle.load(dict(booster_files))
    assert first.estimate(home) == second.estimate(home)
