"""What the columns of a table are: storage type, kind, unit and role.

Columns of text are judged by their content, whatever file they come from, so a CSV file and a Parquet file of one table
agree; other columns keep their type. All rows are looked at, and their order does not matter. What the domain states
about a column wins over what is seen. The page docs/lifecycle/collect.md lists the rules.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.collect.cells import Read, Reader
from clew.collect.codes import finding
from clew.collect.conform import reader_of, refuse
from clew.collect.dtypes import dtype_name
from clew.collect.guess import Guessed, guess_column
from clew.collect.kinds import identifies
from clew.collect.media import are_images
from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.domain import Domain, check_facts

#: Kinds whose storage type says what they are, even where every value is missing.
_OPAQUE = frozenset({Kind.NESTED, Kind.IMAGE})
#: From this many rows on, columns are judged side by side.
_MANY_ROWS = 50_000


def infer(frame: pl.DataFrame, domain: Domain | None = None) -> tuple[pl.DataFrame, Schema, tuple[Finding, ...]]:
    """Find out what the columns of a table are.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows as they were read.
    domain : Domain, optional
        What is known about columns; those that the table does not have are no concern here.

    Returns
    -------
    frame : polars.DataFrame
        The rows with each column in its storage type.
    schema : Schema
        One entry per column.
    findings : tuple of Finding
        What was noticed, codes ``DQ101`` to ``DQ118``.

    Raises
    ------
    SchemaError
        If cells are other than what the domain states about their column; the cells are listed.
    DataError
        If a column holds Python objects.
    """
    stated = domain.columns if domain else {}
    facts = [_facts(name, stated.get(name, {})) for name in frame.columns]
    columns = list(frame.iter_columns())
    if frame.height < _MANY_ROWS:
        judged = [_judge(*pair) for pair in zip(columns, facts, strict=True)]
    else:
        # Polars works on a column of text with one thread, and lets others run meanwhile.
        with ThreadPoolExecutor(min(len(columns), pl.thread_pool_size())) as pool:
            judged = list(pool.map(_judge, columns, facts))
    refuse(frame, [(item.reader.column, item.reader, item.read) for item in judged if item.read.problems])
    findings = tuple(finding for item in judged for finding in item.findings)
    values = pl.DataFrame([item.values for item in judged]).rechunk()
    return values, Schema(tuple(item.column for item in judged)), findings


@dataclass(frozen=True)
class _Judged:
    """A column after inference."""

    column: Column
    reader: Reader
    read: Read
    values: pl.Series
    findings: tuple[Finding, ...]


def _judge(series: pl.Series, facts: Mapping[str, Any]) -> _Judged:
    known, changed = known_type(series)
    guessed = _guess(known, facts)
    column = replace(guessed.column, **facts)
    reader = reader_of(column)
    read = Read(known) if guessed.as_is and column.dtype == "String" else reader.read_column(known)
    column = _settled(column, read.values, facts)
    identity = None if "role" in facts else identifies(read.values)
    if identity:
        column = replace(column, role=Role.ID)
    findings = (*changed, *guessed.findings, *_noticed(read.values, identity))
    return _Judged(column, reader, read, _stored(read.values, column), findings)


def _facts(name: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    facts = check_facts(name, stated)
    if facts.get("missing") is not None:
        facts["missing"] = tuple(str(word) for word in facts["missing"])
    return facts


def _guess(values: pl.Series, facts: Mapping[str, Any]) -> Guessed:
    """Describe a column before the domain's facts are laid over it."""
    if values.dtype == pl.String:
        return guess_column(values, facts)
    kind, dtype = _kind_of_values(values), values.dtype
    wanted = facts.get("kind")
    if wanted is Kind.BOOLEAN and dtype.is_numeric():
        return Guessed(Column(values.name, "Boolean", kind))
    if (wanted is Kind.ORDINAL and "order" in facts and kind in {Kind.NUMERIC, Kind.BOOLEAN}) or wanted is Kind.TEXT:
        return Guessed(Column(values.name, "String", kind))
    if wanted is Kind.DATETIME and kind is not Kind.DATETIME:
        return Guessed(Column(values.name, "Datetime(us)", kind))
    if wanted is Kind.NUMERIC and kind is not Kind.NUMERIC and dtype != pl.Boolean:
        return Guessed(Column(values.name, "Float64", kind))
    return Guessed(Column(values.name, dtype_name(dtype), kind))


