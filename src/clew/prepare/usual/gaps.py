"""What is usually done about missing values, and about columns that say nothing."""

from collections.abc import Iterator

from clew.core.readable import number
from clew.core.schema import Kind
from clew.explore.families import Family
from clew.prepare.advice.words import figure, many, percent
from clew.prepare.dtypes import is_number
from clew.prepare.steps import Drop, DropMissing, FillMissing, MissingIndicator
from clew.prepare.usual.way import Fit, Look, Usual

#: From this share of missing values on, a column is mostly a guess once it is filled.
MOSTLY_MISSING = 0.5
#: From this share on, that a value is missing may say something by itself.
TELLING = 0.05
#: Beyond this skewness the mean lies away from most of the values.
SKEWED = 1.0
#: What stands for a missing category.
FILLER = "missing"


def says_nothing(look: Look) -> bool:
    """Whether a column has no value, or the same in every row."""
    return not look.known.present or (look.distinct == 1 and not look.known.missing)


def dropping(look: Look) -> Iterator[Usual]:
    """Leave a column out: where it says nothing, first; else as the last thing to think of."""
    known = look.known
    if not known.present:
        yield look.way("Leave it out", Drop, f"No value in any of {many(known.rows, 'row')}.", Fit.NEEDED)
    elif says_nothing(look):
        shown = f" (`{known.values.items[0][0]}`)" if known.values.items else ""
        text = f"The same value{shown} in all {many(known.rows, 'row')}: nothing can be learnt from it."
        yield look.way("Leave it out", Drop, text, Fit.NEEDED)
    elif known.missing_share >= MOSTLY_MISSING:
        text = (
            f"{percent(known.missing_share)} are missing, {look.of_rows(known.missing)}: filled, it is mostly a guess."
        )
        yield look.way("Leave it out", Drop, text, Fit.FITTING)
    else:
        yield look.way("Leave it out", Drop, "If it says nothing, or cannot be known in time.", Fit.POSSIBLE)


def filling(look: Look) -> Iterator[Usual]:
    """Fill gaps, remember them, or leave out the rows that have them."""
    known, column = look.known, look.column
    if not known.missing or not known.present or column.kind in {Kind.UNKNOWN, Kind.IMAGE}:
        return
    gaps = f"{look.of_rows(known.missing)} ({look.share_of_rows(known.missing)}) have no value"
    # What mostly is a guess is better remembered than filled.
    filled = Fit.COMMON if known.missing_share >= MOSTLY_MISSING else Fit.FITTING
    yield from _values(look, gaps, filled)
    if known.missing_share >= TELLING:
        text = f"{gaps}, which may say something by itself; a column `{column.name}_missing` keeps it."
        yield look.way("Remember what is missing", MissingIndicator, text, Fit.FITTING)
    else:
        text = f"{gaps}; only training rows are left out, a row to be predicted never is."
        yield look.way("Leave out the rows without a value", DropMissing, text, Fit.COMMON)


def _values(look: Look, gaps: str, fit: Fit) -> Iterator[Usual]:
    known, column = look.known, look.column
    if is_number(column.dtype) and known.quantiles and known.mean is not None:
        middle, mean, skewness = known.quantile(0.5) or 0.0, known.mean, known.skewness or 0.0
        skewed = abs(skewness) > SKEWED
        median = f"{gaps}; the median is {figure(middle)}"
        median += (
            f", and with a skewness of {figure(skewness)} it is nearer to most values than the mean" if skewed else ""
        )
        yield look.way("Fill gaps with the median", FillMissing, f"{median}.", fit, strategy="median")
        text = f"{gaps}; the mean is {figure(mean)}, the median {figure(middle)}."
        yield look.way("Fill gaps with the mean", FillMissing, text, Fit.COMMON, strategy="mean")
        return
    if column.kind not in {Kind.CATEGORICAL, Kind.ORDINAL, Kind.TEXT, Kind.BOOLEAN}:
        return
    if column.kind is not Kind.BOOLEAN and column.kind is not Kind.ORDINAL and known.family is Family.TEXT:
        text = f"{gaps}; as `{FILLER}` they are a category of their own."
        yield look.way(f"Fill gaps with “{FILLER}”", FillMissing, text, fit, strategy="constant", value=FILLER)
        fit = Fit.COMMON
    if known.values.items and known.values.items[0][1] > 1:
        value, count = known.values.items[0]
        text = f"{gaps}; `{_short(str(value))}` is the most frequent value, {number(count)} times."
        yield look.way("Fill gaps with the most frequent value", FillMissing, text, fit, strategy="most_frequent")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
