import math
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import SchemaError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.matrix import MatrixLayout, fit_layout, left_out, row_to_matrix, to_matrix
from clew.prepare.values import as_text

FRAME = pl.DataFrame(
    {
        "number": [1.5, None, float("nan"), float("-inf"), 1e39],
        "whole": [2**53 + 1, 2**24 + 1, None, -1, 0],
        "flag": [True, None, False, True, False],
        "word": ["b", None, "", "a", "b"],
        "code": [3, 1, None, 3, 2],
        "size": ["L", "S", "M", "S", None],
        "day": [date(2024, 1, 1)] * 5,
    }
)
SCHEMA = Schema(
    (
        Column("number", "Float64", Kind.NUMERIC, monotonic="increasing"),
        Column("whole", "Int64", Kind.NUMERIC, monotonic="increasing", direction=Direction.REVERSES),
        Column("flag", "Boolean", Kind.BOOLEAN, monotonic="increasing", direction=Direction.LOSES),
        Column("word", "String", Kind.CATEGORICAL),
        Column("code", "Int64", Kind.CATEGORICAL),
        Column("size", "String", Kind.ORDINAL, order=("S", "M", "L")),
        Column("day", "Date", Kind.DATETIME),
        Column("id", "Int64", Kind.NUMERIC, role=Role.ID),
    )
)


def test_layout_puts_each_feature_in_its_place() -> None:
    layout = fit_layout(SCHEMA, FRAME)
    assert layout.numeric == ("number", "whole", "flag")
    assert layout.monotone == (1, -1, 0)
    assert layout.categorical == ("word", "code", "size")
    assert layout.levels == (("", "a", "b"), ("1", "2", "3"), ("S", "M", "L"))
    assert left_out(SCHEMA) == ("day",)


def test_missing_and_unbounded_numbers_are_nan() -> None:
    matrix = to_matrix(FRAME, fit_layout(SCHEMA, FRAME))
    assert matrix.numeric.dtype == np.float32
    assert matrix.numeric.flags.c_contiguous
    assert [math.isnan(value) for value in matrix.numeric[:, 0]] == [False, True, True, True, True]
    assert matrix.numeric[0, 1] == np.float32(2.0**53)
    assert matrix.numeric[:, 2].tolist()[::2] == [1.0, 0.0, 0.0]


def test_codes_follow_the_levels() -> None:
    matrix = to_matrix(FRAME, fit_layout(SCHEMA, FRAME))
    assert matrix.codes.dtype == np.int32
    assert matrix.codes.tolist() == [[2, 2, 2], [-1, 0, 0], [0, -1, 1], [1, 2, 0], [2, 1, -1]]


def test_unseen_level_is_minus_one() -> None:
    layout = fit_layout(SCHEMA, FRAME.head(2))
    assert to_matrix(FRAME, layout).codes[3].tolist() == [-1, 1, 0]


@pytest.mark.parametrize("engine", ["lazy", "pandas", "arrow"])
def test_any_engine_gives_the_same_bits(engine: str) -> None:
    layout = fit_layout(SCHEMA, FRAME)
    frames = {"lazy": FRAME.lazy(), "pandas": FRAME.to_pandas(), "arrow": FRAME.to_arrow()}
    expected, got = to_matrix(FRAME, layout), to_matrix(frames[engine], layout)
    assert got.numeric.tobytes() == expected.numeric.tobytes()
    assert got.codes.tolist() == expected.codes.tolist()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-(2**62), 2**62)), max_size=8))
def test_one_row_has_the_bits_of_many(values: list[float | int | None]) -> None:
    for dtype in (pl.Float64, pl.Int64):
        kept = [v if v is None or dtype == pl.Float64 or isinstance(v, int) else None for v in values]
        frame = pl.DataFrame({"x": pl.Series(kept, dtype=dtype, strict=False)})
        layout = MatrixLayout(("x",), (), (), (0,))
        expected = to_matrix(frame, layout).numeric
        for position, row in enumerate(frame.to_dicts()):
            assert row_to_matrix(row, layout)[0].tobytes() == expected[position].tobytes()


def test_zero_has_one_sign() -> None:
    layout = MatrixLayout(("x",), (), (), (0,))
    many = to_matrix(pl.DataFrame({"x": [-0.0, -1e-300]}), layout).numeric
    assert not np.signbit(many).any()
    assert not np.signbit(row_to_matrix({"x": -1e-300}, layout)[0]).any()


def test_decimals_round_once() -> None:
    values = [Decimal("0.1"), Decimal("12345678901234567.89"), None]
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Decimal(38, 2))})
    layout = MatrixLayout(("x",), (), (), (0,))
    expected = to_matrix(frame, layout).numeric
    got = [row_to_matrix(row, layout)[0].tobytes() for row in frame.to_dicts()]
    assert got == [row.tobytes() for row in expected]


def test_ordinal_of_numbers_is_numeric_only_in_their_order() -> None:
    rising = Column("x", "Int64", Kind.ORDINAL, order=("1", "2", "3"), monotonic="decreasing")
    mixed = Column("y", "Int64", Kind.ORDINAL, order=("3", "1", "2"))
    layout = fit_layout(Schema((rising, mixed)), pl.DataFrame({"x": [1, 2], "y": [1, 3]}))
    assert (layout.numeric, layout.monotone) == (("x",), (-1,))
    assert layout.levels == (("3", "1"),)


def test_layout_without_columns_keeps_the_rows() -> None:
    matrix = to_matrix(FRAME, MatrixLayout((), (), (), ()))
    assert matrix.numeric.shape == (5, 0)
    assert matrix.codes.shape == (5, 0)


def test_layout_survives_its_dictionary() -> None:
    layout = fit_layout(SCHEMA, FRAME)
    assert MatrixLayout.from_dict(layout.to_dict()) == layout


def test_missing_column_is_named() -> None:
    layout = fit_layout(SCHEMA, FRAME)
    with pytest.raises(SchemaError, match=r"lack 'whole'.*recipe first"):
        to_matrix(FRAME.drop("whole"), layout)
    with pytest.raises(SchemaError, match="lack 'word'"):
        row_to_matrix({"number": 1.0, "whole": 1, "flag": True}, layout)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((3, "3"), (3.0, "3"), (Decimal("3.00"), "3"), (0.1, "0.1"), (True, "true"), ("x", "x"), (None, None)),
        *((math.nan, None), (date(2024, 1, 31), "2024-01-31"), (-0.0, "0"), (1e300, str(int(1e300)))),
    ],
)
def test_category_has_one_spelling(value: object, text: str | None) -> None:
    assert as_text(value) == text
