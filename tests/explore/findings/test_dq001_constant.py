import polars as pl

from clew.core.finding import Severity
from clew.core.schema import Role


def test_one_value_in_all_rows_is_found(look):
    found = look(pl.DataFrame({"x": [7] * 30, "y": range(30)}))
    assert found["DQ001", "x"].severity is Severity.WARNING
    assert found["DQ001", "x"].remedy == {"op": "drop", "columns": ["x"], "options": {}}
    assert found["DQ001", "x"].evidence["value"] == 7
    assert ("DQ001", "y") not in found


def test_one_value_or_none_is_kept_as_an_indicator(look):
    found = look(pl.DataFrame({"x": ["yes", None] * 15}))
    assert found["DQ001", "x"].remedy["op"] == "missing_indicator"


def test_excluded_columns_and_tiny_tables_are_left_alone(look):
    assert ("DQ001", "x") not in look(pl.DataFrame({"x": [7] * 30}), x={"role": Role.EXCLUDE})
    assert ("DQ001", "x") not in look(pl.DataFrame({"x": [7]}))
