"""Steps that choose, repeat or invent training rows keep their contract."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import SCHEMA, VALUES, cases, check_every_value, check_random_rows, few_examples, frame_of

from clew.define.problem import Task
from clew.prepare.step import Step
from clew.prepare.steps import Balance, Sample
from clew.testing.step import check_step

CASES = [
    Sample("random", share=0.5),
    Sample("limit", size=3),
    Sample("limit", share=0.25),
    Sample("stratified", size=4, by=("word", "rate", "zoned"), seed=7),
    Sample("stratified", share=0.6),
    Balance(),
    Balance("undersample", ratio=0.9),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def test_contract_of_invented_rows() -> None:
    """Every kind of column, without missing numbers."""
    rng = np.random.default_rng(0)
    columns = {
        name: [values[i] for i in rng.integers(0, len(values), 40)]
        for name, values in VALUES.items()
        if name not in {"real", "single", "series", "picture"}
    }
    frame = frame_of(columns).with_columns(real=rng.normal(size=40), single=rng.normal(size=40))
    frame = frame.with_columns(pl.col("single").cast(pl.Float32), pl.Series("word", [None, "a"] * 20))
    target = np.array(["x"] * 25 + ["y"] * 12 + [None] * 3, dtype=object)
    step = Balance("smote", ratio=0.8, k_neighbors=3)
    check_step(step, frame, SCHEMA.select(frame.columns), target, task=Task.BINARY)
