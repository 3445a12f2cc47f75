"""Categories by what the target did there: one number instead of a thousand columns."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind
from clew.define.problem import Task
from clew.prepare.lineage import derive
from clew.prepare.mapping import looked_up
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table
from clew.prepare.values import as_text

#: Most categories shown by `learned`.
_SHOWN = 20


@register
@dataclass(frozen=True)
class TargetMean(ColumnStep):
    """Replace a category by the mean of the target there, drawn towards the overall mean where there are few rows.

    A category of n rows gets (n · mean + m · overall mean) / (n + m). In a classification the mean is the share of a
    class: one column per class but the last; in a binary task one column, of the last class in sorted order. A missing
    value counts as a category of its own where training rows have one; a category that was not seen gets the overall
    mean.

    Training rows never see their own target: each gets what was learnt from other rows, through folds of the declared
    structure (groups stay together, time goes forward). New rows get what was learnt from all training rows.

    Parameters
    ----------
    smoothing : "auto" or float, default "auto"
        The m above, in rows. ``auto`` estimates it per column as the variance within categories over the variance
        between them (credibility theory: Bühlmann and Straub 1970; for encoding: Micci-Barreca 2001), so that a column
        that says little about the target is drawn closely to the overall mean.
    keep : bool, default False
        Whether the source stays.
    target : str, optional
        Column to learn from where a recipe is fitted without a stated target.
    """

    smoothing: Literal["auto"] | float = "auto"
    keep: bool = False
    target: str | None = None

    op: ClassVar[str] = "target_mean"
    learns_from_target: ClassVar[bool] = True
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN, Kind.TEXT})
    advice: ClassVar[str] = "Declare it a category with `- {op: cast, columns: …, to: category}` first."

    def check(self) -> None:
        """Refuse a smoothing below zero."""
        if self.smoothing != "auto" and not 0 <= self.smoothing < math.inf:
            raise ConfigError(f"target_mean has smoothing {self.smoothing!r}; 'auto' or a number from 0 is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn a table of means per column."""
        truth, labels = _indicators(training)
        present = np.asarray(~np.isnan(truth).any(axis=1))
        prior = truth[present].mean(axis=0) if present.any() else np.full(truth.shape[1], np.nan)
        values = table.polars(*(column.name for column in columns)).filter(present)
        learnt = {name: self._column(values[name], truth[present], prior) for name in values.columns}
        return {"labels": labels, "prior": [_plain(value) for value in prior], "columns": learnt}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per class but the last, or one."""
        for column in columns:
            learnt = state["columns"][column.name]
            for position, label in enumerate(state["labels"]):
                prior = state["prior"][position]
                name = f"{column.name}_target_mean" if label is None else f"{column.name}_target_mean={label}"
                made = derive(column, name=name, dtype="Float64", kind=Kind.NUMERIC, direction=Direction.LOSES)
                keys, means = learnt["table"]["key"].to_list(), learnt["table"][f"mean_{position}"].to_list()
                unknown = prior if learnt["missing"] is None else learnt["missing"][position]
                how = looked_up(column, keys, means, dtype="Float64", default=prior, missing=unknown)
                yield Made(made, (column.name,), *how)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return overall means, smoothing and the categories with most rows."""
        result: dict[str, Any] = {"labels": state["labels"], "overall": state["prior"]}
        for column in columns:
            learnt = state["columns"][column.name]
            top = learnt["table"].sort("rows", "key", descending=[True, False]).head(_SHOWN)
            result[column.name] = {
                "categories": learnt["table"].height,
                "smoothing": learnt["smoothing"],
                "most_frequent": top.to_dicts(),
            }
        return result

    def _column(self, values: pl.Series, truth: NDArray[np.float64], prior: NDArray[np.float64]) -> dict[str, Any]:
        """Learn one column: the mean per category and class, and that of missing values if there are any."""
        values = values + 0.0 if values.dtype.is_float() else values  # 0.0 and -0.0 are one category
        keys = values.drop_nulls().unique().sort()
        codes = np.full(len(values), len(keys), dtype=np.int64)
        if len(keys):
            codes = values.replace_strict(keys, range(len(keys)), default=len(keys), return_dtype=pl.Int64).to_numpy()
        rows = np.bincount(codes, minlength=len(keys) + 1)
        means, smoothing = [], []
        for position in range(truth.shape[1]):
            mean, weight = _shrunk(codes, rows, truth[:, position], prior[position], self.smoothing)
            means.append(mean)
            smoothing.append(_plain(weight))
        table = {f"mean_{position}": mean[:-1] for position, mean in enumerate(means)}
        return {
            "missing": [_plain(mean[-1]) for mean in means] if rows[-1] else None,
            "smoothing": smoothing,
            "table": pl.DataFrame({"key": keys, "rows": rows[:-1], **table}),
        }


def _indicators(training: Training) -> tuple[NDArray[np.float64], list[str | None]]:
    """Return the truth as numbers, shape (rows, columns to make), and what each column is called."""
    if training.target is None:
        raise RecipeError(
            "The step learns from the target, and there is none.",
            hint="Name it: `target=…` when fitting, or `target: …` in the step.",
        )
    if training.task is Task.REGRESSION:
        return np.array([math.nan if v is None else v for v in training.target], dtype=np.float64)[:, None], [None]
    classes = training.classes[1:] if len(training.classes) == 2 else training.classes[:-1]
    known = np.isin(training.target, np.array(training.classes, dtype=training.target.dtype))
    columns = [np.where(known, training.target == label, math.nan) for label in classes]
    labels: list[str | None] = (
        [None] if training.task is Task.BINARY or len(training.classes) == 2 else list(map(as_text, classes))
    )
    return np.stack(columns, axis=1) if columns else np.empty((len(training.target), 0)), labels[: len(columns)]


def _shrunk(
    codes: NDArray[np.int64],
    rows: NDArray[np.int64],
    truth: NDArray[np.float64],
    prior: float,
    smoothing: Literal["auto"] | float,
) -> tuple[NDArray[np.float64], float]:
    """Return the mean of each category drawn towards the prior, and the number of rows that the prior weighs."""
    sums = np.bincount(codes, weights=truth, minlength=len(rows))
    with np.errstate(invalid="ignore"):
        raw = np.where(rows > 0, sums / np.maximum(rows, 1), prior)
    weight = _credibility(codes, rows, truth, raw) if smoothing == "auto" else float(smoothing)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(rows + weight > 0, (sums + weight * prior) / (rows + weight), prior)
    return mean, weight


def _credibility(
    codes: NDArray[np.int64], rows: NDArray[np.int64], truth: NDArray[np.float64], raw: NDArray[np.float64]
) -> float:
    """Return the variance within categories over the variance between them, at most the number of rows."""
    total, groups = int(rows.sum()), int((rows > 0).sum())
    if groups < 2 or total <= groups:
        return float(total)
    within = float(((truth - raw[codes]) ** 2).sum()) / (total - groups)
    spread = float((rows * (raw - truth.mean()) ** 2).sum()) - (groups - 1) * within
    between = spread / (total - float((rows.astype(np.float64) ** 2).sum()) / total)
    return min(within / between, float(total)) if between > 0 else float(total)


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
