"""Tables for the tests of exploring."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.core.finding import Finding
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import infer_task
from clew.define.rules import Rule
from clew.explore.associations import associations
from clew.explore.checks.repeated import repeated_rows
from clew.explore.checks.table import Table
from clew.explore.insights import Insights, insights
from clew.explore.leakage import leakage
from clew.explore.quality import quality
from clew.explore.statistics import describe


def kind_of(dtype: pl.DataType) -> Kind:
    if dtype.is_numeric() or dtype == pl.Duration:
        return Kind.NUMERIC
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_temporal():
        return Kind.DATETIME
    if dtype.is_nested() or dtype == pl.Binary:
        return Kind.NESTED
    return Kind.UNKNOWN if dtype == pl.Null else Kind.CATEGORICAL


def spelt(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Datetime):
        return f"Datetime({dtype.time_unit}{f', {dtype.time_zone}' if dtype.time_zone else ''})"
    return str(dtype)


def schema_of(frame: pl.DataFrame, target: str | None = None, **facts: dict[str, Any]) -> Schema:
    columns = []
    for name, dtype in frame.schema.items():
        column = Column(name, spelt(dtype), kind_of(dtype), Role.TARGET if name == target else Role.FEATURE)
        columns.append(replace(column, **facts.get(name, {})))
    return Schema(tuple(columns))


@pytest.fixture
def make_schema() -> Callable[..., Schema]:
    """Describe a frame by its types; facts about a column as ``name={"fact": value}``."""
    return schema_of


@pytest.fixture
def make_dataset() -> Callable[..., Dataset]:
    """Make a dataset of a frame, as `make_schema`."""

    def build(frame: pl.DataFrame, **facts: dict[str, Any]) -> Dataset:
        return Dataset.of(frame, schema_of(frame, **facts), "made.csv")

    return build


def table_of(
    frame: pl.DataFrame,
    *,
    target: str | None = None,
    rules: tuple[Rule, ...] = (),
    asked_at: str = "0h",
    **facts: dict[str, Any],
) -> Table:
    schema = schema_of(frame, target, **facts)
    known = describe(frame, schema)
    usable = target is not None and (known[target].distinct or 0) > 1
    task = infer_task(frame[target], schema[target]) if target and usable else None
    related = associations(frame, schema, target, task) if target and task else ()
    return Table(frame, schema, known, task, related, rules, asked_at)


@pytest.fixture
def make_table() -> Callable[..., Table]:
    """Make what a check looks at of a frame; facts about a column as ``name={"fact": value}``."""
    return table_of


@pytest.fixture
def closer() -> Callable[..., Insights]:
    """Look closer at a frame."""

    def run(frame: pl.DataFrame, **options: Any) -> Insights:
        table, repeated = table_of(frame, **options), repeated_rows(frame)
        return insights(table, [*quality(table, repeated), *leakage(table)], repeated)

    return run


@pytest.fixture
def found_closer(closer) -> Callable[..., dict[tuple[str, str | None], Finding]]:
    """Return the findings of a closer look at a frame by code and column."""

    def run(frame: pl.DataFrame, **options: Any) -> dict[tuple[str, str | None], Finding]:
        return {(item.code, item.column): item for item in closer(frame, **options).findings}

    return run


@pytest.fixture
def look() -> Callable[..., dict[tuple[str, str | None], Finding]]:
    """Return the findings about a frame by code and column."""

    def run(frame: pl.DataFrame, **options: Any) -> dict[tuple[str, str | None], Finding]:
        table = table_of(frame, **options)
        found = [*quality(table), *leakage(table)]
        assert len({(item.code, item.column, item.detail) for item in found}) == len(found)
        return {(item.code, item.column): item for item in found}

    return run
