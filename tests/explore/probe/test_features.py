from datetime import datetime

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Kind
from clew.explore.probe.features import MAX_CODES, category_codes, chosen_columns, encode


def test_numbers_moments_labels_and_texts_become_numbers(make_schema):
    frame = pl.DataFrame(
        {
            "number": [1.5, None, float("inf")],
            "flag": [True, False, None],
            "at": [datetime(2024, 5, 6, 7), None, datetime(2024, 1, 1)],
            "label": ["b", "b", "a"],
            "note": ["Two words", "", None],
            "list": [[1], [2], [3]],
        }
    )
    made = encode(frame, make_schema(frame, note={"kind": Kind.TEXT}), frame.columns)
    assert made.sources == ("number", "flag", *["at"] * 4, "label", *["note"] * 5)
    assert [made.sources[place] for place in made.categorical] == ["label"]
    np.testing.assert_equal(made.values[:, 0], [1.5, np.nan, np.nan])
    np.testing.assert_equal(made.values[:, 1], [1, 0, np.nan])
    np.testing.assert_equal(made.values[:, 3], [5, np.nan, 1])  # month
    np.testing.assert_equal(made.values[:, 6], [0, 0, 1])
    np.testing.assert_equal(made.values[0, 7:], [9, 2, 0, 1 / 9, 0])  # characters, words, shares of digits, capitals …
    assert np.isnan(made.values[2, 7:]).all()
    assert made.columns_of("note").tolist() == [7, 8, 9, 10, 11]


def test_the_rarest_labels_share_a_code():
    codes = category_codes(pl.Series([f"{i}" for i in range(400)] + ["often", "often", None]))
    assert codes[400] == codes[401] == 0
    assert np.isnan(codes[-1])
    assert codes[:400].max() == MAX_CODES
    assert len(np.unique(codes[:400])) == MAX_CODES


@pytest.mark.parametrize("count", [10, 1500])
def test_of_very_many_columns_some_are_drawn_in_their_order(count):
    names = [f"c{i:04d}" for i in range(count)]
    chosen = chosen_columns(names, seed=0)
    assert len(chosen) == min(count, 1000)
    assert chosen == sorted(chosen) == chosen_columns(names, seed=0)
