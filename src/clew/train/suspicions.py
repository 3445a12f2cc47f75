"""What a careful reader of the rows would ask before a score is believed."""

import shlex
from collections.abc import Iterator

from clew.collect.kinds import ID_NAME
from clew.core.finding import Finding, Severity
from clew.core.schema import Kind, Role
from clew.explore.associations import associations
from clew.explore.leakage import telling
from clew.explore.probe.groups import GROUP_NAME
from clew.explore.statistics import TableStatistics
from clew.train.codes import finding
from clew.train.folds.rows import Rows

#: Rows that are looked at for a feature that knows the answer, and features times labels: more would take seconds.
_ROWS, _FEATURES = 5_000, 2_000
#: A value is in this many rows on average where rows belong together, and there are this many values, for the folds.
_REPEATS, _LEAST_VALUES = 1.5, 10


def knows_the_answer(rows: Rows, seed: int) -> Iterator[Finding]:
    """Name features that alone nearly determine the target (LK001); very many, or with many labels, are not looked at.

    Parameters
    ----------
    rows : Rows
        Those that teach.
    seed : int
        Of the sample, where there are many.
    """
    if len(rows.schema.features) * max(1, rows.classes) > _FEATURES:
        return
    frame = rows.frame if len(rows) <= _ROWS else rows.frame.sample(_ROWS, seed=seed)
    related = associations(frame, rows.schema, rows.problem.target, rows.problem.task, seed=seed)
    yield from (item for item in telling(related) if item.severity is not Severity.INFO)


def belong_together(rows: Rows, statistics: TableStatistics) -> Iterator[Finding]:
    """Name features by which rows may belong together, or follow each other, where they were split at random (ME124).

    Parameters
    ----------
    rows : Rows
        Those that teach.
    statistics : TableStatistics
        Of the whole table.
    """
    if rows.schema.by_role(Role.GROUP) or rows.schema.by_role(Role.TIME):
        return
    for column in rows.schema.features:
        known = statistics[column.name]
        different = known.distinct or 0
        if different < _LEAST_VALUES:
            continue
        named = shlex.quote(column.name)
        if column.kind is Kind.DATETIME and 2 * known.present > len(rows):
            detail = (
                f"Rows were split at random, and {column.name!r} may say when they are from: if the model is to answer "
                f"for later rows, let the later ones judge: --time-column {named} (role `time`)."
            )
        elif _whose(column.name) and _REPEATS * different <= known.present:
            detail = (
                f"Rows were split at random, and {different} values of {column.name!r} come again: if new rows will be "
                f"of others, keep those of one together: --group {named} (role `group`)."
            )
        else:
            continue
        yield finding("ME124", detail, column=column.name)


def _whose(name: str) -> bool:
    """Return whether a column may say to what a row belongs, by its name."""
    return bool(GROUP_NAME.search(name)) or bool(ID_NAME.fullmatch(name.strip()))
