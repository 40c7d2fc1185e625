import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings, to_csv
from homeprices.datasets.simulate import simulate
from homeprices.domain.errors import Refused, Unreadable
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.workflows.estimates.score import ADDED, Scored, score
from support.fakes import describe

MARKET = markets.load("bangalore")
LISTINGS = read_listings(simulate(MARKET, 600, 3), MARKET)
BO1 = ModelVersion.parse("BO1")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return fit(FitConfig("linear", {}), LISTINGS, MARKET, lambda _: None)


@pytest.fixture
def registry(clock, files) -> Registry:
    made = Registry(ObjectStore("memory:///"), clock)
    made.publish(Role.PRODUCTION, files, describe)
    return made


def scored(registry: Registry, source: Path, target: Path) -> Scored:
    return score(source, target, BO1, registry=registry, market=MARKET)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_public_columns_are_kept_and_each_home_has_the_estimate_of_the_service(
    tmp_path, registry, files
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(to_csv(LISTINGS[:50], MARKET))
    done = scored(registry, source, target)
    before, after = rows_of(source), rows_of(target)
    assert list(after[0]) == [*before[0], *ADDED]
    assert [{name: row[name] for name in before[0]} for row in after] == before
    predictor = bundle.load(files)
    for row, listing in zip(after, LISTINGS, strict=False):
        if row["error"]:
            continue
        expected = predictor.estimate(listing.home.with_only(OPTIONAL))
        assert float(row["estimated_price"]) == round(expected.price, 2)
        assert row["certainty"] == expected.certainty
        assert row["model_version"] == "BO1"
    assert done.priced > 40 and done.priced + done.failed == 50


def test_the_four_fields_suffice_and_a_bad_row_stops_no_other(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "id,total_sqft,location,bhk,bath\n"
        "a,1200,Whitefield,2,2\n"
        "b,-5,Whitefield,2,2\n"
        "c,1200,,two,2\n"
        "d,1200\n"
        "e,1100 - 1300,Whitefield,2 BHK,2.0\n"
    )
    assert scored(registry, source, target) == Scored(priced=2, failed=3)
    rows = {row["id"]: row for row in rows_of(target)}
    assert list(rows) == ["a", "b", "c", "d", "e"]
    assert float(rows["a"]["low"]) <= float(rows["a"]["estimated_price"])
    assert "total_sqft must be 100 to 30,000" in rows["b"]["error"]
    assert not rows["b"]["estimated_price"]
    assert "location is missing" in rows["c"]["error"] and "bhk" in rows["c"]["error"]
    assert "bath is missing" in rows["d"]["error"]
    assert not rows["e"]["error"]


def test_a_row_with_a_comma_too_many_is_not_priced_and_loses_nothing(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("total_sqft,location,bhk,bath\n1200,Whitefield,2,2,9\n900,Hebbal,2,2\n")
    assert scored(registry, source, target) == Scored(priced=1, failed=1)
    bad, good = rows_of(target)
    assert bad["error"] == "has 5 cells, the header 4; too many: 9"
    assert (bad["location"], bad["bath"], bad["estimated_price"]) == ("Whitefield", "2", "")
    assert good["estimated_price"]


def test_parquet_stays_parquet_with_its_types(tmp_path, registry) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = pa.table(
        {
            "total_sqft": [1200.0, float("nan"), 900.0],
            "location": ["Whitefield", "Hebbal", None],
            "bhk": [2, 2, 2],
            "bath": [2.0, 2.0, 1.0],
        }
    )
    pq.write_table(table, source)
    assert scored(registry, source, target) == Scored(priced=1, failed=2)
    found = pq.read_table(target)
    assert found.select(table.column_names).schema == table.schema
    assert found["error"].to_pylist()[0] is None
    assert "total_sqft is missing" in found["error"].to_pylist()[1]
    assert found["estimated_price"].to_pylist()[1:] == [None, None]


@pytest.mark.parametrize(
    ("header", "error", "words"),
    [
        ("total_sqft,location,bhk,bath,error", Refused, "column error already"),
        ("total_sqft,place,bhk,bath", Unreadable, "no column for location"),
        ("", Unreadable, "empty"),
    ],
)
def test_a_file_that_cannot_be_scored_is_named_and_nothing_is_written(
    tmp_path, registry, header, error, words
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f"{header}\n1200,Whitefield,2,2,x\n" if header else "")
    with pytest.raises(error, match=words):
        scored(registry, source, target)
    assert list(tmp_path.iterdir()) == [source]


def test_what_is_no_parquet_file_and_mixed_formats_are_said(tmp_path, registry) -> None:
    source = tmp_path / "in.parquet"
    source.write_bytes(b"total_sqft")
    with pytest.raises(Unreadable, match="not a Parquet file"):
        scored(registry, source, tmp_path / "out.parquet")
    with pytest.raises(Refused, match="both Parquet"):
        scored(registry, source, tmp_path / "out.csv")


def test_csv_is_not_written_by_the_name_of_another_format(tmp_path, registry) -> None:
    source = tmp_path / "in.csv"
    source.write_text("total_sqft,location,bhk,bath\n1200,Whitefield,2,2\n")
    with pytest.raises(Refused, match=r"name it out\.csv"):
        scored(registry, source, tmp_path / "out.xlsx")
    assert list(tmp_path.iterdir()) == [source]


def test_coordinates_in_columns_of_their_own_are_read_and_refused_outside_the_market(
    tmp_path, registry
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "total_sqft,location,bhk,bath,Latitude,lng\n"
        "1200,Atlantis,2,2,12.97,77.75\n"
        "1200,Atlantis,2,2,,\n"
        "1200,Atlantis,2,2,51.5,77.75\n"
    )
    assert scored(registry, source, target) == Scored(2, 1)
    assert "latitude must be 12.5 to 13.5" in rows_of(target)[2]["error"]
