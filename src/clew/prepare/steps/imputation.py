"""Missing numbers guessed from the other columns of their row."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.chained import Chain, Floats, Regression, guess, guess_row, learn
from clew.prepare.lineage import combine, derive
from clew.prepare.registry import register
from clew.prepare.step import Block, State, Training
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Table, as_float

#: More columns make the learnt regressions too large to carry: they grow with the square.
MAX_COLUMNS = 200


@register
@dataclass(frozen=True)
class IterativeImpute(NumericStep):
    """Guess missing numbers from the other chosen columns, by regressions that take turns.

    Gaps start at the mean; then each column is predicted from the others by a linear regression, in several rounds
    (chained equations). New rows go through the regressions learnt in the same order. Columns are standardised for it,
    so that units do not matter; infinite values count as missing where they would help to guess another one, and stay.
    A column without any value stays missing. Source: see `clew.prepare.chained`.

    Parameters
    ----------
    estimator : {"bayesian_ridge", "ridge"}, default "bayesian_ridge"
        The regression: with a strength found from the rows, or with the strength `alpha`.
    alpha : float, default 1.0
        Strength of ``ridge``, on standardised columns.
    max_iter : int, default 10
        Rounds at most.
    tol : float, default 0.001
        Rounds end when the guesses of no row, taken together, move by more than this share of the largest standardised
        value.
    bounded : bool, default True
        Whether guesses are kept between the smallest and the largest value seen in training.
    """

    estimator: Literal["bayesian_ridge", "ridge"] = "bayesian_ridge"
    alpha: float = 1.0
    max_iter: int = 10
    tol: float = 1e-3
    bounded: bool = True

    op: ClassVar[str] = "iterative_impute"

    def check(self) -> None:
        """Refuse figures that make no sense."""
        if not 0 <= self.alpha < math.inf or not 0 <= self.tol < math.inf:
            raise ConfigError(f"{self.op} has alpha {self.alpha!r} and tol {self.tol!r}; numbers from 0 are needed.")
        if not 1 <= self.max_iter <= 100:
            raise ConfigError(f"{self.op} has max_iter {self.max_iter}; 1 to 100 rounds are possible.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, not too many of them."""
        columns = super().inputs(schema)
        if len(columns) > MAX_COLUMNS:
            raise RecipeError(
                f"It was asked for {len(columns)} columns, and can guess {MAX_COLUMNS} from one another at most.",
                hint="Choose fewer columns, in several steps if need be, or use fill_missing.",
            )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the first guesses and the regressions of each round."""
        if not columns:
            return {"start": [], "low": [], "high": [], "agreed": True, "regressions": _frame_of(())}
        floats = table.select({c.name: _as_float(c) for c in columns}).polars(*(c.name for c in columns))
        values = np.column_stack([_array(series) for series in floats.iter_columns()])
        alpha = self.alpha if self.estimator == "ridge" else None
        chain = learn(values, alpha=alpha, max_iter=self.max_iter, tol=self.tol, bounded=self.bounded)
        return {
            "start": list(chain.start),
            "low": list(chain.low),
            "high": list(chain.high),
            "agreed": chain.agreed,
            "regressions": _frame_of(chain.rounds),
        }

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make all columns together: the guesses in one help those in another."""
        if not columns:
            return
        chain, bounded = _chain_of(state), self.bounded
        made = tuple(_guessed(column, columns) for column in columns)
        names = [column.name for column in columns]

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            values = [_array(rows[name].cast(pl.Float64)) for name in names]
            done = guess(chain, values, bounded=bounded)
            return pl.DataFrame(dict(zip(names, done, strict=True)), nan_to_null=True)

        def function(*values: Any) -> tuple[float | None, ...]:
            return guess_row(chain, [None if v is None else float(v) for v in values], bounded=bounded)

        yield Block(made, tuple(names), frame, function)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return the rounds, and per column its first guess and the regression of the last round."""
        chain = _chain_of(state)
        last = {item.column: item for item in chain.rounds[-1]} if chain.rounds else {}
        found: dict[str, Any] = {"rounds": len(chain.rounds), "agreed": chain.agreed}
        for j, column in enumerate(columns):
            found[column.name] = {"start": chain.start[j]}
            if j in last:
                weights = {other.name: w for other, w in zip(columns, last[j].weights, strict=True) if w}
                found[column.name] |= {"intercept": last[j].intercept, "weights": weights}
        return found


def _guessed(column: Column, columns: Sequence[Column]) -> Column:
    """Describe a column with gaps guessed from others: what holds for any of them holds for it."""
    whole = combine([column, *columns], name=column.name, dtype="Float64", kind=Kind.NUMERIC)
    return replace(
        derive(column, dtype="Float64", kind=Kind.NUMERIC, keep_values=True),
        allowed=None,
        order=None,
        sources=whole.sources,
        protected=whole.protected,
        available_after=whole.available_after,
    )


def _as_float(column: Column) -> Any:
    return lambda F: as_float(F, column)


def _array(values: pl.Series) -> Floats:
    """Return numbers as an array, NaN where they are missing."""
    return values.fill_null(float("nan")).to_numpy()


def _frame_of(rounds: Sequence[Sequence[Regression]]) -> pl.DataFrame:
    items = [(number, r.column, r.intercept, list(r.weights)) for number, done in enumerate(rounds) for r in done]
    types: dict[str, Any] = {"round": pl.Int32, "column": pl.Int32, "intercept": pl.Float64}
    return pl.DataFrame(items, schema=types | {"weights": pl.List(pl.Float64)}, orient="row")


def _chain_of(state: State) -> Chain:
    rounds: dict[int, list[Regression]] = {}
    for number, column, intercept, weights in state["regressions"].iter_rows():
        rounds.setdefault(number, []).append(Regression(column, intercept, tuple(weights)))
    start, low, high = (tuple(state[name]) for name in ("start", "low", "high"))
    return Chain(start, low, high, tuple(map(tuple, rounds.values())), bool(state["agreed"]))
