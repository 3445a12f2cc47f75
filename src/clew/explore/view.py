"""A table seen through a window: some of its rows, in an order and under conditions, without moving the table.

Sorting and filtering answer with positions, which are kept; so a person who scrolls through a million rows waits for
them once, and then only for the rows that are on the screen::

    view = View(data.frame, data.schema)
    window = view.window(0, 100, orders=(Order("fare", descending=True),), conditions=(Condition("age", "missing"),))
    window.total, window.rows[0]
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.core.errors import UsageError, did_you_mean
from clew.core.schema import Column, Kind, Schema
from clew.explore.conditions import AnyOf, Condition, contains, holds
from clew.explore.shown import BRIEF, Limits, plainly_named, shown
from clew.explore.written import written

#: Positions that are kept take this many bytes at most; those asked for last are always kept.
_KEPT_BYTES = 64_000_000
#: Cells of a part of a CSV file: small enough to begin at once, large enough to cost little each.
_CELLS_OF_A_PART = 500_000
_CODES = frozenset({Kind.CATEGORICAL, Kind.ORDINAL})

Where = Condition | AnyOf


@dataclass(frozen=True, slots=True)
class Order:
    """A column that rows are sorted by.

    Parameters
    ----------
    column : str
        Its name.
    descending : bool, default False
        Whether the largest come first. Missing values come last either way.
    """

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Rows that stand next to each other in a view.

    Parameters
    ----------
    rows : list of lists of str or None, shape (rows, columns)
        Cells as `clew.explore.shown.shown` writes them.
    total : int
        Rows of the view, of which these are a part.
    positions : list of int, shape (rows,)
        Where each row stands in the table, from 0.
    """

    rows: list[list[str | None]]
    total: int
    positions: list[int]

    def to_dict(self) -> dict[str, Any]:
        """Return the three fields as JSON-ready values."""
        return {"rows": self.rows, "total": self.total, "positions": self.positions}


_Key = tuple[tuple[Order, ...], str, str]


