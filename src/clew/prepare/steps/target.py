"""Categories by what the target did there: one number instead of a thousand columns."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.split import Split
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind
from clew.define.problem import Task
from clew.prepare.lineage import derive
from clew.prepare.mapping import looked_up
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made, State, Training
from clew.prepare.steps.categorical import CATEGORIES, dropped
from clew.prepare.table import BlockOfColumns, Table
from clew.prepare.target_statistics import Truth, coded, shrunk, truth_of_training, without_own

#: Most categories shown by `learned`.
_SHOWN = 20


@dataclass(frozen=True)
class _ByTarget(ColumnStep):
    """Learns one figure per category, and per class but the last where there are several."""

    learns_from_target: ClassVar[bool] = True
    accepts: ClassVar[frozenset[Kind]] = CATEGORIES
    advice: ClassVar[str] = "Declare it a category with `- {op: cast, columns: …, to: category}` first."
    #: What the figure is called in what was learnt.
    figure: ClassVar[str] = "mean"

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn a table of figures per column."""
        truth = truth_of_training(table, training)
        values = table.polars(*(column.name for column in columns))
        learnt = {name: self._column(values[name], truth) for name in values.columns}
        prior = [_plain(value) for value in self._unseen(truth)]
        return {"labels": list(truth.labels), "prior": prior, "columns": learnt}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per class but the last, or one."""
        for column in columns:
            learnt = state["columns"][column.name]
            for position, name in enumerate(self._names(column, state["labels"])):
                prior = state["prior"][position]
                made = derive(column, name=name, dtype="Float64", kind=Kind.NUMERIC, direction=Direction.LOSES)
                keys = learnt["table"]["key"].to_list()
                figures = learnt["table"][f"{self.figure}_{position}"].to_list()
                unknown = prior if learnt["missing"] is None else learnt["missing"][position]
                how = looked_up(column, keys, figures, dtype="Float64", default=prior, missing=unknown)
                yield Made(made, (column.name,), *how)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=getattr(self, "keep", False))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:
        """Return what an unseen category gets, and the categories with most rows."""
        result: dict[str, Any] = {"labels": state["labels"], "overall": state["prior"]}
        for column in columns:
            learnt = state["columns"][column.name]
            top = learnt["table"].sort("rows", "key", descending=[True, False]).head(_SHOWN)
            told = {name: learnt[name] for name in ("smoothing", "information_value") if name in learnt}
            result[column.name] = {
                "categories": learnt["table"].height,
                "missing": learnt["missing"],
                **told,
                "most_frequent": top.to_dicts(),
            }
        return result

    def in_folds(
        self, table: Table, columns: Sequence[Column], state: State, training: Training, folds: Sequence[Split]
    ) -> Table:
        """Give each training row what the others of its folds say; categories are numbered once for all folds."""
        truth = truth_of_training(table, training)
        made = {column.name: self._names(column, state["labels"]) for column in columns}

        def by_others(frame: pl.DataFrame) -> pl.DataFrame:
            series = []
            for source, names in made.items():
                keys, codes = coded(frame[source])
                figures = np.empty((len(codes), len(names)))
                for fold in folds:
                    figures[fold.test] = self._by_others(codes, len(keys) + 1, truth, fold)
                series += [pl.Series(name, figures[:, i], nan_to_null=True) for i, name in enumerate(names)]
            return pl.DataFrame(series)

        return self._with_columns(table, made, by_others).drop(self.drops(columns, state))

    def _by_others(self, codes: NDArray[np.int64], categories: int, truth: Truth, fold: Split) -> NDArray[np.float64]:
        """Return the figures of the rows that a fold judges, by those that it learns from."""
        learnt = truth.take(fold.train)
        rows = codes[fold.train][learnt.known]
        figures, _ = self._figures(rows, categories, learnt.of_known())
        figures[np.bincount(rows, minlength=categories) == 0] = self._unseen(learnt)
        return figures[codes[fold.test]]

    def _with_columns(
        self, table: Table, made: Mapping[str, list[str]], work: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> Table:
        types: dict[str, pl.DataType] = {name: pl.Float64() for names in made.values() for name in names}
        return table.with_blocks([BlockOfColumns(list(made), types, work)]) if types else table

    def _names(self, column: Column, labels: Sequence[str | None]) -> list[str]:
        return [f"{column.name}_{self.op}" + ("" if label is None else f"={label}") for label in labels]

    def _column(self, values: pl.Series, truth: Truth) -> dict[str, Any]:
        """Learn one column: the figures per category, and those of missing values if there are any."""
        there = truth.of_known()
        keys, codes = coded(values if there is truth else values.filter(pl.Series(truth.known)))
        figures, told = self._figures(codes, len(keys) + 1, there)
        rows = np.bincount(codes, minlength=len(keys) + 1)
        named = {f"{self.figure}_{i}": pl.Series(c[:-1], nan_to_null=True) for i, c in enumerate(figures.T)}
        return {
            "missing": [_plain(value) for value in figures[-1]] if rows[-1] else None,
            **told,
            "table": pl.DataFrame({"key": keys, "rows": rows[:-1], **named}),
        }

    def _figures(
        self, codes: NDArray[np.int64], categories: int, truth: Truth
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Return figures, shape (categories, classes), and what else there is to tell of them."""
        raise NotImplementedError

    def _unseen(self, truth: Truth) -> NDArray[np.float64]:
        """Return what a category gets that was not seen."""
        return truth.overall


