"""Every step keeps its contract on the most unusual rows that can be thought of, and on random ones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.registry import STEPS
from clew.prepare.selectors import Columns
from clew.prepare.step import ColumnStep
from clew.prepare.steps import (
    Cast,
    ClipOutliers,
    DateParts,
    Derive,
    Drop,
    FillMissing,
    Filter,
    GroupRare,
    Log,
    Lookup,
    MissingIndicator,
    OneHot,
    Ordinal,
    Scale,
    Select,
    TargetMean,
    TextStatistics,
)
from clew.testing.step import check_step

BERLIN = ZoneInfo("Europe/Berlin")
SCHEMA = Schema(
    (
        Column("whole", "Int64", Kind.NUMERIC, monotonic="increasing", protected=True),
        Column("small", "Int8", Kind.NUMERIC),
        Column("real", "Float64", Kind.NUMERIC, unit="m"),
        Column("single", "Float32", Kind.NUMERIC),
        Column("truth", "Boolean", Kind.BOOLEAN),
        Column("word", "String", Kind.CATEGORICAL),
        Column("code", "Int64", Kind.CATEGORICAL),
        Column("narrow", "Int8", Kind.CATEGORICAL),
        Column("rate", "Float64", Kind.CATEGORICAL),
        Column("size", "String", Kind.ORDINAL, order=("S", "M", "L"), monotonic="decreasing"),
        Column("grade", "Int64", Kind.ORDINAL),
        Column("figure", "String", Kind.CATEGORICAL),
        Column("note", "String", Kind.TEXT),
        Column("moment", "Datetime(us)", Kind.DATETIME),
        Column("zoned", "Datetime(us, Europe/Berlin)", Kind.DATETIME),
        Column("day", "Date", Kind.DATETIME),
        Column("lasting", "Duration(us)", Kind.NUMERIC),
        Column("who", "Int64", Kind.NUMERIC, role=Role.ID),
    )
)
TYPES = {
    "Int64": pl.Int64,
    "Int8": pl.Int8,
    "Float64": pl.Float64,
    "Float32": pl.Float32,
    "Boolean": pl.Boolean,
    "String": pl.String,
    "Date": pl.Date,
    "Datetime(us)": pl.Datetime("us"),
    "Datetime(us, Europe/Berlin)": pl.Datetime("us", "Europe/Berlin"),
    "Duration(us)": pl.Duration("us"),
}
WORDS = ["a", "b", "", " ", "ü", "Ü", "İ", "nan", "null", "None", "1e3", "a\nb", "日本", "e\u0301", "other", "👍🏽"]
FIGURES = ["1", " 2 ", "+3.5", "-.5", "5.", "1e3", "1E-3", "1e999", "x", "", "1_0", "٣", "1\n", "0x1", "yes", "No"]
NOTES = [
    "",
    "Hello, World 42!",
    "ÀÉÎ ñandú",
    "tabs\tand\nlines\r\n",
    "\u2003wide\u00a0space",
    "…¿Qué?",
    "ΑΒΓ Жук 123",
    "I I",
]
# In Berlin the clock goes forward on 31 March 2024 at 1:00 UTC, and back on 27 October at 1:00 UTC.
INSTANTS = [
    datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
    datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
    datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    datetime(1899, 12, 31, 23, 30, tzinfo=UTC),
    datetime(2024, 12, 31, 23, 30, tzinfo=UTC),
]
MOMENTS = [
    datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(1969, 12, 31, 23),
    datetime(2024, 12, 31),
    datetime(1, 1, 1),
]
REALS = [
    0.0,
    -0.0,
    1.5,
    -2.25,
    float("nan"),
    float("inf"),
    float("-inf"),
    5e-324,
    1e300,
    -1e300,
    3.4028235677973366e38,
    0.1,
]
WHOLES = [0, 1, -1, 7, 2**53 + 1, -(2**53) - 1, 2**62]
LENGTHS = [timedelta(), timedelta(days=-3, microseconds=1), timedelta(hours=5, seconds=7)]
VALUES = {
    "whole": WHOLES,
    "small": [-128, -1, 0, 5, 127],
    "real": REALS,
    "single": [0.0, -0.0, 0.1, float("nan"), float("inf"), 3e38, -7.5],
    "truth": [True, False],
    "word": WORDS,
    "code": [1, 2, 3, 2**53 + 1, 2**53],
    "narrow": [-5, 0, 5, 127],
    "rate": [0.5, -0.0, 0.0, 2.0, float("nan"), float("inf")],
    "size": ["S", "M", "L", "XL"],
    "grade": [1, 2, 3],
    "figure": FIGURES,
    "note": NOTES,
    "moment": MOMENTS,
    "zoned": [instant.astimezone(BERLIN) for instant in INSTANTS],
    "day": [date(2024, 2, 29), date(1969, 12, 31), date(2024, 12, 30), date(2025, 1, 1)],
    "lasting": LENGTHS,
    "who": WHOLES,
}
TABLE = ({"id": 1, "name": "one", "weight": 0.5, "open": True}, {"id": 2, "name": None, "weight": None, "open": False})
NUMBERS = Columns(("kind:numeric",), ("lasting",))
CATEGORIES = ["word", "code", "narrow", "truth", "size", "rate"]

CASES = [
    Drop(["word", "who"]),
    Select(["real", "word"]),
    Cast(["whole", "small", "truth", "real", "single", "lasting"], "number"),
    Cast("figure", "number", errors="missing"),
    Cast("figure", "integer", errors="missing"),
    Cast("figure", "boolean", errors="missing"),
    Cast(["real", "whole", "small", "single", "truth"], "integer", errors="missing"),
    Cast(["real", "whole", "truth"], "boolean", errors="missing"),
    Cast(["whole", "truth", "word", "small"], "text"),
    Cast(["whole", "real", "note"], "category"),
    FillMissing(NUMBERS, "mean"),
    FillMissing(NUMBERS, "median"),
    FillMissing(["whole", "real", "word", "truth", "small", "single"], "most_frequent"),
    FillMissing(["whole", "small", "real"], "constant", 300),
    FillMissing(["whole", "small", "single"], "constant", -0.5),
    FillMissing(["word", "note"], "constant", ""),
    FillMissing("truth", "constant", value=True),
    MissingIndicator("all"),
    MissingIndicator(["whole", "zoned"], always=True),
    ClipOutliers(NUMBERS),
    ClipOutliers(NUMBERS, "quantiles", lower=0.2, upper=0.7),
    ClipOutliers(["whole", "small", "real"], "std", factor=0.5),
    Scale(NUMBERS),
    Scale(["whole", "real", "single"], "minmax"),
    Scale(["small", "real", "grade"], "robust"),
    Log(NUMBERS),
    OneHot(CATEGORIES),
    OneHot(CATEGORIES, max_categories=2, unseen="column", keep=True),
    Ordinal([*CATEGORIES, "grade"]),
    Ordinal("word", order=("b", "a", "ü"), unseen="last"),
    Ordinal("size", order=("XL", "L", "M", "S"), unseen="error"),
    Ordinal("grade", order=(2, 1, 300)),
    GroupRare(["word", "code", "narrow", "note"]),
    GroupRare(["word", "size"], min_count=2, max_categories=2, other="rest"),
    TargetMean(CATEGORIES),
    TargetMean(["word", "note"], smoothing=2.5, keep=True),
    DateParts("kind:datetime"),
    DateParts("kind:datetime", parts=("year", "month", "weekday", "is_weekend"), cyclic=True, keep=True),
    DateParts(["moment", "zoned"], parts=("hour", "minute", "day", "day_of_year"), cyclic=True),
    TextStatistics(["note", "word"]),
    Lookup("code", table=TABLE, key="id"),
    Lookup("narrow", table=TABLE, key="id", take=("name",), prefix="narrow_"),
    Derive("ratio", "real / whole + small * small"),
    Derive("is_big", "whole > 3 or word = 'a'"),
    Derive("label", "coalesce(word, size)"),
    Derive("month", "year(moment) * 12 + month(moment)"),
    Filter("whole is not null or real > 0"),
]


def frame_of(columns: dict[str, list[object]]) -> pl.DataFrame:
    series = []
    for name, values in columns.items():
        column = SCHEMA[name]
        if column.name == "zoned":
            values = [None if v is None else v.astimezone(UTC) for v in values]
            series.append(
                pl.Series(column.name, values, dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/Berlin")
            )
        else:
            series.append(pl.Series(column.name, values, dtype=TYPES[column.dtype]))
    return pl.DataFrame(series)


def every_value() -> pl.DataFrame:
    rows = max(len(values) for values in VALUES.values()) + 1
    return frame_of({name: [*([*values, None] * rows)[:rows]] for name, values in VALUES.items()})


@st.composite
def frames(draw: st.DrawFn, names: list[str]) -> pl.DataFrame:
    rows = draw(st.integers(1, 12))
    cells = {name: st.one_of(st.none(), st.sampled_from(values)) for name, values in VALUES.items()}
    cells["real"] = st.one_of(cells["real"], st.floats())
    cells["single"] = st.one_of(cells["single"], st.floats(width=32))
    cells["whole"] = st.one_of(cells["whole"], st.integers(-(2**63), 2**63 - 1))
    cells["note"] = st.one_of(cells["note"], st.text(max_size=8))
    cells["moment"] = st.one_of(cells["moment"], st.datetimes())
    return frame_of({name: draw(st.lists(cells[name], min_size=rows, max_size=rows)) for name in names})


def name_of(step: object) -> str:
    return f"{step.op}-{CASES.index(step)}"


def truth_of(frame: pl.DataFrame) -> np.ndarray:
    return np.array([["x", "y", "z"][i % 3] for i in range(frame.height)], dtype=object)


def names_for(step: object) -> list[str]:
    """Name the columns that a step works on, those it mentions, and one more."""
    used = {column.name for column in step.inputs(SCHEMA)}
    if isinstance(step, ColumnStep):
        used |= {term for term in (*step.selection.terms, *step.selection.exclude) if term in SCHEMA}
    return [column.name for column in SCHEMA if column.name in used or column.role is Role.ID]


def check(step: object, frame: pl.DataFrame) -> None:
    check_step(step, frame, SCHEMA.select(frame.columns), truth_of(frame), task=Task.MULTICLASS)


@pytest.mark.parametrize("step", CASES, ids=name_of)
def test_contract_on_every_value(step: object) -> None:
    check(step, every_value().select(names_for(step)))


@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("step", CASES, ids=name_of)
@given(data=st.data())
def test_contract_on_random_rows(step: object, data: st.DataObject) -> None:
    names = names_for(step)
    check(step, pl.concat([data.draw(frames(names)), every_value().select(names).head(1)]))


def test_every_step_is_tried() -> None:
    assert {step.op for step in CASES} == {op for op, step in STEPS.items() if step.__module__.startswith("clew.")}