class View:
    """Windows into one table; safe to share between threads.

    Parameters
    ----------
    frame : polars.DataFrame, shape (rows, columns)
        The table. It is neither copied nor changed.
    schema : Schema
        What is known about its columns: an ordinal is sorted by its order, and codes are searched like texts.
    positions : Series of int, shape (rows,), optional
        Where each row stands in the table that these rows were taken from; without them, here.
    """

    def __init__(self, frame: pl.DataFrame, schema: Schema, *, positions: pl.Series | None = None) -> None:
        self.frame = frame
        self.schema = schema
        self._numbers = positions
        self._dtypes = dict(frame.schema)
        self._kept: OrderedDict[_Key, pl.Series] = OrderedDict()
        self._lock = threading.Lock()

    def window(
        self,
        start: int,
        stop: int,
        *,
        orders: Sequence[Order] = (),
        conditions: Sequence[Where] = (),
        search: str = "",
        columns: Sequence[str] | None = None,
        limits: Limits = BRIEF,
    ) -> Window:
        """Return the rows of the view from one place to another.

        Parameters
        ----------
        start, stop : int
            Places in the view, `stop` not included; what lies beyond the end is left out.
        orders : sequence of Order
            The first decides, the next where it ties; then the order of the table.
        conditions : sequence of Condition or AnyOf
            All have to hold.
        search : str
            A text that one of the columns of texts or codes has to contain, whatever its case.
        columns : sequence of str, optional
            The columns wanted, in this order; all by default.
        limits : Limits, default BRIEF
            How much is shown of a long cell.

        Raises
        ------
        UsageError
            If a place is negative, a column does not exist or cannot be sorted, or a condition cannot be asked of it.
        """
        if start < 0 or stop < start:
            raise UsageError(
                f"There are no rows from {start} to {stop}.", hint="Count from 0, and end after the start."
            )
        names = self.frame.columns if columns is None else [self._checked(name) for name in columns]
        found = self.positions(orders=orders, conditions=conditions, search=search)
        if found is None:
            picked = self.frame.slice(start, stop - start)
            places = list(range(min(start, self.frame.height), min(stop, self.frame.height)))
            total = self.frame.height
        else:
            part = found.slice(start, stop - start)
            picked, places, total = self.frame.select(self._columns(names))[part], part.to_list(), len(found)
        cells = [shown(picked.get_column(name), limits) for name in names]
        rows = [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in places]
        return Window(rows, total, places if self._numbers is None else self._numbers[places].to_list())

    def positions(
        self, *, orders: Sequence[Order] = (), conditions: Sequence[Where] = (), search: str = ""
    ) -> pl.Series | None:
        """Return where the rows of the view stand in the frame, shape (total,); None where it is the frame as it is.

        Parameters are those of `window`.
        """
        search = search.strip()
        if not orders and not conditions and not search:
            return None
        asked = _Asked(tuple(orders), tuple(conditions), search)
        # One at a time: a grid asks for several windows at once, and the first one's work answers the others.
        with self._lock:
            key = asked.key
            if key not in self._kept:
                self._keep(key, self._sorted(asked.orders, self._filtered(asked)))
            self._kept.move_to_end(key)
            return self._kept[key]

    def csv(
        self,
        *,
        orders: Sequence[Order] = (),
        conditions: Sequence[Where] = (),
        search: str = "",
        columns: Sequence[str] | None = None,
    ) -> Iterator[bytes]:
        """Return the view as a CSV file in UTF-8, part by part: a header, then every row, nothing cut.

        Lists and structs are written as JSON, bytes in base64, durations in seconds. A CSV file is data: a text that
        begins with ``=``, ``+``, ``-`` or ``@`` stays what it is, though a spreadsheet may take it for a formula.

        Parameters are those of `window`. What is wrong with them is said at once, before the first part.
        """
        names = self.frame.columns if columns is None else [self._checked(name) for name in columns]
        found = self.positions(orders=orders, conditions=conditions, search=search)
        return _parts(self.frame.select(self._columns(names)), found)

    def _columns(self, names: Sequence[str]) -> list[pl.Series]:
        return [self.frame.get_column(name) for name in names]

    def _checked(self, name: str) -> str:
        if name not in self._dtypes:
            raise UsageError(f"There is no column {name!r}.", hint=did_you_mean(name, self._dtypes))
        return name

    def _keep(self, key: _Key, found: pl.Series) -> None:
        self._kept[key] = found
        while len(self._kept) > 1 and sum(kept.estimated_size() for kept in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)

    def _filtered(self, asked: "_Asked") -> pl.Series | None:
        """Return the positions of the rows that pass, ascending; None for all."""
        if not asked.conditions and not asked.search:
            return None
        key = replace(asked, orders=()).key
        if key not in self._kept:
            columns = _Columns(self.frame)
            passes = [holds(condition, columns.values, self._dtypes) for condition in asked.conditions]
            if asked.search:
                passes.append(self._found(asked.search, columns))
            self._keep(key, columns.where(passes))
        return self._kept[key]

    def _found(self, search: str, columns: "_Columns") -> pl.Expr:
        texts = [column.name for column in self.schema if self._searched(column)]
        found = [contains(columns.values(name).cast(pl.String), search).fill_null(value=False) for name in texts]
        return pl.any_horizontal(found) if found else pl.lit(value=False)

    def _searched(self, column: Column) -> bool:
        dtype = self._dtypes.get(column.name)
        if dtype is None:
            return False
        codes = column.kind in _CODES and dtype.is_integer()
        return codes or isinstance(dtype, pl.String | pl.Categorical | pl.Enum)

    def _sorted(self, orders: tuple[Order, ...], found: pl.Series | None) -> pl.Series:
        if not orders:
            return pl.Series(range(self.frame.height), dtype=pl.get_index_type()) if found is None else found
        keys: list[pl.Series] = []
        descending: list[bool] = []
        for order in orders:
            made = self._sort_keys(order.column, found)
            keys += made
            descending += [order.descending] * len(made)
        table = pl.DataFrame([key.alias(str(i)) for i, key in enumerate(keys)])
        ranks = table.select(
            pl.arg_sort_by(table.columns, descending=descending, nulls_last=True, maintain_order=True)
        ).to_series()
        return ranks if found is None else found[ranks]

    def _sort_keys(self, name: str, found: pl.Series | None) -> list[pl.Series]:
        """Return what a column is sorted by, the rows of the view only."""
        values = plainly_named(self.frame.get_column(self._checked(name)))
        values = values if found is None else values[found]
        dtype = values.dtype
        if dtype.is_nested() or dtype == pl.Object:
            raise UsageError(
                f"The column {name!r} is {dtype}, which has no order.", hint="Sort by another column, or flatten it."
            )
        if dtype.is_float():
            return [values.fill_nan(None)]
        if dtype == pl.Binary:
            return [values.bin.size()]
        if isinstance(dtype, pl.Categorical | pl.Enum):
            values = values.cast(pl.String)
        order = self.schema[name].order if name in self.schema else None
        if order and values.dtype == pl.String:
            ranks = {value: rank for rank, value in enumerate(dict.fromkeys(order))}
            unknown = pl.when(pl.col("v").is_not_null()).then(len(ranks))
            ranked = (
                values.alias("v")
                .to_frame()
                .select(pl.col("v").replace_strict(ranks, default=unknown, return_dtype=pl.Int64))
            )
            return [ranked.to_series(), values]
        return [values]


def _parts(table: pl.DataFrame, found: pl.Series | None) -> Iterator[bytes]:
    step = max(1, _CELLS_OF_A_PART // max(table.width, 1))
    total = table.height if found is None else len(found)
    yield written(table.head(0), header=True)
    for start in range(0, total, step):
        yield written(table.slice(start, step) if found is None else table[found.slice(start, step)], header=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a view."""

    orders: tuple[Order, ...]
    conditions: tuple[Where, ...]
    search: str

    @property
    def key(self) -> _Key:
        """What it is kept under; spelt, because 1 and True are equal and do not mean the same."""
        return self.orders, repr(self.conditions), self.search


class _Columns:
    """The columns that conditions ask about, under names of their own.

    In an expression "*" and "^a.*$" would be patterns, and a name may be empty.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self._names: dict[str, str] = {}

    def values(self, name: str) -> pl.Expr:
        """Return the values of a column."""
        return pl.col(self._names.setdefault(name, str(len(self._names))))

    def where(self, passes: Sequence[pl.Expr]) -> pl.Series:
        """Return the positions at which all pass."""
        rows = pl.int_range(self._frame.height, dtype=pl.get_index_type(), eager=True).alias("row")
        taken = [self._frame.get_column(name).alias(inside) for name, inside in self._names.items()]
        return pl.DataFrame([rows, *taken]).lazy().filter(*passes).select("row").collect().to_series()