def _kind_of_values(values: pl.Series) -> Kind:
    dtype = values.dtype
    if dtype == pl.Binary:
        return Kind.IMAGE if are_images(values) else Kind.NESTED
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_numeric():
        return Kind.NUMERIC
    return Kind.DATETIME if dtype in (pl.Date, pl.Datetime) else Kind.NESTED


def known_type(values: pl.Series) -> tuple[pl.Series, tuple[Finding, ...]]:
    """Bring a column into a type that Clew works with; what that means for the values is a finding.

    Parameters
    ----------
    values : Series
        The column as it was read.

    Raises
    ------
    DataError
        If it holds Python objects.
    """
    dtype = values.dtype
    if dtype == pl.Object:
        raise DataError(
            f"Column {values.name!r} holds Python objects, which no stage can read.",
            hint="Convert it to text, numbers, dates or lists first.",
        )
    if dtype == pl.Null:
        return values.cast(pl.String), ()
    if dtype == pl.UInt64:
        signed = values.cast(pl.Int64, strict=False)
        return (signed if signed.null_count() == values.null_count() else values), ()
    if isinstance(dtype, pl.Datetime):
        return _microseconds(values), ()
    changed = _changed_type(values)
    if changed is None:
        return values, ()
    detail = f"{dtype_name(dtype)} became {dtype_name(changed.dtype)}{' in seconds' if dtype == pl.Duration else ''}."
    return changed, (finding("DQ114", detail, values.name, before=str(dtype), after=str(changed.dtype)),)


def _changed_type(values: pl.Series) -> pl.Series | None:
    dtype = values.dtype
    if isinstance(dtype, pl.Decimal) or dtype in (pl.Int128, pl.UInt128):
        whole = values.cast(pl.Int64, strict=False)
        if getattr(dtype, "scale", 0) == 0:
            return whole if whole.null_count() == values.null_count() else values.cast(pl.String)
        return values.cast(pl.Float64)
    if dtype == pl.Float16:
        return values.cast(pl.Float32)
    if isinstance(dtype, pl.Duration):
        return values.dt.total_seconds(fractional=True)
    if dtype in (pl.Time, pl.Categorical, pl.Enum):
        return values.cast(pl.String)
    return None


def _microseconds(values: pl.Series) -> pl.Series:
    """Store moments in microseconds; nanoseconds only where a value needs them."""
    unit = getattr(values.dtype, "time_unit", "us")
    if unit == "ns" and (values.to_physical() % 1000 != 0).any():
        return values
    return values.dt.cast_time_unit("us")


def _settled(column: Column, values: pl.Series, facts: Mapping[str, Any]) -> Column:
    """Return the column as it is stored: of unknown kind where nothing is there, and of the type that was needed."""
    if values.null_count() == len(values) and len(values) and column.kind not in _OPAQUE:
        return replace(column, dtype="String", kind=facts.get("kind", Kind.UNKNOWN))
    return replace(column, dtype=dtype_name(values.dtype))


def _stored(values: pl.Series, column: Column) -> pl.Series:
    if column.dtype == "String" and values.dtype != pl.String:
        values = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    return values.alias(column.name)


def _noticed(values: pl.Series, identity: str | None) -> list[Finding]:
    found = []
    if identity:
        found.append(finding("DQ109", f"All {len(values)} values are different, and {identity}.", values.name))
    if values.dtype.is_float() and (count := int(values.is_infinite().sum())):
        found.append(finding("DQ106", f"{count} of {len(values)} values are infinite.", values.name, infinite=count))
    return found
