"""Running an expression over a table, with errors that say whose expression it is."""

import polars as pl

from clew.core.errors import ConfigError, did_you_mean
from clew.core.expr.nodes import Expression


def compute(frame: pl.DataFrame, expression: Expression, owner: str) -> pl.Series:
    """Return the value of an expression for every row.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    expression : Expression
        What to compute.
    owner : str
        Who states it, for messages, e.g. ``"The rule 'adult'"``.

    Raises
    ------
    ConfigError
        If it reads a column that is not there, or combines things that do not go together.
    """
    for name in sorted(expression.columns):
        if name not in frame.columns:
            raise ConfigError(
                f"{owner} reads the column {name!r}, which the table does not have.",
                hint=did_you_mean(name, frame.columns),
            )
    try:
        return frame.with_columns(expression.frame(pl).alias(_VALUE))[_VALUE]
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigError(
            f"{owner} cannot be computed: {str(error).splitlines()[0]}.",
            hint="Compare numbers with numbers, texts with quoted texts, and dates with date('2024-01-31').",
        ) from error


def holds(frame: pl.DataFrame, expression: Expression, owner: str) -> pl.Series:
    """Return whether a condition holds in every row; null where it cannot be said.

    Raises
    ------
    ConfigError
        As `compute`, and if the expression is no condition.
    """
    values = compute(frame, expression, owner)
    if values.dtype != pl.Boolean:
        raise ConfigError(f"{owner} gives {values.dtype}, not true or false.", hint="Compare it with something.")
    return values


#: A name that no table has, since a text with this character cannot be a sensible header.
_VALUE = "\x00value"
