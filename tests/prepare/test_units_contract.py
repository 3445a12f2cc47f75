"""Another unit: the contract, and conversions that everybody knows."""

import re
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.core.units import conversion
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import ConvertUnit, Scale

CASES = [
    ConvertUnit("real", "km"),
    ConvertUnit(NUMBERS, "degF", "degC"),
    ConvertUnit(["whole", "grade"], "ft", from_unit="in"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def fitted(step: Step, values: list[Any], **facts: Any) -> FittedRecipe:
    frame = pl.DataFrame({"x": values})
    return Recipe([step]).learn(frame, Schema((Column("x", str(frame.schema["x"]), Kind.NUMERIC, **facts),)))


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [
        ("km/h", "m/s", 36.0, 10.0),
        ("degC", "degF", 20.0, 68.0),
        ("°C", "K", -273.15, 0.0),
        ("degF", "degC", -40.0, -40.0),
        ("delta_degC", "delta_degF", 20.0, 36.0),
        ("in", "cm", 1.0, 2.54),
        ("lb", "kg", 1.0, 0.45359237),
        ("kWh", "MJ", 1.0, 3.6),
        ("m^2", "cm**2", 1.0, 10_000.0),
        ("%", "dimensionless", 50.0, 0.5),
        ("µg/m³", "mg/m^3", 1000.0, 1.0),
        ("mile", "km", 1.0, 1.609344),
        ("min", "h", 90.0, 1.5),
    ],
)
def test_conversions_that_everybody_knows(source: str, target: str, value: float, expected: float) -> None:
    done = fitted(ConvertUnit("x", target), [value], unit=source)
    assert done.transform(pl.DataFrame({"x": [value]}))["x"].to_list() == pytest.approx([expected], rel=1e-15)
    there, back = conversion(source, target), conversion(target, source)
    assert there.factor * back.factor == pytest.approx(1.0, rel=1e-15)


def test_the_result_carries_the_new_unit_and_range() -> None:
    facts: Any = {"unit": "degC", "minimum": -10.0, "maximum": 30.0, "monotonic": "increasing", "protected": True}
    column = fitted(ConvertUnit("x", "degF"), [1, 2], **facts).output_schema["x"]
    assert (column.unit, column.minimum, column.maximum) == ("degF", 14.0, 86.0)
    assert (column.dtype, column.protected, column.direction) == ("Float64", True, Direction.KEEPS)
    learnt = fitted(ConvertUnit("x", "degF"), [1, 2], **facts).learned()["steps"][0]["learned"]["x"]
    assert learnt == {"from": "degC", "to": "degF", "factor": 1.8, "offset": 32.0}


def test_units_are_lost_where_values_change() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0]})
    schema = Schema((Column("x", "Float64", Kind.NUMERIC, unit="m"),))
    with pytest.raises(RecipeError, match=r"Step 2 \(convert_unit\): The column 'x' has no unit. Hint: State it"):
        Recipe([Scale("x"), ConvertUnit("x", "km")]).learn(frame, schema)


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("kg", "The column 'x': 'm' cannot be converted to 'kg': one measures length, the other mass"),
        ("dB", "'m' cannot be converted to 'dB'"),
        ("metre_", "'metre_' is no unit: 'metre_' is not defined"),
        ("", "'' is no unit"),
        ("m**9**9**9", "is no unit"),
        ("m**999999999", "is no unit"),
        ("m³⁹⁹", "is no unit"),
        ("__import__('os')", "is no unit"),
        ("m" * 61, "is no unit"),
    ],
)
def test_what_cannot_be_converted_is_named(unit: str, message: str) -> None:
    with pytest.raises((RecipeError, ConfigError), match=re.escape(message)) as caught:
        fitted(ConvertUnit("x", unit), [1.0], unit="m")
    assert caught.value.hint
    assert str(caught.value).startswith("Step 1 (convert_unit): ")


def test_a_stated_unit_replaces_that_of_the_domain() -> None:
    done = fitted(ConvertUnit("x", "m", from_unit="mm"), [5.0], unit="km")
    assert done.row()({"x": 5.0}) == {"x": 0.005}
