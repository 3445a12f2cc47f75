"""What to do first, so that there are values to look at: open structures, undo what stands for a missing value."""

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from clew.core.finding import Severity
from clew.core.readable import number
from clew.core.schema import Kind
from clew.explore.checks.disguised import sentinels as sentinel_findings
from clew.explore.checks.repeated import spellings as spelling_findings
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import chosen, figure, have, listed, many, names, quoted
from clew.prepare.dtypes import family, is_number
from clew.prepare.steps import (
    ExtractFeatures,
    FlattenStructured,
    InvalidateOutliers,
    MergeSpellings,
    MissingIndicator,
    ParseArray,
)

#: Values that are looked at to tell whether a text column holds objects of JSON.
_LOOKED_AT = 50


def structures(seen: Seen) -> Iterator[Advice]:
    """Take structures, and texts that hold objects of JSON, apart into a column per key."""
    stored = [c for c, s in seen.features if s.present and family(c.dtype) == "Struct" and c.kind is Kind.NESTED]
    if stored:
        verb = "holds" if len(stored) == 1 else "hold"
        reason = f"{names(stored)} {verb} structures; each key becomes a column that can be learnt from."
        yield Advice(FlattenStructured(chosen(stored)), reason)
    texts = [c for c, s in seen.features if s.present and c.dtype == "String" and _written(seen.frame[c.name], dict)]
    if texts:
        verb = "holds" if len(texts) == 1 else "hold"
        yield Advice(
            FlattenStructured(chosen(texts), errors="missing"),
            f"{names(texts)} {verb} objects of JSON; each key becomes a column. A text that is no object is missing.",
        )


def written_arrays(seen: Seen) -> Iterator[Advice]:
    """Read arrays that are written as JSON text."""
    found = [c for c, s in seen.features if s.present and c.dtype == "String" and _written(seen.frame[c.name], list)]
    if found:
        verb = "holds" if len(found) == 1 else "hold"
        reason = f"{names(found)} {verb} arrays written as text; a text that is no array is missing."
        yield Advice(ParseArray(chosen(found), errors="missing"), reason)


def arrays(seen: Seen) -> Iterator[Advice]:
    """Sum up arrays of numbers."""
    found = [c for c, s in seen.features if c.dtype.startswith("List(") and is_number(c.dtype[5:-1])]
    if found:
        reason = f"{names(found)} {have(found)} arrays of numbers; their length, centre and spread can be learnt from."
        yield Advice(ExtractFeatures(chosen(found)), reason)


def impossible(seen: Seen) -> Iterator[Advice]:
    """Turn numbers outside the range that the domain states into missing ones."""
    for column, stats in seen.features:
        low, high = _end(stats.minimum), _end(stats.maximum)
        if column.kind is not Kind.NUMERIC or not is_number(column.dtype) or low is None or high is None:
            continue
        least, most = column.minimum, column.maximum
        if (least is not None and low < least) or (most is not None and high > most):
            values = pl.col(column.name)
            outside = [values < least] if least is not None else []
            outside += [values > most] if most is not None else []
            count = seen.table.count(pl.any_horizontal(outside))
            yield Advice(
                InvalidateOutliers(chosen([column]), method="range", lower=least, upper=most),
                f"{quoted(column.name)} is outside the range that the domain states ({_range(least, most)}) in "
                f"{number(count)} of {many(seen.rows, 'row')}; such a value is an error, and counts as missing.",
            )


def sentinels(seen: Seen) -> Iterator[Advice]:
    """Turn a number that stands for a missing value into one (finding DQ005); a tree can split it off by itself."""
    for item in sentinel_findings(seen.table) if seen.for_model != "trees" else ():
        if item.severity is Severity.INFO or item.column is None:
            continue
        value, column = float(item.evidence["value"]), seen.schema[item.column]
        others = seen.frame[item.column].cast(pl.Float64)
        others = others.filter(others.is_finite() & (others != value))
        highest = value > float(others.mean())  # type: ignore[arg-type]
        edge = (value + float(others.max() if highest else others.min())) / 2.0  # type: ignore[arg-type]
        lower, upper = (None, edge) if highest else (edge, None)
        yield Advice(
            InvalidateOutliers(chosen([column]), method="range", lower=lower, upper=upper),
            f"{quoted(column.name)} is {figure(value)} in {number(item.evidence['count'])} of "
            f"{many(seen.rows, 'row')}, far from all other values: it stands for a missing one (DQ005).",
        )
        if seen.is_free(column, "_missing"):
            reason = f"That {quoted(column.name)} was {figure(value)} may say something; an indicator keeps it."
            yield Advice(MissingIndicator(chosen([column])), reason)


def spellings(seen: Seen) -> Iterator[Advice]:
    """Merge labels that differ only in case, accents, punctuation or white space (finding DQ018)."""
    found = [item for item in spelling_findings(seen.table) if item.column is not None]
    found = [item for item in found if not seen.schema[item.column or ""].order]
    if found:
        shown = listed([f"{item.evidence['labels']} labels of {quoted(item.column or '')}" for item in found])
        columns = [seen.schema[item.column or ""] for item in found]
        yield Advice(
            MergeSpellings(chosen(columns), threshold=1.0),
            f"{shown} are spellings of others, up to case and white space (DQ018); they mean the same.",
        )


def _written(values: pl.Series, kind: type) -> bool:
    """Return whether the first texts of a column are JSON of a kind."""
    first = values.drop_nulls().head(_LOOKED_AT).to_list()
    return bool(first) and all(text.lstrip()[:1] in {"{", "["} and isinstance(_parsed(text), kind) for text in first)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _end(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _range(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return f"at least {figure(least)}" if least is not None else f"at most {figure(most or 0.0)}"
    return f"{figure(least)} to {figure(most)}"
