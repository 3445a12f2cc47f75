"""Steps that join rows with a stored table keep their contract."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import FilterByTable, Join

SIZES = (
    {"id": "S", "n": 1, "cm": 40, "since": "2024-02-29"},
    {"id": "S", "n": 2, "cm": None, "since": None},
    {"id": "XXL", "n": 7, "cm": 90, "since": "1969-12-31"},
    {"id": None, "n": 3, "cm": 1, "since": None},
)
CODES = ({"code": 1, "name": "one"}, {"code": 2, "name": None}, {"code": 2**53 + 1, "name": "large"})

CASES = [
    Join("code", table=CODES),
    Join("code", table=CODES, how="left_outer", prefix="c_"),
    Join("code", table=CODES, how="right_outer"),
    Join(["size", "grade"], table=SIZES, key=("id", "n"), how="full_outer", take=("cm",)),
    Join("size", table=SIZES, key="id", how="inner", take=("cm", "since"), fan_out="allow"),
    Join("size", table=SIZES, key="id", how="left_semi"),
    Join(["size", "grade"], table=SIZES, key=("id", "n"), how="left_anti"),
    Join((), table=CODES, how="cross"),
    FilterByTable("size", table=SIZES, key="id"),
    FilterByTable(["size", "grade"], table=SIZES, key=("id", "n"), how="left_anti"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases([step for step in CASES if step.op != "filter_by_table"])
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
