import polars as pl
import pytest

from clew.core.finding import Severity


def test_rows_without_a_target_are_found(look):
    found = look(pl.DataFrame({"y": ["a", "b", None] * 10}), target="y")["DQ015", "y"]
    assert found.severity is Severity.WARNING
    assert found.evidence == {"missing": 10, "share": 1 / 3, "rows": [2, 5, 8, 11, 14]}


@pytest.mark.parametrize("values", [[None] * 30, ["a"] * 30, ["a", None] * 15])
def test_a_target_without_two_answers_is_an_error(look, values):
    found = look(pl.DataFrame({"y": pl.Series(values, dtype=pl.String)}), target="y")["DQ015", "y"]
    assert found.severity is Severity.ERROR


def test_a_full_target_is_not(look):
    assert ("DQ015", "y") not in look(pl.DataFrame({"y": ["a", "b"] * 10}), target="y")
