"""Steps that encode categories by the target keep their contract on the most unusual rows, and on random ones."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import CATEGORIES, cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import LeaveOneOut, TargetMean, WeightOfEvidence

CASES = [
    TargetMean(CATEGORIES),
    TargetMean(["word", "note"], smoothing=2.5, keep=True),
    LeaveOneOut(CATEGORIES),
    LeaveOneOut(["word", "size"], smoothing=1.5, noise=0.1, keep=True),
    WeightOfEvidence(CATEGORIES),
    WeightOfEvidence(["word", "size"], regularization=0.5, keep=True),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
