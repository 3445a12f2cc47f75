import json

import polars as pl
import pytest

from clew.core.errors import DataError
from clew.core.schema import Column, Kind
from clew.define.problem import Problem, Task, define_problem


def define(values, kind=Kind.NUMERIC, **stated):
    series = pl.Series("y", values)
    return define_problem(series, Column("y", str(series.dtype), kind), **stated)


@pytest.mark.parametrize(
    ("values", "kind", "task"),
    [
        ([0, 1] * 30, Kind.NUMERIC, Task.BINARY),
        (["a", "b", None] * 30, Kind.CATEGORICAL, Task.BINARY),
        ([True, False], Kind.BOOLEAN, Task.BINARY),
        (["a", "b", "c"] * 30, Kind.CATEGORICAL, Task.MULTICLASS),
        ([1, 2, 3] * 30, Kind.NUMERIC, Task.MULTICLASS),
        (list(range(60)), Kind.NUMERIC, Task.REGRESSION),
        ([1.5, 2.5, 3.5] * 30, Kind.NUMERIC, Task.REGRESSION),
        ([1, 2, 3], Kind.NUMERIC, Task.REGRESSION),
    ],
)
def test_the_task_follows_from_the_values(values, kind, task):
    assert define(values, kind).task is task


@pytest.mark.parametrize(
    ("values", "stated", "positive"),
    [
        (["No", "Yes"], {}, "Yes"),
        ([0, 1], {}, 1),
        (["good", "bad"], {}, "bad"),
        (["ham"] * 3 + ["eggs"], {}, "eggs"),
        (["ham", "eggs"], {"positive": "HAM"}, "ham"),
        ([0, 1], {"positive": "0"}, 0),
    ],
)
def test_the_label_of_interest_is_found(values, stated, positive):
    kind = Kind.CATEGORICAL if isinstance(values[0], str) else Kind.NUMERIC
    assert define(values, kind, **stated).positive == positive


@pytest.mark.parametrize(
    ("values", "kind", "stated", "message"),
    [
        ([None, None], Kind.UNKNOWN, {}, "has no value in any of 2 rows"),
        ([1, 1, None], Kind.NUMERIC, {}, r"single value \(1\) in all 2 rows"),
        (["a", "b"], Kind.CATEGORICAL, {"positive": "c"}, "'c' does not occur.*'a' and 'b'"),
        (["a", "b", "c"], Kind.CATEGORICAL, {"task": "binary"}, "3 distinct values, and a binary task needs 2"),
        (["a", "b"], Kind.CATEGORICAL, {"task": "regression"}, "a regression needs numbers"),
        ([str(i) for i in range(1500)], Kind.TEXT, {}, "1500 distinct labels, more than 1000"),
    ],
)
def test_a_target_that_cannot_serve_says_why(values, kind, stated, message):
    with pytest.raises(DataError, match=message):
        define(values, kind, **stated)


def test_it_survives_its_dictionary():
    problem = define(["a", "b"], Kind.CATEGORICAL, question="Which?", costs={"false_positive": 2.0})
    assert Problem.from_dict(json.loads(json.dumps(problem.to_dict()))) == problem


@pytest.mark.parametrize("values", [[1, 2, 3] * 30, list(range(60))])
def test_positive_label_is_refused_where_the_task_is_not_binary(values):
    with pytest.raises(DataError, match="belongs to a binary task"):
        define(values, positive=values[0])
