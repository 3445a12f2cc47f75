import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.schema import Column, Kind, Schema
from clew.explore.cells import cells_of
from clew.explore.statistics import ColumnStatistics, describe


def described(values: list, kind: Kind = Kind.NUMERIC) -> ColumnStatistics:
    frame = pl.DataFrame({"x": values}, strict=False)
    return describe(frame, Schema((Column("x", str(frame.schema["x"]), kind),)))["x"]


def test_bins_have_equal_shares_of_the_baseline():
    values = list(range(1000))
    cells = cells_of(described(values), described(values), numeric=True, bins=10)
    assert len(cells) == 10
    assert cells.baseline.min() > 95
    np.testing.assert_array_equal(cells.baseline, cells.now)


def test_a_frequent_number_has_a_cell_of_its_own():
    values = [0.0] * 600 + list(np.linspace(1, 5, 400))
    cells = cells_of(described(values), described([0.0] * 100), numeric=True, bins=10)
    assert cells.labels[0] == "0"
    assert cells.baseline[0] == 600
    assert cells.now.tolist() == [100.0] + [0.0] * (len(cells) - 1)


def test_numbers_below_a_constant_are_told_from_it():
    cells = cells_of(described([5.0] * 100), described([4.0] * 50 + [6.0] * 50), numeric=True, bins=10)
    assert cells.labels == ("below 5", "5", "above 5")
    assert cells.now.tolist() == [50, 0, 50]


def test_few_rows_get_few_bins():
    cells = cells_of(described(list(range(1000))), described(list(range(0, 1000, 33))), numeric=True, bins=10)
    assert len(cells) == 6


def test_rare_and_new_labels_share_a_cell():
    before = ["a"] * 60 + ["b"] * 38 + ["c", "d"]
    cells = cells_of(
        described(before, Kind.CATEGORICAL),
        described(["a"] * 30 + ["new"] * 70, Kind.CATEGORICAL),
        numeric=False,
        bins=10,
    )
    assert cells.labels == ("a", "b", "all others")
    assert cells.baseline.tolist() == [60, 38, 2]
    assert cells.now.tolist() == [30, 0, 70]
    assert cells.largest_change() == ("all others", 0.02, 0.7)


@settings(max_examples=60)
@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), min_size=1, max_size=60),
    st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), min_size=1, max_size=60),
)
def test_every_row_is_in_one_cell(before, later):
    cells = cells_of(described(before), described(later), numeric=True, bins=10)
    assert cells.baseline.sum() == pytest.approx(len(before))
    assert cells.now.sum() == pytest.approx(len(later))
    assert ((cells.baseline > 0) | (cells.now > 0)).all()
    assert len(set(cells.labels)) >= min(len(cells), 1)