@register
@dataclass(frozen=True)
class TargetMean(_ByTarget):
    """Replace a category by the mean of the target there, drawn towards the overall mean where there are few rows.

    A category of n rows gets (n · mean + m · overall mean) / (n + m). In a classification the mean is the share of a
    class: one column per class but the last; in a binary task one column, of the last class in sorted order. A missing
    value counts as a category of its own where training rows have one; a category that was not seen gets the overall
    mean. Where rows have a weight, it takes the place of their number, in means and in n and m.

    Training rows never see their own target: each gets what was learnt from other rows, through folds of the declared
    structure (groups stay together, time goes forward). New rows get what was learnt from all training rows.

    Parameters
    ----------
    smoothing : "auto" or float, default "auto"
        The m above, in rows. ``auto`` estimates it per column as the variance within categories over the variance
        between them (credibility theory: Bühlmann and Straub 1970; for encoding: Micci-Barreca 2001), so that a column
        that says little about the target is drawn closely to the overall mean.
    keep : bool, default False
        Whether the source stays.
    target : str, optional
        Column to learn from where a recipe is fitted without a stated target.
    """

    smoothing: Literal["auto"] | float = "auto"
    keep: bool = False
    target: str | None = None

    op: ClassVar[str] = "target_mean"

    def check(self) -> None:
        """Refuse a smoothing below zero."""
        if self.smoothing != "auto" and not 0 <= self.smoothing < math.inf:
            raise ConfigError(f"target_mean has smoothing {self.smoothing!r}; 'auto' or a number from 0 is needed.")

    def _figures(
        self, codes: NDArray[np.int64], categories: int, truth: Truth
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        means, smoothing = shrunk(codes, categories, truth, self.smoothing)
        return means, {"smoothing": [_plain(value) for value in smoothing]}


@register
@dataclass(frozen=True)
class LeaveOneOut(_ByTarget):
    """Replace a category by the mean of the target there; a training row gets the mean over the other rows.

    Columns, classes, weights, missing and unseen categories are as in ``target_mean``. Where rows have a group, a
    training row gets the mean over the other groups; where they have a time, over earlier rows, in the folds of
    ``target_mean``. A category without other rows gets the overall mean of the others.

    Beware: within a category, a training row's figure falls as its own answer rises, and a flexible model can read that
    backwards. Noise hides it in part; ``target_mean`` does not have it.

    Parameters
    ----------
    smoothing : float, default 0.0
        Weight of the overall mean, in rows.
    noise : float, default 0.0
        Standard deviation of random factors around 1 that the figures of training rows are multiplied by; new rows get
        none. The recipe's seed decides them.
    keep : bool, default False
        Whether the source stays.
    target : str, optional
        Column to learn from where a recipe is fitted without a stated target.
    """

    smoothing: float = 0.0
    noise: float = 0.0
    keep: bool = False
    target: str | None = None

    op: ClassVar[str] = "leave_one_out"

    def check(self) -> None:
        """Refuse smoothing and noise below zero."""
        for name in ("smoothing", "noise"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"leave_one_out has {name} {getattr(self, name)!r}; a number from 0 is needed.")

    def without_own(
        self, table: Table, columns: Sequence[Column], state: State, training: Training, units: NDArray[np.int64]
    ) -> Table:
        """Give each training row the means over the rows of other units."""
        truth = truth_of_training(table, training)
        made = {column.name: self._names(column, state["labels"]) for column in columns}

        def others(frame: pl.DataFrame) -> pl.DataFrame:
            series = []
            for position, (source, names) in enumerate(made.items()):
                figures = without_own(coded(frame[source])[1], units, truth, self.smoothing)
                if self.noise:
                    rng = np.random.default_rng([training.seed, position])
                    figures = figures * rng.normal(1.0, self.noise, size=figures.shape)
                series += [pl.Series(name, figures[:, i], nan_to_null=True) for i, name in enumerate(names)]
            return pl.DataFrame(series)

        return self._with_columns(table, made, others).drop(self.drops(columns, state))

    def _figures(
        self, codes: NDArray[np.int64], categories: int, truth: Truth
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        return shrunk(codes, categories, truth, self.smoothing)[0], {}


@register
@dataclass(frozen=True)
class WeightOfEvidence(_ByTarget):
    """Replace a category by how much it speaks for a class: the logarithm of how much oftener the class has it.

    ln(((e + r) / (E + 2r)) / ((o + r) / (O + 2r))), where e of E rows of the class and o of O other rows have the
    category: above 0 it speaks for the class, below 0 against it (Good 1950). A binary task gives one column, for the
    last class in sorted order; several classes give one column each but the last, each against all others. A missing
    value counts as a category where training rows have one; a category that was not seen gets 0. Where rows have a
    weight, it takes the place of their number.

    Training rows never see their own target, as in ``target_mean``. What was learnt shows the information value: below
    0.02 a column says next to nothing, above 0.5 it is suspiciously good (Siddiqi 2006).

    Parameters
    ----------
    regularization : float, default 1.0
        The r above, in rows: keeps the logarithm finite where a category has rows of one class only. Above 0.
    keep : bool, default False
        Whether the source stays.
    target : str, optional
        Column to learn from where a recipe is fitted without a stated target.
    """

    regularization: float = 1.0
    keep: bool = False
    target: str | None = None

    op: ClassVar[str] = "weight_of_evidence"
    figure: ClassVar[str] = "evidence"

    def check(self) -> None:
        """Refuse a regularization of zero or below."""
        if not 0 < self.regularization < math.inf:
            raise ConfigError(
                f"weight_of_evidence has regularization {self.regularization!r}; a number above 0 is needed."
            )

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn a table of evidence per column."""
        if training.task is Task.REGRESSION:
            raise RecipeError(
                "The target is a number, and evidence speaks for a class.", hint="Use the step target_mean instead."
            )
        return super().fit(table, columns, training)

    def _figures(
        self, codes: NDArray[np.int64], categories: int, truth: Truth
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        r, mass = self.regularization, np.bincount(codes, weights=truth.weight, minlength=categories)
        evidence, information = np.empty((categories, len(truth.labels))), []
        for figure, weighted in enumerate(truth.weighted.T):
            events = np.bincount(codes, weights=weighted, minlength=categories)
            shares = [(part + r) / (part.sum() + 2 * r) for part in (events, np.maximum(mass - events, 0.0))]
            evidence[:, figure] = np.log(shares[0]) - np.log(shares[1])
            information.append(float(((shares[0] - shares[1]) * evidence[:, figure])[mass > 0].sum()))
        return evidence, {"information_value": information}

    def _unseen(self, truth: Truth) -> NDArray[np.float64]:
        return np.zeros(len(truth.labels))


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
