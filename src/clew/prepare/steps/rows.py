"""Training rows in another order, or each once. All act in fitting only, on features and target together."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError
from clew.core.schema import Column, Schema
from clew.prepare.registry import register
from clew.prepare.selectors import Columns, ColumnsLike
from clew.prepare.step import Step, StepKind, Training
from clew.prepare.table import Table


@dataclass(frozen=True)
class _ByColumns(Step):
    """Chooses rows by what they hold in some columns, of any role."""

    columns: ColumnsLike = "all"

    kind: ClassVar[StepKind] = StepKind.ROWS

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Columns.of(self.columns))

    @property
    def selection(self) -> Columns:
        """The choice of columns."""
        return Columns.of(self.columns)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, in the order in which they are named."""
        return self.selection.ordered(schema)


@register
@dataclass(frozen=True)
class Sort(_ByColumns):
    """Put the training rows in order; equal ones stay as they stand, and missing values come last.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        By the first one, then by the second where that is equal, and so on.
    ascending : bool or tuple of bool, default True
        Whether small values come first; one for all columns, or one for each of them.
    nulls_last : bool, default True
        Whether missing values come last, whatever the direction; else they come first.
    """

    ascending: bool | tuple[bool, ...] = True
    nulls_last: bool = True

    op: ClassVar[str] = "sort"

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns to sort by."""
        columns = super().inputs(schema)
        if isinstance(self.ascending, tuple) and len(self.ascending) != len(columns):
            raise ConfigError(
                f"sort has {len(self.ascending)} values in `ascending`, and {str(self.selection)!r} means "
                f"{len(columns)} columns.",
                hint="Name as many columns, or state one value for all of them.",
            )
        return columns

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of all rows, in their new order."""
        names = [column.name for column in self.inputs(training.schema)]
        ascending = self.ascending if isinstance(self.ascending, tuple) else (self.ascending,) * len(names)
        if not names:
            return np.arange(len(table), dtype=np.int64)
        order = table.polars(*names).select(
            pl.arg_sort_by(
                *(pl.col(name) for name in names),
                descending=[not small_first for small_first in ascending],
                nulls_last=self.nulls_last,
                maintain_order=True,
            ).cast(pl.Int64)
        )
        return np.asarray(order.to_series().to_numpy())


@register
@dataclass(frozen=True)
class Shuffle(Step):
    """Put the training rows in a random order.

    Parameters
    ----------
    seed : int, optional
        Same seed, same order; by default the recipe's.
    """

    seed: int | None = None

    op: ClassVar[str] = "shuffle"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def inputs(self, schema: Schema) -> tuple[Column, ...]:  # noqa: ARG002 - the rows matter, not what they hold
        """Return nothing: no column is looked at."""
        return ()

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of all rows, in their new order."""
        rng = np.random.default_rng(training.seed if self.seed is None else self.seed)
        return rng.permutation(len(table))


@register
@dataclass(frozen=True)
class DropDuplicates(_ByColumns):
    """Go on with one of several training rows that hold the same; missing values are the same as one another.

    Parameters
    ----------
    columns : str, iterable of str, or Columns, default "all"
        What makes rows the same. By default every feature and the target: rows that agree in all features and have
        different answers both stay. Columns that are named count alone.
    keep : {"first", "last", "none"}, default "first"
        Which of the rows stays; ``none`` leaves out all of them.
    """

    keep: Literal["first", "last", "none"] = "first"

    op: ClassVar[str] = "drop_duplicates"

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows that stay, ascending."""
        names = [column.name for column in self.inputs(training.schema)]
        values: list[pl.Series] = list(table.polars(*names).iter_columns())
        if self.selection == Columns.of("all") and training.target is not None:
            values.append(_as_series(training.target))
        if not values:
            return np.arange(len(table), dtype=np.int64)
        frame = pl.DataFrame([one.alias(str(i)) for i, one in enumerate(values)])
        kept = frame.with_row_index("row").unique(subset=frame.columns, keep=self.keep, maintain_order=True)
        return np.asarray(kept["row"].cast(pl.Int64).sort().to_numpy())


def _as_series(target: NDArray[Any]) -> pl.Series:
    values = pl.Series("target", target.tolist(), strict=False)
    return values.fill_nan(None) if values.dtype.is_float() else values
