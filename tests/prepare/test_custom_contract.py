"""Steps of other people's code keep the contract of steps on unusual rows."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import Python, PythonTable, Sklearn

OWN = "tests.prepare.own_code"
CASES = [
    Python(["real", "rate"], function=f"{OWN}:doubled", options={"by": 3.0}, rowwise=True),
    Python("word", function=f"{OWN}:lengths", engine="pandas"),
    PythonTable(["word", "whole"], function=f"{OWN}:summed"),
    PythonTable(["word", "whole"], function=f"{OWN}:same"),
    Sklearn("word", transformer="sklearn.preprocessing.OneHotEncoder", params={"handle_unknown": "ignore"}),
    Sklearn("small", transformer="sklearn.preprocessing.StandardScaler", prefix="z_"),
    Sklearn("small", transformer="sklearn.impute.SimpleImputer", keep=True),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
