"""Steps that make vectors, and take them apart, keep their contract."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import Assemble, Flatten

CASES = [
    Assemble(["whole", "real", "truth", "grade", "single"]),
    Assemble(["series", "small"], name="both", keep=True),
    Flatten("series", longer="cut"),
    Flatten("series", length=2, longer="cut", prefix="element", keep=True),
    Flatten("series", length=5),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
