"""What the target did in each category: sums that every encoding by the target starts from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import RecipeError
from clew.core.schema import Role, Schema
from clew.define.problem import Task
from clew.prepare.step import Training
from clew.prepare.table import Table
from clew.prepare.values import as_text

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth of training rows as numbers.

    Parameters
    ----------
    values : ndarray, shape (rows, figures)
        The number of a regression, or per class but the last 1 where a row is of it; two classes give one figure, for
        the last class in sorted order. NaN where the truth is missing.
    labels : tuple of str or None
        What each figure is called; None where there is one only.
    weight : ndarray, shape (rows,)
        Weight of each row, 1 where there is none; 0 where the truth is missing.
    """

    values: Floats
    labels: tuple[str | None, ...]
    weight: Floats

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which rows have a truth."""
        return np.asarray(~np.isnan(self.values).any(axis=1))

    @cached_property
    def complete(self) -> bool:
        """Whether every row has a truth."""
        return bool(self.known.all())

    @cached_property
    def weighted(self) -> Floats:
        """The figures times the weight, 0 where the truth is missing."""
        values = self.values if self.complete else np.where(np.isnan(self.values), 0.0, self.values)
        return values * self.weight[:, None]

    @cached_property
    def overall(self) -> Floats:
        """Return the mean of each figure; NaN without a row."""
        total = self.weight.sum()
        with np.errstate(invalid="ignore"):
            return np.asarray(self.weighted.sum(axis=0) / total) if total > 0 else np.full(len(self.labels), math.nan)

    def take(self, rows: NDArray[np.int64]) -> "Truth":
        """Return the truth of some rows."""
        return Truth(self.values[rows], self.labels, self.weight[rows])

    def of_known(self) -> "Truth":
        """Return the rows that have a truth."""
        known = self.known
        return self if self.complete else Truth(self.values[known], self.labels, self.weight[known])


def truth_of_training(table: Table, training: Training) -> Truth:
    """Return the truth of training rows as numbers, with their weights.

    Raises
    ------
    RecipeError
        If there is no target, or a weight is negative, missing or infinite.
    """
    if training.target is None:
        raise RecipeError(
            "The step learns from the target, and there is none.",
            hint="Name it: `target=…` when fitting, or `target: …` in the step.",
        )
    labels: tuple[str | None, ...] = (None,)
    if training.task is Task.REGRESSION:
        numbers = [math.nan if value is None else value for value in training.target]
        values = np.array(numbers, dtype=np.float64)[:, None]
    else:
        two = len(training.classes) == 2
        classes = training.classes[1:] if two else training.classes[:-1]
        known = np.isin(training.target, np.array(training.classes, dtype=training.target.dtype))
        columns = [np.where(known, training.target == label, math.nan) for label in classes]
        values = np.stack(columns, axis=1) if columns else np.empty((len(training.target), 0))
        single = two or training.task is Task.BINARY
        labels = labels[: len(columns)] if single else tuple(map(as_text, classes))
    weight = weights_of(table, training.schema)
    weight = np.ones(len(values)) if weight is None else weight
    return Truth(values, labels, np.where(np.isnan(values).any(axis=1), 0.0, weight))


def weights_of(table: Table, schema: Schema) -> Floats | None:
    """Return the weight of each row, shape (rows,); None where no column has that role.

    Raises
    ------
    RecipeError
        If a weight is negative, missing or infinite.
    """
    names = [column.name for column in schema.by_role(Role.WEIGHT) if column.name in table.types]
    if not names:
        return None
    weight: Floats = table.polars(names[0])[names[0]].cast(pl.Float64).fill_null(math.nan).to_numpy()
    wrong = ~np.isfinite(weight) | (weight < 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise RecipeError(
            f"The weight {names[0]!r} must be a finite number from 0 upwards; {int(wrong.sum())} rows have another, "
            f"the first is row {row} with {weight[row]!r}.",
            hint="Mend or leave out these rows, or take the role of weight from the column.",
        )
    return weight


def coded(values: pl.Series) -> tuple[pl.Series, NDArray[np.int64]]:
    """Return the categories in sorted order, and the position of each row's; one past the end for a missing value."""
    values = values + 0.0 if values.dtype.is_float() else values  # 0.0 and -0.0 are one category
    keys = values.drop_nulls().unique().sort()
    if not len(keys):
        return keys, np.zeros(len(values), dtype=np.int64)
    codes = values.replace_strict(keys, range(len(keys)), default=len(keys), return_dtype=pl.Int64)
    return keys, codes.to_numpy()


