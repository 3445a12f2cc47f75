"""The question: which column is to be predicted, as what, and what counts as success."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import polars as pl

from clew.core.errors import DataError, UsageError, did_you_mean
from clew.core.schema import Column, Kind
from clew.define.views import problem_view

#: A whole-number target with more distinct values than this is a quantity, not a label.
MAX_INTEGER_CLASSES = 20
#: More classes than this are refused: it is nearly always an identifier or a text.
MAX_CLASSES = 1000
#: Labels that people give to the case of interest; the first that matches decides.
_POSITIVE_WORDS = (
    "1",
    "true",
    "yes",
    "y",
    "t",
    "positive",
    "pos",
    "bad",
    "spam",
    "churn",
    "fraud",
    "default",
)


#: A target of numbers has a text in at most this share of the rows.
_FEW_TEXTS = 0.2
#: … and more different numbers than this share of the rows; codes of things are fewer.
_MANY_NUMBERS = 0.1
#: What is read as a number, with its sign, currency or unit and separators.
_NUMBER = r"^\W*\d[\d.,' ]*\W*[^\W\d]{0,3}$"
#: Texts that an error shows.
_SHOWN = 10


class Task(StrEnum):
    """What kind of answer is wanted."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether the answer is a label."""
        return self is not Task.REGRESSION


