"""What changed between two versions of a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from clew.core.errors import DataError, did_you_mean
from clew.store.diff_view import diff_view

_COUNT = "_clew_count"


@dataclass(frozen=True)
class TableDiff:
    """The difference of two versions.

    Parameters
    ----------
    added, removed, changed : int
        Rows of the later version without a partner, of the earlier version without one, and partners that differ.
    added_rows, removed_rows : polars.DataFrame
        These rows.
    changed_before, changed_after : polars.DataFrame
        The rows that changed, in the order of the keys' first appearance in the later version.
    changed_columns : dict
        How many of the changed rows differ in each column; columns that never differ are left out.
    columns_added, columns_removed : tuple of str
        Columns that only one version has; they are not compared.
    """

    added: int
    removed: int
    changed: int
    added_rows: pl.DataFrame
    removed_rows: pl.DataFrame
    changed_before: pl.DataFrame
    changed_after: pl.DataFrame
    changed_columns: dict[str, int] = field(default_factory=dict)
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()

    def changed_places(self, column: str) -> list[int]:
        """Return which of the changed rows differ in a column: their places in `changed_after`, ascending.

        Raises
        ------
        DataError
            If only one version has the column.
        """
        if column not in self.changed_before.columns or column not in self.changed_after.columns:
            common = [name for name in self.changed_after.columns if name in self.changed_before.columns]
            raise DataError(f"The column {column!r} is not in both versions.", hint=did_you_mean(column, common))
        pair = (table.get_column(column).alias("0").to_frame() for table in (self.changed_before, self.changed_after))
        left, right = _alike(*pair)
        return (~left["0"].eq_missing(right["0"])).arg_true().to_list()

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON-ready values."""
        return {
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "changed_columns": dict(self.changed_columns),
            "columns_added": list(self.columns_added),
            "columns_removed": list(self.columns_removed),
        }

    def __repr__(self) -> str:
        return f"TableDiff({self.added} added, {self.removed} removed, {self.changed} changed)"

    def _repr_html_(self) -> str:
        return diff_view(self)


def compare(before: pl.DataFrame, after: pl.DataFrame, keys: Sequence[str] | None = None) -> TableDiff:
    """Compare two tables by the columns that both have.

    Parameters
    ----------
    before, after : polars.DataFrame
        The tables.
    keys : sequence of str, optional
        Columns that identify a row. Without them whole rows are compared, as often as they occur: a row that changed is
        one row removed and one added. Missing values are equal to each other.

    Raises
    ------
    DataError
        If a key is no column of both, or occurs twice.
    """
    common = [name for name in after.columns if name in before.columns]
    added_columns = tuple(name for name in after.columns if name not in before.columns)
    removed_columns = tuple(name for name in before.columns if name not in after.columns)
    # Inside, columns are called by their positions: "*" and "^a.*$" are patterns in expressions.
    position = {name: str(i) for i, name in enumerate(common)}
    left, right = _alike(before[common].rename(position), after[common].rename(position))
    if keys is None:
        added, removed = _surplus(right, left), _surplus(left, right)
        picked = (after[added], before[removed], before.head(0), after.head(0))
        return TableDiff(len(added), len(removed), 0, *picked, {}, added_columns, removed_columns)
    for key in keys:
        if key not in common:
            raise DataError(f"The key {key!r} is no column of both versions.", hint=did_you_mean(key, common))
    for table, when in ((left, "earlier"), (right, "later")):
        _check_unique(table, [position[key] for key in keys], list(keys), when)
    names = [position[key] for key in keys]
    left, right = left.with_row_index("_clew_left"), right.with_row_index("_clew_right")
    added = right.join(left, on=names, how="anti", nulls_equal=True, maintain_order="left")["_clew_right"]
    removed = left.join(right, on=names, how="anti", nulls_equal=True, maintain_order="left")["_clew_left"]
    both = right.select(*names, "_clew_right").join(
        left.select(*names, "_clew_left"), on=names, nulls_equal=True, maintain_order="left"
    )
    mine, theirs = left[both["_clew_left"]], right[both["_clew_right"]]
    differs = {at: ~mine[at].eq_missing(theirs[at]) for at in position.values() if at not in names}
    counts = {name: int(differs[at].sum()) for name, at in position.items() if at in differs and differs[at].any()}
    changed = pl.DataFrame(differs).select(pl.any_horizontal(pl.all())).to_series() if differs else None
    rows = both.filter(changed) if changed is not None else both.head(0)
    return TableDiff(
        len(added),
        len(removed),
        rows.height,
        after[added],
        before[removed],
        before[rows["_clew_left"]],
        after[rows["_clew_right"]],
        counts,
        added_columns,
        removed_columns,
    )


def _alike(left: pl.DataFrame, right: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Bring the columns of both tables to one type: the wider number, or text."""
    for name in left.columns:
        a, b = left.schema[name], right.schema[name]
        if isinstance(a, pl.Categorical | pl.Enum) or isinstance(b, pl.Categorical | pl.Enum):
            left, right = (t.with_columns(pl.col(name).cast(pl.String)) for t in (left, right))
        elif a != b:
            common = pl.concat([left.select(name).head(0), right.select(name).head(0)], how="vertical_relaxed")
            dtype = common.schema[name] if a.is_numeric() and b.is_numeric() else pl.String()
            left, right = (t.with_columns(pl.col(name).cast(dtype)) for t in (left, right))
    return left, right


def _surplus(table: pl.DataFrame, other: pl.DataFrame) -> pl.Series:
    """Return the positions of rows that a table has more often than the other."""
    names = table.columns
    numbered = table.with_columns(pl.int_range(pl.len()).over(names).alias(_COUNT)).with_row_index("_clew_at")
    others = other.with_columns(pl.int_range(pl.len()).over(names).alias(_COUNT))
    return numbered.join(others, on=[*names, _COUNT], how="anti", nulls_equal=True, maintain_order="left")["_clew_at"]


def _check_unique(table: pl.DataFrame, keys: list[str], names: list[str], when: str) -> None:
    repeated = table.group_by(keys).len().filter(pl.col("len") > 1)
    repeated = repeated.sort("len", *keys, descending=[True, *(False for _ in keys)])
    if repeated.is_empty():
        return
    *values, count = repeated.row(0)
    example = dict(zip(names, values, strict=True))
    raise DataError(
        f"The key {', '.join(map(repr, names))} does not identify rows: {example!r} occurs {count} times "
        f"in the {when} version.",
        hint="Name more columns, or compare whole rows without keys.",
    )
