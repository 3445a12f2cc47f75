"""What people usually do with a column like this one: ready steps, each with its reason, the most fitting first.

`clew.prepare.suggest` writes a whole recipe for a kind of model; this names the choices that there are for one column,
to somebody who builds a recipe by hand. Nothing here looks at the target's values.

>>> import polars as pl
>>> from clew.collect.source import read
>>> from clew.explore.statistics import describe
>>> from clew.prepare.usual import usual
>>> data = read(pl.DataFrame({"age": [22, 38, None, 35, 41]}))
>>> ways = usual(data.schema["age"], describe(data.frame, data.schema)["age"])
>>> ways[0].label, dict(ways[0].step)
('Fill gaps with the median', {'op': 'fill_missing', 'columns': 'age'})
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from clew.core.finding import Finding, Severity
from clew.core.schema import Column, Role
from clew.define.problem import Task
from clew.explore.column import ColumnStatistics
from clew.prepare.catalogue import step_info
from clew.prepare.options import step_from_dict, step_to_dict
from clew.prepare.selectors import literal
from clew.prepare.usual.gaps import dropping, filling, says_nothing
from clew.prepare.usual.labels import categories, truths
from clew.prepare.usual.numbers import numbers
from clew.prepare.usual.others import images, moments, structures, texts, written
from clew.prepare.usual.way import Fit, Look, Rule, Usual

__all__ = ["Fit", "Usual", "usual"]

#: In the order in which ways that suit a column equally well are named.
_RULES: Sequence[Rule] = (
    written, structures, images, moments, filling, numbers, categories, truths, texts, dropping,
)  # fmt: skip
#: Roles whose columns steps may work on: the others steer how rows are split and weighed.
_WORKED_ON = frozenset({Role.FEATURE, Role.TIME})


def usual(
    column: Column, statistics: ColumnStatistics, findings: Iterable[Finding] = (), task: Task | None = None
) -> tuple[Usual, ...]:
    """Name the usual ways to treat a column.

    Parameters
    ----------
    column : Column
        The column, as it is where the step would stand.
    statistics : ColumnStatistics
        Of its training rows.
    findings : iterable of Finding, default ()
        What a profile of these rows found; those about other columns are left aside.
    task : Task, optional
        Kind of answer; None where there is no target, so that no step can learn from it.

    Returns
    -------
    tuple of Usual
        Each with a step that runs on the column as it is. Empty for the target, and for columns that steer how rows
        are split and weighed.
    """
    if column.role not in _WORKED_ON:
        return ()
    look = Look(column, statistics, tuple(item for item in findings if item.column == column.name), task)
    if says_nothing(look):
        return tuple(dropping(look))
    found = [*(way for rule in _RULES for way in rule(look)), *_remedies(look)]
    if column.role is Role.TIME:
        found = [way for way in found if way.step["op"] != "drop"]
    return tuple(sorted(_once(found), key=lambda way: way.fit))


def _remedies(look: Look) -> Iterator[Usual]:
    """Yield what findings themselves propose."""
    for item in look.findings:
        if item.remedy is not None and look.column.name in item.remedy["columns"]:
            stated = {"op": item.remedy["op"], "columns": literal(look.column.name), **item.remedy["options"]}
            label = _LABELS.get(item.remedy["op"]) or step_info(item.remedy["op"]).summary.partition(":")[0].rstrip(".")
            fit = Fit.FITTING if item.severity is Severity.INFO else Fit.NEEDED
            yield Usual(label, f"{item.detail.rstrip('.')} ({item.code}).", step_to_dict(step_from_dict(stated)), fit)


#: What the steps that findings propose are called here.
_LABELS = {
    "drop": "Leave it out",
    "missing_indicator": "Remember what is missing",
    "log": "Take the logarithm",
    "clip_outliers": "Clip the far values",
    "fill_missing": "Fill the gaps",
}


def _once(found: Iterable[Usual]) -> list[Usual]:
    """Name each step once, for the reason that weighs most."""
    once: list[Usual] = []
    for way in found:
        place = next((place for place, other in enumerate(once) if other.step == way.step), None)
        if place is None:
            once.append(way)
        elif way.fit < once[place].fit:
            once[place] = replace(way, label=once[place].label)
    return once
