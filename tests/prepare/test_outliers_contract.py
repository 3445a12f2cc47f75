"""The steps on outliers keep their contract on the most unusual rows that can be thought of, and on random ones."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import ClipOutliers, InvalidateOutliers, RemoveOutliers

CASES = [
    ClipOutliers(NUMBERS),
    ClipOutliers(NUMBERS, "quantiles", lower=0.2, upper=0.7),
    ClipOutliers(["whole", "small", "real"], "std", factor=0.5),
    ClipOutliers(NUMBERS, "robust_std", factor=0.1),
    ClipOutliers(NUMBERS, "range", lower=-1.0, upper=4.0),
    ClipOutliers(["whole", "small", "single"], "range", upper=2.5),
    InvalidateOutliers(NUMBERS),
    InvalidateOutliers(["whole", "small", "real"], "std", factor=0.5),
    InvalidateOutliers(NUMBERS, "range", lower=-0.5),
    RemoveOutliers(NUMBERS, "robust_std"),
    RemoveOutliers(["whole", "small"], "quantiles"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
