"""A closer look at a table: small models, rows that are alike or odd, order in time; bounded in rows, and seeded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import polars as pl

from clew.core.finding import Finding, Severity
from clew.core.progress import Progress, silent
from clew.define.problem import Task
from clew.explore.checks import alike as alike_checks
from clew.explore.checks import models, order, series
from clew.explore.checks.collinear import collinear
from clew.explore.checks.table import Table
from clew.explore.duplicates import RepeatedRows, most_repeated
from clew.explore.likeness import Alike, alike
from clew.explore.probe.anomalous import AnomalousRows, anomalous_rows
from clew.explore.probe.collinear import Collinearity, collinearity
from clew.explore.probe.crossfit import CrossFit, cross_fit
from clew.explore.probe.groups import GroupOverlap, group_overlap
from clew.explore.probe.labels import LabelErrors, label_errors
from clew.explore.probe.power import Power, power_of
from clew.explore.probe.question import Question, ask
from clew.explore.probe.quick_model import QuickModel, quick_model
from clew.explore.probe.usefulness import without_say
from clew.explore.series.axis import TimeAxis, time_axis
from clew.explore.series.seasonal import SeriesPart, seasonal_parts
from clew.explore.target_rows import TargetRows, target_rows
from clew.explore.views import insights_view

#: Findings whose column says nothing or names the row, and findings whose column knows the answer: a quick model is to
#: have neither.
_SILENT = frozenset({"DQ001", "DQ003", "DQ004"})
_LEAKING = frozenset({"LK001", "LK002", "LK003"})
_INFO = Severity.INFO


@dataclass(frozen=True)
class Insights:
    """What a closer look shows; None or empty where there is nothing to look at.

    Parameters
    ----------
    quick_model : QuickModel, optional
        How well a small model tells the target.
    labels : LabelErrors, optional
        Labels that look wrong.
    anomalous : AnomalousRows, optional
        Rows unlike the others.
    duplicates : RepeatedRows
        Rows that repeat most often.
    target : TargetRows, optional
        Common labels or outliers of the target.
    collinearity : Collinearity, optional
        Numbers that follow from each other.
    alike : Alike, optional
        Near duplicates and contradictions.
    time : TimeAxis, optional
        The order of the rows in time.
    seasonal : tuple of SeriesPart
        Season, trend and anomalies of the target and the most telling numbers.
    groups : tuple of GroupOverlap
        Columns that were tried as groups.
    without_say : tuple of str
        Features that neither alone nor with the others tell anything about the target.
    sure_power : Power, optional
        Power of the quick model on judged rows whose label is no suspect.
    leaking : tuple of str
        Features that know the answer, which the quick model does not have.
    leaking_power : Power, optional
        Power of a quick model that has them.
    findings : tuple of Finding
        What of it deserves attention.
    """

    quick_model: QuickModel | None = None
    labels: LabelErrors | None = None
    anomalous: AnomalousRows | None = None
    duplicates: RepeatedRows = field(default_factory=lambda: RepeatedRows(0, 0, ()))
    target: TargetRows | None = None
    collinearity: Collinearity | None = None
    alike: Alike | None = None
    time: TimeAxis | None = None
    seasonal: tuple[SeriesPart, ...] = ()
    groups: tuple[GroupOverlap, ...] = ()
    without_say: tuple[str, ...] = ()
    sure_power: Power | None = None
    leaking: tuple[str, ...] = ()
    leaking_power: Power | None = None
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the findings as JSON-ready values."""
        return {
            "quick_model": self.quick_model.to_dict() if self.quick_model else None,
            "label_errors": self.labels.to_dict() if self.labels else None,
            "anomalous_rows": self.anomalous.to_dict() if self.anomalous else None,
            "duplicate_rows": self.duplicates.to_dict(),
            "target": self.target.to_dict() if self.target else None,
            "collinearity": self.collinearity.to_dict() if self.collinearity else None,
            "alike": self.alike.to_dict() if self.alike else None,
            "time": self.time.to_dict() if self.time else None,
            "seasonal": [part.to_dict() for part in self.seasonal],
            "without_say": list(self.without_say),
        }

    def __repr__(self) -> str:
        looked = [item.name for item in fields(self) if item.name != "findings" and getattr(self, item.name)]
        return f"Insights({', '.join(looked)})"

    def _repr_html_(self) -> str:
        return insights_view(self)


