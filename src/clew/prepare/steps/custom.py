"""Code of one's own: functions of installed packages, by name. A recipe never carries source.

They run only where the caller says so: ``recipe.learn(data, trust=("shop.features:basket",))``, or ``--trust`` on the
command line. Before that, nothing of them is imported.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import polars as pl

from clew.collect.dtypes import dtype_name
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Role, Schema
from clew.prepare.dtypes import kind_of, stored_type
from clew.prepare.foreign import Plain, on_one_row, returned, told
from clew.prepare.lineage import combine
from clew.prepare.registry import register
from clew.prepare.selectors import ColumnsLike
from clew.prepare.step import Block, ColumnStep, State, StepKind, Training
from clew.prepare.table import Table
from clew.prepare.trust import found

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class _OfFunction(ColumnStep):
    """A step that runs a function.

    Parameters
    ----------
    function : str
        ``"package.module:function"``.
    columns : str, iterable of str, or Columns, default "all"
        What it is given.
    options : mapping, default {}
        Handed to it by name.
    engine : {"polars", "pandas"}, default "polars"
        Sort of the table that it is given.
    """

    columns: ColumnsLike = "all"
    function: str = field(kw_only=True)
    options: Mapping[str, Plain] = field(default_factory=dict)
    engine: Literal["polars", "pandas"] = "polars"

    def check(self) -> None:
        """Refuse what names no function."""
        if not _FUNCTION.fullmatch(self.function):
            raise ConfigError(
                f"`function` of {self.op} is {self.function!r}, which names none.",
                hint="Write `function: package.module:function`, of an installed package.",
            )

    def foreign(self) -> tuple[str, ...]:
        """Return the function."""
        return (self.function,)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, at least one."""
        columns = super().inputs(schema)
        if not columns:
            raise RecipeError(f"{self.op} has no columns to give to {self.function}.", hint="Choose some in `columns`.")
        return columns

    def run(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return what the function makes of rows."""
        module, _, name = self.function.partition(":")
        function = found(module, name)
        with told(self.function, "Try it on a table of these columns by itself."):
            result = function(rows if self.engine == "polars" else rows.to_pandas(), **self.options)
        return returned(result, self.function)

    def as_learned(self, result: pl.DataFrame, types: Mapping[str, str]) -> pl.DataFrame:
        """Return the columns that were learnt, in their types.

        Raises
        ------
        RecipeError
            If one is gone, or holds what does not fit its type.
        """
        gone = [name for name in types if name not in result.columns]
        if gone:
            raise RecipeError(
                f"{self.function} gave no column {gone[0]!r}, and it did on the training rows.",
                hint="Let it return the same columns whatever the rows.",
            )
        try:
            return result.select(pl.col(name).cast(_stored(dtype)) for name, dtype in types.items())
        except pl.exceptions.PolarsError as error:
            raise RecipeError(
                f"{self.function} gave other types than on the training rows: {str(error).splitlines()[0]}.",
                hint="Let it return the same types whatever the rows.",
            ) from error


def _stored(dtype: str) -> pl.DataType:
    try:
        return stored_type(dtype)
    except RecipeError:
        raise RecipeError(
            f"A column of {dtype} cannot be taken over.", hint="Return numbers, texts, moments or lists."
        ) from None


@register
@dataclass(frozen=True)
class Python(_OfFunction):
    """Make columns by a function of an installed package, which is given a table and returns one of as many rows.

    The columns that it returns are added, or take the place of their namesakes; let it return no others. Which ones
    they are, and of which types, is learnt from the training rows.

    Parameters
    ----------
    columns : str, iterable of str, or Columns, default "all"
        What it is given; never the target.
    function : str
        ``"package.module:function"``; needs the caller's trust.
    options : mapping, default {}
        Handed to it by name.
    engine : {"polars", "pandas"}, default "polars"
        Sort of the table that it is given; it may return either.
    rowwise : bool, default False
        Whether its author promises that a row's values depend on that row alone, so that it works on one row.
    """

    rowwise: bool = False

    op: ClassVar[str] = "python"
    kind: ClassVar[StepKind] = StepKind.OPAQUE

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn which columns it makes."""
        rows = table.polars(*(column.name for column in columns))
        return {"columns": {name: dtype_name(dtype) for name, dtype in self._made(rows).schema.items()}}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the columns."""
        types, names = state["columns"], [column.name for column in columns]
        made = tuple(_combined(name, dtype, columns) for name, dtype in types.items())
        if not made:
            return

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            if rows.is_empty():  # nothing to ask of a function that may not expect it
                return pl.DataFrame(schema={name: _stored(dtype) for name, dtype in types.items()})
            return self.as_learned(self._made(rows), types)

        yield Block(made, tuple(names), frame, on_one_row(columns, frame) if self.rowwise else None)

    def online(self, state: State) -> bool:  # noqa: ARG002 - the author decides
        """Whether the author says so."""
        return self.rowwise

    def _made(self, rows: pl.DataFrame) -> pl.DataFrame:
        result = self.run(rows)
        if len(result) != len(rows):
            raise RecipeError(
                f"{self.function} gave {len(result)} rows for {len(rows)}.",
                hint="Return one row for each, in their order; for other rows there is python_table.",
            )
        return result


@register
@dataclass(frozen=True)
class PythonTable(_OfFunction):
    """Make another table by a function of an installed package, which is given a table and returns one of any rows.

    The table that it returns takes the place of the old one. Columns keep their roles where they keep their name and
    type. Which ones they are is learnt from the training rows.

    Parameters
    ----------
    columns : str, iterable of str, or Columns, default "all"
        What it is given, besides columns that are no features.
    function : str
        ``"package.module:function"``; needs the caller's trust.
    options : mapping, default {}
        Handed to it by name.
    engine : {"polars", "pandas"}, default "polars"
        Sort of the table that it is given; it may return either.
    """

    op: ClassVar[str] = "python_table"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn which columns it returns."""
        others = [c.name for c in training.schema if c.role is not Role.FEATURE and c.name in table.types]
        result = self.run(table.polars(*dict.fromkeys((*(c.name for c in columns), *others))))
        return {"others": others, "columns": {name: dtype_name(dtype) for name, dtype in result.schema.items()}}

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:
        """Return its table."""
        names = list(dict.fromkeys((*(c.name for c in columns), *(n for n in state["others"] if n in table.types))))

        def make(rows: pl.LazyFrame) -> pl.LazyFrame:
            result = self.run(rows.select(names).collect())
            # What is no feature may be missing in a new table, and then in what is made of it.
            types = {n: t for n, t in state["columns"].items() if n in result.columns or n not in state["others"]}
            return self.as_learned(result, types).lazy()

        return table.through_polars(make)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:
        """Return the columns that it returns."""
        made = []
        for name, dtype in state["columns"].items():
            own = before[name] if name in before else None  # noqa: SIM401 - a schema is no mapping
            if own is not None and own.dtype == dtype and own.role is not Role.FEATURE:
                made.append(own)
            else:
                made.append(_combined(name, dtype, columns))
        return Schema(tuple(made))


def _combined(name: str, dtype: str, columns: Sequence[Column]) -> Column:
    """Describe a column that may be made from all that was given."""
    own = next((column for column in columns if column.name == name), None)
    kind = own.kind if own is not None and own.dtype == dtype else kind_of(dtype)
    made = combine(columns, name=name, dtype=dtype, kind=kind)
    return made if own is None else replace(made, role=own.role)
