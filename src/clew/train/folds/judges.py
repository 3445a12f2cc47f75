"""Rows of one's own that judge instead of folds."""

import numpy as np

from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.core.errors import DataError, SchemaError
from clew.core.predictions import Predictions
from clew.core.schema import Schema
from clew.define.metrics import get_metric
from clew.train.folds.rows import Rows, rows_of

#: Validation rows that are needed at least.
_FEWEST = 2


def judges_of(validation: Dataset, rows: Rows) -> Rows:
    """Return the rows that judge instead of folds, with columns and roles as the training rows have them.

    Parameters
    ----------
    validation : Dataset
        As it was read.
    rows : Rows
        The training rows, whose schema holds.

    Raises
    ------
    SchemaError
        If a column is missing, or a cell cannot be read as in the training rows.
    DataError
        If they cannot judge; the message says why.
    """
    labelled = validation.with_target(rows.problem.target)
    try:
        frame = conform(labelled.frame, rows.schema, require_target=True)
    except SchemaError as error:
        raise SchemaError(f"The validation data do not fit: {error.message}", hint=error.hint) from error
    schema = Schema(tuple(column for column in rows.schema if column.name in frame.columns))
    judges = rows_of(Dataset.of(frame, schema, validation.source), rows.problem, rows.metric)
    check_judges(judges, rows)
    return judges


def check_judges(judges: Rows, rows: Rows) -> None:
    """Refuse rows that cannot judge what others teach.

    Parameters
    ----------
    judges : Rows
        Those that are to judge.
    rows : Rows
        Those that teach.

    Raises
    ------
    DataError
        If they are those that teach, too few, all of one label or of no weight, or the metric has no value on them.
    """
    problem = rows.problem
    if judges.frame.equals(rows.frame):
        raise DataError(
            "The validation data are the very rows that teach, so they cannot judge.",
            hint="Give other rows, or leave them out: folds then judge.",
        )
    if len(judges) < _FEWEST:
        raise DataError(
            f"The validation data have {len(judges)} rows with a target, and {_FEWEST} are needed to judge.",
            hint="Give more rows, or leave them out: folds then judge.",
        )
    if problem.task.is_classification and len(np.unique(judges.target)) < 2:
        raise DataError(
            f"All {len(judges)} validation rows have the same label, so they cannot tell good models from bad ones.",
            hint="Give rows of at least two labels, or leave them out: folds then judge.",
        )
    if not problem.task.is_classification and rows.metric is None:
        perfect = get_metric(problem.metric, problem.task)(Predictions(judges.target, truth=judges.target))
        if np.isnan(perfect):
            raise DataError(
                f"The metric {problem.metric!r} has no value on the {len(judges)} validation rows.",
                hint="Give rows with different answers, or name another metric.",
            )
    if judges.weight is not None and not judges.weight.any():
        raise DataError("Every weight of the validation data is zero.", hint="Give at least two rows a weight above 0.")
