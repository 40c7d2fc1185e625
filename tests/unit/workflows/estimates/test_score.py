import csv
import itertools
import multiprocessing
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings, to_csv
from homeprices.datasets.sheets import CsvSheet
from homeprices.datasets.simulate import simulate
from homeprices.domain.errors import Corrupt, Refused, Unavailable, Unreadable
from homeprices.domain.listing import Home
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.workflows.estimates.score import ADDED, ScoreOrder, begun_with, score
from homeprices.workflows.estimates.score_parts import Scored, ScoredParts
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


def scored(registry: Registry, source: Path, target: Path, **options) -> Scored:
    order = ScoreOrder(source, target, BO1, **options)
    return score(order, registry=registry, market=MARKET)


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
    assert rows["d"]["error"].startswith("has 2 cells, the header 5: d, 1200; perhaps")
    assert not rows["e"]["error"]


def test_what_was_made_of_a_home_is_said_beside_its_price(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "total_sqft,location,bhk,bath\n"
        "1200,Whitefield,2,2\n"
        "1200,Behind the mall of Whitefield,2,2\n"
        "1200,Atlantis,2,2\n"
        "1200,Whitefield,2.5 BHK,2\n"
    )
    assert scored(registry, source, target) == Scored(priced=4, failed=0)
    plain, understood, unknown, half = (row["estimate_notes"] for row in rows_of(target))
    places = [row["priced_location"] for row in rows_of(target)]
    assert places == ["Whitefield", "Whitefield", "Atlantis", "Whitefield"]
    assert plain == ""
    assert "Whitefield" in understood
    assert "Atlantis" in unknown
    assert half.startswith("The half of a bedroom, a study, was left out.")


def test_two_columns_of_parquet_with_one_name_are_refused(tmp_path, registry) -> None:
    source = tmp_path / "in.parquet"
    names = ["total_sqft", "location", "bhk", "bath", "bhk"]
    values = [pa.array([value]) for value in (1200, "Hebbal", 2, 2, 3)]
    pq.write_table(pa.Table.from_arrays(values, names=names), source)
    with pytest.raises(Unreadable, match=r"in\.parquet has 2 columns bhk"):
        scored(registry, source, tmp_path / "out.parquet")


def test_a_row_with_a_comma_too_many_is_not_priced_and_loses_nothing(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("total_sqft,location,bhk,bath\n1200,Whitefield,2,2,9\n900,Hebbal,2,2\n")
    assert scored(registry, source, target) == Scored(priced=1, failed=1)
    bad, good = rows_of(target)
    assert bad["error"].startswith("has 5 cells, the header 4: 1200, Whitefield, 2, 2, 9;")
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
    ("area", "bedrooms", "bathrooms", "locality"),
    [
        (pa.decimal128(24, 2), pa.int8(), pa.uint8(), pa.binary()),
        (pa.decimal256(40, 4), pa.int16(), pa.uint16(), pa.large_string()),
        (pa.float32(), pa.int64(), pa.uint64(), pa.dictionary(pa.int8(), pa.string())),
        (pa.int32(), pa.uint32(), pa.decimal128(21, 1), pa.string_view()),
        (pa.float16(), pa.float64(), pa.float32(), pa.dictionary(pa.int32(), pa.large_string())),
        (pa.string(), pa.large_string(), pa.string_view(), pa.string()),
        (pa.decimal128(24, 2), pa.int8(), pa.int8(), pa.binary_view()),
    ],
    ids=str,
)
def test_numbers_of_any_width_and_decimals_are_those_that_they_are(  # noqa: PLR0917
    tmp_path, registry, files, area, bedrooms, bathrooms, locality
) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    facts = {
        "total_sqft": ([1200, 950], area),
        "location": (["Whitefield", "Hebbal"], locality),
        "bhk": ([2, 3], bedrooms),
        "bath": ([2, 1], bathrooms),
    }
    columns = {name: pa.array(values) for name, (values, _) in facts.items()}
    table = pa.table({name: columns[name].cast(kind) for name, (_, kind) in facts.items()})
    if pa.types.is_decimal(area):
        table = table.set_column(0, "total_sqft", table["total_sqft"].dictionary_encode())
    pq.write_table(table, source)
    assert scored(registry, source, target) == Scored(priced=2, failed=0)
    predictor = bundle.load(files)
    homes = (Home("Whitefield", 1200.0, 2, 2), Home("Hebbal", 950.0, 3, 1))
    assert pq.read_table(target)["estimated_price"].to_pylist() == [
        round(predictor.estimate(home).price, 2) for home in homes
    ]


