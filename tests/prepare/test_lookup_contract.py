"""Steps that look things up in a stored table keep their contract."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import TABLE, cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import Lookup

DAYS = (
    {"size": "S", "n": 1, "since": "2024-02-29", "at": "2024-02-29T10:30:00", "cm": 40},
    {"size": "S", "n": 2, "since": None, "at": "1969-12-31T23:59:59.25", "cm": None},
    {"size": "L", "n": 1, "since": "1969-12-31", "at": None, "cm": 50},
)

CASES = [
    Lookup("code", table=TABLE, key="id"),
    Lookup("narrow", table=TABLE, key="id", take=("name",), prefix="narrow_"),
    Lookup(["size", "grade"], table=DAYS, key=("size", "n")),
    Lookup(["grade", "size", "truth"], table=({"g": 1, "s": "S", "t": True, "x": "found"},), key=("g", "s", "t")),
    Lookup(["rate", "word"], table=({"rate": 0, "word": "a", "x": 1}, {"rate": 2, "word": "b", "x": 2})),
    Lookup("size", table=DAYS[1:], take=("since", "at")),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
