"""A small table with everything that a recipe meets."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Column, Kind, Role, Schema


@pytest.fixture
def schema() -> Schema:
    return Schema(
        (
            Column("id", "Int64", Kind.NUMERIC, role=Role.ID),
            Column("age", "Int64", Kind.NUMERIC, unit="years", monotonic="increasing", minimum=0),
            Column("fare", "Float64", Kind.NUMERIC),
            Column("sex", "String", Kind.CATEGORICAL, protected=True),
            Column("cabin", "String", Kind.CATEGORICAL),
            Column("size", "String", Kind.ORDINAL, order=("S", "M", "L")),
            Column("seen", "Datetime(us)", Kind.DATETIME),
            Column("note", "String", Kind.TEXT),
            Column("survived", "String", Kind.CATEGORICAL, role=Role.TARGET),
        )
    )


@pytest.fixture
def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    rows = 60
    return pl.DataFrame(
        {
            "id": range(rows),
            "age": [None if i % 7 == 0 else int(v) for i, v in enumerate(rng.integers(1, 80, rows))],
            "fare": rng.lognormal(3, 1, rows),
            "sex": [["m", "f", None][i % 3] for i in range(rows)],
            "cabin": [f"C{i % 5}" if i % 2 else None for i in range(rows)],
            "size": [["S", "M", "L"][i % 3] for i in range(rows)],
            "seen": [datetime(2024, 1 + i % 12, 1 + i % 28, i % 24) for i in range(rows)],
            "note": [f"Row {i}, says hello!" for i in range(rows)],
            "survived": [["no", "yes"][int(v)] for v in rng.integers(0, 2, rows)],
        }
    )
