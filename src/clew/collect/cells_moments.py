"""How dates and times are read: whole columns and single cells alike."""

from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from clew.collect.cells import CellError, Read, Reader, as_plain_type, is_missing, refuse_all
from clew.collect.missing import is_token, stripped
from clew.collect.moments import read_moment, read_moments
from clew.core.schema import Column

_NO_DATE = "is not a date"
_TIMED = "has a time of day, and the column holds days"
_ZONED = "has a time zone, and the column has none"
_UNZONED_GAP = "does not exist in the column's time zone"
_RANGE = "is beyond the range of nanoseconds"
#: First and last moment that fit into 64 bits of nanoseconds.
_FIRST_NS, _LAST_NS = datetime(1677, 9, 21, 0, 12, 44), datetime(2262, 4, 11, 23, 47, 16)  # noqa: DTZ001


class MomentReader(Reader):
    """Reads dates (Date) and moments (Datetime).

    A column of days takes moments at midnight only. A moment without a zone belongs to the column's zone; a moment with
    one is refused where the column has none, for nobody knows what the column's clock showed.
    """

    def __init__(self, column: Column, dtype: pl.Date | pl.Datetime) -> None:
        super().__init__(column)
        self.dtype = dtype
        self.days = isinstance(dtype, pl.Date)
        self.zone = None if isinstance(dtype, pl.Date) else dtype.time_zone
        self.nanoseconds = not isinstance(dtype, pl.Date) and dtype.time_unit == "ns"
        self.expected = "a date such as 2024-01-31" if self.days else "a moment such as 2024-01-31 12:30:00"
        if column.format:
            self.expected += f" or {column.format}"

    @cached_property
    def _zone_info(self) -> ZoneInfo | None:
        return ZoneInfo(self.zone) if self.zone else None

    def read_column(self, values: pl.Series) -> Read:
        """Read a column of dates, moments or text."""
        values = as_plain_type(values)
        dtype = values.dtype
        if dtype == pl.Null:
            return refuse_all(values, self.dtype, _NO_DATE)
        if dtype == pl.String:
            text = stripped(values)
            text = text.set(is_token(text, self.tokens), None)
            found = read_moments(text, self.column.format)
            return self._finish(values.name, found, text.is_not_null())
        if dtype == pl.Date:
            found = pl.DataFrame({"moment": values.cast(pl.Datetime("us"))}).with_columns(zoned=False, timed=False)
        elif isinstance(dtype, pl.Datetime):
            zoned = dtype.time_zone is not None
            utc = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zoned else values
            found = pl.DataFrame({"moment": utc}).with_columns(zoned=pl.lit(zoned), timed=True)
        else:
            return refuse_all(values, self.dtype, _NO_DATE)
        return self._finish(values.name, found, values.is_not_null())

    def _finish(self, name: str, found: pl.DataFrame, present: pl.Series) -> Read:
        moment, zoned = found["moment"], found["zoned"]
        problems: list[tuple[str, pl.Series]] = [(_NO_DATE, present & moment.is_null())]
        seen = moment.is_not_null()
        if self.zone is None:
            problems.append((_ZONED, seen & zoned))
            moment = moment.set(zoned, None)
        if self.days:
            timed = _has_time(moment)
            problems.append((_TIMED, timed))
            result = moment.set(timed, None).cast(pl.Date)
        else:
            if self.nanoseconds:
                beyond = ~moment.is_between(_FIRST_NS, _LAST_NS).fill_null(value=True)
                problems.append((_RANGE, beyond))
                moment = moment.set(beyond, None)
            moment = moment.dt.cast_time_unit("ns" if self.nanoseconds else "us")
            if self.zone is not None:
                local = moment.dt.replace_time_zone(self.zone, ambiguous="earliest", non_existent="null")
                utc = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone)
                result = utc.zip_with(zoned, local)
                problems.append((_UNZONED_GAP, moment.is_not_null() & result.is_null()))
            else:
                result = moment
            result = result.cast(self.dtype)
        return Read(result.alias(name), tuple((text, mask) for text, mask in problems if mask.any()))

    def read_cell(self, value: Any) -> date | datetime | None:
        """Read one value."""
        if is_missing(value):
            return None
        if isinstance(value, np.datetime64):
            value = value.astype("datetime64[us]").item()
        if isinstance(value, str):
            text = self.strip(value)
            if text is None:
                return None
            found = read_moment(text, self.column.format)
            if found is None:
                raise CellError(_NO_DATE)
            moment, zoned, _ = found
        elif isinstance(value, datetime):
            zoned = value.tzinfo is not None
            moment = (value.astimezone(UTC) if zoned else value).replace(tzinfo=None)
        elif isinstance(value, date):
            moment, zoned = datetime(value.year, value.month, value.day), False  # noqa: DTZ001 - a day has no zone
        else:
            raise CellError(_NO_DATE)
        return self._finish_cell(moment, zoned)

    def _finish_cell(self, moment: datetime, zoned: bool) -> date | datetime:
        if zoned and self.zone is None:
            raise CellError(_ZONED)
        if self.days:
            if moment.time() != datetime.min.time():
                raise CellError(_TIMED)
            return moment.date()
        if self.nanoseconds and not _FIRST_NS <= moment <= _LAST_NS:
            raise CellError(_RANGE)
        info = self._zone_info
        if info is None:
            return moment
        if zoned:
            return moment.replace(tzinfo=UTC).astimezone(info)
        local = moment.replace(tzinfo=info)
        if local.astimezone(UTC).astimezone(info).replace(tzinfo=None) != moment:
            raise CellError(_UNZONED_GAP)
        return local


def _has_time(moment: pl.Series) -> pl.Series:
    return (moment != moment.dt.truncate("1d")).fill_null(value=False)
