"""Moments out of whatever holds them: moments, texts by a format, and numbers that count from 1970."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from clew.collect.cells import CellError
from clew.collect.cells_moments import MomentReader
from clew.collect.cells_stated import EpochReader, FormatReader
from clew.collect.dtypes import dtype_name
from clew.collect.missing import stripped
from clew.collect.moment_format import MomentFormat
from clew.collect.moments import DAY_FIRST, MONTH_FIRST
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind
from clew.prepare.dtypes import is_moment, is_number, zone_of
from clew.prepare.table import Table

Unit = Literal["s", "ms", "us", "ns"]
#: Stands for "find the format out".
INFER = "infer"
#: Texts in which day and month are numbers that come before the year; with dots, the day always comes first.
_NUMERIC = "^([0-9]{1,2})[-/]([0-9]{1,2})[-/.][0-9]{4}(?:[T ]|$)"
#: Texts that end in a time of day and a time zone.
_ZONED = ":[0-5][0-9].*(?:Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)$"


def check_stated(format: str, time_zone: str | None) -> None:  # noqa: A002 - the option's name
    """Raise `ConfigError` if a format or a time zone makes no sense."""
    if format != INFER:
        MomentFormat(format)
    if time_zone is not None:
        try:
            ZoneInfo(time_zone)
        except (ValueError, KeyError, OSError):
            raise ConfigError(
                f"There is no time zone {time_zone!r}.", hint='Use a name such as "Europe/Berlin".'
            ) from None


def check_column(column: Column, unit: Unit | None) -> None:
    """Raise `RecipeError` if a column holds nothing that can be read as moments."""
    if is_moment(column.dtype) or column.dtype == "String" or (is_number(column.dtype) and unit is not None):
        return
    if is_number(column.dtype):
        raise RecipeError(
            f"The column {column.name!r} holds {column.dtype}, and a number alone is no moment.",
            hint="Say what it counts since 1970: `unit: s`, `ms`, `us` or `ns`.",
        )
    raise RecipeError(
        f"The column {column.name!r} holds {column.dtype}, which is no moment.",
        hint="Choose columns of moments, texts or numbers.",
    )


def learn(table: Table, column: Column, format: str, time_zone: str | None) -> dict[str, Any]:  # noqa: A002 - the option's name
    """Find out how the texts of a column write moments; nothing for other columns.

    Parameters
    ----------
    table : Table
        Training rows.
    column : Column
        One of its columns.
    format : str
        A stated format, or `INFER`.
    time_zone : str, optional
        The zone whose clock is read; texts without a zone of their own are then in UTC.

    Returns
    -------
    dict
        ``order``: of day and month, where it matters; ``zoned``: whether moments have a time zone.

    Raises
    ------
    RecipeError
        If the texts do not show whether the day or the month comes first.
    """
    if column.dtype != "String" or format != INFER:
        return {}
    texts = stripped(table.polars(column.name)[column.name])
    zoned = time_zone is not None or bool(texts.str.contains(_ZONED).any())
    days = texts.str.extract_groups(_NUMERIC).struct.unnest().cast(pl.Int32)
    first, second = days.to_series(0), days.to_series(1)
    day, month = (int((number > 12).sum()) for number in (second, first))
    if first.null_count() == len(first):
        return {"order": None, "zoned": zoned}
    if day == month and (first != second).any():
        example = texts.filter(first != second).sort()[0]
        raise RecipeError(
            f"The column {column.name!r} can be read with the day or the month first, e.g. {example!r}.",
            hint='State which: `format: "%d/%m/%Y"` or `"%m/%d/%Y"`.',
        )
    return {"order": DAY_FIRST if day <= month else MONTH_FIRST, "zoned": zoned}


@dataclass(frozen=True)
class Moments:
    """How the cells of a column become moments.

    Parameters
    ----------
    column : Column
        The column: moments, texts or numbers.
    learned : mapping
        What `learn` returned.
    format : str
        A stated format of texts, or `INFER`.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count.
    time_zone : str, optional
        The zone whose clock is read; by default the column's own.
    """

    column: Column
    learned: Mapping[str, Any]
    format: str = INFER
    unit: Unit | None = None
    time_zone: str | None = None

    def __post_init__(self) -> None:
        if self.time_zone is not None and zone_of(self._own) is None:
            raise RecipeError(
                f"The column {self.column.name!r} has no time zone, so its clock cannot be told in {self.time_zone}.",
                hint="Leave `time_zone` out.",
            )

    @cached_property
    def reader(self) -> MomentReader | FormatReader | EpochReader | None:
        """What reads the cells; None where they are moments already."""
        if is_moment(self.column.dtype):
            return None
        if is_number(self.column.dtype):
            return EpochReader(self.column, str(self.unit))
        if self.format != INFER:
            return FormatReader(self.column, MomentFormat(self.format))
        described = Column(self.column.name, "String", Kind.DATETIME, format=self.learned["order"])
        return MomentReader(described, pl.Datetime("us", "UTC" if self.learned["zoned"] else None))

    @cached_property
    def _own(self) -> str:
        return self.column.dtype if self.reader is None else dtype_name(self.reader.dtype)

    @cached_property
    def dtype(self) -> str:
        """Type of the moments, e.g. ``"Datetime(us, UTC)"``."""
        return (
            self._own
            if self.time_zone is None
            else self._own.replace(f", {zone_of(self._own)})", f", {self.time_zone})")
        )

    @property
    def rule(self) -> str:
        """The rule that a cell breaks which cannot be read."""
        return "is no moment" if self.reader is None else getattr(self.reader, "problem", "is no moment")

    def read(self, values: pl.Series) -> pl.Series:
        """Return the moments of a column; null where a cell is missing or cannot be read."""
        moments = values if self.reader is None else self.reader.read_column(values).values
        return moments if self.time_zone is None else moments.dt.convert_time_zone(self.time_zone)

    def unread(self, values: pl.Series) -> pl.Series:
        """Tell which cells cannot be read; a missing one can."""
        wrong = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(values))
        for _, mask in () if self.reader is None else self.reader.read_column(values).problems:
            wrong |= mask
        return wrong

    @cached_property
    def _zone(self) -> ZoneInfo | None:
        zone = zone_of(self.dtype)
        return None if zone is None else ZoneInfo(zone)

    def cell(self, value: Any) -> date | None:
        """Return the moment of one cell, None for a missing one.

        Raises
        ------
        CellError
            If it cannot be read.
        """
        moment: date | None = value if self.reader is None else self.reader.read_cell(value)
        zone = self._zone
        if zone is None or not isinstance(moment, datetime) or moment.tzinfo is zone:
            return moment
        return moment.astimezone(zone)

    def cell_or_none(self, value: Any) -> date | None:
        """Return the moment of one cell, None also where it cannot be read."""
        try:
            return self.cell(value)
        except CellError:
            return None
