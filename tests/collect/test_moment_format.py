"""Moments by a stated format: a column reads as a text does, and both read as Python does."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.cells import CellError
from clew.collect.cells_stated import EpochReader, FormatReader
from clew.collect.moment_format import MomentFormat
from clew.core.errors import ConfigError
from clew.core.schema import Column, Kind

FORMATS = (
    *("%Y-%m-%d", "%d/%m/%Y %H:%M", "%Y%m%d%H%M%S", "%b %d, %Y %I:%M %p", "%A %d %B %Y", "%j %Y", "%Y%j%H"),
    *("%y-%m-%d", "%Y-%m-%dT%H:%M:%S.%f%z", "%H:%M", "%I %Y", "100%% %m/%d/%y", "%B", "on a day"),
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
#: Damage to a text: a place, and what is put there.
SLIPS = st.none() | st.tuples(st.integers(0, 30), st.sampled_from(list("0129 -/:aZ")))


def by_python(text: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=20, deadline=None)
@given(
    moments=st.lists(
        st.tuples(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES), SLIPS), min_size=1
    )
)
def test_columns_texts_and_python_agree(form: str, moments: list[tuple[datetime, tuple[int, str] | None]]) -> None:
    texts = []
    for moment, slip in moments:
        text = moment.strftime(form)
        texts.append(text if slip is None else text[: slip[0]] + slip[1] + text[slip[0] + 1 :])
    known = MomentFormat(form)
    expected = [by_python(text, form) for text in texts]
    assert [known.read(text) for text in texts] == expected
    assert known.read_column(pl.Series([*texts, None])).to_list() == [*expected, None]


def test_dates_with_leading_zeros_are_read_the_quick_way() -> None:
    texts = ["31.12.2024", "29.02.2023", "01.01.0000", "01.01.0001", None]
    expected = [datetime(2024, 12, 31), None, None, datetime(1, 1, 1), None]
    known = MomentFormat("%d.%m.%Y")
    assert known._read_padded(pl.Series(texts)) is not None
    assert known.read_column(pl.Series(texts)).to_list() == expected
    assert known.read_column(pl.Series([*texts, "1.2.2024"])).to_list() == [*expected, datetime(2024, 2, 1)]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("%d/%q/%Y", r"holds '%q', which has no meaning here. Hint: Use %Y %y"),
        ("%d/%d/%Y", r"holds '%d' twice"),
        ("%Y-%m-%", r"holds '%', which has no meaning"),
    ],
)
def test_a_format_without_meaning_is_refused(form: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MomentFormat(form)


def test_stated_formats_leave_blanks_and_words_for_missing_aside() -> None:
    reader = FormatReader(Column("at", "String", Kind.TEXT), MomentFormat("%d/%m/%Y %z"))
    read = reader.read_column(pl.Series("at", [" 01/02/2024 +0100\n", "NaT", "", "tomorrow"]))
    assert read.values.to_list() == [datetime(2024, 1, 31, 23, tzinfo=UTC), None, None, None]
    assert [mask.to_list() for _, mask in read.problems] == [[False, False, False, True]]
    assert reader.read_cell("NaT") is None
    with pytest.raises(CellError, match="is not of the form '%d/%m/%Y %z'"):
        reader.read_cell("tomorrow")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@settings(max_examples=50, deadline=None)
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**10), 10**10), min_size=1))
def test_numbers_that_count_from_1970(unit: str, numbers: list[int]) -> None:
    reader = EpochReader(Column("at", "Int64", Kind.NUMERIC), unit)
    cells = []
    for number in numbers:
        try:
            cells.append(reader.read_cell(number))
        except CellError:
            cells.append(None)
    read = reader.read_column(pl.Series("at", numbers, dtype=pl.Int64))
    assert read.values.to_list() == cells
    assert sum(int(mask.sum()) for _, mask in read.problems) == cells.count(None)


def test_fractions_are_rounded_to_microseconds() -> None:
    reader = EpochReader(Column("at", "Float64", Kind.NUMERIC), "s")
    values = [1.5, -0.25, 1e-7, float("inf"), 1e300, None]
    expected = [
        datetime(1970, 1, 1, 0, 0, 1, 500_000),
        datetime(1969, 12, 31, 23, 59, 59, 750_000),
        datetime(1970, 1, 1),
    ]
    expected = [moment.replace(tzinfo=UTC) for moment in expected]
    assert reader.read_column(pl.Series("at", values)).values.to_list() == [*expected, None, None, None]
    assert [reader.read_cell(value) for value in values[:3]] == expected
    with pytest.raises(CellError, match="is no number of s since 1970"):
        reader.read_cell(1e300)
