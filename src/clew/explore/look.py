"""A table to look around in: its rows through windows, and what is worth knowing about a column once it is asked for.

A person who opens a table of a thousand columns sees a dozen of them; so each column is described when it is first
looked at, and never again::

    look = Look(data.frame, data.schema)
    look.view.window(0, 100)
    look.header("fare").missing
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from clew.core.errors import UsageError, did_you_mean
from clew.core.jsonable import plain
from clew.core.readable import number
from clew.core.schema import Column, Schema
from clew.explore.checks.domain import breaking
from clew.explore.column import ColumnStatistics
from clew.explore.conditions import operations_of
from clew.explore.describe import describe_column
from clew.explore.parallel import side_by_side
from clew.explore.pictures import Picture, picture_of
from clew.explore.shown import plainly_named
from clew.explore.types import Type, type_of
from clew.explore.view import View

#: From this many rows on, columns are described side by side.
_MANY_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above a column: what it is, how good its values are, and how they are distributed.

    Parameters
    ----------
    name : str
        Name of the column.
    type : Type
        What the field calls it.
    kind, role, dtype : str
        As its schema says.
    unit : str, optional
        Of its values.
    rows, valid, missing, invalid : int
        All rows, and those whose value can be used, is missing, or is there but infinite or against what the domain
        model declares; the three add up to all.
    distinct : int, optional
        Different values; None where they are not counted.
    picture : Picture, optional
        Bars of the distribution; None where there is none to draw.
    words : str
        The distribution in a few words, e.g. ``"0 to 512"`` or ``"3 values"``.
    """

    name: str
    type: Type
    kind: str
    role: str
    dtype: str
    unit: str | None
    rows: int
    valid: int
    missing: int
    invalid: int
    distinct: int | None
    picture: Picture | None
    words: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values, the picture as ``bars`` with label and count, ``binned`` or not."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "picture"}
        drawn = self.picture
        bars = (
            [{"label": label, "count": counts[0]} for label, counts in zip(drawn.labels, drawn.counts, strict=True)]
            if drawn
            else []
        )
        result: dict[str, Any] = plain({**told, "bars": bars, "binned": drawn is not None and drawn.edges is not None})
        return result


class Look:
    """One table and what is known about it so far; safe to share between threads.

    Parameters
    ----------
    frame : polars.DataFrame, shape (rows, columns)
        The table. It is neither copied nor changed.
    schema : Schema
        What is known about its columns.
    positions : Series of int, shape (rows,), optional
        Where each row stands in the table that these rows were taken from.
    """

    def __init__(self, frame: pl.DataFrame, schema: Schema, *, positions: pl.Series | None = None) -> None:
        self.frame = frame
        self.schema = schema
        self.view = View(frame, schema, positions=positions)
        self._lock = threading.Lock()
        self._columns: dict[str, _Known] = {}

    def column(self, name: str) -> Column:
        """Return the description of a column.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        if name not in self.schema or name not in self.frame.columns:
            raise UsageError(f"There is no column {name!r}.", hint=did_you_mean(name, self.schema.names))
        return self.schema[name]

    def statistics(self, name: str) -> ColumnStatistics:
        """Return the statistics of a column."""
        return self._known(name).statistics

    def picture(self, name: str) -> Picture | None:
        """Return the bars of a column; None where it cannot be drawn."""
        return self._known(name).header.picture

    def header(self, name: str) -> Header:
        """Return what stands above a column."""
        return self._known(name).header

    def headers(self, names: Sequence[str]) -> list[Header]:
        """Return what stands above some columns, in the order given.

        Raises
        ------
        UsageError
            If one does not exist.
        """
        for name in names:
            self.column(name)
        if self.frame.height >= _MANY_ROWS:
            return side_by_side(self.header, names)
        return [self.header(name) for name in names]

    def find(
        self, text: str = "", *, kinds: Collection[str] = (), roles: Collection[str] = (), with_missing: bool = False
    ) -> list[str]:
        """Return the names of some columns, in the order of the table.

        Parameters
        ----------
        text : str
            What the name or the description has to contain, whatever its case.
        kinds, roles : collection of str
            One of these the column's kind and role have to be; empty for any.
        with_missing : bool, default False
            Whether only columns with missing values are wanted.
        """
        wanted = text.strip().lower()
        return [
            column.name
            for column in self.schema
            if (wanted in column.name.lower() or wanted in (column.description or "").lower())
            and (not kinds or column.kind.value in kinds)
            and (not roles or column.role.value in roles)
            and (not with_missing or self._has_missing(column.name))
        ]

    def _has_missing(self, name: str) -> bool:
        values = plainly_named(self.frame.get_column(name))
        return values.null_count() > 0 or (values.dtype.is_float() and bool(values.is_nan().any()))

    def values(self, name: str, *, limit: int = 200) -> list[tuple[str, int]]:
        """Return the most frequent values of a column, as texts, each with its rows.

        Parameters
        ----------
        name : str
            The column.
        limit : int, default 200
            This many at most; fewer of a column whose values nearly all differ.
        """
        listed = self.statistics(name).values.items[:limit]
        return [(str(value).lower() if isinstance(value, bool) else str(value), count) for value, count in listed]

    def conditions(self, name: str) -> tuple[str, ...]:
        """Return by what a column can be compared; see `clew.explore.conditions`."""
        return operations_of(self.frame.schema[self.column(name).name])

    def _known(self, name: str) -> "_Known":
        column = self.column(name)
        with self._lock:
            known = self._columns.setdefault(name, _Known())
        # Columns are looked at side by side, and one that several ask for once.
        with known.lock:
            if not known.ready:
                known.fill(plainly_named(self.frame.get_column(name)), column)
        return known


class _Known:
    """What is known about one column."""

    statistics: ColumnStatistics
    header: Header

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ready = False

    def fill(self, values: pl.Series, column: Column) -> None:
        self.statistics = describe_column(values, column, mergeable=False)
        drawn = picture_of(values, column, self.statistics)
        self.header = _header(values, column, self.statistics, drawn)
        self.ready = True


def _header(values: pl.Series, column: Column, known: ColumnStatistics, drawn: Picture | None) -> Header:
    invalid = _invalid(values, column)
    return Header(
        name=column.name,
        type=type_of(column, known, values),
        kind=column.kind.value,
        role=column.role.value,
        dtype=column.dtype,
        unit=column.unit,
        rows=known.rows,
        valid=known.present - invalid,
        missing=known.missing,
        invalid=invalid,
        distinct=known.distinct,
        picture=drawn,
        words=_words(known),
    )


def _invalid(values: pl.Series, column: Column) -> int:
    """Count the values that are there and cannot be used."""
    broken = breaking(values, column)
    if values.dtype.is_float():
        broken = (broken | values.is_infinite().fill_null(value=False)) & values.is_not_nan().fill_null(value=False)
    return int(broken.sum())


def _words(known: ColumnStatistics) -> str:
    if not known.present:
        return "no values"
    if known.distinct is not None and known.values.exact and known.distinct == 1:
        return f"always {_text(known.values.items[0][0])}"
    if known.minimum is not None:
        return f"{_text(known.minimum)} to {_text(known.maximum)}"
    if known.distinct is None:
        return f"{known.present:,} values"
    return f"{'' if known.distinct_exact else 'about '}{known.distinct:,} different"


def _text(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
