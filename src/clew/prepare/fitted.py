"""The fitted recipe: one thing that runs on tables of any engine and on one row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from clew.core.errors import RecipeError
from clew.core.schema import Schema
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.export.python import to_python
from clew.prepare.export.sql import to_sql
from clew.prepare.frames import conformed, frame_of
from clew.prepare.rowwise import RowFunction
from clew.prepare.step import Step, StepKind
from clew.prepare.storage import load, save
from clew.prepare.table import Table
from clew.prepare.timing import StepTime, timed
from clew.prepare.views import fitted_view


@dataclass(frozen=True, eq=False)
class FittedRecipe:
    """Steps and what they learnt; never changed, and safe to use from several threads.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    """

    chain: Chain

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.chain,)

    @property
    def schema(self) -> Schema:
        """Columns of the raw rows it was fitted on."""
        return self.chain.schema

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that act, as they were before fitting; ``Recipe(fitted.steps)`` fits them anew."""
        return tuple(fitted.step for fitted in self.chain.steps)

    @property
    def inputs(self) -> Schema:
        """The raw columns that a new row must have; the others are not looked at."""
        return self.chain.inputs

    @property
    def output_schema(self) -> Schema:
        """Columns that come out: kind, type, raw sources, direction and protection of each."""
        return self.chain.output

    @property
    def online(self) -> bool:
        """Whether it can work on one row."""
        return self.offline_step is None

    @property
    def offline_step(self) -> str | None:
        """The first step that cannot work on one row, e.g. ``"step 3 (lag)"``; None if all can."""
        for fitted in self.chain.steps:
            if not fitted.step.online(fitted.state):
                return f"step {fitted.number} ({fitted.step.op})"
        return None

    def transform(self, data: Any) -> Any:
        """Prepare rows.

        Steps that only act in fitting (``filter``) leave every row in its place.

        Parameters
        ----------
        data : frame, Dataset or path
            A frame of any engine, with at least the columns of `inputs`; others are left out. Rows whose types differ
            from the schema are conformed to it first.

        Returns
        -------
        frame
            Of the same engine, lazy if it was lazy; Polars for a Dataset or a path; pandas with Arrow types. Columns as
            in `output_schema`; raw columns that are no features (target, weight, id …) only if they were there.

        Raises
        ------
        SchemaError
            If a column is missing, or a cell cannot be read.
        RecipeError
            If a step refuses values; the message begins with its number and name.
        """
        return self.chain.transform(Table.of(conformed(frame_of(data), self.chain.taken))).native()

    def timings(self, data: Any) -> tuple[StepTime, ...]:
        """Prepare rows step by step and say how long each step took; parameters and errors as in `transform`.

        Returns
        -------
        tuple of StepTime
            One for what happens where rows enter, and one per step.
        """
        return timed(self.chain, Table.of(conformed(frame_of(data), self.chain.taken)))

    def row(self) -> RowFunction:
        """Return a function that prepares one row: dict in, dict out, with the values of `transform`.

        The function wants values of the schema's types (see `clew.collect.conform.RowConformer`), None for a missing
        one.

        Raises
        ------
        RecipeError
            If a step cannot work on one row.
        """
        if not self.online:
            raise RecipeError(
                f"This recipe cannot work on one row because of {self.offline_step}.",
                hint="Predict whole tables, or replace the step.",
            )
        return self._compiled

    @cached_property
    def _compiled(self) -> RowFunction:
        return self.chain.compile()

    def learned(self) -> dict[str, Any]:
        """Return what each step learnt, for people.

        Returns
        -------
        dict
            ``steps``: a list of mappings with ``number``, ``op``, ``columns`` (those it works on), ``makes``, ``drops``
            and ``learned``; JSON-ready.
        """
        return {"steps": [_described(fitted) for fitted in self.chain.steps]}

    def to_python(self) -> str:
        """Return the fitted recipe as a Python module that needs Polars and nothing else.

        Its function ``prepare(frame)`` takes and returns a `polars.DataFrame`, with the values of `transform`.

        Raises
        ------
        RecipeError
            If a step is no expression; the message names it.
        """
        return to_python(self.chain)

    def to_sql(self, table: str = "rows", keep: Sequence[str] = ()) -> str:
        """Return the fitted recipe as one SELECT in DuckDB's dialect, with the values of `transform`.

        Parameters
        ----------
        table : str, default "rows"
            Table that holds the raw rows, in the types of `schema`.
        keep : sequence of str, default ()
            Columns that are no features (target, id, time …) to hand on.

        Raises
        ------
        RecipeError
            If a step is no expression, or uses a word without a counterpart in SQL; the message names it.
        UsageError
            If a column to keep does not come out of the recipe.
        """
        return to_sql(self.chain, table, keep)

    def save(self, folder: Path | str) -> None:
        """Write it into a folder, made if need be: ``recipe.json`` and Arrow files; no code."""
        save(self.chain, Path(folder))

    @classmethod
    def load(cls, folder: Path | str, *, trust: Collection[str] = ()) -> Self:
        """Read what `save` wrote; nothing in it is executed.

        Parameters
        ----------
        folder : path-like
            Where it lies.
        trust : collection of str, default ()
            Names of code that is no part of Clew and that steps may run when the recipe is used
            (``"package.module:function"``), and of further types that its files may hold (``"package.Class"``).

        Raises
        ------
        ArtifactError
            If files are missing, damaged, of a newer format, or need a trust that is not given.
        """
        return cls(load(Path(folder), trust))

    def __repr__(self) -> str:
        ops = ", ".join(fitted.step.op for fitted in self.chain.steps)
        return f"FittedRecipe([{ops}], {len(self.schema)} → {len(self.output_schema)} columns)"

    def _repr_html_(self) -> str:
        return fitted_view(self)


def _described(fitted: FittedStep) -> Mapping[str, Any]:
    return {
        "number": fitted.number,
        "op": fitted.step.op,
        "columns": [column.name for column in fitted.columns],
        "makes": _makes(fitted),
        "drops": sorted(set(fitted.before.names) - set(fitted.after.names)),
        "learned": dict(fitted.step.learned(fitted.columns, fitted.state)),
    }


def _makes(fitted: FittedStep) -> list[str]:
    if fitted.step.kind is StepKind.RESHAPE:
        return [name for name in fitted.after.names if name not in fitted.before]
    return [column.name for column in fitted.new]
