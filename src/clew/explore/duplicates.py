"""The rows that repeat most often."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from clew.core.jsonable import plain
from clew.explore.checks.table import brief

#: Repeated rows that are shown, and the first of their positions.
SHOWN, POSITIONS = 10, 5


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """Rows that come more than once.

    Parameters
    ----------
    rows : int
        Rows of the table.
    again : int
        Rows that equal an earlier one.
    frequent : tuple of dict
        ``times``, ``rows`` (the first five positions) and ``values`` (of each column, long texts cut) of the
        most frequent rows.
    """

    rows: int
    again: int
    frequent: tuple[dict[str, Any], ...]

    @property
    def share(self) -> float:
        """Share of the rows that equal an earlier one."""
        return self.again / self.rows if self.rows else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the share as JSON-ready values."""
        result: dict[str, Any] = plain(
            {"rows": self.rows, "again": self.again, "share": self.share, "frequent": self.frequent}
        )
        return result


def most_repeated(frame: pl.DataFrame, repeated: pl.Series) -> RepeatedRows:
    """List the rows that repeat most often.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    repeated : Series of bool, shape (rows,)
        Whether each row equals an earlier one.
    """
    again = int(repeated.sum())
    names = [name for name, dtype in frame.schema.items() if not dtype.is_nested() and dtype != pl.Object]
    if not again or not names:
        return RepeatedRows(len(frame), again, ())
    # Only rows whose hash a repeated row has can be its first occurrence.
    hashes = frame.select(names).hash_rows(seed=0)
    suspects = hashes.is_in(hashes.filter(repeated).unique().implode()).arg_true()
    grouped = (
        frame[suspects]
        .select(names)
        .with_columns(pl.Series(_POSITION, suspects))
        .group_by(names, maintain_order=True)
        .agg(pl.col(_POSITION).head(POSITIONS), pl.len().alias(_TIMES))
        .filter(pl.col(_TIMES) > 1)
    )
    top = grouped.sort(pl.col(_TIMES), pl.col(_POSITION).list.first(), descending=[True, False]).head(SHOWN)
    frequent = tuple(
        {"times": row[_TIMES], "rows": row[_POSITION], "values": {name: brief(row[name]) for name in names}}
        for row in top.iter_rows(named=True)
    )
    return RepeatedRows(len(frame), again, frequent)


#: Names that no column has.
_POSITION, _TIMES = "\N{NULL}position", "\N{NULL}times"
