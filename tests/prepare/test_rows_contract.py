"""Steps that order training rows, or take each once, keep their contract."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import DropDuplicates, Shuffle, Sort

CASES = [
    Sort(["word", "real", "zoned", "truth"]),
    Sort(["size", "whole"], ascending=(False, True), nulls_last=False),
    Shuffle(),
    Shuffle(seed=3),
    DropDuplicates(),
    DropDuplicates(["word", "rate", "lasting"], keep="last"),
    DropDuplicates("size", keep="none"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
