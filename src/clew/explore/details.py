"""What is said about single columns beyond their statistics: types, text patterns, timelines, disguised missing."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from clew.core.finding import Finding
from clew.core.schema import Schema
from clew.explore.families import Family, family_of_series
from clew.explore.observed import Observed
from clew.explore.patterns import TextPatterns, patterns_of, patterns_of_counts
from clew.explore.statistics import TableStatistics
from clew.explore.timeline import Timeline, timeline
from clew.explore.types import Type, type_of

#: Rows of which the patterns of a column with very many texts are found, and columns for which they are.
PATTERN_ROWS, PATTERN_COLUMNS = 10_000, 300
#: Findings that mean missing values in disguise.
_DISGUISED = frozenset({"DQ005", "DQ006"})


def types_of(frame: pl.DataFrame, schema: Schema, statistics: TableStatistics) -> dict[str, Type]:
    """Name the type of each column.

    Parameters
    ----------
    frame : DataFrame
        All rows or some of them.
    schema : Schema
        Their columns.
    statistics : TableStatistics
        Of all rows.
    """
    return {column.name: type_of(column, statistics[column.name], frame[column.name]) for column in schema}


def text_patterns(seen: Observed, *, seed: int = 0) -> dict[str, TextPatterns]:
    """Find the patterns of each column of texts.

    Columns whose every text is listed are looked at as a whole; of others, at most `PATTERN_ROWS` rows drawn at random.

    Parameters
    ----------
    seen : Observed
        The rows.
    seed : int, default 0
        Seed of the draw.
    """
    texts = [name for name in seen.schema.names if family_of_series(seen.frame[name]) is Family.TEXT]
    texts = texts[:PATTERN_COLUMNS]
    many = [name for name in texts if not seen.statistics[name].values.exact]
    drawn = _draw(seen.frame.select(many), seed) if many else seen.frame.select(many)
    found: dict[str, TextPatterns] = {}
    for name in texts:
        known = seen.statistics[name]
        if not known.present:
            continue
        if name in many:
            exact = seen.sample is None and len(drawn) == len(seen.frame)
            patterns = patterns_of(drawn[name].cast(pl.String), exact=exact)
        else:
            counted = pl.DataFrame(known.values.items, schema=["value", "count"], orient="row")
            patterns = patterns_of_counts(counted, exact=True)
        if patterns:
            found[name] = patterns
    return found


def _draw(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    if len(frame) <= PATTERN_ROWS:
        return frame
    return frame[np.sort(np.random.default_rng(seed).choice(len(frame), PATTERN_ROWS, replace=False))]


def timelines(seen: Observed) -> dict[str, Timeline]:
    """Say of each column of moments what its grain, steps, gaps and order are."""
    found = {}
    for name, instants in seen.instants.items():
        known = seen.statistics[name]
        told = timeline(instants, known.dtype, known.distinct)
        if told is not None:
            found[name] = told
    return found


def disguised_missing(findings: Iterable[Finding], statistics: TableStatistics) -> dict[str, int]:
    """Count the values of each column that may stand for a missing one, by the findings that say so.

    Parameters
    ----------
    findings : iterable of Finding
        About a table or a sample of it.
    statistics : TableStatistics
        Of all rows; where they list a number that a finding names, their count holds.
    """
    counts: dict[str, int] = {}
    for item in findings:
        if item.code in _DISGUISED and item.column is not None:
            listed = dict(statistics[item.column].values.items)
            count = listed.get(item.evidence.get("value", ""), int(item.evidence["count"]))
            counts[item.column] = counts.get(item.column, 0) + count
    return counts
