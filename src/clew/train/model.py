"""The fitted model: from a raw table, or a raw row, to an answer.

Both ways do the same arithmetic: `FittedModel.predict` on columns, `FittedModel.predict_row` on one mapping without a
dataframe on the way. The same row gives the same bits on either.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.conform import RowConformer, conform
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import UsageError
from clew.core.fingerprint import of_file, of_json
from clew.core.predictions import Predictions
from clew.core.schema import Role, Schema
from clew.define.problem import Problem, Task
from clew.prepare.matrix import Matrix, MatrixLayout, row_to_matrix, to_matrix
from clew.prepare.recipe import FittedRecipe
from clew.train.ensemble.calibrators import Calibrator
from clew.train.ensemble.pooling import Pool, blend, shares_of
from clew.train.estimators.base import FittedEstimator, Floats
from clew.train.pickled import packed, unpacked
from clew.train.spread import Spread, interval_levels, quantile_levels
from clew.train.threads import resolve_cpus
from clew.train.views import answer_view, model_view


@dataclass(frozen=True, slots=True)
class Member:
    """One fitted estimator of the ensemble.

    Parameters
    ----------
    name : str
        Name on the leaderboard, unique in the model; also its folder on disk.
    estimator : FittedEstimator
        What was learnt.
    params : mapping
        Parameters that differ from the algorithm's defaults, JSON-ready.
    """

    name: str
    estimator: FittedEstimator
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def algorithm(self) -> str:
        """Name of the algorithm in `clew.train.estimators.ESTIMATORS`."""
        return self.estimator.algorithm


def describe_members(members: Sequence[Member], shares: Sequence[float]) -> list[dict[str, Any]]:
    """Return what stays with a model about its members, JSON-ready.

    Parameters
    ----------
    members : sequence of Member
        The members.
    shares : sequence of float
        The share of the answer that each makes.
    """
    return [
        {
            "name": member.name,
            "algorithm": member.algorithm,
            "params": dict(member.params),
            "rounds": member.estimator.rounds,
            "weight": share,
        }
        for member, share in zip(members, shares, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class RowPrediction:
    """The answer for one row.

    Parameters
    ----------
    prediction : object
        Label as in the data, or a float.
    probabilities : ndarray, shape (k,), optional
        Probability of each class in the order of ``problem.classes``, float64; None for a regression.
    low, high : float, optional
        Between which numbers the truth lies as often as was asked for.
    """

    prediction: Any
    probabilities: Floats | None = None
    low: float | None = None
    high: float | None = None

    def _repr_html_(self) -> str:
        return answer_view(self)


@dataclass(frozen=True)
class FittedModel:
    """Schema, recipe, members and decision rule: all that a prediction needs.

    Safe to use from several threads at once. It can be copied and sent to other processes; to keep it, `clew.save`
    writes a bundle, which runs no code when it is read, as a pickle does.

    Parameters
    ----------
    schema : Schema
        The raw table that it was trained on, target and other roles included.
    problem : Problem
        What is decided.
    recipe : FittedRecipe
        From raw columns to prepared ones.
    layout : MatrixLayout
        From prepared columns to the matrix.
    members : tuple of Member
        At least one.
    weights : tuple of float
        Share of each member in their mean; they sum to 1. With a pool it may be 0.
    threshold : float, default 0.5
        Binary: the positive label is predicted from this probability on.
    pool : Pool, optional
        Second layer over the members' answers.
    calibrator : Calibrator, optional
        From the members' joint probabilities to those that come true.
    spread : Spread, optional
        Where the truth lies around the answers of a regression.
    metadata : mapping
        JSON-ready facts about the training.
    """

    schema: Schema
    problem: Problem
    recipe: FittedRecipe
    layout: MatrixLayout
    members: tuple[Member, ...]
    weights: tuple[float, ...]
    threshold: float = 0.5
    pool: Pool | None = None
    calibrator: Calibrator | None = None
    spread: Spread | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        return packed(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        fields, estimators = unpacked(state)
        told = zip(state["members"], estimators, strict=True)
        members = tuple(Member(name, estimator, params) for (name, _, params), estimator in told)
        for name, value in {**fields, "members": members}.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        made = f"{len(self.members)} members, reads {len(self.features)} columns"
        return f"FittedModel({self.problem.task.value} of {self.problem.target!r}, {made})"

    def _repr_html_(self) -> str:
        return model_view(self)

    @property
    def classes(self) -> tuple[Any, ...]:
        """Labels in the order of the probabilities; empty for a regression."""
        return self.problem.classes

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each member in the answer, its part in the pool included; they sum to 1."""
        return shares_of(self.weights, self.pool)

    @property
    def features(self) -> tuple[str, ...]:
        """Raw columns that a row must have to be predicted, in the order of the schema."""
        return self._inputs.names

    @property
    def online(self) -> bool:
        """Whether one row can be predicted by itself; if not, the recipe's `offline_step` says why."""
        return self.recipe.online

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that decides the answers; equal for models that were trained alike."""
        with tempfile.TemporaryDirectory(prefix="clew-") as name:
            folder = Path(name)
            self.recipe.save(folder / "recipe")
            for position, member in enumerate(self.members):
                member.estimator.save(folder / f"{position:02d}")
            if self.spread is not None:
                self.spread.save(folder / "intervals")
            files = {path.relative_to(folder).as_posix(): of_file(path) for path in folder.rglob("*") if path.is_file()}
        decision = {
            "weights": self.weights,
            "threshold": self.threshold,
            "pool": self.pool.to_dict() if self.pool else None,
            "calibrator": self.calibrator.to_dict() if self.calibrator else None,
            "layout": self.layout.to_dict(),
        }
        return of_json({"files": files, "problem": self.problem.to_dict(), **decision})

    @cached_property
    def _inputs(self) -> Schema:
        return Schema(tuple(column for column in self.recipe.inputs if column.role not in _NEVER_ASKED))

    @cached_property
    def table_schema(self) -> Schema:
        """Columns that are read from a table: those asked for, and the others that go on to the result."""
        asked = set(self.features)
        return Schema(tuple(c for c in self.schema if c.name in asked or c.role in _HANDED_ON))

    def _respelt(self, names: list[str]) -> bool:
        """Whether columns are asked for that are there, but with white space around their names."""
        spelt = {name.strip() for name in names}
        return any(name not in names and name in spelt for name in self.features)

    @cached_property
    def _labels(self) -> NDArray[Any]:
        labels = np.empty(len(self.classes), dtype=object)
        labels[:] = self.classes
        return labels

    @cached_property
    def _row_path(self) -> tuple[RowConformer, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        return RowConformer(self._inputs), self.recipe.row()

    def predict(self, data: Any, *, interval: float | None = None, threads: int | None = None) -> Predictions:
        """Answer for every row of a table, in the order in which they come.

        Parameters
        ----------
        data : Dataset, frame or path
            Whatever `clew.read` takes, with the columns of `features`; others are ignored, save that the target,
            the weight, the group and the row id are handed on to the result where they are there.
        interval : float, optional
            Share of rows whose truth is to lie between ``low`` and ``high`` of the result, e.g. 0.9; for a regression.
        threads : int, optional
            Threads to use; by default all there are. The result does not depend on it.

        Returns
        -------
        Predictions

        Raises
        ------
        SchemaError
            If a column is missing, or a cell cannot be read as what the schema declares.
        UsageError
            If an interval is asked for that cannot be given.
        """
        ends = None if interval is None else self.interval_ends(interval)
        frame = self._conformed(data)
        matrix, used = self._matrix(frame), resolve_cpus(threads)
        scores = self._scores(matrix, used)
        answers = self._predictions(scores, frame)
        if ends is None:
            return answers
        low, high = ends[0].quantiles(matrix, scores, ends[1], threads=used).T
        return replace(answers, low=low, high=high, share=interval)

    def quantiles(self, data: Any, levels: float | Sequence[float], *, threads: int | None = None) -> Floats:
        """Return quantiles of the truth of every row, of a regression.

        Parameters
        ----------
        data : Dataset, frame or path
            As in `predict`.
        levels : float or sequence of float
            From 0.005 to 0.995; 0.5 is the median, which need not be what `predict` answers.
        threads : int, optional
            As in `predict`.

        Returns
        -------
        ndarray, shape (n, len(levels))

        Raises
        ------
        SchemaError
            As in `predict`.
        UsageError
            If a level makes no sense, or the model has no quantiles.
        """
        around, asked = self._around, quantile_levels(levels)
        matrix, used = self._matrix(self._conformed(data)), resolve_cpus(threads)
        return around.quantiles(matrix, self._scores(matrix, used), asked, threads=used)

    def scores(self, frame: pl.DataFrame, *, threads: int | None = None) -> Floats:
        """Return what the ensemble says about rows that already conform to the schema.

        Parameters
        ----------
        frame : DataFrame
            As `clew.collect.conform.conform` returns it.
        threads : int, optional
            As in `predict`.

        Returns
        -------
        ndarray, shape (n, k) or (n,)
            Probabilities, or numbers.
        """
        return self._scores(self._matrix(frame), resolve_cpus(threads))

    def predict_row(self, row: Mapping[str, Any], *, interval: float | None = None) -> RowPrediction:
        """Answer for one row, with the same bits as `predict` and no dataframe on the way.

        Parameters
        ----------
        row : mapping of str to object
            A value for each column of `features`; None where it is missing.
        interval : float, optional
            As in `predict`.

        Returns
        -------
        RowPrediction

        Raises
        ------
        SchemaError
            If a column is missing, or a value cannot be read.
        RecipeError
            If the recipe holds a step that cannot work on one row.
        UsageError
            If an interval is asked for that cannot be given.
        """
        conformer, prepare = self._row_path
        numeric, codes = row_to_matrix(prepare(conformer(row)), self.layout)
        scores = self._joint([member.estimator.predict_row(numeric, codes) for member in self.members])
        if interval is not None:
            around, ends = self.interval_ends(interval)
            answer = float(scores[0])
            low, high = around.quantiles_row(numeric, codes, answer, ends).tolist()
            return RowPrediction(answer, low=low, high=high)
        if self.problem.task is Task.REGRESSION:
            return RowPrediction(float(scores[0]))
        return RowPrediction(self.classes[int(self.decide(scores)[0])], scores[0])

    def decide(self, probabilities: Floats) -> NDArray[np.int64]:
        """Return the index of the predicted class of each row.

        Parameters
        ----------
        probabilities : ndarray, shape (n, k)
            As of `scores`.
        """
        return decide(probabilities, self.problem, self.threshold)

    def interval_ends(self, interval: float) -> tuple[Spread, tuple[float, float]]:
        """Return what says where the truth lies around the answers, and the levels of both ends of an interval.

        Parameters
        ----------
        interval : float
            Share of rows whose truth is to lie within.

        Raises
        ------
        UsageError
            If an interval is asked for that cannot be given.
        """
        around, ends = self._around, interval_levels(interval)
        around.check_reach(ends)
        return around, ends

    @property
    def _around(self) -> Spread:
        """What says where the truth lies around the answers."""
        if self.spread is not None:
            return self.spread
        if self.problem.task.is_classification:
            raise UsageError(
                f"The model predicts labels of {self.problem.target!r}, and intervals are for numbers.",
                hint="The probabilities say how sure it is.",
            )
        raise UsageError(
            "The model keeps no intervals: it comes from an earlier version, was continued, or had fewer than 20 rows "
            "to judge it.",
            hint="Train it anew.",
        )

    def _conformed(self, data: Any) -> pl.DataFrame:
        known = data.frame if isinstance(data, Dataset) else data
        if isinstance(known, pl.DataFrame) and (known is not data or not self._respelt(known.columns)):
            return conform(known, self.table_schema)
        # Reading also mends names, such as those with white space around them.
        return read(known, schema=self.table_schema).frame

    def _matrix(self, frame: pl.DataFrame) -> Matrix:
        return to_matrix(self.recipe.transform(frame), self.layout)

    def _scores(self, matrix: Matrix, threads: int) -> Floats:
        return self._joint([member.estimator.predict(matrix, threads=threads) for member in self.members])

    def _joint(self, answers: list[Floats]) -> Floats:
        blended = blend(answers, self.weights, self.pool)
        return blended if self.calibrator is None else self.calibrator(blended)

    def _predictions(self, scores: Floats, frame: pl.DataFrame) -> Predictions:
        classification = self.problem.task.is_classification
        return Predictions(
            prediction=self._labels[self.decide(scores)] if classification else scores,
            probabilities=scores if classification else None,
            classes=self.classes,
            positive=self.problem.positive,
            truth=_truth(frame, self.problem),
            row_id=_role(frame, self.schema, Role.ID),
            weight=_weight(frame, self.schema),
            group=_role(frame, self.schema, Role.GROUP),
        )


#: Roles whose columns nobody has when a prediction is wanted.
_NEVER_ASKED = frozenset({Role.TARGET, Role.WEIGHT})
#: Roles whose columns go on to the result where a table has them.
_HANDED_ON = frozenset({Role.TARGET, Role.WEIGHT, Role.GROUP, Role.ID})


def decide(probabilities: Floats, problem: Problem, threshold: float) -> NDArray[np.int64]:
    """Return the index of the predicted class of each row.

    Parameters
    ----------
    probabilities : ndarray, shape (n, k)
        In the order of ``problem.classes``.
    problem : Problem
        A classification.
    threshold : float
        Binary: the positive label is predicted from this probability on.
    """
    if problem.task is not Task.BINARY:
        return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int64)
    positive = problem.classes.index(problem.positive)
    return np.where(probabilities[:, positive] >= threshold, positive, 1 - positive)


def _truth(frame: pl.DataFrame, problem: Problem) -> NDArray[Any] | None:
    if problem.target not in frame.columns:
        return None
    values = frame[problem.target]
    if problem.task is Task.REGRESSION:
        return values.cast(pl.Float64).to_numpy()
    return values.to_numpy(allow_copy=True).astype(object)


def _role(frame: pl.DataFrame, schema: Schema, role: Role) -> NDArray[Any] | None:
    columns = [column.name for column in schema.by_role(role) if column.name in frame.columns]
    return frame[columns[0]].to_numpy() if columns else None


def _weight(frame: pl.DataFrame, schema: Schema) -> Floats | None:
    columns = [column.name for column in schema.by_role(Role.WEIGHT) if column.name in frame.columns]
    return frame[columns[0]].cast(pl.Float64).to_numpy() if columns else None