def shrunk(
    codes: NDArray[np.int64], categories: int, truth: Truth, smoothing: Literal["auto"] | float
) -> tuple[Floats, list[float]]:
    """Return the mean of each category drawn towards the overall mean.

    Parameters
    ----------
    codes : ndarray of int64, shape (rows,)
        Category of each row.
    categories : int
        How many there are.
    truth : Truth
        Of the rows.
    smoothing : "auto" or float
        Weight of the overall mean, in rows (in units of weight where rows have one).

    Returns
    -------
    ndarray, shape (categories, figures)
        (weight · mean + smoothing · overall) / (weight + smoothing).
    list of float
        The smoothing of each figure.
    """
    prior = truth.overall
    mass = np.bincount(codes, weights=truth.weight, minlength=categories).astype(np.float64)
    rows = np.bincount(codes if truth.complete else codes[truth.known], minlength=categories)
    means, used = np.empty((categories, len(prior))), []
    for figure, weighted in enumerate(truth.weighted.T):
        sums = np.bincount(codes, weights=weighted, minlength=categories)
        with np.errstate(invalid="ignore", divide="ignore"):
            raw = np.where(mass > 0, sums / mass, prior[figure])
            pull = float(smoothing) if smoothing != "auto" else _credibility(codes, rows, mass, truth, figure, raw)
            means[:, figure] = np.where(mass + pull > 0, (sums + pull * prior[figure]) / (mass + pull), prior[figure])
        used.append(pull)
    return means, used


def _credibility(
    codes: NDArray[np.int64], rows: NDArray[np.int64], mass: Floats, truth: Truth, figure: int, raw: Floats
) -> float:
    """Return the variance within categories over the variance between them, at most the weight of all rows."""
    total, groups, weight = int(rows.sum()), int((rows > 0).sum()), float(mass.sum())
    if groups < 2 or total <= groups or weight <= 0:
        return weight
    known = slice(None) if truth.complete else truth.known
    apart = truth.values[known, figure] - raw[codes[known]]
    within = float(truth.weight[known] @ (apart * apart)) / (total - groups)
    spread = float((mass * (raw - truth.overall[figure]) ** 2)[mass > 0].sum()) - (groups - 1) * within
    room = weight - float((mass**2).sum()) / weight
    between = spread / room if room > 0 else 0.0  # all weight in one category says nothing about others
    return min(within / between, weight) if between > 0 else weight


def without_own(
    codes: NDArray[np.int64], units: NDArray[np.int64], truth: Truth, smoothing: float
) -> NDArray[np.float64]:
    """Return for each row the mean of its category over all rows of other units, drawn towards their overall mean.

    Sums run over what lies before a unit and over what lies behind it, so that its own truth is in no sum, not even as
    a rounding error.

    Parameters
    ----------
    codes, units : ndarray of int64, shape (rows,)
        Category of each row, and what is left out together with it.
    truth : Truth
        Of the rows.
    smoothing : float
        Weight of the overall mean of the others.

    Returns
    -------
    ndarray, shape (rows, figures)
        NaN where there is no other row with a truth.
    """
    figures = [f"y{i}" for i in range(len(truth.labels))]
    rows = pl.DataFrame(
        {"code": codes, "unit": units, "w": truth.weight, **dict(zip(figures, truth.weighted.T, strict=True))}
    )
    inside = _of_others(rows, ["code"], ["w", *figures])
    overall = _of_others(rows, [], ["w", *figures])
    found = rows.select("code", "unit").join(inside, on=["code", "unit"], how="left", maintain_order="left")
    found = found.join(overall, on="unit", how="left", suffix="_all", maintain_order="left")
    result = np.empty((len(codes), len(figures)))
    mass, mass_all = found["w"].to_numpy(), found["w_all"].to_numpy()
    for i, name in enumerate(figures):
        with np.errstate(invalid="ignore", divide="ignore"):
            prior = found[f"{name}_all"].to_numpy() / mass_all
            sums = found[name].to_numpy()
            mean = (sums + smoothing * prior) / (mass + smoothing) if smoothing else sums / mass
        result[:, i] = np.where(mass > 0, mean, prior)
    return result


def _of_others(rows: pl.DataFrame, by: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
    """Return per unit (and category) the sums over the other units (of that category)."""
    sums = rows.group_by([*by, "unit"]).agg(pl.col(names).sum()).sort([*by, "unit"])
    before = pl.col(names).shift(1, fill_value=0.0).cum_sum()
    behind = pl.col(names).reverse().shift(1, fill_value=0.0).cum_sum().reverse()
    over: Any = list(by) or pl.lit(1)
    both = sums.with_columns(before.over(over).name.suffix("_before"), behind.over(over).name.suffix("_behind"))
    return both.select(*by, "unit", *(pl.col(f"{n}_before") + pl.col(f"{n}_behind").alias(n) for n in names)).rename(
        {f"{n}_before": n for n in names}
    )
