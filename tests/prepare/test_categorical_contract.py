"""Steps that turn categories into numbers keep their contract on the most unusual rows, and on random ones."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import CATEGORIES, cases, check, check_every_value, check_random_rows, every_value, few_examples

from clew.prepare.step import Step
from clew.prepare.steps import CountEncode, GroupRare, HashEncode, OneHot, Ordinal

CASES = [
    OneHot(CATEGORIES),
    OneHot(CATEGORIES, max_categories=2, unseen="keep", missing="keep", keep=True),
    OneHot(["word", "size"], unseen="skip", missing="skip", max_categories=3, drop_last=True),
    OneHot("grade", ordinal_encoded=True, drop_last=True),
    OneHot(["word", "size"], unseen="keep", missing="keep", drop_last=True, output_style="vector"),
    Ordinal([*CATEGORIES, "grade"]),
    Ordinal(["word", "grade"], unseen="keep", missing="keep"),
    Ordinal("word", order=("b", "a", "ü"), unseen="keep"),
    Ordinal("size", order=("XL", "L", "M", "S"), unseen="error"),
    Ordinal(["size", "truth"], unseen="skip", missing="skip"),
    Ordinal("grade", order=(2, 1, 300)),
    GroupRare(["word", "code", "narrow", "note"]),
    GroupRare(["word", "size"], min_count=2, max_categories=2, other="rest"),
    GroupRare(["word", "size"], min_share=0.2, max_categories=0, at_limit="group"),
    CountEncode(CATEGORIES),
    CountEncode([*CATEGORIES, "note"], "frequency", unseen="missing", missing="missing", keep=True),
    CountEncode(["word", "rate"], missing="skip"),
    HashEncode([*CATEGORIES, "note"], n_features=5),
    HashEncode("word", n_features=3, alternate_sign=False, prefix="h", keep=True),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


@pytest.mark.parametrize(
    "step",
    [
        OneHot("size", unseen="error", missing="error"),
        Ordinal("size", order=("S", "M", "L", "XL"), unseen="error", missing="error"),
        CountEncode("size", unseen="error", missing="error"),
    ],
    ids=lambda step: step.op,
)
def test_contract_of_steps_that_refuse(step: Step) -> None:
    check(step, every_value().select("size", "who").filter(pl.col("size").is_not_null()))
