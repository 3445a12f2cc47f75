"""Steps that look at the rows around a row keep their contract, on unusual rows with ties and gaps in every column."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import Cumulative, Difference, EwmMean, Lag, Rolling

NUMBERS = ["whole", "small", "real", "single", "truth"]
ANYTHING = [*NUMBERS, "word", "code", "size", "note", "zoned", "day", "lasting"]
FIGURES = ("count", "sum", "mean", "median", "min", "max", "std", "var", "first", "last")
CASES = [
    Lag(["whole", "word", "real"], time="moment"),
    Lag(ANYTHING, (1, 3), time=("zoned", "day"), by=("word", "truth"), drop_without_history=True),
    Lag("real", 3, entire_window=True, time="real", by="rate"),
    Difference(NUMBERS, time="moment"),
    Difference(["whole", "real", "single"], (1, 2), method="percent_change", time="day", by="word"),
    Difference(["real", "whole"], method="log_ratio", time="note", drop_without_history=True),
    Rolling(NUMBERS, 3, FIGURES, time="moment"),
    Rolling(NUMBERS, ("2d", 4), "minimal", time="zoned", by="word"),
    Rolling("real", "400d", FIGURES, 2, time="day", exclude_present=True),
    Rolling("real", 2, FIGURES, time=("day", "word"), exclude_present=True, by="truth"),
    Cumulative(NUMBERS, ("count", "sum", "mean", "min", "max"), time="zoned", by="word"),
    Cumulative(NUMBERS, ("count", "sum", "mean", "min", "max"), time="real", exclude_present=True),
    EwmMean(NUMBERS, 2.5, time="moment"),
    EwmMean(NUMBERS, "30d", time="day", by="truth", exclude_present=True),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
