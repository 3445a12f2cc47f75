"""A step that shares work between folds gives what fitting and doing it once per fold gives, bit for bit."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import LeaveOneOut, TargetMean, WeightOfEvidence

LABELS, FLOATS = st.sampled_from(["a", "b", "c", None]), st.sampled_from([0.0, -0.0, 1.5, None])
ROWS = st.lists(
    st.tuples(LABELS, FLOATS, st.integers(0, 2), st.integers(0, 9), st.sampled_from([0.0, 0.5, 2.0])),
    min_size=6,
    max_size=40,
)


def prepared(step: Step, rows: list[Any], task: Task, roles: set[Role]) -> list[Any]:
    x, z, y, moment, weight = (list(values) for values in zip(*rows, strict=True))
    columns = [
        Column("x", "String", Kind.CATEGORICAL),
        Column("z", "Float64", Kind.CATEGORICAL),
        *([Column("t", "Int64", Kind.NUMERIC, role=Role.TIME)] if Role.TIME in roles else []),
        *([Column("w", "Float64", Kind.NUMERIC, role=Role.WEIGHT)] if Role.WEIGHT in roles else []),
    ]
    types = {"x": pl.String, "z": pl.Float64, "t": pl.Int64, "w": pl.Float64}
    data = {"x": x, "z": z, "t": moment, "w": weight}
    frame = pl.DataFrame({c.name: pl.Series(data[c.name], dtype=types[c.name]) for c in columns})
    truth = np.array(y, dtype=float) * 1.25 if task is Task.REGRESSION else np.array(y)
    return Recipe((step,)).prepare(frame, Schema(tuple(columns)), truth, task=task).frame.rows()


@settings(max_examples=40, deadline=None)
@given(
    rows=ROWS,
    task=st.sampled_from([Task.REGRESSION, Task.MULTICLASS]),
    roles=st.sets(st.sampled_from([Role.TIME, Role.WEIGHT])),
    step=st.sampled_from(
        [TargetMean(("x", "z")), TargetMean("x", smoothing=1.0), WeightOfEvidence("x"), LeaveOneOut("x", smoothing=1.0)]
    ),
)
def test_shared_work_changes_no_bit(rows: list[Any], task: Task, roles: set[Role], step: Step) -> None:
    if isinstance(step, WeightOfEvidence):
        task = Task.MULTICLASS
    shared = prepared(step, rows, task, roles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(step), "in_folds", Step.in_folds)
        assert prepared(step, rows, task, roles) == shared
