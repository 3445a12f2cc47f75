"""The fitted recipe: one thing that runs on tables of any engine and on one row."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeAlias

import narwhals.stable.v2 as nw
import polars as pl

from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import DataError, RecipeError
from clew.core.schema import Schema
from clew.prepare.dtypes import dtype_name, is_whole
from clew.prepare.execute import Chain, FittedStep, RowFunction
from clew.prepare.storage import load, save
from clew.prepare.table import Table

Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]


@dataclass(frozen=True)
class FittedRecipe:
    """Steps and what they learnt; never changed, and safe to use from several threads.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    """

    chain: Chain

    @property
    def schema(self) -> Schema:
        """Columns of the raw rows it was fitted on."""
        return self.chain.schema

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
        return self.chain.transform(Table.of(conformed(frame_of(data), self.schema))).native()

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

    def save(self, folder: Path | str) -> None:
        """Write it into a folder, made if need be: ``recipe.json`` and Arrow files; no code."""
        save(self.chain, Path(folder))

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read what `save` wrote; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If files are missing, damaged, or of a newer format.
        """
        return cls(load(Path(folder)))

    def __repr__(self) -> str:
        ops = ", ".join(fitted.step.op for fitted in self.chain.steps)
        return f"FittedRecipe([{ops}], {len(self.schema)} → {len(self.output_schema)} columns)"


def conformed(frame: Frame, schema: Schema) -> Frame:
    """Return the frame with the types of the schema; one that has them already is returned as it is.

    Parameters
    ----------
    frame : narwhals frame
        Rows of any engine.
    schema : Schema
        What they should be; columns that the frame lacks are not asked for here.

    Raises
    ------
    SchemaError
        If a cell cannot be read as what the schema declares.
    """
    if frame.implementation.is_pandas() and isinstance(frame, nw.DataFrame):
        frame = _with_arrow_types(frame)
    types = frame.collect_schema()
    other = [c for c in schema if c.name in types and not _is_as_declared(dtype_name(types[c.name]), c.dtype)]
    if not other:
        return frame
    lazy = isinstance(frame, nw.LazyFrame)
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    names = [column.name for column in other]
    table = conform(eager.select(*names).to_polars(), Schema(tuple(other)))
    native = as_engine(table, eager.implementation)
    if eager.implementation.is_pandas():
        native.index = nw.to_native(eager).index
    changed: nw.DataFrame[Any] = nw.from_native(native, eager_only=True)
    eager = eager.with_columns(*(changed[name] for name in names))
    return eager.lazy() if lazy else eager


def _with_arrow_types(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return a pandas frame with Arrow types, which know missing values of every kind, where it has others."""
    import pandas as pd

    native = frame.to_native()
    if all(isinstance(dtype, pd.ArrowDtype) for dtype in native.dtypes):
        return frame
    arrow: nw.DataFrame[Any] = nw.from_native(frame.to_arrow().to_pandas(types_mapper=pd.ArrowDtype), eager_only=True)
    return arrow


def _is_as_declared(dtype: str, declared: str) -> bool:
    """Whether a column need not be conformed.

    Whole numbers may come as floats (see `clew.collect.conform`), and categories become texts in the recipe.
    """
    as_float = dtype == "Float64" and is_whole(declared)
    as_text = dtype in {"Categorical", "Enum"} and declared in {"String", "Categorical", "Enum"}
    return dtype == declared or as_float or as_text


def as_engine(table: pl.DataFrame, engine: nw.Implementation) -> Any:
    """Return the table as a frame of the engine; pandas gets Arrow types, which know missing values of every kind."""
    if engine.is_pandas():
        return table.to_pandas(use_pyarrow_extension_array=True)
    return table.to_arrow() if engine.is_pyarrow() else table


def frame_of(data: Any) -> Frame:
    """Return any table as a narwhals frame.

    Raises
    ------
    DataError
        If it is none.
    """
    if isinstance(data, Dataset):
        return nw.from_native(data.frame)
    if isinstance(data, str | Path):
        return nw.from_native(read(data).frame)
    frame: object = nw.from_native(data, pass_through=True)
    if not isinstance(frame, nw.DataFrame | nw.LazyFrame):
        raise DataError(
            f"A {type(data).__name__} is no table.", hint="Give a frame (Polars, pandas, Arrow), a Dataset or a path."
        )
    return frame


def _described(fitted: FittedStep) -> Mapping[str, Any]:
    return {
        "number": fitted.number,
        "op": fitted.step.op,
        "columns": [column.name for column in fitted.columns],
        "makes": [item.column.name for item in fitted.made],
        "drops": sorted(fitted.dropped),
        "learned": dict(fitted.step.learned(fitted.columns, fitted.state)),
    }