#: The metric that decides where none is named.
DEFAULT_METRIC = {Task.BINARY: "roc_auc", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be decided.

    Parameters
    ----------
    target : str
        Column to predict.
    task : Task
        Kind of answer.
    metric : str
        Name of the metric that decides between models; see `clew.define.metrics`.
    classes : tuple
        Labels in sorted order; empty for regression.
    positive : object, optional
        Label of interest in a binary task.
    question : str, optional
        In words, for people.
    success : str, optional
        Criterion over figures, e.g. ``"roc_auc >= 0.75"``; the first gate.
    asked_at : str, default "0h"
        Moment of the question relative to the row's time column, e.g. ``"-3h"``: a column that is available only
        later is no feature.
    costs : mapping
        Cost of each kind of error, e.g. ``{"false_positive": 1, "false_negative": 5}``.
    """

    target: str
    task: Task
    metric: str
    classes: tuple[Any, ...] = ()
    positive: Any = None
    question: str | None = None
    success: str | None = None
    asked_at: str = "0h"
    costs: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "target": self.target,
            "task": self.task.value,
            "metric": self.metric,
            "classes": list(self.classes),
            "positive": self.positive,
            "question": self.question,
            "success": self.success,
            "asked_at": self.asked_at,
            "costs": dict(self.costs),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Problem":
        """Rebuild a problem from `to_dict`."""
        values = dict(data)
        values["task"] = Task(values["task"])
        values["classes"] = tuple(values.get("classes") or ())
        return cls(**values)

    def _repr_html_(self) -> str:
        return problem_view(self)


def infer_task(values: pl.Series, column: Column) -> Task:
    """Guess the kind of answer from the target's values.

    Two distinct values make a binary task; text, categories and booleans a multiclass one; whole numbers a multiclass
    one up to 20 distinct values that make up under 5 % of the rows, and everything else a regression.

    Parameters
    ----------
    values : Series
        The target, missing values included.
    column : Column
        Its description.

    Raises
    ------
    DataError
        If the target has no value, or only one.
    """
    present = values.drop_nulls()
    distinct = present.n_unique()
    if len(present) == 0:
        raise DataError(
            f"The target {column.name!r} has no value in any of {len(values)} rows.",
            hint="Name another target, or check how the file spells its missing values.",
        )
    if distinct == 1:
        raise DataError(
            f"The target {column.name!r} has a single value ({present[0]!r}) in all {len(present)} rows.",
            hint="A model needs at least two different answers to learn from.",
        )
    if distinct == 2:
        return Task.BINARY
    if column.kind in {Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN, Kind.TEXT}:
        return Task.MULTICLASS
    if column.kind in {Kind.DATETIME, Kind.NESTED, Kind.IMAGE}:
        raise DataError(
            f"The target {column.name!r} is of kind {column.kind.value}; a label or a number is needed.",
            hint="Derive a number or a label from it first.",
        )
    whole = present.dtype.is_integer() or bool((present == present.round(0)).all())
    if whole and distinct <= MAX_INTEGER_CLASSES and distinct <= max(2, 0.05 * len(present)):
        return Task.MULTICLASS
    return Task.REGRESSION


def define_problem(
    values: pl.Series,
    column: Column,
    *,
    task: Task | str | None = None,
    positive: Any = None,
    metric: str | None = None,
    **details: Any,
) -> Problem:
    """State the problem, filling what is not named from the target's values.

    Parameters
    ----------
    values : Series
        The target column.
    column : Column
        Its description.
    task : Task or str, optional
        Overrides the guess of `infer_task`.
    positive : object, optional
        Label of interest of a binary task, compared as text where the type differs; by default a label that says so
        (1, true, yes …), else the rarer one.
    metric : str, optional
        Metric that decides; by default `DEFAULT_METRIC` of the task.
    **details : object
        Further fields of `Problem`.

    Raises
    ------
    DataError
        If the target cannot serve the task, or a positive label is named where the task is not binary.
    """
    inferred = infer_task(values, column)
    if task and task not in set(Task):
        raise UsageError(f"There is no task {task!r}.", hint=did_you_mean(str(task), [kind.value for kind in Task]))
    chosen = Task(task) if task else inferred
    present = values.drop_nulls()
    if chosen is Task.REGRESSION or not task:
        _check_numbers(present, column.name)
    if positive is not None and chosen is not Task.BINARY:
        raise DataError(
            f"A positive label ({positive!r}) belongs to a binary task, and the task of the target {column.name!r} is "
            f"{chosen.value}.",
            hint="Leave the positive label out, or name a target with two labels.",
        )
    if chosen is Task.REGRESSION:
        if not (present.dtype.is_numeric() or present.dtype == pl.Boolean):
            raise DataError(
                f"The target {column.name!r} is {column.kind.value}, and a regression needs numbers.",
                hint="For labels use --task binary or multiclass (AutoClassifier in Python), or convert the column.",
            )
        return Problem(column.name, chosen, metric or DEFAULT_METRIC[chosen], **details)
    classes = tuple(present.unique().sort().to_list())
    if chosen is Task.BINARY and len(classes) != 2:
        raise DataError(
            f"The target {column.name!r} has {len(classes)} distinct values, and a binary task needs 2.",
            hint="Use --task multiclass or regression.",
        )
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"The target {column.name!r} has {len(classes)} distinct labels, more than {MAX_CLASSES}.",
            hint="It looks like an identifier or a number: name another target, or for numbers use --task regression "
            "(AutoRegressor in Python).",
        )
    label = _positive_label(present, classes, positive, column.name) if chosen is Task.BINARY else None
    return Problem(column.name, chosen, metric or DEFAULT_METRIC[chosen], classes, label, **details)


def _check_numbers(present: pl.Series, target: str) -> None:
    """Refuse texts most of which are numbers: as labels they would teach nothing of what they are."""
    if present.dtype != pl.String:
        return
    counts = present.alias("text").value_counts(name="rows", sort=True)
    texts = counts.filter(~pl.col("text").str.contains(_NUMBER))
    others, numbers = int(texts["rows"].sum()), len(counts) - len(texts)
    quantity = numbers > max(MAX_INTEGER_CLASSES, _MANY_NUMBERS * len(present))
    if not others or not quantity or others > _FEW_TEXTS * len(present):
        return
    shown = [json.dumps(text, ensure_ascii=False) for text in texts["text"].head(_SHOWN)]
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    listed = ", ".join([*shown, "…"] if more else shown)
    raise DataError(
        f"The target {target!r} is a number in {len(present) - others} rows and a text in {others}: "
        f"{', '.join(shown)}{more}.",
        hint="If these stand for missing values, say so in a domain file, together with NA and the like where there "
        f"are any: `columns: {{{json.dumps(target, ensure_ascii=False)}: {{kind: numeric, missing: "
        f"[{listed}]}}}}`. To take every value for a label, state the task: --task multiclass, in clew.yaml "
        "`problem: {task: multiclass}`.",
    )


def _positive_label(present: pl.Series, classes: tuple[Any, ...], named: Any, target: str) -> Any:
    by_text = {str(label).lower(): label for label in classes}
    if named is not None:
        if str(named).lower() not in by_text:
            shown = " and ".join(repr(label) for label in classes)
            raise DataError(
                f"The positive label {named!r} does not occur in the target {target!r}.",
                hint=f"Its values are {shown}.",
            )
        return by_text[str(named).lower()]
    for word in _POSITIVE_WORDS:
        if word in by_text:
            return by_text[word]
    counts = {label: int((present == label).sum()) for label in classes}
    return min(classes, key=lambda label: (counts[label], str(label)))
