"""What to make of gaps and of stated orders."""

from collections.abc import Iterator

from clew.core.schema import Kind
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import chosen, listed, many, percent, quoted
from clew.prepare.dtypes import is_number
from clew.prepare.steps import MissingIndicator, Ordinal

#: An indicator is proposed from this share of missing values on, up to one less it …
MISSING_SHARE = 0.05
#: … and from this many rows of either sort on.
MISSING_ROWS = 20


def missing(seen: Seen) -> Iterator[Advice]:
    """Remember where values are missing, once per pattern of gaps; trees see it for themselves."""
    if seen.for_model == "trees":
        return
    found, patterns = [], set()
    for column, stats in seen.features:
        if not seen.is_free(column, "_missing") or (seen.for_model == "linear" and column.kind is Kind.CATEGORICAL):
            continue  # a linear model's categories have a column for what is missing anyway
        often = MISSING_SHARE <= stats.missing_share <= 1 - MISSING_SHARE
        if often and min(stats.missing, stats.present) >= MISSING_ROWS:
            values = seen.frame[column.name]
            gaps = values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()
            pattern = gaps.to_numpy().tobytes()
            if pattern not in patterns:
                patterns.add(pattern)
                found.append((column, stats))
    if not found:
        return
    shown = listed([f"{percent(stats.missing_share)} of {quoted(column.name)}" for column, stats in found])
    verb = "is" if len(found) == 1 else "are"
    keeps = "an indicator keeps" if len(found) == 1 else "indicators keep"
    yield Advice(
        MissingIndicator(chosen([column for column, _ in found])),
        f"{shown} {verb} missing in {many(seen.rows, 'row')}; {keeps} the information that the value was not there.",
    )


def ordinals(seen: Seen) -> Iterator[Advice]:
    """Give an ordinal its ranks, where the domain states the order."""
    found = [c for c, _ in seen.features if c.kind is Kind.ORDINAL and c.order and not is_number(c.dtype)]
    if found:
        shown = listed([f"{quoted(c.name)} ({' < '.join((c.order or ())[:4])})" for c in found])
        yield Advice(Ordinal(chosen(found)), f"The domain states the order of {shown}; ranks keep it.")
