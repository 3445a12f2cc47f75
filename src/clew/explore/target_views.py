"""The target along the features that say most about it: rate or mean in each bin, with its interval and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.readable import number
from clew.core.schema import Column, Kind, Schema
from clew.define.problem import Task, define_problem
from clew.define.uncertainty import wilson
from clew.explore.associations import Association
from clew.explore.column import ColumnStatistics
from clew.explore.families import Family, axis_of, family_of_series
from clew.explore.pictures import as_numbers, as_text, edge_text
from clew.explore.quantiles import Distribution
from clew.explore.statistics import TableStatistics

#: Features that get a view: so many, and only those that say so much about the target.
MAX_VIEWS, LEAST_POWER = 12, 0.02
#: Values of a feature with a bin each; of more the rarer share one, and numbers are cut into tenths of the rows.
MAX_BINS = 12
_FEW_CUTS = 4
#: Labels of the target that are told apart.
_MAX_CLASSES = 100

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetBin:
    """The target where a feature lies in one bin.

    Parameters
    ----------
    label : str
        The bin.
    rows : int
        Rows in it that have a target.
    value : float
        Share of the rows with the label, or mean of the target.
    low, high : float, optional
        95 % interval of it: Wilson's of a share, Student's of a mean; None where one row is not enough.
    """

    label: str
    rows: int
    value: float
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {"label": self.label, "rows": self.rows, "value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class TargetView:
    """The target along one feature.

    Parameters
    ----------
    feature : str
        Name of the column.
    power : float
        How much it alone says about the target, 0 to 1.
    label : str, optional
        The label whose share is shown; None where it is the mean of a number.
    overall : float
        The share or mean over all rows.
    rows : int
        Rows with a target.
    bins : tuple of TargetBin
        In the order of the values; labels without an order by their share or mean, the highest first. What is rare or
        missing comes last.
    """

    feature: str
    power: float
    label: str | None
    overall: float
    rows: int
    bins: tuple[TargetBin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "feature": self.feature,
            "power": self.power,
            "measure": "mean" if self.label is None else "rate",
            "label": self.label,
            "overall": self.overall,
            "rows": self.rows,
            "bins": [item.to_dict() for item in self.bins],
        }


@dataclass(frozen=True, slots=True)
class _Bins:
    """Bin of each row, shape (rows,), -1 for none; names of the bins; which of them keep their place at the end."""

    codes: Codes
    labels: tuple[str, ...]
    ordered: bool
    last: int


def target_views(
    frame: pl.DataFrame,
    schema: Schema,
    statistics: TableStatistics,
    task: Task,
    associations: Sequence[Association],
) -> tuple[TargetView, ...]:
    """Look at the target along the strongest features.

    Parameters
    ----------
    frame : DataFrame
        The rows; those without a target are left out.
    schema : Schema
        Their columns, one of them the target.
    statistics : TableStatistics
        Of these rows, or of those they were drawn from.
    task : Task
        Kind of answer.
    associations : sequence of Association
        How much each feature says about the target.

    Returns
    -------
    tuple of TargetView
        The most telling feature first.
    """
    if schema.target is None:
        return ()
    strong = [
        item
        for item in sorted(associations, key=lambda item: -item.power)
        if item.power >= LEAST_POWER and schema[item.feature].kind is not Kind.TEXT
    ][:MAX_VIEWS]
    rows = frame.select(schema.target.name, *(item.feature for item in strong))
    rows = rows.filter(_usable(pl.col(schema.target.name), rows.schema[schema.target.name]))
    if not strong or rows.is_empty():
        return ()
    truth, names = _truth(rows[schema.target.name], schema.target, task)
    views = []
    for item in strong:
        bins = _bins(rows[item.feature], schema[item.feature], statistics[item.feature])
        if bins is not None:
            views.append(_view(item, bins, truth, names))
    return tuple(views)


def _usable(target: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return target.is_finite() if dtype.is_float() else target.is_not_null()


def _truth(values: pl.Series, column: Column, task: Task) -> tuple[Floats, tuple[str, ...]]:
    """Return the target, shape (rows, 1), or a flag per label, shape (rows, k), and the labels."""
    if not task.is_classification:
        return as_numbers(values).to_numpy()[:, None], ()
    if task is Task.BINARY:
        positive = define_problem(values, column, task=task).positive
        return (values == positive).to_numpy().astype(np.float64)[:, None], (str(positive),)
    texts = as_text(values)
    names = texts.value_counts(sort=True).to_series().head(_MAX_CLASSES).to_list()
    flags = [(texts == name).to_numpy().astype(np.float64) for name in names]
    return np.stack(flags, axis=1), tuple(names)


def _bins(values: pl.Series, column: Column, known: ColumnStatistics) -> _Bins | None:
    family = family_of_series(values)
    if family is Family.OPAQUE:
        return None
    few = known.values.exact and (known.distinct or 0) <= MAX_BINS
    if family in {Family.TEXT, Family.BOOLEAN} or (family is Family.NUMBER and few):
        return _labels(values, column, known)
    if not known.quantiles:
        return None
    unit = ("clock" if values.dtype == pl.Time else "time") if family is Family.MOMENT else ""
    cuts = _cuts(known)
    codes = np.full(len(values), -1, dtype=np.int64)
    axis = axis_of(values)
    inner = np.searchsorted(cuts, axis, side="left")
    inner[np.isnan(axis)] = -1
    codes[values.is_not_null().to_numpy()] = inner
    whole = known.numbers is not None and known.numbers.whole
    return _with_missing(values, codes, _ranges(cuts, unit, whole=whole), ordered=True, last=0)


def _cuts(known: ColumnStatistics) -> Floats:
    """Return where a number is cut: at its tenths; where these are a few frequent values, at fifths of the rest too."""
    tenths = np.unique([known.quantiles[at] for at in range(10, 100, 10)])
    if len(tenths) >= _FEW_CUTS:
        return tenths
    whole = known.distribution()
    counts = np.diff(whole.cumulative, prepend=0)
    counts[np.isin(whole.values, tenths)] = 0
    rest = Distribution(whole.values[counts > 0], np.cumsum(counts[counts > 0]))
    return np.union1d(tenths, rest.quantiles(np.array([0.2, 0.4, 0.6, 0.8])))


def _ranges(cuts: Floats, unit: str, *, whole: bool) -> tuple[str, ...]:
    """Name the bins between cuts; a bin holds its upper cut and not its lower one."""
    if whole:
        cuts = np.floor(cuts)
    upper = [edge_text(float(cut), unit) for cut in cuts]
    lower = [edge_text(float(cut + 1), unit) for cut in cuts] if whole else upper
    between = [high if low == high else f"{low} to {high}" for low, high in zip(lower[:-1], upper[1:], strict=True)]
    return f"up to {upper[0]}", *between, f"above {upper[-1]}"


def _labels(values: pl.Series, column: Column, known: ColumnStatistics) -> _Bins:
    """Return a bin per frequent value."""
    listed = [value for value, _ in known.values.items]
    rest = len(listed) > MAX_BINS or not known.values.exact
    listed = listed[: MAX_BINS - 1] if rest else listed
    order = {label: rank for rank, label in enumerate(column.order or ())}
    if order:
        listed.sort(key=lambda value: order.get(str(value), len(order)))
    elif known.family in {Family.NUMBER, Family.BOOLEAN}:
        listed.sort()
    numeric = known.family is Family.NUMBER
    plain = as_numbers(values) if numeric else as_text(values)
    keys = [float(value) if numeric else str(value) for value in listed]
    places = list(range(len(keys)))
    codes = plain.replace_strict(keys, places, default=len(keys), return_dtype=pl.Int64) if keys else plain.is_null()
    labels = [number(value) if isinstance(value, int | float) and numeric else str(value) for value in listed]
    if rest:
        labels.append(f"{max((known.distinct or 0) - len(listed), 1):,} others")
    gone = plain.is_null() | plain.is_nan() if numeric else plain.is_null()
    found = codes.cast(pl.Int64).to_numpy().copy()
    found[gone.fill_null(value=True).to_numpy()] = -1
    found[found >= len(labels)] = -1  # an infinity among few numbers
    return _with_missing(values, found, tuple(labels), ordered=bool(order) or numeric, last=int(rest))


def _with_missing(values: pl.Series, codes: Codes, labels: tuple[str, ...], *, ordered: bool, last: int) -> _Bins:
    gone = values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()
    missing = gone.fill_null(value=True).to_numpy()
    if not missing.any():
        return _Bins(codes, labels, ordered, last)
    return _Bins(np.where(missing, len(labels), codes), (*labels, "missing"), ordered, last + 1)


def _view(item: Association, bins: _Bins, truth: Floats, names: tuple[str, ...]) -> TargetView:
    inside = bins.codes >= 0
    codes, truth = bins.codes[inside], truth[inside]
    size = len(bins.labels)
    rows = np.bincount(codes, minlength=size).astype(np.float64)
    summed = [np.bincount(codes, weights=column, minlength=size).astype(np.float64) for column in truth.T]
    sums: Floats = np.stack(summed, axis=1)
    at = _most_telling(rows, sums) if len(names) > 1 else 0
    value = np.divide(sums[:, at], rows, out=np.zeros(size), where=rows > 0)
    low, high = wilson(sums[:, at], rows) if names else _student(codes, truth[:, 0], rows, value)
    found = [
        TargetBin(label, int(rows[i]), float(value[i]), _known(low[i]), _known(high[i]))
        for i, label in enumerate(bins.labels)
        if rows[i]
    ]
    if not bins.ordered:
        tail = set(bins.labels[size - bins.last :])
        found.sort(key=lambda part: (part.label in tail, -part.value if part.label not in tail else 0.0))
    overall = float(sums[:, at].sum() / rows.sum())
    return TargetView(item.feature, item.power, names[at] if names else None, overall, int(rows.sum()), tuple(found))


def _most_telling(rows: Floats, sums: Floats) -> int:
    """Return the label whose share differs most between the bins, by Pearson's chi-square."""
    share = sums.sum(axis=0) / rows.sum()
    expected = rows[:, None] * share
    spread = rows[:, None] * share * (1 - share)
    moved = np.divide((sums - expected) ** 2, spread, out=np.zeros_like(sums), where=spread > 0)
    return int(np.argmax(moved.sum(axis=0)))


def _student(codes: Codes, truth: Floats, rows: Floats, mean: Floats) -> tuple[Floats, Floats]:
    from scipy.special import stdtrit

    squares = np.bincount(codes, weights=(truth - mean[codes]) ** 2, minlength=len(rows))
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stdtrit(np.maximum(rows - 1, 1), 0.975) * np.sqrt(squares / (rows - 1) / rows)
    half[rows < 2] = np.nan
    return mean - half, mean + half


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
