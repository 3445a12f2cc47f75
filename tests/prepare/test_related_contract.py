"""Summing up related rows keeps the contract of steps."""

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import AggregateRelated

ORDERS = (
    {"size": "S", "n": 1, "at": "2024-02-29T23:59:59.999999", "amount": 10.5, "word": "a", "paid": True},
    {"size": "S", "n": 1, "at": "1969-12-31T23:00:00", "amount": -0.0, "word": "b", "paid": False},
    {"size": "S", "n": 2, "at": "1969-12-31T23:00:00", "amount": None, "word": "b", "paid": None},
    {"size": "S", "n": 1, "at": "1969-12-31T22:00:00", "amount": 7, "word": "a", "paid": True},
    {"size": "L", "n": 2, "at": "2024-03-31T00:59:59", "amount": 1e300, "word": None, "paid": True},
    {"size": "L", "n": 2, "at": None, "amount": 3, "word": "c", "paid": True},
    {"size": None, "n": 2, "at": "2024-03-31T00:59:59", "amount": 3, "word": "c", "paid": True},
)
ALL = ("count", "sum", "mean", "min", "max", "std", "n_unique")
TIMED = (*ALL, "last", "days_since_last")

CASES = [
    AggregateRelated("size", table=ORDERS),
    AggregateRelated(["size", "grade"], table=ORDERS, key=("size", "n"), functions=ALL, prefix="orders_"),
    AggregateRelated("size", table=ORDERS, functions=TIMED, time="moment", table_time="at", prefix="o_"),
    AggregateRelated(
        "size", table=ORDERS, functions=TIMED, time="zoned", table_time="at", window="30d", offset="-2h", prefix="o_"
    ),
    AggregateRelated(
        ["grade", "size"],
        table=ORDERS,
        key=("n", "size"),
        functions=TIMED,
        time="day",
        table_time="at",
        window="20000d",
        inclusive=True,
        values=("amount", "word"),
    ),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)
