"""What a linear model wants in the end: a number in every cell, on one scale."""

from collections.abc import Iterator

from clew.core.schema import Column, Kind
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import listed, quoted
from clew.prepare.dtypes import is_number
from clew.prepare.selectors import Columns, literal
from clew.prepare.steps import FillMissing, OneHot, Scale
from clew.prepare.values import rises

#: Columns that a category becomes at most.
MOST_CATEGORIES = 255


def finish(seen: Seen) -> Iterator[Advice]:
    """Make columns of categories, fill gaps, and put numbers on one scale."""
    if seen.for_model != "linear" or not seen.features:
        return
    unranked = [literal(c.name) for c, _ in seen.features if _is_unranked(c)]
    gaps = any(s.missing for c, s in seen.features if c.kind is Kind.CATEGORICAL or _is_unranked(c))
    yield Advice(
        OneHot(
            Columns.of(["kind:categorical", *unranked]),
            max_categories=MOST_CATEGORIES,
            missing="keep" if gaps else "zeros",
        ),
        "A linear model has no categories of its own: each becomes a column"
        f"{', and so does a missing one' if gaps else ''}.",
    )
    truth = [column for column, stats in seen.features if column.kind is Kind.BOOLEAN and stats.missing]
    if truth:
        yield Advice(
            FillMissing(Columns.of([literal(column.name) for column in truth]), strategy="most_frequent"),
            f"{listed([quoted(column.name) for column in truth])} cannot stay missing; the frequent answer stands in.",
        )
    ordinal = any(column.kind is Kind.ORDINAL for column, _ in seen.features)
    numbers = Columns.of(["kind:numeric", "kind:ordinal"] if ordinal else ["kind:numeric"])
    yield Advice(
        FillMissing(numbers, strategy="median"),
        "A linear model takes no missing number, and a new row may have one anywhere; the median stands in.",
    )
    yield Advice(
        Scale(numbers),
        "Numbers on one scale are penalised alike, and the solver needs fewer steps.",
    )


def _is_unranked(column: Column) -> bool:
    """Return whether an ordinal is left without ranks: no order is stated, or its numbers do not follow it."""
    if column.kind is not Kind.ORDINAL:
        return False
    if column.order is None:
        return not is_number(column.dtype)
    return is_number(column.dtype) and not rises(column.order)
