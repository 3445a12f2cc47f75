"""How much each row counts."""

import numpy as np
import polars as pl

from clew.core.errors import DataError
from clew.core.schema import Role, Schema
from clew.train.estimators.base import Floats


def weights_of(frame: pl.DataFrame, schema: Schema) -> Floats | None:
    """Return the weight of each row, None where no column has this role.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    schema : Schema
        Their columns.

    Raises
    ------
    DataError
        If a weight is no number, negative, missing or infinite, or there are two columns of weights.
    """
    columns = schema.by_role(Role.WEIGHT)
    if not columns:
        return None
    if len(columns) > 1:
        shown = " and ".join(repr(column.name) for column in columns)
        raise DataError(
            f"The columns {shown} both have the role weight; a row has one weight.", hint="Keep the role for one."
        )
    name = columns[0].name
    if not (frame.schema[name].is_numeric() or frame.schema[name] == pl.Boolean):
        raise DataError(
            f"The weight {name!r} holds {frame.schema[name]}, and a weight is a number.",
            hint="Name another column, or take the role of weight from this one.",
        )
    weight: Floats = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    wrong = ~np.isfinite(weight) | (weight < 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"The weight {name!r} must be a finite number from 0 upwards; {int(wrong.sum())} rows have another, "
            f"the first is {frame[name][row]!r}.",
            hint="Mend or leave out these rows, or take the role of weight from the column.",
        )
    return weight
