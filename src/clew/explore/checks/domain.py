"""What the field knows, held against the rows: ranges, lists, patterns, duties, rules."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from clew.core.errors import ConfigError
from clew.core.expr.columns import holds
from clew.core.finding import Finding
from clew.core.readable import number, part
from clew.core.schema import Column
from clew.define.rules import check_rules
from clew.explore.checks.table import EXAMPLES, Table, shown
from clew.explore.codes import finding
from clew.explore.families import Family, family_of_series


def broken_rows(table: Table) -> pl.Series | None:
    """Return which rows break a declaration of the domain model or one of its rules, shape (rows,).

    Parameters
    ----------
    table : Table
        The rows and what is known about them.

    Returns
    -------
    Series of bool, or None
        None where nothing is declared that a value could break.
    """
    conditions = [
        condition for column in table.schema for _, _, condition in conditions_of(column, table.frame[column.name])
    ]
    kept = [holds(table.frame, rule.expression, f"The rule {rule.name!r}") for rule in table.rules]
    if not conditions and not kept:
        return None
    broken = pl.Series("broken", [False]).new_from_index(0, table.rows)
    for condition in conditions:
        broken |= table.frame.select(condition.fill_null(value=False)).to_series()
    for result in kept:
        broken |= (~result).fill_null(value=False)
    return broken


def declared(table: Table) -> Iterator[Finding]:
    """DQ016: one finding per column and broken declaration."""
    for column in table.schema:
        for _, rule, condition in conditions_of(column, table.frame[column.name]):
            try:
                broken = table.count(condition)
            except pl.exceptions.ComputeError as error:
                raise no_pattern(column, error) from error
            if not broken:
                continue
            rows = table.where(condition)
            values = table.frame[column.name].gather(rows).unique(maintain_order=True).to_list()
            yield finding(
                "DQ016",
                f"Against “{rule}”: {part(broken, table.rows)}, such as {', '.join(map(shown, values[:EXAMPLES]))}.",
                column=column.name,
                evidence={
                    "rule": rule,
                    "count": broken,
                    "share": broken / table.rows,
                    "rows": rows,
                    "examples": values,
                },
            )


def breaking(values: pl.Series, column: Column) -> pl.Series:
    """Return which values are there and break what is declared about their column, shape (rows,).

    Parameters
    ----------
    values : Series
        The column.
    column : Column
        What is declared about it; its name may be any.

    Raises
    ------
    ConfigError
        If its pattern is no regular expression.
    """
    alone = replace(column, name="value", nullable=True)
    conditions = [condition.fill_null(value=False) for _, _, condition in conditions_of(alone, values)]
    if not conditions:
        return pl.repeat(value=False, n=len(values), eager=True, dtype=pl.Boolean)
    try:
        return values.alias("value").to_frame().select(pl.any_horizontal(conditions)).to_series()
    except pl.exceptions.ComputeError as error:
        raise no_pattern(column, error) from error


def no_pattern(column: Column, error: Exception) -> ConfigError:
    """Return the error that says that a column's pattern is none."""
    return ConfigError(
        f"The pattern {column.pattern!r} of the column {column.name!r} is no regular expression: "
        f"{str(error).splitlines()[0]}.",
        hint="Look-around and back-references do not exist here.",
    )


def conditions_of(column: Column, values: pl.Series) -> Iterator[tuple[str, str, pl.Expr]]:
    """Yield what is declared about a column: the fact, what it says, and where it does not hold."""
    value, family = pl.col(column.name), family_of_series(values)
    if family is Family.NUMBER:
        if column.minimum is not None:
            yield "minimum", f"at least {number(column.minimum)}", value < column.minimum
        if column.maximum is not None:
            yield "maximum", f"at most {number(column.maximum)}", (value > column.maximum) & ~_nan(values, value)
    text = value.cast(pl.String)
    if column.allowed is not None and family is not Family.OPAQUE:
        yield "allowed", f"one of {_listed(column.allowed)}", _not_in(value, values, column.allowed)
    if column.order is not None and column.allowed is None and family is not Family.OPAQUE:
        yield "order", f"one of {_listed(column.order)}", _not_in(value, values, column.order)
    if column.pattern is not None and family is Family.TEXT:
        yield "pattern", f"matches {column.pattern}", ~text.str.contains(f"^(?:{column.pattern})$")
    if not column.nullable:
        yield "nullable", "has a value", value.is_null() | _nan(values, value)


def _nan(values: pl.Series, value: pl.Expr) -> pl.Expr:
    return value.is_nan() if values.dtype.is_float() else pl.lit(value=False)


def _not_in(value: pl.Expr, values: pl.Series, allowed: tuple[Any, ...]) -> pl.Expr:
    if values.dtype.is_numeric():
        try:
            numbers = [float(item) for item in allowed]
        except ValueError:
            numbers = []
        return ~value.cast(pl.Float64).is_in(numbers)
    texts = [str(item).lower() if values.dtype == pl.Boolean else str(item) for item in allowed]
    return ~value.cast(pl.String).is_in(texts)


def _listed(values: tuple[Any, ...]) -> str:
    return ", ".join(map(str, values[:8])) + (" …" if len(values) > 8 else "")


def rules(table: Table) -> Iterator[Finding]:
    """DQ017: one finding per broken rule, as grave as the rule says."""
    for result in check_rules(table.frame, table.rules):
        if result.broken:
            names = sorted(result.rule.expression.columns)
            examples = table.frame.select(names)[list(result.examples[:EXAMPLES])].to_dicts()
            yield finding(
                "DQ017",
                f"Against the rule “{result.rule.name}”: {part(result.broken, result.rows)}.",
                column=names[0] if len(names) == 1 else None,
                severity=result.rule.severity,
                evidence={
                    "rule": str(result.rule.expression),
                    "columns": names,
                    "count": result.broken,
                    "share": result.broken / result.rows,
                    "rows": list(result.examples),
                    "examples": examples,
                },
            )