@pytest.mark.parametrize(
    ("header", "error", "words"),
    [
        ("total_sqft,location,bhk,bath,error", Refused, "column error already"),
        ("total_sqft,whereabouts,bhk,bath", Unreadable, "no column for location"),
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


def test_a_damaged_file_says_so(tmp_path, registry) -> None:
    source = homes_file(tmp_path, ".parquet")
    content = source.read_bytes()
    source.write_bytes(content[:4] + bytes(60) + content[64:])
    with pytest.raises(Unreadable, match=r"in\.parquet is damaged"):
        scored(registry, source, tmp_path / "out.parquet")
    source = tmp_path / "in.csv"
    source.write_bytes("location;bhk\n".encode("utf-16") + b"\x00\xd8\x0a\x00")
    with pytest.raises(Unreadable, match="utf-16"):
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


def homes_file(folder: Path, suffix: str, rows: int = 95) -> Path:
    """A file in which every seventh home cannot be priced."""
    columns = {
        "id": list(range(rows)),
        "total_sqft": [700 + 11 * i if i % 7 else -1 for i in range(rows)],
        "location": ["Whitefield"] * rows,
        "bhk": [1 + i % 3 for i in range(rows)],
        "bath": [2] * rows,
    }
    path = folder / f"in{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.table(columns), path, row_group_size=40)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return path


def content(path: Path) -> object:
    return pq.read_table(path) if path.suffix == ".parquet" else path.read_bytes()


class Interruption(Exception):
    pass


@pytest.fixture(params=[".csv", ".parquet", ""])
def whole(request, tmp_path, registry) -> tuple[Path, Path]:
    """A file of homes, and what comes of it when nothing happens."""
    source, target = homes_file(tmp_path, request.param), tmp_path / f"whole{request.param}"
    assert scored(registry, source, target) == Scored(81, 14)
    return source, target


@pytest.mark.parametrize("parts_before", [0, 1, 3, 5])
def test_what_was_interrupted_goes_on_without_a_double_or_a_gap(
    tmp_path, registry, whole, monkeypatch, parts_before
) -> None:
    source, expected = whole
    target = tmp_path / f"out{source.suffix}"
    finish, count = ScoredParts.finish, itertools.count()

    def dies(self, number, path, done) -> None:
        if next(count) == parts_before:
            # As much as a kill leaves: a part that is written in part.
            path.write_bytes(path.read_bytes()[:-20])
            raise Interruption
        finish(self, number, path, done)

    monkeypatch.setattr(ScoredParts, "finish", dies)
    with pytest.raises(Interruption):
        scored(registry, source, target, rows_per_part=17)
    monkeypatch.undo()
    assert not target.exists()
    assert begun_with(target) == BO1
    with pytest.raises(Refused, match="--resume goes on"):
        scored(registry, source, target, rows_per_part=17)
    assert scored(registry, source, target, rows_per_part=17, resume=True) == Scored(81, 14)
    assert content(target) == content(expected)
    assert begun_with(target) is None
    assert not ScoredParts(target).folder.exists()


@pytest.mark.parametrize("options", [{}, {"resume": True}, {"restart": True}])
def test_what_another_run_scores_is_left_to_it(tmp_path, registry, whole, options) -> None:
    source, expected = whole
    target = tmp_path / f"out{source.suffix}"

    def second_run(_) -> None:
        with pytest.raises(Refused, match=rf"out{source.suffix} is being scored by another"):
            scored(registry, source, target, rows_per_part=17, **options)

    order = ScoreOrder(source, target, BO1, rows_per_part=17)
    score(order, registry=registry, market=MARKET, progress=second_run)
    assert content(target) == content(expected)
    assert set(tmp_path.iterdir()) == {source, expected, target}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_that_changes_while_it_is_scored_is_told_and_nothing_is_written(
    tmp_path, registry, suffix
) -> None:
    source, target = homes_file(tmp_path, suffix), tmp_path / f"out{suffix}"
    order = ScoreOrder(source, target, BO1, rows_per_part=17)
    with pytest.raises(Refused, match="was changed while it was read"):
        score(order, registry=registry, market=MARKET, progress=lambda _: os.utime(source, (1, 1)))
    assert list(tmp_path.iterdir()) == [source]


def test_what_was_done_is_not_done_again(tmp_path, registry, monkeypatch) -> None:
    source, target = homes_file(tmp_path, ".csv"), tmp_path / "out.csv"
    monkeypatch.setattr(ScoredParts, "publish", lambda *_: (_ for _ in ()).throw(Interruption))
    with pytest.raises(Interruption):
        scored(registry, source, target, rows_per_part=17)
    monkeypatch.undo()
    monkeypatch.setattr(CsvSheet, "write", lambda *_: pytest.fail("it was priced before"))
    assert scored(registry, source, target, rows_per_part=17, resume=True) == Scored(81, 14)


def test_another_file_or_model_is_not_gone_on_with(tmp_path, registry, monkeypatch) -> None:
    source, target = homes_file(tmp_path, ".csv"), tmp_path / "out.csv"
    monkeypatch.setattr(ScoredParts, "publish", lambda *_: (_ for _ in ()).throw(Interruption))
    with pytest.raises(Interruption):
        scored(registry, source, target, rows_per_part=17)
    monkeypatch.undo()
    with source.open("a") as file:
        file.write("95,900,Hebbal,2,2\n")
    with pytest.raises(Refused, match="another file, model or release"):
        scored(registry, source, target, rows_per_part=17, resume=True)
    done = scored(registry, source, target, rows_per_part=17, restart=True)
    assert done == Scored(82, 14)
    assert len(rows_of(target)) == 96


def test_a_part_that_was_lost_is_told_and_never_left_out(tmp_path, registry, monkeypatch) -> None:
    source, target = homes_file(tmp_path, ".csv"), tmp_path / "out.csv"
    finish = ScoredParts.finish

    def loses(self, number, path, done) -> None:
        finish(self, number, path, done)
        if number == 2:
            del self._parts[number]

    monkeypatch.setattr(ScoredParts, "finish", loses)
    with pytest.raises(Corrupt, match="95 rows were read and 78 written"):
        scored(registry, source, target, rows_per_part=17)
    assert not target.exists()


def test_several_processes_write_what_one_does(tmp_path, registry, whole) -> None:
    source, expected = whole
    target = tmp_path / f"out{source.suffix}"
    done = scored(registry, source, target, rows_per_part=17, processes=2)
    assert done == Scored(81, 14)
    assert content(target) == content(expected)


def test_a_process_that_ends_before_its_first_part_is_told(tmp_path, registry, monkeypatch) -> None:
    parts = CsvSheet.parts

    def parts_when_all_have_ended(self, size):
        for process in multiprocessing.active_children():
            process.join()
        return parts(self, size)

    monkeypatch.setattr(Registry, "files", lambda *_: {})
    monkeypatch.setattr(CsvSheet, "parts", parts_when_all_have_ended)
    source = homes_file(tmp_path, ".csv")
    with pytest.raises(Unavailable, match="a process of the scoring has ended"):
        scored(registry, source, tmp_path / "out.csv", processes=2)


def test_a_row_that_the_model_fails_on_stops_no_other_and_is_logged_once(
    tmp_path, registry, monkeypatch, caplog
) -> None:
    source, target = homes_file(tmp_path, ".csv"), tmp_path / "out.csv"
    load, estimate = bundle.load, BundlePredictor.estimate

    def fails(self, home):
        if home.bedrooms == 1:
            raise ZeroDivisionError("in the model")
        return estimate(self, home)

    def load_failing(files):
        predictor = load(files)
        monkeypatch.setattr(BundlePredictor, "estimate", fails)
        return predictor

    monkeypatch.setattr(bundle, "load", load_failing)
    done = scored(registry, source, target, rows_per_part=17)
    failed = [row["id"] for row in rows_of(target) if "the model fails on" in row["error"]]
    assert failed == [str(i) for i in range(0, 95, 3) if i % 7]
    assert done == Scored(81 - len(failed), 14 + len(failed))
    assert [record.message for record in caplog.records] == ["BO1 fails on a home"]


def test_progress_is_told_to_the_end(tmp_path, registry) -> None:
    source, seen = homes_file(tmp_path, ".csv"), []
    order = ScoreOrder(source, tmp_path / "out.csv", BO1, rows_per_part=17)
    score(order, registry=registry, market=MARKET, progress=seen.append)
    assert (seen[-1].rows, seen[-1].resumed, seen[-1].share) == (95, 0, 1.0)
    assert [step.share for step in seen] == sorted(step.share for step in seen)


def test_what_was_handed_to_a_process_counts_once_it_is_done(tmp_path, registry) -> None:
    source, seen = homes_file(tmp_path, ".parquet"), []
    order = ScoreOrder(source, tmp_path / "out.parquet", BO1, processes=2, rows_per_part=17)
    score(order, registry=registry, market=MARKET, progress=seen.append)
    assert [step.rows for step in seen] == [0, 0, 17, 34, 51, 68, 95]
    assert [step.share for step in seen] == pytest.approx([step.rows / 95 for step in seen])


def test_no_text_comes_back_as_a_formula_and_numbers_stay(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "id,total_sqft,location,bhk,bath,=note\n"
        '=cmd(),1200,@SUM(A1),2,2,-12.5\n"\t=1",-900,-x,2,2,+91 80 1\n'
    )
    scored(registry, source, target)
    first, second = rows_of(target)
    assert list(first)[5] == "'=note"
    assert (first["id"], first["location"], first["'=note"]) == ("'=cmd()", "'@SUM(A1)", "-12.5")
    assert (second["id"], second["location"], second["'=note"]) == ("'\t=1", "'-x", "'+91 80 1")
    assert second["total_sqft"] == "-900"
    assert second["error"].startswith("total_sqft must be")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_comes_back_in_its_own_dialect(
    tmp_path, registry, encoding: str, separator: str, line_end: str
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = ["", "location;total_sqft;bhk;bath;who", *["Whitefield;1133 – 1384;2;2;Jörg"] * 3, ""]
    text = line_end.join(lines).replace(";", separator)
    source.write_bytes(text.encode(encoding))
    assert scored(registry, source, target, rows_per_part=2) == Scored(3, 0)
    answered = target.read_bytes().decode(encoding)
    header, *rows = answered.removesuffix(line_end).split(line_end)
    assert header.split(separator)[:6] == [*lines[1].split(";"), "estimated_price"]
    assert [row.split(separator)[:5] for row in rows] == [lines[2].split(";")] * 3
    assert float(rows[0].split(separator)[5]) > 0


def test_numbers_with_decimal_commas_are_answered_in_kind(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = "location;total_sqft;bhk;bath\nWhitefield;{};2;2\nHebbal;{};2;2\n"
    source.write_text(rows.format("1.200,5", "900,25"))
    assert scored(registry, source, target) == Scored(2, 0)
    with_commas = [line.split(";")[4:7] for line in target.read_text().splitlines()[1:]]
    target.unlink()
    source.write_text(rows.format("1200.5", "900.25"))
    scored(registry, source, target)
    with_points = [line.split(";")[4:7] for line in target.read_text().splitlines()[1:]]
    assert [[cell.replace(",", ".") for cell in row] for row in with_commas] == with_points
    assert all("," in cell for row in with_commas for cell in row)


def test_a_home_in_another_city_is_not_priced(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "city,location,total_sqft,bhk,bath\nMysuru,Hebbal,900,2,2\nBangalore,Hebbal,900,2,2\n"
        "N/A,Hebbal,900,2,2\n"
    )
    assert scored(registry, source, target) == Scored(2, 1)
    assert rows_of(target)[0]["error"] == "is in Mysuru; homes in Bengaluru are priced here"


def test_a_quote_that_is_not_closed_costs_its_own_row(tmp_path, registry) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = ["location,total_sqft,bhk,bath", *["Hebbal,900,2,2"] * 30]
    lines[7] = '"Hebbal,900,2,2'
    source.write_text("\n".join(lines))
    assert scored(registry, source, target) == Scored(29, 1)
    rows = rows_of(target)
    assert [i for i, row in enumerate(rows) if row["error"]] == [6]
    assert rows[6]["location"] == '"Hebbal,900,2,2' and "a quote is not closed" in rows[6]["error"]
