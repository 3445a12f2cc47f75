"""Unusual rows of every kind, on which the steps keep their contract, and how the contract is asked for."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from PIL import Image

from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.selectors import Columns
from clew.prepare.step import ColumnStep, Step, StepKind
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
        Column("series", "List(Float64)", Kind.NESTED),
        Column("picture", "Binary", Kind.NESTED),
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
    "List(Float64)": pl.List(pl.Float64),
    "Binary": pl.Binary,
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
    "series": [[1.5, -0.0], [], [None, float("inf"), 2.0], [1e300]],
    "who": WHOLES,
}


def picture_of(mode: str, size: tuple[int, int], form: str) -> bytes:
    """Return a picture of random pixels as bytes of a file."""
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(noise).convert(mode).save(file, form)
    return file.getvalue()


VALUES["picture"] = [
    picture_of("RGB", (64, 64), "JPEG"),
    picture_of("RGBA", (1, 1), "PNG"),
    picture_of("L", (5, 90), "PNG"),
    picture_of("P", (30, 20), "GIF"),
    picture_of("1", (3, 3), "BMP"),
    picture_of("CMYK", (8, 8), "JPEG"),
]
#: A small table to look things up in.
TABLE = ({"id": 1, "name": "one", "weight": 0.5, "open": True}, {"id": 2, "name": None, "weight": None, "open": False})
NUMBERS = Columns(("kind:numeric",), ("lasting",))
CATEGORIES = ["word", "code", "narrow", "truth", "size", "rate"]


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


def cases(steps: Sequence[Step]) -> Any:
    """Parametrise a test with steps."""
    return pytest.mark.parametrize("step", steps, ids=[f"{step.op}-{i}" for i, step in enumerate(steps)])


#: A test over `data`, drawn by hypothesis, with a few examples a step.
few_examples = settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def truth_of(frame: pl.DataFrame) -> np.ndarray:
    return np.array([["x", "y", "z"][i % 3] for i in range(frame.height)], dtype=object)


def names_for(step: Step) -> list[str]:
    """Name the columns that a step works on, those it mentions, and one more."""
    used = {column.name for column in step.inputs(SCHEMA)}
    if isinstance(step, ColumnStep):
        used |= {term for term in (*step.selection.terms, *step.selection.exclude) if term in SCHEMA}
    return [column.name for column in SCHEMA if column.name in used or column.role is Role.ID]


@dataclass(frozen=True)
class Tried:
    """A step, with the rows on which its family tries it."""

    step: Step
    frame: pl.DataFrame
    schema: Schema


def all_tried() -> list[Tried]:
    """Return the steps of all contract files, each with the rows of this file, or with the file's own ``ROWS``."""
    found = []
    for file in sorted(Path(__file__).parent.glob("test_*_contract.py")):
        module = importlib.import_module(f"tests.prepare.{file.stem}")
        frame, schema = getattr(module, "ROWS", (None, SCHEMA))
        for step in module.CASES:
            rows = every_value().select(names_for(step)) if frame is None else frame
            found.append(Tried(step, rows, schema.select(rows.columns)))
    return found


def check(step: Step, frame: pl.DataFrame) -> None:
    # Where rows are made anew, only a column could tell their target.
    truth = None if step.kind is StepKind.RESHAPE else truth_of(frame)
    check_step(step, frame, SCHEMA.select(frame.columns), truth, task=Task.MULTICLASS)


def check_every_value(step: Step) -> None:
    """Ask for the contract on a table that holds every unusual value."""
    check(step, every_value().select(names_for(step)))


def check_random_rows(step: Step, data: st.DataObject) -> None:
    """Ask for the contract on rows drawn at random."""
    names = names_for(step)
    check(step, pl.concat([data.draw(frames(names)), every_value().select(names).head(1)]))
