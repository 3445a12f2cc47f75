from datetime import date

import polars as pl
import pytest

from clew.core.schema import Column, Kind, Role
from clew.explore.describe import describe_column
from clew.explore.types import Type, type_of

JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0 and so on", b"\x89PNG\r\n\x1a\n...", b"RIFF\x10\x00\x00\x00WEBPVP8 "


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pl.Series([1.5, 2.5, 3.0]), Kind.NUMERIC, Type.NUMERIC),
        (pl.Series([0, 1, 1, None]), Kind.NUMERIC, Type.BINARY),
        (pl.Series([0.0, 1.0, float("inf")]), Kind.NUMERIC, Type.NUMERIC),
        (pl.Series([7, 7]), Kind.NUMERIC, Type.NUMERIC),
        (pl.Series(["a", "b", "c"]), Kind.CATEGORICAL, Type.CATEGORICAL),
        (pl.Series(["yes", "no"]), Kind.CATEGORICAL, Type.BINARY),
        (pl.Series(["low", "high"]), Kind.ORDINAL, Type.ORDINAL),
        (pl.Series([True, True]), Kind.BOOLEAN, Type.BINARY),
        (pl.Series(["some words here", "and some more"] * 2 + ["a third"]), Kind.TEXT, Type.TEXT),
        (pl.Series([date(2024, 1, 1), date(2024, 1, 2)]), Kind.DATETIME, Type.DATETIME),
        (pl.Series([[1], [2, 3]]), Kind.NESTED, Type.NESTED),
        (pl.Series([b"\x00\x01", JPEG]), Kind.NESTED, Type.NESTED),
        (pl.Series([JPEG, None, PNG, WEBP]), Kind.NESTED, Type.IMAGE),
        (pl.Series([{"bytes": JPEG, "path": "a"}]), Kind.NESTED, Type.IMAGE),
        (pl.Series([{"bytes": "text"}]), Kind.NESTED, Type.NESTED),
        (pl.Series(["cats/1.jpg", "dogs/2.PNG"]), Kind.CATEGORICAL, Type.IMAGE),
        (pl.Series(["cats/1.jpg", "notes.txt", "x"]), Kind.CATEGORICAL, Type.CATEGORICAL),
        (pl.Series([None, None], dtype=pl.String), Kind.UNKNOWN, Type.UNKNOWN),
    ],
)
def test_a_column_is_called_what_the_field_calls_it(values, kind, expected):
    column = Column("x", str(values.dtype), kind)
    assert type_of(column, describe_column(values.alias("x"), column), values) is expected


def test_an_identifier_is_one_by_its_role():
    column = Column("id", "Int64", Kind.NUMERIC, Role.ID)
    values = pl.Series("id", [1, 2, 3])
    assert type_of(column, describe_column(values, column), values) is Type.ID
