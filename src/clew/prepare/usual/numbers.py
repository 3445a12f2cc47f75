"""What is usually done with numbers: tails, far values, scales, bins."""

from collections.abc import Iterator

from clew.core.readable import number
from clew.core.schema import Kind
from clew.prepare.advice.words import figure, many
from clew.prepare.dtypes import is_number, is_whole
from clew.prepare.steps import Bin, Cast, ClipOutliers, InvalidateOutliers, Log, PowerTransform, Scale
from clew.prepare.usual.gaps import SKEWED
from clew.prepare.usual.way import Fit, Look, Usual

#: A tail is long beyond this skewness.
LONG_TAIL = 2.0
#: With fewer different values there is no distribution to straighten, or to cut into bins.
DIFFERENT = 20
#: So few whole values may be categories at heart.
FEW_VALUES = 10
#: Bins of equally many rows.
BINS = 10


def numbers(look: Look) -> Iterator[Usual]:
    """Look at a column of numbers from each side."""
    if look.column.kind not in {Kind.NUMERIC, Kind.ORDINAL} or not is_number(look.column.dtype):
        return
    if not look.known.quantiles or look.distinct < 2:
        return
    yield from _impossible(look)
    yield from _far(look)
    yield from _tail(look)
    yield from _scale(look)
    yield from _steps(look)


def _impossible(look: Look) -> Iterator[Usual]:
    """Values that the domain rules out, and those that stand for a missing one."""
    column, known = look.column, look.known
    low, high = float(known.quantiles[0]), float(known.quantiles[-1])
    below = column.minimum is not None and low < column.minimum
    above = column.maximum is not None and high > column.maximum
    if below or above:
        ends = " to ".join(figure(end) for end in (column.minimum, column.maximum) if end is not None)
        stated = ends if column.minimum is not None and column.maximum is not None else (
            f"{ends} or more" if column.minimum is not None else f"{ends} at most"
        )  # fmt: skip
        text = f"The domain says {stated}; the values go from {figure(low)} to {figure(high)}."
        yield look.way(
            "Make impossible values missing", InvalidateOutliers, text, Fit.NEEDED,
            method="range", lower=column.minimum, upper=column.maximum,
        )  # fmt: skip
    for item in look.findings:
        if item.code == "DQ005" and isinstance(item.evidence.get("value"), int | float):
            yield from _sentinel(look, float(item.evidence["value"]))


def _sentinel(look: Look, value: float) -> Iterator[Usual]:
    """Invalidate one value beyond all others: the border lies halfway to the next one that is listed or known."""
    others = [float(other) for other, _ in look.known.values.items if isinstance(other, int | float) and other != value]
    if not others:
        return
    highest = value > max(others)
    edge = (value + (max(others) if highest else min(others))) / 2.0
    ends = {"upper": edge} if highest else {"lower": edge}
    text = f"{figure(value)} stands far from all other values and repeats (DQ005): it seems to mean missing."
    yield look.way(f"Make {figure(value)} missing", InvalidateOutliers, text, Fit.NEEDED, method="range", **ends)


def _far(look: Look) -> Iterator[Usual]:
    """Infinite values, and those far out."""
    counts = look.known.numbers
    if counts is None or look.distinct <= 2:
        return
    if counts.infinities:
        text = f"{look.of_rows(counts.infinities)} are infinite, which no model can use."
        yield look.way("Pull infinite values to the edge", ClipOutliers, text, Fit.NEEDED, method="robust_std")
    if not _has_a_middle(look):
        return
    if counts.far_outliers:
        text = (
            f"{number(counts.far_outliers)} values ({look.share(counts.far_outliers)}) lie more than three ranges of "
            "the middle half outside of it."
        )
        yield look.way("Clip the far values", ClipOutliers, text, Fit.FITTING, factor=3.0)
    elif counts.outliers:
        text = (
            f"{number(counts.outliers)} values ({look.share(counts.outliers)}) lie more than one and a half ranges of "
            "the middle half outside of it."
        )
        yield look.way("Clip the far values", ClipOutliers, text, Fit.COMMON)


def _has_a_middle(look: Look) -> bool:
    """Whether the middle half has a width: where it has none, clipping would erase all other values."""
    return look.known.quantiles[25] < look.known.quantiles[75]


def _tail(look: Look) -> Iterator[Usual]:
    known = look.known
    skewness, low = known.skewness or 0.0, float(known.quantiles[0])
    if abs(skewness) <= SKEWED or look.distinct <= DIFFERENT:
        return
    values = f"skewness {figure(skewness)}, from {figure(low)} to {figure(float(known.quantiles[-1]))}"
    fit = Fit.FITTING if abs(skewness) > LONG_TAIL else Fit.COMMON
    if skewness > 0 and low >= 0:
        text = f"A long tail to the right: {values}. The logarithm keeps the order."
        yield look.way("Take the logarithm", Log, text, fit)
        fit = Fit.COMMON
    side = "right" if skewness > 0 else "left"
    text = f"A long tail to the {side}: {values}. The power is learnt that makes it most normal."
    yield look.way("Straighten the tail by a power", PowerTransform, text, fit)


def _scale(look: Look) -> Iterator[Usual]:
    known = look.known
    counts, middle = known.numbers, known.quantile(0.5) or 0.0
    if counts is not None and counts.far_outliers and _has_a_middle(look):
        text = (
            f"Median {figure(middle)}, and {number(counts.far_outliers)} far values, which the mean and deviation of a "
            "standard scale would follow. For linear models and networks."
        )
        yield look.way("Scale, robust to far values", Scale, text, Fit.COMMON, method="robust")
    elif known.mean is not None and known.std is not None:
        text = f"Mean {figure(known.mean)}, deviation {figure(known.std)}. For linear models and networks."
        yield look.way("Scale to mean 0 and deviation 1", Scale, text, Fit.COMMON)


def _steps(look: Look) -> Iterator[Usual]:
    """Bins for many values, categories for a few whole ones."""
    known, column = look.known, look.column
    whole = known.numbers is not None and known.numbers.whole and is_whole(column.dtype)
    if whole and look.distinct <= FEW_VALUES and not column.monotonic:
        text = f"Only {many(look.distinct, 'different whole number')}: codes rather than amounts, perhaps."
        yield look.way("Treat the numbers as categories", Cast, text, Fit.COMMON, to="category")
    if look.distinct > DIFFERENT:
        text = f"{BINS} bins of about {many(known.present // BINS, 'row')} each, where an effect is no straight line."
        yield look.way("Put into bins of equal size", Bin, text, Fit.POSSIBLE, strategy="quantile", n_bins=BINS)
