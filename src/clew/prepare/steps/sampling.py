"""Fewer training rows: the first ones, some at random, or some of each kind."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Schema
from clew.prepare.registry import register
from clew.prepare.selectors import named
from clew.prepare.step import Step, StepKind, Training
from clew.prepare.table import Table


@register
@dataclass(frozen=True)
class Sample(Step):
    """Go on with some of the training rows, in their order. Acts in fitting only, on features and target together.

    Parameters
    ----------
    method : {"random", "limit", "stratified"}, default "random"
        Any rows; or the first ones; or of each stratum its share, within one row (largest remainders).
    size : int, optional
        How many rows; all of them if there are no more. Either this or `share` is stated.
    share : float, optional
        Which share of the rows, above 0 and up to 1; at least one row.
    by : tuple of str, optional
        Columns whose values make the strata; missing is a value. By default the target.
    seed : int, optional
        Same seed, same rows; by default the recipe's.
    """

    method: Literal["random", "limit", "stratified"] = "random"
    size: int | None = None
    share: float | None = None
    by: tuple[str, ...] | None = None
    seed: int | None = None

    op: ClassVar[str] = "sample"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def check(self) -> None:
        """Refuse a size that is not stated once, and strata without stratifying."""
        if (self.size is None) == (self.share is None):
            raise ConfigError("sample needs either `size` or `share`.", hint="Write e.g. `share: 0.1`.")
        if self.size is not None and self.size < 1:
            raise ConfigError(f"sample has size {self.size!r}; at least 1 is needed.")
        if self.share is not None and not 0 < self.share <= 1:
            raise ConfigError(f"sample has share {self.share!r}; a share above 0 and up to 1 is needed.")
        if self.by is not None and self.method != "stratified":
            raise ConfigError("sample has `by`, which only `method: stratified` uses.", hint="State that method.")
        if self.by is not None and not self.by:
            raise ConfigError("sample has an empty `by`.", hint="Name columns, or leave it out to use the target.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that make the strata."""
        return named(schema, self.by or ())

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows chosen, ascending."""
        count = len(table)
        wanted = min(self.size, count) if self.size is not None else round((self.share or 0.0) * count)
        wanted = max(wanted, 1) if count else 0
        if self.method == "limit":
            return np.arange(wanted, dtype=np.int64)
        rng = np.random.default_rng(training.seed if self.seed is None else self.seed)
        if self.method == "random":
            return np.sort(rng.permutation(count)[:wanted])
        strata = self._strata(table, training)
        sizes = np.bincount(strata) if count else np.array([], dtype=np.int64)
        return np.asarray(np.sort(some_of_each(strata, apportioned(sizes, wanted, rng), rng)))

    def _strata(self, table: Table, training: Training) -> NDArray[np.int64]:
        if self.by is not None:
            return codes_of(table.polars(*self.by))
        if training.target is None:
            raise RecipeError(
                "Strata are made of the target, and there is none.",
                hint="Name the target when fitting, or columns in `by`.",
            )
        return codes_of(pl.DataFrame({"target": pl.Series(training.target.tolist(), strict=False)}))


def codes_of(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Return a number from 0 for each different row, by the order in which they first appear; missing is a value."""
    keys = frame.unique(maintain_order=True).with_row_index("_clew_code")
    found = frame.join(keys, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    codes: NDArray[np.int64] = found["_clew_code"].cast(pl.Int64).to_numpy()
    return codes


def apportioned(sizes: NDArray[np.int64], wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Share out places in proportion to sizes, each within one of its exact share (largest remainders).

    Parameters
    ----------
    sizes : ndarray of int64, shape (parts,)
        How many there are of each.
    wanted : int
        Places, at most the sum of the sizes.
    rng : numpy.random.Generator
        Decides between equal remainders.
    """
    if not len(sizes):
        return sizes
    exact = sizes * (wanted / sizes.sum())
    places = np.minimum(np.floor(exact).astype(np.int64), sizes)
    order = np.lexsort((rng.random(len(sizes)), -(exact - places)))
    places[order[: wanted - int(places.sum())]] += 1
    return np.asarray(np.minimum(places, sizes))


def some_of_each(codes: NDArray[np.int64], counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return positions of rows chosen at random, this many of each code."""
    shuffled = rng.permutation(len(codes))
    by_code = shuffled[np.argsort(codes[shuffled], kind="stable")]
    starts = np.cumsum([0, *np.bincount(codes, minlength=len(counts))[:-1]])
    rank = np.arange(len(codes)) - starts[codes[by_code]]
    chosen: NDArray[np.int64] = by_code[rank < counts[codes[by_code]]]
    return chosen
