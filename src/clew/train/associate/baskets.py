"""Baskets: which items stand together, from long tables, wide ones, or lists. No dense table is made on the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import DataError, UsageError, did_you_mean
from clew.core.finding import Finding
from clew.train.associate.ragged import Ragged
from clew.train.codes import finding

#: With fewer rows, counts that look like numbers of the rows may be chance.
_SEVERAL_ROWS = 10


@dataclass(frozen=True, slots=True)
class Baskets:
    """Which items each basket holds, each at most once.

    Parameters
    ----------
    items : polars.Series
        The items, as texts or integers, in ascending order or that of the columns of a wide table; a code is a
        position in it.
    held : Ragged
        Codes of the items of each basket, ascending.
    names : polars.Series, optional
        What identifies each basket; by default its position.
    findings : tuple of Finding
        What was noticed while reading.
    """

    items: pl.Series
    held: Ragged
    names: pl.Series | None = None
    findings: tuple[Finding, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.held)

    def counts(self) -> NDArray[np.int64]:
        """Return the number of baskets that hold each item, shape (items,)."""
        return np.bincount(self.held.values, minlength=len(self.items))

    def in_terms_of(self, items: pl.Series) -> Ragged:
        """Return the baskets with the codes of other items; those not among them are left out."""
        own = self.items if self.items.dtype == items.dtype else self.items.cast(items.dtype, strict=False)
        code = pl.DataFrame({"item": own}).join(
            pl.DataFrame({"item": items, "code": np.arange(len(items))}), on="item", how="left", maintain_order="left"
        )["code"]
        known = code.fill_null(-1).to_numpy()[self.held.values]
        kept = known >= 0
        return _grouped(self.held.owners[kept], known[kept], len(self), max(len(items), 1))


def read_baskets(data: Any, *, transaction: str | None = None, item: str | None = None) -> Baskets:
    """Read baskets.

    Parameters
    ----------
    data : path, frame, Dataset, array, sparse matrix, or sequence of baskets
        - Long: a table with a row for each item of each basket; `transaction` and `item` name the two columns.
        - Lists: a table whose column `item` holds lists, a row a basket; or a sequence of lists, tuples or sets.
        - Wide: a table, array of shape (baskets, items) or sparse matrix of truth values, of 0 and 1, or of counts.
    transaction : str, optional
        Column that tells baskets apart.
    item : str, optional
        Column with the items.

    Returns
    -------
    Baskets

    Raises
    ------
    DataError
        If the rows are no baskets; the message says why.
    UsageError
        If a column does not exist.
    """
    if isinstance(data, Baskets):
        return data
    if hasattr(data, "tocsr") or isinstance(data, np.ndarray):
        return _of_array(data)
    if is_listed(data):
        return of_lists(data)
    frame = data if isinstance(data, pl.DataFrame) else (data := read(data)).frame
    for column in (transaction, item):
        if column is not None and column not in frame.columns:
            raise UsageError(f"There is no column {column!r}.", hint=did_you_mean(column, frame.columns))
    if item is None:
        if transaction is not None:
            raise UsageError("`transaction` is given and `item` is not.", hint="Name the column with the items too.")
        return _wide(read(data))
    if transaction == item:
        raise UsageError(f"`transaction` and `item` are both {item!r}.", hint="Name two columns.")
    if isinstance(frame.schema[item], pl.List | pl.Array):
        names = frame[transaction] if transaction is not None else None
        lists = frame.select(basket=pl.int_range(pl.len(), dtype=pl.Int64), item=_lists(frame[item]))
        # A basket without any item has no row of its own, so how many there are is said beside.
        rows = lists.filter(pl.col("item").list.len() > 0).explode("item")
        return _coded(rows["basket"].to_numpy(), _plain(rows["item"]), frame.height, names)
    if transaction is None:
        raise UsageError(
            f"`item` is given and `transaction` is not, and {item!r} holds no lists.",
            hint="Name the column that tells baskets apart.",
        )
    return _long(frame[transaction], frame[item])


def is_listed(data: Any) -> bool:
    """Return whether these are baskets one after the other, rather than a table or the path of one."""
    return isinstance(data, Baskets | Sequence) and not isinstance(data, str)


def _lists(item: pl.Series) -> pl.Series:
    return item.arr.to_list() if isinstance(item.dtype, pl.Array) else item


def of_lists(lists: Sequence[Any]) -> Baskets:
    """Return a sequence of baskets, each a list, tuple or set of items.

    Raises
    ------
    DataError
        If one of them is none of these, or items are neither all texts nor all integers.
    """
    for position, basket in enumerate(lists):
        if isinstance(basket, str) or not isinstance(basket, Iterable):
            raise DataError(
                f"Basket {position} is {basket!r}; a basket is a list, tuple or set of items.",
                hint="Give a list of lists, or a table with `transaction` and `item`.",
            )
    rows = [[None if _is_gap(thing) else thing for thing in basket] for basket in lists]
    flat = [thing for row in rows for thing in row]
    whole = all(thing is None or _is_code(thing) for thing in flat)
    texts = flat if whole and flat else [None if thing is None else _spelt(thing) for thing in flat]
    items = pl.Series("item", texts, dtype=pl.Int64 if whole and flat else pl.String)
    owners = np.repeat(np.arange(len(rows), dtype=np.int64), [len(row) for row in rows])
    # A basket without any item has no row of its own, so how many there are is said beside.
    return _coded(owners, _plain(items), len(rows), None)


def _spelt(thing: Any) -> str:
    """Return a thing as text; a whole number as one, also where it became a float beside a gap."""
    return str(thing).removesuffix(".0") if isinstance(thing, float) else str(thing)


def _is_gap(thing: Any) -> bool:
    """Return whether a thing stands for nothing: None, NaN, or what pandas calls NA."""
    return thing is None or type(thing).__name__ == "NAType" or (isinstance(thing, float) and thing != thing)


def _is_code(thing: Any) -> bool:
    """Return whether a thing is an integer that 64 bits hold."""
    return isinstance(thing, int | np.integer) and not isinstance(thing, bool) and -(2**63) <= int(thing) < 2**63


def _long(transaction: pl.Series, item: pl.Series) -> Baskets:
    transaction = _known(transaction)
    missing = int(transaction.null_count())
    if missing:
        there = transaction.is_not_null()
        transaction, item = transaction.filter(there), item.filter(there)
    codes, ids = _codes(transaction)
    read_in = _coded(codes, _plain(item), len(ids), ids)
    if not missing:
        return read_in
    told = finding(
        "ME161",
        f"{missing:,} rows have no value in {transaction.name!r} and were left out.",
        column=transaction.name,
        rows=missing,
    )
    return Baskets(read_in.items, read_in.held, read_in.names, (told, *read_in.findings))


def _coded(owners: NDArray[Any], item: pl.Series, baskets: int, names: pl.Series | None) -> Baskets:
    """Turn items into codes, and drop those that are missing or there twice."""
    findings = []
    missing = int(item.null_count())
    if missing:
        there = item.is_not_null()
        owners, item = owners[there.to_numpy()], item.filter(there)
        detail = f"{missing:,} rows name no item. Their baskets still count."
        findings.append(finding("ME162", detail, column=item.name or None, rows=missing))
    codes, items = _codes(item)
    held = _grouped(owners.astype(np.int64), codes, baskets, max(len(items), 1))
    if len(held.values) < len(codes):
        twice = len(codes) - len(held.values)
        findings.append(
            finding("ME163", f"{twice:,} rows repeat an item of the same basket; it counts once.", rows=twice)
        )
    return Baskets(items, held, names, tuple(findings))


def _grouped(owners: NDArray[np.int64], codes: NDArray[np.int64], baskets: int, items: int) -> Ragged:
    """Return the distinct codes of each basket, ascending."""
    keys = owners * items + codes
    if np.all(np.diff(keys) > 0):
        return Ragged.of_owners(owners, codes, baskets)
    keys.sort()
    owners = np.repeat(np.arange(baskets), np.bincount(owners, minlength=baskets))
    distinct = np.diff(keys, prepend=-1) > 0
    owners, keys = owners[distinct], keys[distinct]
    return Ragged.of_owners(owners, keys - owners * items, baskets)


def _known(values: pl.Series) -> pl.Series:
    """Return what names baskets or items, texts without spaces around them, with null for what is missing.

    Raises
    ------
    DataError
        If the values are of a type that names nothing.
    """
    if values.dtype.is_float():
        return values.fill_nan(None)
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        raise DataError(
            f"The values of {values.name!r} are of the type {values.dtype}, which names no basket or item.",
            hint="Use a column of texts or integers.",
        )
    if values.dtype in (pl.String, pl.Categorical, pl.Enum):
        texts = values.cast(pl.String).str.strip_chars()
        return texts.set(texts == "", None)
    return values


def _plain(item: pl.Series) -> pl.Series:
    """Return items as integers or texts; errors and what is missing as of `_known`."""
    item = _known(item)
    if item.dtype.is_float():  # codes become floats beside gaps, and are to be spelt as they were
        return item.cast(pl.String).str.replace(r"\.0$", "")
    if not item.dtype.is_integer():
        return item.cast(pl.String)
    codes = item.cast(pl.Int64, strict=False)
    return codes if codes.null_count() == item.null_count() else item.cast(pl.String)


def _codes(values: pl.Series) -> tuple[NDArray[np.int64], pl.Series]:
    """Return the position of each value among the distinct ones, and these in ascending order."""
    distinct = values.unique().sort()
    if values.dtype == pl.String:
        return values.cast(pl.Enum(distinct)).to_physical().to_numpy().astype(np.int64), distinct
    if len(values) and values.is_sorted():
        return values.rle_id().to_numpy().astype(np.int64), distinct
    return (values.rank("dense").to_numpy().astype(np.int64) - 1), distinct


def _wide(data: Dataset) -> Baskets:
    """Return the columns that are items: those that neither the domain nor their values give another role."""
    frame = data.frame.select(column.name for column in data.schema.features)
    numbering = [column.name for column in frame.iter_columns() if _numbers_rows(column)]
    frame = frame.drop(numbering)
    for column in frame.iter_columns():
        _check_wide(column)
    if not frame.width:
        what = "no column of the table is an item: each has another role" if data.frame.width else "the table has none"
        raise DataError(f"A wide table has a column for each item, and {what}.", hint="State no role for items.")
    found = [
        (column.cast(pl.Float64).fill_nan(None).fill_null(0.0) > 0).arg_true().to_numpy().astype(np.int64)
        for column in frame.iter_columns()
    ]
    codes = np.repeat(np.arange(frame.width, dtype=np.int64), [len(rows) for rows in found])
    held = _grouped(np.concatenate(found), codes, len(frame), frame.width)
    told = (finding("ME168", f"{name!r} numbers the rows, and is no item.", column=name) for name in numbering)
    return Baskets(pl.Series("item", frame.columns), held, findings=tuple(told))


def _numbers_rows(column: pl.Series) -> bool:
    """Return whether a column numbers several rows: whole numbers that rise from row to row, or leave no gap."""
    if len(column) < _SEVERAL_ROWS or not column.dtype.is_integer() or column.null_count():
        return False
    if column.n_unique() < len(column):
        return False
    span = int(column.max()) - int(column.min()) + 1  # type: ignore[arg-type]  # whole numbers are there
    return span == len(column) or column.is_sorted()


def _check_wide(column: pl.Series) -> None:
    if isinstance(column.dtype, pl.List):
        raise DataError(
            f"The column {column.name!r} holds lists, and `item` does not name it.",
            hint="Name it as `item`, without `transaction`: each list is a basket.",
        )
    if column.null_count() == len(column):
        return
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise DataError(
            f"The column {column.name!r} holds {column.dtype}; a wide table has a column of 0 and 1 for each item.",
            hint="Name the two columns of a long table: `transaction` and `item`.",
        )
    low = float(column.cast(pl.Float64).min())  # type: ignore[arg-type]  # some value is there
    if low < 0:
        raise DataError(
            f"The column {column.name!r} holds {low:g}; what an item's column holds is 0, 1 or a count.",
            hint="Leave out columns that are no items.",
        )


def _of_array(data: Any) -> Baskets:
    """Return a numeric array or sparse matrix as baskets; items are called ``x`` and their position."""
    from scipy.sparse import csr_array

    table = csr_array(data, copy=True)  # what follows changes it
    table.sum_duplicates()
    low = float(table.data.min()) if table.data.size else 0.0
    if np.isnan(low):
        raise DataError("NaN in data: a wide table holds 0, 1 or counts.", hint="Write 0 where nothing is known.")
    if low < 0:
        raise DataError("Negative values in data: a wide table holds 0, 1 or counts.", hint="Give truth values.")
    table.eliminate_zeros()
    table.sort_indices()
    held = Ragged(table.indices.astype(np.int64), table.indptr.astype(np.int64))
    return Baskets(pl.Series("item", [f"x{position}" for position in range(table.shape[1])], dtype=pl.String), held)
