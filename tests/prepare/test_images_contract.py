"""The step on images keeps its contract on unusual rows."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import ImageFeatures

CASES = [
    ImageFeatures("picture", size=16, cell=8),
    ImageFeatures("picture", size=12, cell=4, block=1, orientations=4, features=("hog",), keep=True),
    ImageFeatures("picture", size=5, cell=1, features=("color",), color_bins=3),
    ImageFeatures("word", size=8, cell=8, block=1, errors="missing"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
