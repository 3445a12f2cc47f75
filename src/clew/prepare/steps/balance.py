"""Classes of more equal size among the training rows."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Schema
from clew.define.problem import Task, infer_task
from clew.prepare.dtypes import kind_of
from clew.prepare.registry import register
from clew.prepare.smote import Pairs, measured, neighbours, standardised
from clew.prepare.step import Remade, Step, StepKind, Training
from clew.prepare.steps.sampling import some_of_each
from clew.prepare.table import BlockOfColumns, Table


@register
@dataclass(frozen=True)
class Balance(Step):
    """Bring the classes of the target closer to one size: repeat, leave out, or invent training rows.

    Acts in fitting only: rows that judge or are to be predicted stay as they are, and so do the chances that a model is
    judged by. Rows without an answer are left alone. Copies and invented rows keep the target, weight, group, time and
    id of the row they come from, and never stand on another side of a split than the rows they were made from.

    ``smote`` (Chawla et al. 2002) invents rows between a row and one of its nearest neighbours of the same class, by
    Euclidean distance over the numeric features with mean 0 and standard deviation 1. Numbers lie in between, all at
    the same random weight (rounded in columns of whole numbers); other values are those of one parent at random.

    Parameters
    ----------
    method : {"oversample", "undersample", "smote"}, default "oversample"
        Repeat rows of small classes at random, leave out rows of large ones at random, or invent rows.
    ratio : float, default 1.0
        Rows of a class over rows of the largest class that are aimed at, above 0 and up to 1: classes below it grow,
        or, with ``undersample``, classes shrink until the smallest one has it.
    k_neighbors : int, default 5
        Among how many neighbours ``smote`` chooses.
    seed : int, optional
        Same seed, same rows; by default the recipe's.
    """

    method: Literal["oversample", "undersample", "smote"] = "oversample"
    ratio: float = 1.0
    k_neighbors: int = 5
    seed: int | None = None

    op: ClassVar[str] = "balance"
    kind: ClassVar[StepKind] = StepKind.ROWS

    @property
    def mixes(self) -> bool:
        """Whether rows are invented."""
        return self.method == "smote"

    def check(self) -> None:
        """Refuse a ratio or a number of neighbours that makes no sense."""
        if not 0 < self.ratio <= 1:
            raise ConfigError(f"balance has ratio {self.ratio!r}; a number above 0 and up to 1 is needed.")
        if self.k_neighbors < 1:
            raise ConfigError(f"balance has k_neighbors {self.k_neighbors!r}; at least 1 is needed.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the features by which neighbours are found."""
        return measured(schema) if self.method == "smote" else ()

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        """Return the positions of the rows to go on with; copies and invented rows come last."""
        codes, labels = self._classes(training)
        everyone = np.arange(len(table), dtype=np.int64)
        sizes = np.bincount(codes[codes >= 0], minlength=len(labels))
        if len(labels) < 2:
            return everyone
        rng = self._rng(training, 0)
        if self.method == "undersample":
            counts = np.minimum(sizes, max(round(int(sizes.min()) / self.ratio), 1))
            answered = np.flatnonzero(codes >= 0)
            kept = answered[some_of_each(codes[answered], counts, rng)]
            return np.sort(np.concatenate([kept, np.flatnonzero(codes < 0)]))
        wanted = np.maximum(round(self.ratio * int(sizes.max())) - sizes, 0)
        if self.method == "smote":
            self._check_sizes(labels, sizes, wanted)
        more = [
            rng.choice(np.flatnonzero(codes == code), size=int(count)) for code, count in enumerate(wanted) if count
        ]
        return np.concatenate([everyone, *more])

    def remade(self, table: Table, positions: NDArray[np.int64], training: Training) -> Remade:
        """Give invented rows their values."""
        rows = len(table)
        if self.method != "smote" or len(positions) == rows:
            return Remade(table.take(positions))
        names = [column.name for column in training.schema.features]
        pairs = self._pairs(table, positions[rows:], training)
        invented = pairs.between(table.polars(*names), training.schema.features, self._rng(training, 2))
        # The rows as they came stand first, each in its place.
        block = BlockOfColumns(names, dict(invented.schema), lambda frame: pl.concat([frame.head(rows), invented]))
        made = table.take(positions).with_blocks([block])
        partners = positions.copy()
        partners[rows:] = pairs.partners
        return Remade(made, partners)

    def _pairs(self, table: Table, origins: NDArray[np.int64], training: Training) -> Pairs:
        """Choose a neighbour of the same class for each row to be invented."""
        codes, _ = self._classes(training)
        points = standardised(table.polars(*(column.name for column in measured(training.schema))))
        rng = self._rng(training, 1)
        choice = rng.integers(0, self.k_neighbors, size=len(origins))
        partners = np.empty(len(origins), dtype=np.int64)
        for code in np.unique(codes[origins]):
            members = np.flatnonzero(codes == code)
            mine = np.flatnonzero(codes[origins] == code)
            asked, back = np.unique(origins[mine], return_inverse=True)
            near = neighbours(points[members], np.searchsorted(members, asked), self.k_neighbors)
            partners[mine] = members[near[back, choice[mine]]]
        return Pairs(origins, partners, rng.random(len(origins)))

    def _classes(self, training: Training) -> tuple[NDArray[np.int64], list[object]]:
        """Return the class of each row as a code, -1 where it is missing, and the labels."""
        if training.target is None:
            raise RecipeError(
                "Classes of the target are balanced, and there is none.", hint="Name the target when fitting."
            )
        values = pl.Series("target", training.target.tolist(), strict=False)
        values = values.fill_nan(None) if values.dtype.is_float() else values
        labels = values.drop_nulls().unique(maintain_order=True)
        task = training.task
        if task is None and len(labels) > 1:
            column = training.schema.target or Column("target", str(values.dtype), kind_of(str(values.dtype)))
            task = infer_task(values, column)
        if task is Task.REGRESSION:
            raise RecipeError("The target is a number, and only classes can be balanced.", hint="Leave the step out.")
        codes = values.replace_strict(labels, range(len(labels)), default=-1, return_dtype=pl.Int64)
        return codes.fill_null(-1).to_numpy(), labels.to_list()

    def _check_sizes(self, labels: list[object], sizes: NDArray[np.int64], wanted: NDArray[np.int64]) -> None:
        for label, size, more in zip(labels, sizes, wanted, strict=True):
            if more and size <= self.k_neighbors:
                raise RecipeError(
                    f"The class {label!r} has {size} rows, and {self.k_neighbors} neighbours of each are needed.",
                    hint="Lower `k_neighbors`, or use `method: oversample`.",
                )

    def _rng(self, training: Training, part: int) -> np.random.Generator:
        return np.random.default_rng([training.seed if self.seed is None else self.seed, part])
