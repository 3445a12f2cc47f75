"""How two columns go together, as one figure with its interval, by the measures of `clew.explore.correlations`."""

import math

import numpy as np

from clew.explore.correlation_measures import (
    contingency,
    correlation_ratios,
    cramers_v,
    fisher_interval,
    mutual_information,
    product_moments,
    rank_correlations,
    standardised,
)
from clew.explore.correlations import Correlation
from clew.explore.effect_intervals import correlation_ratio_interval, cramers_v_interval
from clew.explore.plots.axes import Codes, Floats, Placed

#: Fewer rows say nothing about a pair; of more than the second, as many are drawn at random.
LEAST_ROWS, MAX_ROWS = 10, 200_000
#: Beside the seed, so that rows which somebody made with that very seed are no echo of the draw.
_OWN = 0x57E6


def strength(one: Placed, other: Placed, *, seed: int = 0) -> Correlation | None:
    """Measure how two columns go together.

    Parameters
    ----------
    one, other : Placed
        The columns. Two numbers or moments are related by Spearman's rank correlation, also where few different ones
        are drawn as labels; two columns of labels by Cramér's V, and one of each by the correlation ratio, both
        corrected for chance and over the hundred most frequent labels, the others together.
    seed : int, default 0
        Seed of the draw, where more than 200 000 rows have both.

    Returns
    -------
    Correlation or None
        With its 95 % interval; None where fewer than ten rows have both or one of them does not vary.
    """
    both = np.flatnonzero(one.there & other.there)
    if len(both) > MAX_ROWS:
        chosen = np.sort(np.random.default_rng([_OWN, seed]).choice(both, MAX_ROWS, replace=False))
        one, other = one.take(chosen), other.take(chosen)
    if one.numbers is not None and other.numbers is not None:
        found = _of_numbers(one, other)
    elif one.labels is not None and other.labels is not None:
        found = _of_labels(one, other)
    else:
        labels, numbers = (one, other) if one.labels is not None else (other, one)
        assert labels.labels is not None and numbers.numbers is not None  # noqa: S101, PT018 - one of each
        found = _mixed((one.axis.name, other.axis.name), labels.labels, numbers.numbers)
    return found if found.rows >= LEAST_ROWS and not math.isnan(found.value) else None


def _of_numbers(one: Placed, other: Placed) -> Correlation:
    assert one.numbers is not None and other.numbers is not None  # noqa: S101, PT018 - numbers only come here
    both = np.isfinite(one.numbers) & np.isfinite(other.numbers)
    matrix = np.stack([one.numbers[both], other.numbers[both]], axis=1)
    if not len(matrix):
        return Correlation(one.axis.name, other.axis.name, "spearman", math.nan, 0)
    value, linear = float(rank_correlations(matrix)[0, 1]), float(product_moments(matrix)[0][0, 1])
    low, high = (math.nan, math.nan) if math.isnan(value) else fisher_interval(value, len(matrix), of_ranks=True)
    pearson = None if math.isnan(linear) else linear
    return Correlation(one.axis.name, other.axis.name, "spearman", value, len(matrix), low, high, pearson)


def _of_labels(one: Placed, other: Placed) -> Correlation:
    assert one.labels is not None and other.labels is not None  # noqa: S101, PT018 - labels only come here
    table = contingency(one.labels, other.labels)
    value, (low, high) = cramers_v(table), cramers_v_interval(table)
    information = None if math.isnan(value) else mutual_information(table)
    rows = int(table.sum())
    return Correlation(one.axis.name, other.axis.name, "cramers_v", value, rows, low, high, information=information)


def _mixed(names: tuple[str, str], labels: Codes, numbers: Floats) -> Correlation:
    both = (labels >= 0) & np.isfinite(numbers)
    codes, values = labels[both], numbers[both]
    column = values[:, None]
    (value,), (rows,) = correlation_ratios(codes, standardised(column), np.isfinite(column))
    low, high = (math.nan, math.nan) if math.isnan(value) else correlation_ratio_interval(codes, values)
    return Correlation(*names, "eta", float(value), int(rows), low, high)
