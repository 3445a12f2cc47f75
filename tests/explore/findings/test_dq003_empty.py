import polars as pl
import pytest


@pytest.mark.parametrize("dtype", [pl.Null, pl.Float64, pl.String, pl.Date])
def test_a_column_without_values_is_found(look, dtype):
    found = look(pl.DataFrame({"x": pl.Series([None] * 25, dtype=dtype), "y": range(25)}))
    assert found["DQ003", "x"].remedy["op"] == "drop"
    assert ("DQ001", "x") not in found
    assert ("DQ007", "x") not in found
    assert ("DQ003", "y") not in found


def test_a_table_without_rows_has_nothing_to_find(look):
    assert look(pl.DataFrame({"x": pl.Series([], dtype=pl.Float64)})) == {}
