"""The contract of a step, as one call that anybody can put into a test.

>>> import polars as pl
>>> from clew.core.schema import Column, Kind, Schema
>>> from clew.prepare.steps import Scale
>>> from clew.testing.step import check_step
>>> frame = pl.DataFrame({"age": [22, 38, None, 35]})
>>> check_step(Scale("age"), frame, Schema((Column("age", "Int64", Kind.NUMERIC),)))
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dtypes import dtype_name
from clew.collect.split import SplitSpec
from clew.core.errors import InputError, RecipeError, SchemaError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.dtypes import is_whole
from clew.prepare.matrix import fit_layout, row_to_matrix, to_matrix
from clew.prepare.recipe import FittedRecipe, Prepared, Recipe
from clew.prepare.selectors import Columns, literal
from clew.prepare.step import ColumnStep, Step, StepKind
from clew.testing.same import same, same_bits

#: Engines may differ by this many units in the last place of a float64, where they have logarithms of their own.
_ULPS = 4
_ENGINES: Mapping[str, Callable[[pl.DataFrame], Any]] = {
    "pandas": lambda frame: _numpy_backed(frame),  # noqa: PLW0108 - defined below
    "pandas with Arrow types": lambda frame: frame.to_pandas(use_pyarrow_extension_array=True),
    "pyarrow": lambda frame: frame.to_arrow(),
}


def check_step(
    step: Step, frame: pl.DataFrame, schema: Schema, target: NDArray[Any] | None = None, *, task: Task | None = None
) -> None:
    """Prove that a step keeps what `clew.prepare.step.Step` promises, on rows that you bring.

    - Its text form and its file give the same step back.
    - Polars (eager and lazy), pandas (with NumPy's types and Arrow's), pyarrow and the row function agree; the row
      function bit by bit, also in the matrix.
    - The output schema is what comes out, and a claim to keep or reverse an order is true.
    - A row becomes the same whatever rows are around it (for ``window`` steps: in whatever order they stand), and
      training rows never see their own target.
    - On an engine that the step rules out, it says so.
    - No rows, nothing but missing values, and fractions in columns of whole numbers are no problem; a column that is
      gone is named, with the step and a way out; the input stays as it was.

    Parameters
    ----------
    step : Step
        The step to try.
    frame : polars.DataFrame
        Training rows; the more unusual values they hold, the better.
    schema : Schema
        Their columns.
    target : ndarray, shape (rows,), optional
        Truth of each row, for steps that learn from it.
    task : Task, optional
        Kind of answer.

    Raises
    ------
    AssertionError
        If a promise is broken; the message says which and shows where.
    """
    case = _Case(step, frame, schema, target, task)
    _check_text(case)
    _check_schema(case.fitted, case.after)
    _check_saved(case)
    _check_engines(case)
    _check_no_rows(case)
    _check_gone_column(case)
    _check_direction(case)
    if step.kind is StepKind.WINDOW:
        _check_order(case)
    if case.is_rowwise:
        _check_rows(case.fitted, frame, case.after, "row")
        _check_alone(case)
        _check_missing_only(case)
        _check_fractions(case)
    if step.kind is StepKind.ROWS:
        given = frame.select(case.after.columns).fill_nan(None)
        same(case.after, given, "`transform` must leave every row as it is")
        _check_chosen(case)
    elif step.learns_from_target:
        _check_own_target(case)
    else:
        expected = case.after if case.done.rows is None else case.after[case.done.rows]
        same(case.done.frame, expected, "`fit_transform` and `transform` must agree on training rows")


@dataclass(frozen=True)
class _Case:
    """A step, the rows to try it on, and what comes of them."""

    step: Step
    frame: pl.DataFrame
    schema: Schema
    target: NDArray[Any] | None
    task: Task | None

    @property
    def recipe(self) -> Recipe:
        return Recipe((self.step,)).trusting(*self.step.foreign())

    @property
    def is_rowwise(self) -> bool:
        rowwise = {StepKind.MAP, StepKind.LOOKUP}
        return self.step.kind in rowwise or (self.step.kind is StepKind.OPAQUE and self.fitted.online)

    @cached_property
    def done(self) -> Prepared:
        before = self.frame.clone()
        done = self.recipe.prepare(self.frame, self.schema, self.target, task=self.task)
        _say(before.equals(self.frame), "fitting changed the rows it was given")
        return done

    @property
    def fitted(self) -> FittedRecipe:
        return self.done.recipe

    @cached_property
    def after(self) -> pl.DataFrame:
        after: pl.DataFrame = self.fitted.transform(self.frame)
        return after

    def fit_on(self, frame: pl.DataFrame) -> FittedRecipe:
        target = None if self.target is None else np.resize(self.target, len(frame))
        return self.recipe.learn(frame, self.schema, target, task=self.task)


def _say(holds: object, what: str, shown: object = None) -> None:
    if not holds:
        raise AssertionError(what if shown is None else f"{what}:\n{shown}")


def _check_text(case: _Case) -> None:
    recipe = case.recipe
    _say(Recipe.from_yaml(recipe.to_yaml()) == recipe, "the YAML form gives another step back", recipe.to_yaml())
    _say(Recipe.from_dict(recipe.to_dict()) == recipe, "the dictionary gives another step back", recipe.to_dict())


def _check_schema(fitted: FittedRecipe, after: pl.DataFrame) -> None:
    stated = [(column.name, column.dtype) for column in fitted.output_schema if column.name in after.columns]
    found = [(name, dtype_name(dtype)) for name, dtype in after.schema.items()]
    _say(stated == found, "the output schema is not what comes out", f"stated {stated}\nfound  {found}")
    for column in after.iter_columns():
        _say(not column.dtype.is_float() or not column.is_nan().any(), f"{column.name!r} holds NaN instead of null")


def _check_saved(case: _Case) -> None:
    with TemporaryDirectory() as folder:
        case.fitted.save(Path(folder))
        again = FittedRecipe.load(Path(folder), trust=case.step.foreign())
    _say(again.output_schema == case.fitted.output_schema, "saving and loading changed the output schema")
    _say(again.learned() == case.fitted.learned(), "saving and loading changed what was learnt", again.learned())
    same(again.transform(case.frame), case.after, "saving and loading changed the result")


def _check_engines(case: _Case) -> None:
    same(case.fitted.transform(case.frame.lazy()).collect(), case.after, "Polars' lazy frames give something else")
    for name, convert in _ENGINES.items():
        given = convert(case.frame)
        before = copy.deepcopy(given)
        if reason := case.step.refuses(name.partition(" ")[0]):
            _check_refused(case.fitted, given, reason)
            continue
        got = case.fitted.transform(given)
        _say(type(got) is type(given), f"{name} went in and {type(got)} came out")
        same(_polars(given), _polars(before), f"the {name} frame was changed")
        same(_polars(got), case.after, f"{name} gives something else", ulps=_ULPS)


def _check_refused(fitted: FittedRecipe, given: Any, reason: str) -> None:
    try:
        fitted.transform(given)
    except RecipeError as error:
        _check_error(error, "Step 1", reason)
    else:
        _say(None, f"it runs where it says that it does not: {reason}")


def _numpy_backed(frame: pl.DataFrame) -> Any:
    """Return a pandas frame with NumPy's types, save where they cannot hold the values.

    Those are large integers with gaps, and what is nested.
    """
    with_arrow = frame.to_pandas(use_pyarrow_extension_array=True)
    gaps = [name for name, dtype in frame.schema.items() if dtype.is_integer() and frame[name].null_count()]
    large = [name for name in gaps if max(map(abs, frame[name].drop_nulls().to_list()), default=0) >= 2**53]
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    return frame.to_pandas().assign(**{name: with_arrow[name] for name in (*large, *nested)})


def _polars(native: Any) -> pl.DataFrame:
    table: pl.DataFrame = nw.from_native(native, eager_only=True).to_polars()
    return table


def _check_rows(fitted: FittedRecipe, frame: pl.DataFrame, after: pl.DataFrame, what: str) -> None:
    """Check that one row gives the bits of many, as a row and in the matrix."""
    run, layout = fitted.row(), fit_layout(fitted.output_schema, after)
    matrix, expected = to_matrix(after, layout), after.to_dicts()
    for position, row in enumerate(frame.to_dicts()):
        given = dict(row)
        got = run(row)
        kept = list(row) == list(given) and all(row[name] is given[name] for name in given)
        _say(kept, f"the row function changed its input, {what} {position}", row)
        wrong = {name: (v, got.get(name)) for name, v in expected[position].items() if not same_bits(v, got.get(name))}
        _say(not wrong, f"{what} {position}: (on columns, on the row) differ", wrong)
        _say(list(got) == list(expected[position]), f"{what} {position}: the columns have another order", list(got))
        numeric, codes = row_to_matrix(got, layout)
        equal = numeric.tobytes() == matrix.numeric[position].tobytes() and (codes == matrix.codes[position]).all()
        _say(equal, f"{what} {position} enters the matrix differently", (numeric, matrix.numeric[position]))


def _check_alone(case: _Case) -> None:
    """Check that what a row becomes depends on no other row at hand."""
    order = list(range(0, len(case.frame), 2))[::-1]
    same(case.fitted.transform(case.frame[order]), case.after[order], "a row changes with the rows around it")


def _check_order(case: _Case) -> None:
    """Check that the order in which rows happen to stand does not matter: what counts is the order that is stated."""
    order = np.random.default_rng(0).permutation(len(case.frame))
    same(case.fitted.transform(case.frame[order]), case.after[order], "a row changes with the order of the table")


def _check_no_rows(case: _Case) -> None:
    none = case.frame.head(0)
    _check_schema(case.fitted, case.fitted.transform(none))
    fitted = case.fit_on(none)
    after = _unless_refused(fitted, case.frame)
    if after is not None:
        _check_schema(fitted, after)


def _check_missing_only(case: _Case) -> None:
    nothing = pl.DataFrame([pl.Series(name, [None] * 3, dtype=dtype) for name, dtype in case.frame.schema.items()])
    after = _unless_refused(case.fitted, nothing)
    if after is not None:
        _check_rows(case.fitted, nothing, after, "missing values only, row")
    try:
        fitted = case.fit_on(nothing)
    except RecipeError as error:
        _check_error(error, "Step 1")
        return
    after = _unless_refused(fitted, case.frame)
    if after is not None:
        _check_schema(fitted, after)
        _check_rows(fitted, case.frame, after, "learnt from missing values only, row")


def _check_fractions(case: _Case) -> None:
    """Check columns of whole numbers that come with fractions, as `clew.collect.conform` leaves them in a new table."""
    whole = [column.name for column in case.fitted.inputs if is_whole(column.dtype)]
    halves = case.frame.with_columns(pl.col(whole).cast(pl.Float64) / 2)
    after = _unless_refused(case.fitted, halves)
    if after is not None:
        _check_rows(case.fitted, halves, after, "fractions in whole numbers, row")


def _unless_refused(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame | None:
    """Return the prepared rows, or None where the step refuses values, with a proper message."""
    try:
        after: pl.DataFrame = fitted.transform(frame)
    except RecipeError as error:
        _check_error(error, "Step 1")
        return None
    return after


def _check_error(error: InputError, *parts: str) -> None:
    for part in parts:
        _say(part in str(error), f"an error does not name {part!r}", str(error))
    _say(error.hint is not None, "an error names no way out", str(error))


def _check_gone_column(case: _Case) -> None:
    """Check that a column that is gone is named, with the step and a way out."""
    worked_on = [column.name for column in case.fitted.chain.steps[0].columns if column.role is not Role.TARGET]
    if isinstance(case.step, ColumnStep) and worked_on:
        gone = worked_on[0]
        named = replace(case.recipe, steps=(replace(case.step, columns=Columns.of([literal(gone)])),))
        try:
            named.learn(case.frame.drop(gone), case.schema.drop([gone]), case.target, task=case.task)
        except RecipeError as error:
            _check_error(error, f"Step 1 ({case.step.op})", repr(gone))
        else:
            _say(None, f"fitting without the named column {gone!r} was no error")
    for name in case.fitted.inputs.names[:1]:
        try:
            case.fitted.transform(case.frame.drop(name))
        except SchemaError as error:
            _check_error(error, repr(name))
        else:
            _say(None, f"transforming without the column {name!r} was no error")


def _check_direction(case: _Case) -> None:
    """Check that columns which claim to keep or reverse the order of their source do so."""
    fitted = case.fitted.chain.steps[0]
    first = [(made.column, made.sources[0] if made.sources else "") for made in fitted.made]
    for block in fitted.blocks:
        first += [(c, c.name if c.name in block.sources else block.sources[0]) for c in block.columns]
    for column, name in first:
        direction = column.direction
        if direction is Direction.LOSES or column.name not in case.after.columns:
            continue
        source = fitted.before[name]
        values = _values(case.after[column.name], column)
        known = pl.DataFrame({"source": _ranks(case.frame[source.name], source), "made": values})
        ends = known.drop_nulls().group_by("source").agg(low=pl.col("made").min(), high=pl.col("made").max())
        ends = ends.sort("source", descending=direction is Direction.REVERSES)
        holds = (ends["low"].shift(-1) >= ends["high"]).drop_nulls().all()
        claim = f"{column.name!r} claims that it {direction.value} the order of {source.name!r}"
        _say(holds, f"{claim}, and it does not", ends)


def _ranks(values: pl.Series, source: Column) -> pl.Series:
    if source.kind is not Kind.ORDINAL or source.order is None:
        return (values.fill_nan(None) if values.dtype.is_float() else values).rank("dense")
    order = list(source.order)
    return values.cast(pl.String).replace_strict(order, range(len(order)), default=None, return_dtype=pl.UInt32)


def _values(values: pl.Series, made: Column) -> pl.Series:
    if made.order is not None and not values.dtype.is_numeric():
        return _ranks(values, made).cast(pl.Float64)
    return values.cast(pl.Float64) if values.dtype.is_numeric() else values.rank("dense").cast(pl.Float64)


def _check_chosen(case: _Case) -> None:
    """Check that the rows a step goes on with keep their target and what is no feature, and that it does so again."""
    done, columns = case.done, case.schema
    again = case.recipe.prepare(case.frame, case.schema, case.target, task=case.task)
    same(again.frame, done.frame, "the same seed gives other rows")
    if done.origins is None:
        return
    rows = done.origins.rows
    if case.target is not None and done.target is not None:
        _say(list(done.target) == list(case.target[rows]), "rows have lost their target", done.target)
    kept = [column.name for column in columns if column.role is not Role.FEATURE and column.name in done.frame.columns]
    same(done.frame.select(kept), case.after[rows].select(kept), "rows have lost what is no feature")
    plain = np.flatnonzero((done.origins.parents == rows[:, None]).all(axis=1))
    same(done.frame[plain], case.after[rows[plain]], "a row has other values, and `remade` names no partner")


def _check_own_target(case: _Case) -> None:
    """Check that a training row's own target has no part in what it becomes."""
    task, truth, changes = _truths(case)
    spec = SplitSpec(stratify=False)  # folds are the same whatever the target

    def prepared(target: NDArray[Any]) -> pl.DataFrame:
        frame: pl.DataFrame = case.recipe.prepare(case.frame, case.schema, target, task=task, split=spec).frame
        return frame

    plain = prepared(truth)
    for position in range(0, len(case.frame), max(1, len(case.frame) // 5)):
        for value in changes:
            changed = truth.copy()
            changed[position] = truth[position] + value if task is Task.REGRESSION else value
            if task is Task.REGRESSION or set(changed) == set(truth):
                same(prepared(changed)[position], plain[position], f"training row {position} sees its own target")


def _truths(case: _Case) -> tuple[Task, NDArray[Any], Sequence[Any]]:
    """Return a target to try, and what to put in the place of a value, or to add to it."""
    numbers = np.random.default_rng(0).normal(size=len(case.frame))
    try:
        case.recipe.learn(case.frame, case.schema, numbers, task=Task.REGRESSION)
    except RecipeError as error:
        _check_error(error, "Step 1")
        if case.target is None or case.task is None:
            raise AssertionError("a step that refuses numbers as target is tried with a target of classes") from error
        return case.task, case.target, sorted(set(case.target))
    return Task.REGRESSION, numbers, (1000.0,)
