import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from support.paths import REPOSITORY

PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from homeprices.domain.listing import Home
from homeprices.valuation.predict import bundle
from homeprices.valuation.explain.explainer import open_explainer
files = {path.name: path.read_bytes() for path in Path(sys.argv[1]).iterdir()}
predictor = bundle.load(files)
home = Home("Whitefield", 1200.0, 2, 2)
assert predictor.estimate(home).price > 0
assert predictor.estimate(home.with_facts(kind="flat", society="x", balconies=1)).price > 0
assert open_explainer(files).comparables(home).homes
assert "Whitefield" in predictor.complete("whi"), predictor.complete("whi")
heavy = {"pandas", "sklearn", "lightgbm", "scipy", "mlflow", "airflow", "optuna", "matplotlib"}
print(sorted(heavy & set(sys.modules)))
"""


def test_pricing_imports_no_training_library(
    blend_files: Mapping[str, bytes], tmp_path: Path
) -> None:
    for name, content in blend_files.items():
        (tmp_path / name).write_bytes(content)
    source = REPOSITORY / "src"
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"


def test_the_market_travels_with_the_model(blend_files: Mapping[str, bytes]) -> None:
    assert msgspec.json.decode(blend_files["market.json"])["name"] == "bangalore"
