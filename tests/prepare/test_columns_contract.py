"""Steps that choose, name and order columns keep their contract."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import Drop, Duplicate, Move, Rename, Select

CASES = [
    Drop(["word", "who"]),
    Select(["real", "word"]),
    Duplicate(["real", "whole", "size", "moment", "lasting"]),
    Duplicate("all", suffix=" 2"),
    Rename({"real": "metres", "who": "number", "zoned": "time"}),
    Rename({"real": "single", "single": "real"}),
    Move(["word", "real"], "start"),
    Move("kind:numeric", "end"),
    Move(["size", "who", "real"], "before", column="real"),
    Move(["real", "size"], "after", column="size"),
    Move("who", "index", index=1),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
