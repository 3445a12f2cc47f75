"""Many numbers made into few that tell almost the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from clew.core.errors import ConfigError
from clew.core.schema import Column, Kind
from clew.prepare.components import Components, Projection, learn
from clew.prepare.lineage import combine
from clew.prepare.onevector import OutputStyle, in_one_vector
from clew.prepare.registry import register
from clew.prepare.step import Block, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Table

#: Columns that are named for each component, for people.
_SHOWN = 5


@register
@dataclass(frozen=True)
class Pca(NumericStep):
    """Replace numbers by their principal components: the directions in which rows differ most, uncorrelated.

    Learnt from the training rows without gaps. A row with a missing or infinite value has no components: fill gaps
    before. Signs are fixed: the largest weight of each component is positive. Above 2 000 columns and rows the first
    components come from a seeded random projection; above 5 000 there are no more than 2 500. The sources go, if they
    are features.

    Parameters
    ----------
    n_components : int, optional
        How many; at most as many as there are columns, or rows to learn from.
    variance_threshold : float, optional
        As many as explain this share of the variance; 0.95 where neither is stated.
    center, scale : bool, default True
        Whether each column is put on mean 0, and on standard deviation 1.
    prefix : str, default "pca"
        The components are called ``pca_1``, ``pca_2`` and so on.
    keep : bool, default False
        Whether the sources stay.
    output_style : {"columns", "vector"}, default "columns"
        One column each, or all in one column of lists, ``pca``.
    """

    n_components: int | None = None
    variance_threshold: float | None = None
    center: bool = True
    scale: bool = True
    prefix: str = "pca"
    keep: bool = False
    output_style: OutputStyle = "columns"

    op: ClassVar[str] = "pca"

    def check(self) -> None:
        """Refuse two ways to say how many, or a number that makes no sense."""
        if self.n_components is not None and self.variance_threshold is not None:
            raise ConfigError(
                f"pca has n_components {self.n_components} and variance_threshold {self.variance_threshold}; "
                "one of them says how many components there are.",
                hint="Leave one out.",
            )
        if self.n_components is not None and self.n_components < 1:
            raise ConfigError(f"pca has n_components {self.n_components}; a whole number above 0 is needed.")
        if self.variance_threshold is not None and not 0 < self.variance_threshold <= 1:
            raise ConfigError(
                f"pca has variance_threshold {self.variance_threshold}; a share above 0 and up to 1 is needed.",
                hint="Write 95 % as 0.95.",
            )

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn centre, scale and weights of each column, and what each component explains."""
        if not columns:
            return {"weights": pl.DataFrame(), "explained": []}
        found = learn(
            table,
            columns,
            count=self.n_components,
            share=0.95 if self.variance_threshold is None else self.variance_threshold,
            center=self.center,
            scale=self.scale,
            seed=training.seed,
        )
        weights = {f"component_{k + 1}": found.weights[:, k] for k in range(found.weights.shape[1])}
        frame = pl.DataFrame({"centre": found.centre, "factor": found.factor, **weights})
        return {"weights": frame, "explained": found.explained.tolist()}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make all components together."""
        learnt = state["weights"]
        if learnt.width <= 2:
            return
        names = [column.name for column in columns]
        made = tuple(
            combine(columns, name=f"{self.prefix}_{number}", dtype="Float64", kind=Kind.NUMERIC)
            for number in range(1, learnt.width - 1)
        )
        projection = Projection(_components(learnt, state["explained"]))

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            values = [rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in names]
            done = projection.frame(values)
            return pl.DataFrame({c.name: done[k] for k, c in enumerate(made)}, nan_to_null=True)

        block = Block(made, tuple(names), frame, projection.row)
        yield in_one_vector(self.prefix, columns, [block]) if self.output_style == "vector" else block

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002
        """Drop the sources, unless they are to be kept."""
        return dropped(columns, keep=self.keep)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return per component the share of the variance that it explains, and its largest weights."""
        found = {}
        for number, share in enumerate(state["explained"], start=1):
            weights = state["weights"][f"component_{number}"].to_numpy()
            largest = np.argsort(-np.abs(weights), kind="stable")[:_SHOWN]
            shown = {columns[j].name: float(weights[j]) for j in largest}
            found[f"{self.prefix}_{number}"] = {"explained": share, "weights": shown}
        return found


def _components(learnt: pl.DataFrame, explained: Sequence[float]) -> Components:
    weights = learnt.drop("centre", "factor").to_numpy(order="c")
    return Components(learnt["centre"].to_numpy(), learnt["factor"].to_numpy(), weights, np.array(explained))
