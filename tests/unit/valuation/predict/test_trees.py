from collections.abc import Mapping

import lightgbm
import numpy as np
import pytest

from homeprices.domain.errors import Corrupt
from homeprices.valuation.predict.trees import Trees


def test_one_row_gives_what_the_booster_gives_to_the_last_bit(
    booster_files: Mapping[str, bytes],
) -> None:
    text = booster_files["four.booster_1.txt"]
    trees, booster = Trees(text), lightgbm.Booster(model_str=text.decode())
    rows = np.random.default_rng(1).normal(3, 4, (500, trees.columns))
    rows[::7, 3] = np.nan
    expected = booster.predict(rows)
    assert [trees.predict(row.tolist()) for row in rows] == expected.tolist()


def test_text_that_is_no_model_is_corrupt() -> None:
    with pytest.raises(Corrupt, match="LightGBM cannot use"):
        Trees(b"not trees")