def insights(
    table: Table,
    found: Sequence[Finding],
    repeated: pl.Series,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Insights:
    """Look closer.

    Parameters
    ----------
    table : Table
        The rows and what is known about them. Of a sample, what needs rows beside each other is left out.
    found : sequence of Finding
        What was found already; says which features a quick model is not to have.
    repeated : Series of bool, shape (rows,)
        Whether each row equals an earlier one.
    seed : int, default 0
        Of samples, splits and models.
    progress : Progress, default silent
        Told what is going on.
    """
    left_out = not_asked(found)
    probed = _probe(table, found, repeated, seed, _part(progress, 0.0, 0.6))
    progress("comparing rows", 0.6)
    # A sample separates what belongs together: twins, neighbours in time, and rows of a group.
    whole = table.places is None
    twins, axis = (alike(table, repeated, seed=seed), time_axis(table)) if whole else (None, None)
    parts = seasonal_parts(table, axis) if axis else ()
    progress("looking for odd rows and columns", 0.8)
    related = collinearity(table, probed.question, seed=seed)
    return Insights(
        quick_model=probed.model,
        labels=probed.labels,
        anomalous=anomalous_rows(table, left_out=left_out, seed=seed),
        duplicates=most_repeated(table.frame, repeated) if whole else RepeatedRows(table.rows, 0, ()),
        target=target_rows(table),
        collinearity=related,
        alike=twins,
        time=axis,
        seasonal=parts,
        groups=probed.groups,
        without_say=probed.without_say,
        sure_power=probed.sure_power,
        leaking=probed.leaking,
        leaking_power=probed.leaking_power,
        findings=(
            *collinear(related),
            *series.gaps(axis),
            *series.repeated_moments(table, axis),
            *series.out_of_season(parts),
            *alike_checks.conflicts(table, twins),
            *models.label_errors(table, probed.labels),
            *models.no_signal(table, probed.model),
            *order.ordered(table, timed=axis is not None, seed=seed),
            *alike_checks.near_duplicates(table, twins),
            *models.looks_like_group(probed.groups),
        ),
    )


@dataclass(frozen=True)
class _Probed:
    """What small models say; see `Insights`."""

    question: Question | None = None
    model: QuickModel | None = None
    labels: LabelErrors | None = None
    groups: tuple[GroupOverlap, ...] = ()
    without_say: tuple[str, ...] = ()
    sure_power: Power | None = None
    leaking: tuple[str, ...] = ()
    leaking_power: Power | None = None


def _probe(table: Table, found: Sequence[Finding], repeated: pl.Series, seed: int, progress: Progress) -> _Probed:
    """Ask small models."""
    silent_columns, leaking = _named(found, _SILENT), _named(found, _LEAKING)
    question = ask(table, left_out=(*silent_columns, *leaking), repeated=repeated, seed=seed)
    fitted = None if question is None else cross_fit(question, seed=seed, progress=progress)
    if question is None or fitted is None:
        return _Probed(question=question, leaking=leaking)
    everyone = fitted if len(fitted.splits) > 1 else cross_fit(question, shuffled=True, seed=seed)
    labels = None
    if question.task is not Task.REGRESSION and everyone is not None:
        labels = label_errors(question, everyone)
    return _Probed(
        question=question,
        model=quick_model(question, fitted, seed=seed),
        labels=labels,
        groups=group_overlap(table, question, seed=seed) if table.places is None else (),
        without_say=without_say(table, question, fitted, seed=seed),
        sure_power=_sure_power(question, fitted, labels, seed),
        leaking=leaking,
        leaking_power=_leaking_power(table, silent_columns, leaking, repeated, seed),
    )


def _sure_power(question: Question, fitted: CrossFit, labels: LabelErrors | None, seed: int) -> Power:
    """Measure the power on rows whose label is no suspect: a wrong label is a flaw of the label."""
    suspects = labels.suspected if labels is not None and labels.assessed else ()
    sure = ~np.isin(question.sample.rows[fitted.rows], suspects)
    return power_of(fitted.predictions(question).take(sure), seed=seed)


def _leaking_power(
    table: Table, silent_columns: Sequence[str], leaking: Sequence[str], repeated: pl.Series, seed: int
) -> Power | None:
    """Measure the power of a model that has the features that know the answer."""
    if not leaking:
        return None
    question = ask(table, left_out=silent_columns, repeated=repeated, seed=seed)
    fitted = None if question is None else cross_fit(question, seed=seed)
    return power_of(fitted.predictions(question), seed=seed) if question and fitted else None


def not_asked(found: Sequence[Finding]) -> frozenset[str]:
    """Return the features that a quick model is not to have, because of what was found about them."""
    return frozenset((*_named(found, _SILENT), *_named(found, _LEAKING)))


def _named(found: Sequence[Finding], codes: Collection[str]) -> tuple[str, ...]:
    """Return the columns of the findings of some codes; a mere hint at a telling feature does not count."""
    grave = (item for item in found if item.code in codes and (item.code != "LK001" or item.severity is not _INFO))
    return tuple(dict.fromkeys(item.column for item in grave if item.column))


def _part(progress: Progress, start: float, stop: float) -> Progress:
    """Return a listener whose 0 to 1 is a part of the whole."""

    def told(message: str, done: float | None = None) -> None:
        progress(message, start if done is None else start + done * (stop - start))

    return told
