"""Columns that say what others say together: variance inflation, principal components, and what a lasso leaves out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.core.schema import Kind
from clew.explore.checks.table import Table
from clew.explore.families import axis_of
from clew.explore.probe.question import Question
from clew.explore.probe.sample import draw, rows_within

#: Rows, and rows times columns, that are looked at; columns beyond the limit are left out.
MAX_ROWS, MAX_CELLS, MAX_COLUMNS = 50_000, 4_000_000, 200
#: A factor is at least 1, high from 5, and not told apart beyond 50.
HIGH, CAP = 5.0, 50.0
#: A factor from which on a column follows exactly from others, and a ridge that no real dependency notices.
_EXACT, _TINY = 1e6, 1e-10
_LEAST_ROWS = 50
#: The square of a larger spread would be no number.
_LARGEST = 1e100
#: Sizes of the penalty that the lasso tries, and labels it tells one by one.
_PENALTIES, _MOST_LABELS = 30, 10
#: The smallest penalty as a share of the largest, and the ridge beside it.
_SMALLEST, _RIDGE = 3e-3, 1e-2

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Collinearity:
    """How far numbers follow from each other.

    Parameters
    ----------
    columns : tuple of str
        The columns looked at.
    vif : mapping of str to float
        Column → variance inflation factor: 1 / (1 - R²) of the column given all others, from 1 to 50.
    variances : tuple of float
        Share of the variance on each principal component of the standardised columns, the largest first.
    lasso : mapping of str to float
        Column → size of its coefficient, on standardised columns, in a linear model whose L1 penalty the BIC chose; 0
        means that the others say it. Empty without a target.
    rows, sampled_from : int
        Rows looked at, and rows there were.
    left_out : int
        Numeric columns beyond the 200 that are looked at.
    redundant : tuple of str
        Columns that follow exactly from others, and without which nothing does.
    """

    columns: tuple[str, ...]
    vif: dict[str, float]
    variances: tuple[float, ...]
    lasso: dict[str, float]
    rows: int
    sampled_from: int
    left_out: int
    redundant: tuple[str, ...] = ()

    @property
    def high(self) -> tuple[str, ...]:
        """Columns with a high factor, the highest first."""
        return tuple(sorted((name for name, value in self.vif.items() if value >= HIGH), key=lambda n: -self.vif[n]))

    @property
    def effective(self) -> float:
        """How many independent columns the numbers are worth: exp(entropy) of the variances (Roy and Vetterli 2007)."""
        shares = np.array([share for share in self.variances if share > 0])
        return float(np.exp(-np.sum(shares * np.log(shares)))) if len(shares) else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain(
            {
                "vif": self.vif,
                "pca_variances": self.variances,
                "effective_columns": self.effective,
                "lasso": self.lasso,
                "rows": self.rows,
                "sampled_from": self.sampled_from,
                "left_out": self.left_out,
                "redundant": self.redundant,
            }
        )
        return result


def collinearity(table: Table, question: Question | None = None, *, seed: int = 0) -> Collinearity | None:
    """Measure how far the numeric features follow from each other.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    question : Question, optional
        A target for the lasso.
    seed : int, default 0
        Of the sample.

    Returns
    -------
    Collinearity or None
        None with fewer than 50 rows or two columns that vary.
    """
    usable = [
        column.name
        for column, known in table.features(Kind.NUMERIC, Kind.ORDINAL)
        if known.moments is not None and 0 < (known.std or 0) < _LARGEST and known.missing_share < 0.5
    ]
    names = usable[:MAX_COLUMNS]
    if len(names) < 2 or table.rows < _LEAST_ROWS:
        return None
    sample = draw(table.frame.select(names), rows_within(MAX_ROWS, len(names), cells=MAX_CELLS), seed=seed)
    columns = [_numbers(sample.frame[name]) for name in names]
    kept = [position for position, values in enumerate(columns) if values.std() > 0]
    if len(kept) < 2 or len(sample) <= 2 * len(kept):
        return None
    names = [names[position] for position in kept]
    scaled = _standardised([columns[position] for position in kept])
    correlation = scaled.T @ scaled / len(scaled)
    variances = np.clip(np.linalg.eigvalsh(correlation)[::-1], 0, None)
    factors = np.minimum(_inflation(correlation), CAP)
    return Collinearity(
        columns=tuple(names),
        vif=dict(zip(names, factors.tolist(), strict=True)),
        variances=tuple((variances / variances.sum()).tolist()),
        lasso=_lasso(question, names) if question is not None else {},
        rows=len(sample),
        sampled_from=sample.of,
        left_out=max(len(usable) - MAX_COLUMNS, 0),
        redundant=_redundant(correlation, names),
    )


def _numbers(values: Any) -> Floats:
    """Return a column with its mean in the gaps; that makes correlations too small, never too large."""
    numbers = np.full(len(values), np.nan)
    numbers[values.is_not_null().to_numpy()] = axis_of(values)
    return _filled(numbers)


def _filled(numbers: Floats) -> Floats:
    known = np.isfinite(numbers)
    return np.where(known, numbers, numbers[known].mean() if known.any() else 0.0)


def _standardised(columns: list[Floats]) -> Floats:
    return np.column_stack([(values - values.mean()) / values.std() for values in columns])


def _inflation(correlation: Floats) -> Floats:
    """Return 1 / (1 - R²) of each column given the others: the diagonal of the inverse of the correlations."""
    # A ridge far below what matters keeps an exact dependency, whose factor is infinite, within the numbers.
    steadied = correlation + _TINY * np.eye(len(correlation))
    return np.maximum(np.diag(np.linalg.inv(steadied)), 1.0)


def _redundant(correlation: Floats, names: list[str]) -> tuple[str, ...]:
    """Return the columns that follow exactly from the ones before them, which stay."""
    rest, gone = correlation.copy(), []
    for position, name in enumerate(names):
        left = rest[position, position]  # variance that the columns before do not explain
        if left < 1 / _EXACT:
            gone.append(name)
        else:
            rest -= np.outer(rest[:, position], rest[position]) / left
    return tuple(gone)


def _lasso(question: Question, names: list[str]) -> dict[str, float]:
    """Return the largest coefficient of each column over the labels, 0 where a penalised model does without it."""
    asked = [(name, question.features.columns_of(name)) for name in names]
    single = [(name, int(at[0])) for name, at in asked if len(at)]
    if not single:
        return {}
    columns = [_filled(question.features.values[:, at]) for _, at in single]
    centred = np.column_stack([values - values.mean() for values in columns])
    spread = centred.std(axis=0)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    sizes = np.max([np.abs(_path(scaled, target)) for target in _targets(question)], axis=0)
    return {name: float(size) for (name, _), size in zip(single, sizes.tolist(), strict=True)}


def _targets(question: Question) -> list[Floats]:
    """Return the target in standard deviations, or each of the frequent labels against the rest."""
    if not question.task.is_classification:
        centred = question.answers - question.answers.mean()
        return [centred / (centred.std() or 1.0)]
    codes = question.answers.astype(np.int64)
    frequent = np.argsort(-np.bincount(codes), kind="stable")[: 1 if question.classes == 2 else _MOST_LABELS]
    flags = [(codes == label).astype(np.float64) for label in frequent.tolist()]
    return [(flag - flag.mean()) / (flag.std() or 1.0) for flag in flags]


def _path(scaled: Floats, target: Floats) -> Floats:
    """Return the coefficients at the penalty that the BIC prefers (Zou, Hastie and Tibshirani 2007)."""
    from sklearn.linear_model import lasso_path

    rows, columns = scaled.shape
    gram, product = scaled.T @ scaled, scaled.T @ target
    if not np.abs(product).max() > 0:
        return np.zeros(columns)
    penalties = np.abs(product).max() / rows * np.geomspace(1, _SMALLEST, _PENALTIES)
    # A little ridge (an elastic net) lets the descent arrive where columns repeat each other.
    steadied = gram + _RIDGE * rows * np.eye(columns)
    _, coefficients, _ = lasso_path(
        np.asfortranarray(scaled),
        target,
        alphas=penalties,
        precompute=steadied,
        Xy=product,
        tol=1e-3,
        max_iter=5000,
        check_input=False,
    )
    residual = target @ target - 2 * product @ coefficients + np.sum(coefficients * (gram @ coefficients), axis=0)
    free = (coefficients != 0).sum(axis=0)
    score = rows * np.log(np.maximum(residual / rows, 1e-12)) + free * np.log(rows)
    best: Floats = coefficients[:, int(np.argmin(score))]
    return best
