"""What to make of numbers: long tails, and shapes that a line cannot follow."""

from collections.abc import Iterator

from clew.core.schema import Column, Kind
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.seen import ROWS_A_COLUMN, Advice, Seen
from clew.prepare.advice.words import chosen, figure, have, listed, many, quoted
from clew.prepare.dtypes import is_number
from clew.prepare.selectors import Columns, literal
from clew.prepare.steps import Bin, Cast, ClipOutliers, Duplicate, Log, PowerTransform

#: A tail is heavy from this skewness on, in a column with more different values than the last figure. A linear model
#: minds less of it, and the power that is learnt fits both sides.
SKEWNESS, SKEWNESS_LINEAR, DIFFERENT = 3.0, 1.0, 20
#: Whole numbers with this many different values may be categories at heart: an hour, a grade, a number of rooms.
FEWEST_VALUES, MOST_VALUES = 4, 31
#: Bins for other numbers.
BINS = 10


def infinite(seen: Seen) -> Iterator[Advice]:
    """Pull infinite numbers to the edge of what is usual, for a linear model."""
    found = [(c, s) for c, s in _numbers(seen) if s.numbers is not None and s.numbers.infinities]
    if found and seen.for_model == "linear":
        shown = listed(
            [f"{quoted(c.name)} ({many(s.numbers.infinities if s.numbers else 0, 'row')})" for c, s in found]
        )
        yield Advice(
            ClipOutliers(chosen([column for column, _ in found]), method="robust_std"),
            f"{shown} {have([c for c, _ in found])} infinite values, which no linear model can use; they are pulled to "
            "the edge of what is usual.",
        )


def skewed(seen: Seen) -> Iterator[Advice]:
    """Straighten the long tail of an amount; trees do not mind, linear models need it."""
    if seen.for_model == "trees":
        return
    least = SKEWNESS_LINEAR if seen.for_model == "linear" else SKEWNESS
    found = []
    for column, stats in _numbers(seen):
        skewness = stats.skewness or 0.0
        if abs(skewness) < least or (stats.distinct or 0) <= DIFFERENT or _is_lumped(stats):
            continue
        if seen.for_model == "linear" or (skewness > 0 and (stats.quantile(0.0) or 0.0) >= 0):
            found.append((column, skewness))
    if not found:
        return
    columns = [column for column, _ in found]
    shown = listed([f"{quoted(column.name)} (skewness {figure(skewness)})" for column, skewness in found])
    tail = "a long tail" if len(found) == 1 else "long tails"
    what = f"{shown} {have(columns)} {tail} over {many(seen.rows, 'row')}"
    if seen.for_model == "linear":
        power = "the power that makes them most normal keeps the order and gives a few far values less weight."
        yield Advice(PowerTransform(chosen(columns)), f"{what}; {power}")
    else:
        yield Advice(Log(chosen(columns)), f"{what}; the logarithm keeps the order and helps a linear model.")


def shapes(seen: Seen) -> Iterator[Advice]:
    """Let a linear model follow a curve: copies of numbers, in bins or value by value, become categories."""
    if seen.for_model != "linear":
        return
    free = [(c, s) for c, s in _numbers(seen) if not c.monotonic and seen.is_free(c, "_copy")]
    few = [(c, s) for c, s in free if _is_step_like(s)]
    wide = [(c, s) for c, s in free if (s.distinct or 0) > MOST_VALUES or not (s.numbers and s.numbers.whole)]
    wide = [(column, stats) for column, stats in wide if (stats.distinct or 0) > DIFFERENT]
    left = seen.room - sum(stats.distinct or 0 for _, stats in few)
    few = few if left >= 0 else []
    left = left if few else seen.room
    wide = wide if BINS * len(wide) <= left else []
    both = [column for column, _ in (*few, *wide)]
    if not both:
        return
    yield Advice(Duplicate(chosen(both)), _why_copies(seen, few, wide))
    if wide:
        yield Advice(
            Bin(_copies([column for column, _ in wide]), strategy="quantile", n_bins=BINS),
            f"{BINS} bins of {many(seen.rows // BINS, 'row')} each follow any curve in steps.",
        )
    yield Advice(
        Cast(_copies(both), to="category"), "Each value, or bin, is to have an effect of its own: a column each, below."
    )


def _why_copies(
    seen: Seen, few: list[tuple[Column, ColumnStatistics]], wide: list[tuple[Column, ColumnStatistics]]
) -> str:
    parts = []
    if few:
        shown = listed([f"{quoted(c.name)} ({many(s.distinct or 0, 'value')})" for c, s in few])
        parts.append(
            f"{shown} {have([c for c, _ in few])} few whole values, each of which may have an effect of its own"
        )
    if wide:
        shown = listed([quoted(column.name) for column, _ in wide])
        parts.append(f"the effect of {shown} need be no straight line")
    text = " and ".join(parts)
    enough = f"{many(seen.rows, 'row')} are {ROWS_A_COLUMN} or more for each column that this adds"
    return f"{text[0].upper()}{text[1:]}; {enough}. The copies will show it beside the numbers themselves."


def _copies(columns: list[Column]) -> Columns:
    return Columns.of([literal(f"{column.name}_copy") for column in columns])


def _numbers(seen: Seen) -> list[tuple[Column, ColumnStatistics]]:
    return [(c, s) for c, s in seen.features if c.kind is Kind.NUMERIC and is_number(c.dtype) and s.present]


def _is_lumped(stats: ColumnStatistics) -> bool:
    """Return whether half of the values or more are the same: straightened, the others would be a second lump."""
    return bool(stats.values.items) and 2 * stats.values.items[0][1] >= stats.present


def _is_step_like(stats: ColumnStatistics) -> bool:
    """Return whether there are few whole values, with enough rows for each on average."""
    values = stats.distinct or 0
    whole = stats.numbers is not None and stats.numbers.whole
    return whole and FEWEST_VALUES <= values <= MOST_VALUES and stats.present >= ROWS_A_COLUMN * values
