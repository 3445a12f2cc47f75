import polars as pl
import pytest

from clew.core.finding import Severity
from clew.core.schema import Role


def frame(missing, value=1.5):
    return pl.DataFrame(
        {"x": [None] * missing + [value, value] * ((100 - missing) // 2), "y": range(100)}, strict=False
    )


@pytest.mark.parametrize(
    ("missing", "severity"), [(20, Severity.INFO), (48, Severity.INFO), (50, Severity.WARNING), (96, Severity.WARNING)]
)
def test_many_missing_values_are_found(look, missing, severity):
    found = look(frame(missing))["DQ007", "x"]
    assert found.severity is severity
    assert found.evidence["share"] == missing / 100


@pytest.mark.parametrize(
    ("missing", "value", "op"), [(30, 1.5, "fill_missing"), (30, "a", "fill_missing"), (96, "a", "drop")]
)
def test_the_remedy_fits_the_column(look, missing, value, op):
    assert look(frame(missing, value))["DQ007", "x"].remedy["op"] == op


def test_a_few_missing_values_are_not(look):
    assert ("DQ007", "x") not in look(frame(10))


def test_nan_is_missing(look):
    assert ("DQ007", "x") in look(pl.DataFrame({"x": [float("nan")] * 30 + [1.0, 2.0] * 35}))


def test_the_target_has_a_finding_of_its_own(look):
    found = look(frame(30).with_columns(pl.when(pl.int_range(100) > 40).then(pl.lit("a")).otherwise("x")), target="x")
    assert ("DQ007", "x") not in found


def test_excluded_columns_are_left_alone(look):
    assert ("DQ007", "x") not in look(frame(50), x={"role": Role.EXCLUDE})
