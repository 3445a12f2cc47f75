"""Looking at a table that is larger than memory: its rows pass by twice, and what is known of them stays small.

The first time, a uniform sample of rows is drawn, and what the columns are is judged by it. The second time, every
cell is read as that says, and statistics of the batches are merged: counts, extremes and moments are exact; quantiles,
distinct and frequent values have the errors that `clew.explore.statistics` states. A cell that cannot be read is
counted and left out. What needs rows beside each other is answered by the sample.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.batches import BATCHED, Batches, open_batches
from clew.collect.conform import reader_of
from clew.collect.dataset import Dataset
from clew.collect.infer import known_type
from clew.collect.source import read
from clew.core.errors import UsageError
from clew.core.memory import available_bytes
from clew.core.progress import Progress, silent
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.domain import Domain
from clew.explore.checks.repeated import repeated_rows
from clew.explore.column import ColumnStatistics
from clew.explore.describe import describe_column
from clew.explore.families import Family, family_of_series, to_microseconds
from clew.explore.instants import Instants
from clew.explore.missingness import MAX_COLUMNS, MissingPatterns
from clew.explore.observed import Observed, Sample
from clew.explore.parallel import processors
from clew.explore.repeats import Repeats
from clew.explore.reservoir import Reservoir
from clew.explore.statistics import TableStatistics

#: A table is streamed if it would take more memory than this, or than this share of what is free.
LARGE_BYTES, LARGE_SHARE = 1 << 30, 0.125
#: Values of a column that the sample lacks, by which it is judged nevertheless.
_WITNESSES = 1_000
#: An identifier by its sample has at least this share of different values among all rows.
_MOSTLY_DIFFERENT = 0.9


def is_streamed(data: Any, *, streaming: bool | None) -> bool:
    """Decide whether the rows of a table pass by, or are held in memory.

    Parameters
    ----------
    data : object
        What `clew.read` takes.
    streaming : bool, optional
        What the caller wants; by default a file is streamed if its rows would take more than 1 GiB, or more than an
        eighth of the memory that is free.

    Raises
    ------
    UsageError
        If it is to be streamed and cannot be.
    """
    path = Path(data) if isinstance(data, str | Path) else None
    possible = path is not None and path.suffix.lower() in BATCHED and path.is_file()
    if streaming and not possible:
        raise UsageError(
            "Only a file can be streamed, one that ends in " + ", ".join(BATCHED) + ".",
            hint="Leave `streaming` away, or write the rows to a Parquet file first.",
        )
    if streaming is not None or not possible or path is None:
        return bool(streaming)
    free = available_bytes()
    limit = LARGE_BYTES if free is None else min(LARGE_BYTES, LARGE_SHARE * free)
    # A file that is tiny even if its compression is extreme needs no second look.
    return path.stat().st_size > limit / 64 and open_batches(path).size_bytes > limit


def observe_file(
    path: Path, *, target: str | None = None, domain: Domain | None = None, seed: int = 0, progress: Progress = silent
) -> Observed:
    """Look at all rows of a file in batches.

    Parameters
    ----------
    path : Path
        A file with one of the endings in `clew.collect.batches.BATCHED`.
    target : str, optional
        Column to predict.
    domain : Domain, optional
        What is known about the columns.
    seed : int, default 0
        Seed of the sample.
    progress : Progress, default silent
        Told the share of the rows that have passed.

    Raises
    ------
    DataError
        If it cannot be read, or there is no such target.
    """
    batches = open_batches(path)
    drawn = _draw(batches, domain, seed, progress)
    judged = drawn.data.with_target(target) if target else drawn.data
    seen = _look(batches, judged.schema, drawn, progress)
    whole = len(judged) == seen.statistics.rows
    return Observed(
        str(path),
        _checked(judged.schema, seen.statistics, domain),
        judged.frame,
        seen.statistics,
        seen.instants,
        seen.missing.with_gaps(),
        repeated_rows(judged.frame),
        seen.repeats.repeated,
        seen.size_bytes,
        seen.repeats.exact,
        (*batches.findings, *judged.findings),
        {name: count for name, count in seen.unreadable.items() if count},
        None if whole else Sample(len(judged), seen.statistics.rows, seed),
        None if whole else drawn.places,
    )


def judge_file(path: Path, *, domain: Domain | None = None, seed: int = 0, progress: Progress = silent) -> Schema:
    """Say what the columns of a file are, judged by a sample of the rows as in `observe_file`.

    What a sample cannot tell for sure is looked up in all rows: whether a column that looks like an identifier is one,
    and whether numbers that are whole in the sample are whole throughout.

    Parameters
    ----------
    path, domain, seed, progress
        As of `observe_file`.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    batches = open_batches(path)
    drawn = _draw(batches, domain, seed, progress)
    schema = drawn.data.schema
    whole = [column for column in schema if column.dtype.startswith(("Int", "UInt"))]
    doubtful = {column.name: column for column in (*whole, *schema.by_role(Role.ID))}
    if len(drawn.data) == drawn.rows or not doubtful:
        return schema
    known: dict[str, ColumnStatistics] = {}
    for batch in batches.of(list(doubtful)):
        for name, column in doubtful.items():
            values = reader_of(column).read_column(known_type(batch[name])[0]).values.alias(name)
            if column in whole and values.dtype.is_float():
                schema = schema.with_facts(name, dtype=str(values.dtype))
            if column.role is Role.ID:
                seen = describe_column(values, column)
                known[name] = known[name].merge(seen) if name in known else seen
    return _checked(schema, TableStatistics(drawn.rows, known), domain)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The sample, judged; where its rows stand; and how many rows there are."""

    data: Dataset
    places: NDArray[np.int64]
    rows: int


def _draw(batches: Batches, domain: Domain | None, seed: int, progress: Progress) -> _Drawn:
    """Walk through the rows once: draw the sample and judge the columns by it."""
    reservoir = Reservoir(seed)
    lacking: dict[str, list[pl.Series]] = {name: [] for name in batches.names}
    for batch in batches:
        reservoir.add(batch)
        for name in [name for name in lacking if _collect(batch[name], lacking[name])]:
            del lacking[name]
        progress("drawing a sample", 0.3 * reservoir.seen / batches.rows if batches.rows else None)
    frame, places = reservoir.sample()
    data = read(frame, domain=domain)
    for name, parts in lacking.items():
        if data.schema[name].kind is Kind.UNKNOWN and parts:
            # So sparse that the sample has no value of it: judged by the values that there are.
            known = read(pl.concat(parts).to_frame(), domain=_only(domain, name)).schema[name]
            column = replace(known, role=data.schema[name].role)
            values = reader_of(column).read_column(known_type(frame[name])[0]).values.alias(name)
            data = Dataset.of(
                data.frame.with_columns(values), data.schema.with_columns(column), data.source, data.findings
            )
    return _Drawn(replace(data, source=str(batches.path)), places, reservoir.seen)


def _only(domain: Domain | None, name: str) -> Domain | None:
    if domain is None or name not in domain.columns:
        return None
    return Domain.from_dict({"columns": {name: dict(domain.columns[name])}})


def _collect(values: pl.Series, held: list[pl.Series]) -> bool:
    """Hold on to the first values of a column; tell whether there are enough of them."""
    there = values.is_not_null() if values.dtype != pl.String else values.str.len_bytes() > 0
    if there.any():
        held.append(values.filter(there).head(_WITNESSES))
    return sum(len(part) for part in held) >= _WITNESSES


@dataclass(slots=True)
class _Seen:
    """What is known of the rows so far."""

    statistics: TableStatistics
    instants: dict[str, Instants]
    missing: MissingPatterns
    repeats: Repeats
    unreadable: dict[str, int]
    size_bytes: int

    def add(self, other: "_Seen") -> None:
        self.statistics = self.statistics.merge(other.statistics)
        self.instants = {name: known.merge(other.instants[name]) for name, known in self.instants.items()}
        self.missing = self.missing.merge(other.missing)
        self.repeats = self.repeats.merge(other.repeats)
        self.unreadable = {name: count + other.unreadable[name] for name, count in self.unreadable.items()}
        self.size_bytes += other.size_bytes


def _look(batches: Batches, schema: Schema, drawn: _Drawn, progress: Progress) -> _Seen:
    """Walk through the rows again, and look at every cell."""
    gaps = _likely_to_miss(drawn.data.frame, schema)
    total: _Seen | None = None
    with ThreadPoolExecutor(processors()) as pool:
        for batch in batches:
            seen = _look_at(batch, schema, gaps, pool)
            if total is None:
                total = seen
            else:
                total.add(seen)
            progress("looking at every row", 0.3 + 0.7 * total.statistics.rows / max(drawn.rows, 1))
    if total is None:
        raise UsageError(f"The file {batches.path.name!r} lost its rows while it was read.", hint="Read it again.")
    return total


def _likely_to_miss(frame: pl.DataFrame, schema: Schema) -> tuple[str, ...]:
    """Choose the columns whose gaps are counted together: all, or those that miss most in the sample."""
    if len(schema) <= MAX_COLUMNS:
        return schema.names
    known = {name: frame[name].null_count() for name in schema.names}
    most = set(sorted(known, key=lambda name: -known[name])[:MAX_COLUMNS])
    return tuple(name for name in schema.names if name in most)


def _look_at(batch: pl.DataFrame, schema: Schema, gaps: tuple[str, ...], pool: ThreadPoolExecutor) -> _Seen:
    looked = list(pool.map(lambda column: _look_at_column(batch[column.name], column), schema))
    frame = pl.DataFrame([item.values for item in looked])
    return _Seen(
        TableStatistics(len(batch), {item.values.name: item.known for item in looked}),
        {item.values.name: item.instants for item in looked if item.instants is not None},
        MissingPatterns.of(frame, gaps),
        Repeats.of(frame),
        {item.values.name: item.unreadable for item in looked},
        int(frame.estimated_size()),
    )


@dataclass(frozen=True, slots=True)
class _Column:
    values: pl.Series
    known: ColumnStatistics
    unreadable: int
    instants: Instants | None


def _look_at_column(raw: pl.Series, column: Column) -> _Column:
    read_as = reader_of(column).read_column(known_type(raw)[0])
    values = read_as.values.alias(column.name)
    happened: Instants | None = None
    if column.kind is Kind.DATETIME and family_of_series(values) is Family.MOMENT:
        happened = Instants.of(to_microseconds(values.drop_nulls()))
    return _Column(values, describe_column(values, column), _broken(mask for _, mask in read_as.problems), happened)


def _broken(masks: Iterable[pl.Series]) -> int:
    return sum(int(mask.sum()) for mask in masks)


def _checked(schema: Schema, statistics: TableStatistics, domain: Domain | None) -> Schema:
    """Take the role of an identifier from columns that only looked like one in the sample."""
    for column in schema.by_role(Role.ID):
        known = statistics[column.name]
        stated = domain is not None and "role" in domain.columns.get(column.name, {})
        if not stated and (known.distinct or 0) < _MOSTLY_DIFFERENT * known.rows:
            schema = schema.with_facts(column.name, role=Role.FEATURE)
    return schema
