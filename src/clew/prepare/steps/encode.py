"""Categories with many values as a few numbers that need no answer to learn from: how frequent, or hashed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError
from clew.core.schema import Column, Direction, Kind
from clew.prepare.lineage import combine, derive
from clew.prepare.mapping import looked_up
from clew.prepare.outside import Known, rows_left
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Made, Refusal, State, Training
from clew.prepare.steps.categorical import ADVICE, CATEGORIES, dropped
from clew.prepare.table import Table
from clew.prepare.values import as_text

#: Most categories shown by `learned`.
_SHOWN = 20


@register
@dataclass(frozen=True)
class CountEncode(ColumnStep):
    """Replace a category by how often the training rows have it: ``town`` gives ``town_count``.

    Parameters
    ----------
    method : {"count", "frequency"}, default "count"
        The number of rows, or their share of all training rows (``town_frequency``).
    unseen : {"zero", "missing", "error"}, default "zero"
        A category that no training row has was met zero times; or it becomes missing; or is refused.
    missing : {"keep", "missing", "error", "skip"}, default "keep"
        A missing value counts as a category of its own; or stays missing; or is refused; or ``skip`` leaves such
        training rows out (in a row to be predicted it stays missing).
    keep : bool, default False
        Whether the source stays.
    """

    method: Literal["count", "frequency"] = "count"
    unseen: Literal["zero", "missing", "error"] = "zero"
    missing: Literal["keep", "missing", "error", "skip"] = "keep"
    keep: bool = False

    op: ClassVar[str] = "count_encode"
    accepts: ClassVar[frozenset[Kind]] = CATEGORIES
    advice: ClassVar[str] = ADVICE

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Count the categories."""
        figures = table.figures(
            lambda F: {c.name: {"rows": F.len(), "missing": F.col(c.name).is_null().sum()} for c in columns}
        )
        state = {}
        for column in columns:
            counted = pl.DataFrame(table.counts(column), schema=["value", "count"], orient="row", strict=False)
            found = figures[column.name]
            state[column.name] = {"rows": found["rows"], "missing": found["missing"] or 0, "counts": counted}
        return state

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the count of each column."""
        for column in columns:
            learnt, known = state[column.name], self._known(column, state)
            total = max(learnt["rows"], 1) if self.method == "frequency" else 1
            counts = [count / total for count in learnt["counts"]["count"].to_list()]
            zero = 0.0 if self.unseen == "zero" else None
            gap = learnt["missing"] / total if self.missing == "keep" else None
            how = looked_up(column, known.values, counts, dtype="Float64", default=zero, missing=gap)
            name = f"{column.name}_{self.method}"
            made = derive(column, name=name, dtype="Float64", kind=Kind.NUMERIC, direction=Direction.LOSES)
            yield Made(made, (column.name,), how[0], known.guarded(how[1]))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse what was not counted, if that is the policy."""
        for column in columns:
            yield from self._known(column, state).refusals

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:
        """Leave out training rows without an answer, if that is the policy."""
        return rows_left(table, (self._known(column, state) for column in columns))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return how many categories there are, and the most frequent ones."""
        return {
            column.name: {
                "rows": state[column.name]["rows"],
                "missing": state[column.name]["missing"],
                "categories": state[column.name]["counts"].height,
                "most_frequent": state[column.name]["counts"].head(_SHOWN).to_dicts(),
            }
            for column in columns
        }

    def _known(self, column: Column, state: State) -> Known:
        values = state[column.name]["counts"]["value"].to_list()
        return Known(column, values, self.unseen, self.missing, "was in no training row")


@register
@dataclass(frozen=True)
class HashEncode(ColumnStep):
    """Spread categories over a fixed number of columns by a hash, together: nothing is learnt, nothing is unseen.

    The text ``column=value`` in UTF-8 is hashed by MurmurHash3 (32 bits, seed 0). The absolute value of the signed
    result modulo `n_features` is the number of the column, which gets +1 or -1, the sign of the result; what falls on
    the same column adds up (Weinberger et al. 2009, as in scikit-learn's ``FeatureHasher``). A whole number reads the
    same as integer and as float. A missing value adds nothing.

    Parameters
    ----------
    n_features : int, default 32
        Number of columns made; the fewer, the more categories share one.
    alternate_sign : bool, default True
        Whether the hash's sign counts, so that collisions cancel out on average; else everything adds 1.
    prefix : str, default "hash"
        The columns are called ``hash_0``, ``hash_1`` and so on.
    keep : bool, default False
        Whether the sources stay.
    """

    n_features: int = 32
    alternate_sign: bool = True
    prefix: str = "hash"
    keep: bool = False

    op: ClassVar[str] = "hash_encode"
    accepts: ClassVar[frozenset[Kind]] = CATEGORIES
    advice: ClassVar[str] = ADVICE

    def check(self) -> None:
        """Refuse fewer than one column."""
        if self.n_features < 1:
            raise ConfigError(f"hash_encode has n_features {self.n_features!r}; at least 1 is needed.")

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:  # noqa: ARG002 - nothing was learnt
        """Make all columns at one go."""
        if not columns:
            return
        names = tuple(column.name for column in columns)
        made = tuple(
            combine(columns, name=f"{self.prefix}_{i}", dtype="Float64", kind=Kind.NUMERIC)
            for i in range(self.n_features)
        )
        place = self._placing()

        def row(*values: Any) -> tuple[float, ...]:
            result = [0.0] * self.n_features
            for name, value in zip(names, values, strict=True):
                if value is not None:
                    position, sign = place(name, value)
                    result[position] += sign
            return tuple(result)

        yield Block(made, names, lambda frame: self._hashed(frame.select(names), place), row)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def _placing(self) -> Callable[[str, Any], tuple[int, float]]:
        """Return the function that says which column a value falls on, and with which sign."""
        from sklearn.utils import murmurhash3_32

        def place(name: str, value: Any) -> tuple[int, float]:
            code = murmurhash3_32(f"{name}={as_text(value)}".encode(), seed=0)
            return abs(code) % self.n_features, -1.0 if code < 0 and self.alternate_sign else 1.0

        return place

    def _hashed(self, frame: pl.DataFrame, place: Callable[[str, Any], tuple[int, float]]) -> pl.DataFrame:
        """Hash each distinct value once, and add up what the columns give."""
        total: NDArray[np.float64] = np.zeros((self.n_features, frame.height))
        for values in frame.iter_columns():
            if values.is_empty():
                continue
            distinct = values.unique()
            spread = np.zeros((self.n_features, len(distinct)))
            for i, value in enumerate(distinct.to_list()):
                if value is not None:
                    position, sign = place(values.name, value)
                    spread[position, i] = sign
            codes = values.replace_strict(distinct, range(len(distinct)), return_dtype=pl.UInt32).to_numpy()
            for row, one in zip(total, spread, strict=True):
                row += one[codes]
        return pl.DataFrame({f"{self.prefix}_{i}": total[i] for i in range(self.n_features)})
