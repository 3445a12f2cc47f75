"""A file larger than memory, prepared while its rows pass by in batches.

What is learnt comes first: the rows pass by as often as the steps have figures to compute, some columns at a time. Then
they pass by once more, and each batch is prepared and written before the next is read. So steps that look at a row
alone can be used, and no others: a lag needs the rows before, and a step that takes rows away, or gives each training
row what the others say about the target, needs all of them at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
from polars.io.plugins import register_io_source

from clew.collect.batches import BATCHED, Batches, open_batches
from clew.collect.conform import conform
from clew.core.errors import ClewError, InputError, RecipeError, SchemaError, UsageError
from clew.core.progress import Progress, silent
from clew.core.schema import Schema
from clew.prepare.fitted import FittedRecipe
from clew.prepare.options import in_step
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step, StepKind, acting

#: The way out of what only a look at all rows can tell.
_HINT = "Use the engine polars, which holds all rows in memory."


def check_file(data: Any) -> Path:
    """Return the file whose rows can pass by in batches.

    Raises
    ------
    UsageError
        If it is none.
    """
    path = Path(data) if isinstance(data, str | Path) else None
    if path is None or path.suffix.lower() not in BATCHED or not path.is_file():
        raise UsageError(
            "The engine streaming takes one local file, one that ends in " + ", ".join(BATCHED) + ".",
            hint="Use another engine, or write the rows to a Parquet file first.",
        )
    return path


def check_recipe(recipe: Recipe | FittedRecipe) -> None:
    """Refuse a recipe with a step that cannot do its work while rows pass by.

    Parameters
    ----------
    recipe : Recipe or FittedRecipe
        One that has still to learn, or one that only prepares; only the latter can say what other people's code needs.

    Raises
    ------
    RecipeError
        For the first such step; the message begins with its number and name.
    """
    if isinstance(recipe, FittedRecipe):
        for fitted in recipe.chain.steps:
            if not fitted.step.online(fitted.state):
                _refuse(fitted.number, fitted.step, "it may look at other rows than its own", _HINT)
        return
    for number, step in acting(recipe.steps):
        if step.kind in {StepKind.WINDOW, StepKind.RESHAPE}:
            _refuse(number, step, "it looks at other rows than its own", _HINT)
        if step.learns_from_target or step.kind is StepKind.ROWS:
            does = "chooses among the training rows" if step.kind is StepKind.ROWS else "learns from the target"
            hint = "Fit on fewer rows with the engine polars and --fitted DIR; then stream all rows with --fitted DIR."
            _refuse(number, step, f"it {does}, and needs all of them at once", hint)


def _refuse(number: int, step: Step, reason: str, hint: str) -> NoReturn:
    with in_step(number, step.op):
        raise RecipeError(f"It does not run on streaming: {reason}.", hint=hint)


def learn_streamed(
    recipe: Recipe, path: Path, schema: Schema, *, seed: int = 0, folder: Path | None = None
) -> FittedRecipe:
    """Fit a recipe on a file whose rows pass by.

    Parameters
    ----------
    recipe : Recipe
        Steps that look at a row alone and do not learn from the target.
    path : Path
        The file; see `check_file`.
    schema : Schema
        Its columns, e.g. as `clew.explore.stream.judge_file` tells.
    seed : int, default 0
        Seed of all random choices.
    folder : Path, optional
        Where relative file names of the recipe start.

    Raises
    ------
    RecipeError
        If a step needs all rows at once, or cannot do its work; the message begins with its number and name.
    SchemaError
        If a cell cannot be read as the schema says.
    """
    check_recipe(recipe)
    passing = _Passing(open_batches(path), schema)
    try:
        # What is computed of the rows then never holds more of them than a batch or two.
        with pl.Config(engine_affinity="streaming"):
            return recipe.prepare(passing.frame(), schema, seed=seed, folder=folder).recipe
    except pl.exceptions.PolarsError:
        if passing.error is not None:
            raise passing.error from None
        raise


def transform_streamed(fitted: FittedRecipe, path: Path, *, progress: Progress = silent) -> Iterator[pl.DataFrame]:
    """Yield the rows of a file, prepared, a batch at a time, in their order.

    Parameters
    ----------
    fitted : FittedRecipe
        What was learnt.
    path : Path
        The file; see `check_file`.
    progress : Progress, default silent
        Told the share of the rows that have passed, where the file says how many there are.

    Raises
    ------
    RecipeError
        If a step needs the rows around each row.
    SchemaError
        If a column is missing, or a cell cannot be read.
    """
    check_recipe(fitted)
    batches = open_batches(path)
    names = [name for name in fitted.chain.taken.names if name in batches.names]
    done = 0
    for batch in batches.of(names) if names else batches:
        with _counted_from(done):
            prepared = fitted.transform(_read(batch, fitted.schema.select(names)))
        yield prepared
        done += len(batch)
        progress("preparing rows", done / batches.rows if batches.rows else None)


def _read(batch: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return a batch with the types of the schema, all of them: what comes later must fit to what came before."""
    read = conform(batch, schema)
    for column in schema:
        whole = column.dtype.startswith(("Int", "UInt"))
        if whole and column.name in read.columns and read[column.name].dtype.is_float():
            raise SchemaError(f"The column {column.name!r} was learnt as whole numbers and has fractions.", hint=_HINT)
    return read


@contextmanager
def _counted_from(row: int) -> Iterator[None]:
    """Say where the rows of a batch begin, in an error that counts them."""
    try:
        yield
    except InputError as error:
        if not row:
            raise
        told = f"Among the rows from {row:,} on, counted from there: {error.message}"
        if isinstance(error, SchemaError):
            raise SchemaError(told, hint=error.hint, problems=error.problems) from error
        raise RecipeError(told, hint=error.hint) from error


class _Passing:
    """The rows of a file as a lazy frame that walks through it whenever something of it is computed."""

    def __init__(self, batches: Batches, schema: Schema) -> None:
        self.batches = batches
        self.schema = schema
        self.error: ClewError | None = None

    def frame(self) -> pl.LazyFrame:
        return register_io_source(self._walk, schema=self._types(), is_pure=True)

    def _types(self) -> pl.Schema:
        empty = pl.DataFrame(schema=dict.fromkeys(self.schema.names, pl.String))
        return conform(empty, self.schema).schema

    def _walk(
        self, columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        names = list(self.schema.names) if columns is None else columns
        schema, done = self.schema.select(names), 0
        try:
            for batch in self.batches.of(names):
                with _counted_from(done):
                    read = _read(batch, schema).select(names)
                done += len(batch)
                found = read if rows is None else read.head(rows)
                rows = None if rows is None else rows - len(found)
                yield found if predicate is None else found.filter(predicate)
                if rows == 0:
                    return
        except ClewError as error:
            # Polars hands on the text of an error and no more.
            self.error = error
            raise
