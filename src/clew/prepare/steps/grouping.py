"""One row for many: groups and their figures, values spread over columns, and columns stacked again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import polars as pl

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.aggregates import IN_ORDER, MINIMAL, Aggregate, aggregated, takes, type_of
from clew.prepare.dtypes import is_number, kind_of
from clew.prepare.lineage import combine, derive
from clew.prepare.registry import register
from clew.prepare.selectors import named
from clew.prepare.step import ColumnStep, State, Step, StepKind, Training
from clew.prepare.table import Table
from clew.prepare.values import as_text
from clew.prepare.window import Names, as_tuple


@register
@dataclass(frozen=True)
class GroupBy(Step):
    """Make one row per group: ``sold: [sum, list]`` gives ``sold_sum`` and ``sold_list``.

    Groups come out in the order of their names, missing ones last. A missing name is a group of its own.

    Parameters
    ----------
    by : str or tuple of str
        Columns whose values name the groups.
    aggregations : mapping of str to tuple or "minimal"
        By column, any of count (of values), length (of rows), n_unique, sum, mean, median, min, max, std, var, first,
        last, most_frequent, list (an array in the order of time); or the names of tsfresh that `rolling` knows, eight
        of which are ``minimal``.
    time : str or tuple of str, optional
        What orders rows, for first, last and list; by default the column with the role ``time``. Of one moment, the
        smallest value comes first; a row without a moment is neither first nor last nor in a list.
    span : bool, default False
        Whether the first and last moment of each group are added, ``time_start`` and ``time_end``.
    """

    by: Names
    aggregations: Mapping[str, tuple[Aggregate, ...] | Literal["minimal"]]
    time: Names | None = None
    span: bool = False

    op: ClassVar[str] = "group_by"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def check(self) -> None:
        """Refuse groups without a name, and columns without a figure."""
        if not as_tuple(self.by):
            raise ConfigError("group_by has no `by`.", hint="Name what tells groups apart: `by: [shop]`.")
        empty = next((name for name, functions in self.aggregations.items() if not functions), None)
        if empty is not None:
            raise ConfigError(f"group_by has no aggregation for {empty!r}.", hint="Write e.g. `[sum, mean]`.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that name groups, that are summed up, and that order rows."""
        by = named(schema, as_tuple(self.by), ", which `by` names")
        columns = named(schema, self.aggregations, ", which `aggregations` names")
        for column in columns:
            if column.role is Role.TARGET:
                raise RecipeError(
                    f"The column {column.name!r} is the target, and its figures would be features.",
                    hint="Prepare the table without naming a target, and name one when it is trained on.",
                )
            wrong = next((name for name in self._functions(column.name) if not takes(name, column.dtype)), None)
            if wrong is not None:
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which has no {wrong}.",
                    hint="Use count, n_unique, first, last, most_frequent, min, max or list.",
                )
        return tuple(dict.fromkeys((*by, *columns, *self._order(schema))))

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return one row per group."""
        by, before = list(as_tuple(self.by)), Schema(tuple(columns))
        order = [column.name for column in self._order(before)]
        asked = [
            aggregated(function, pl.col(name), order).alias(f"{name}_{function}")
            for name in self.aggregations
            for function in self._functions(name)
        ]
        if self.span:
            moments = pl.col(order[0])
            asked += [moments.min().alias(f"{order[0]}_start"), moments.max().alias(f"{order[0]}_end")]
        return table.through_polars(lambda rows: rows.group_by(by).agg(asked).sort(by, nulls_last=True))

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the columns that name groups, and the figures."""
        made = []
        for name in self.aggregations:
            for function in self._functions(name):
                dtype, column = type_of(function, before[name].dtype), before[name]
                kind = Kind.NESTED if function == "list" else column.kind if dtype == column.dtype else Kind.NUMERIC
                made.append(_summed_up(column, f"{name}_{function}", dtype, kind))
        if self.span:
            time = self._order(before)[0]
            made += [_summed_up(time, f"{time.name}_{end}", time.dtype, time.kind) for end in ("start", "end")]
        return _distinct((*named(before, as_tuple(self.by)), *made))

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:  # noqa: ARG002
        """Return the columns that are looked at; no other comes out."""
        return frozenset(column.name for column in columns)

    def _functions(self, name: str) -> tuple[Aggregate, ...]:
        functions = self.aggregations[name]
        return tuple(MINIMAL) if functions == "minimal" else functions

    def _order(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that order rows, where anything asks for an order."""
        asking = {function for name in self.aggregations for function in self._functions(name)} & IN_ORDER
        if not asking and not self.span:
            return ()
        order = named(schema, as_tuple(self.time), ", which `time` names") or schema.by_role(Role.TIME)[:1]
        if not order:
            what = f"{min(asking)!r} asks" if asking else "`span` asks"
            raise RecipeError(f"{what} for the order of the rows.", hint="Name what orders them: `time: COLUMN`.")
        return order


@register
@dataclass(frozen=True)
class Pivot(Step):
    """Spread the values of a column over columns, one per category of another: ``sold`` by ``day`` gives ``sold_Mon``.

    Which columns there are is learnt: a category that was not there in training has none. Rows come out in the order of
    `by`, missing names last.

    Parameters
    ----------
    on : str
        The column whose categories name the new columns.
    values : str or tuple of str
        Columns whose values are spread.
    by : str or tuple of str
        Columns whose values name a row.
    function : str, default "mean"
        What becomes of several values in one place: count, n_unique, sum, mean, median, min, max, std, var or
        most_frequent.
    max_categories : int, default 100
        More categories than these are refused.
    """

    on: str
    values: Names
    by: Names
    function: Literal["count", "n_unique", "sum", "mean", "median", "min", "max", "std", "var", "most_frequent"] = (
        "mean"
    )
    max_categories: int = 100

    op: ClassVar[str] = "pivot"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def check(self) -> None:
        """Refuse rows without a name."""
        if not as_tuple(self.by) or not as_tuple(self.values):
            raise ConfigError("pivot needs `by` and `values`.", hint="Write e.g. `by: [shop], values: [sold]`.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that name rows and columns, and those that are spread."""
        columns = named(schema, as_tuple(self.values), ", which `values` names")
        for column in columns:
            if column.role is Role.TARGET:
                raise RecipeError(
                    f"The column {column.name!r} is the target, and its values would be features.",
                    hint="Leave it out of `values`.",
                )
            if not takes(self.function, column.dtype):
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which has no {self.function}.",
                    hint="Use `function: most_frequent`.",
                )
        (on,) = named(schema, (self.on,), ", which `on` names")
        if on.dtype not in {"String", "Boolean"} and not is_number(on.dtype):
            raise RecipeError(
                f"The column {on.name!r} holds {on.dtype}, which names no columns.",
                hint="Use texts, truth values or numbers; date_parts makes numbers of moments.",
            )
        by = named(schema, as_tuple(self.by), ", which `by` names")
        return tuple(dict.fromkeys((*by, on, *columns)))

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Learn the categories."""
        del columns
        found = [value for value, _ in table.counts(training.schema[self.on])]
        if len(found) > self.max_categories:
            raise RecipeError(
                f"The column {self.on!r} has {len(found)} categories, and {self.max_categories} may become columns.",
                hint="Put rare ones together with group_rare, or raise `max_categories`.",
            )
        return {"categories": sorted(found)}

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return one row per name."""
        by = list(as_tuple(self.by))
        made = [
            aggregated(self.function, pl.col(name).filter(pl.col(self.on) == category)).alias(
                f"{name}_{as_text(category)}"
            )
            for name in as_tuple(self.values)
            for category in state["categories"]
        ]
        return table.through_polars(lambda rows: rows.group_by(by).agg(made).sort(by, nulls_last=True))

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the columns that name rows, and those of the categories."""
        made = [
            combine(
                (before[name], before[self.on]),
                name=f"{name}_{as_text(category)}",
                dtype=(dtype := type_of(self.function, before[name].dtype)),
                kind=before[name].kind if dtype == before[name].dtype else Kind.NUMERIC,
            )
            for name in as_tuple(self.values)
            for category in state["categories"]
        ]
        return _distinct((*named(before, as_tuple(self.by)), *made))

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:  # noqa: ARG002
        """Return the columns that are looked at; no other comes out."""
        return frozenset(column.name for column in columns)


@register
@dataclass(frozen=True)
class Unpivot(ColumnStep):
    """Stack columns: each row becomes one row per column, with its name in ``variable`` and its value in ``value``.

    The other columns are repeated. Rows stay in their order, and columns in theirs. Numbers become float64 where they
    are of several types.

    Parameters
    ----------
    variable, value : str, default "variable" and "value"
        Names of the two new columns.
    drop_missing : bool, default False
        Whether rows without a value are left out.
    """

    variable: str = "variable"
    value: str = "value"
    drop_missing: bool = False

    op: ClassVar[str] = "unpivot"
    kind: ClassVar[StepKind] = StepKind.RESHAPE

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns to stack, all of one sort."""
        columns = super().inputs(schema)
        if not columns:
            raise RecipeError("unpivot has no columns to stack.", hint="Choose some in `columns`.")
        sorts = {"number" if is_number(column.dtype) else column.dtype: column for column in columns}
        if len(sorts) > 1:
            one, other = list(sorts.values())[:2]
            raise RecipeError(
                f"The columns {one.name!r} and {other.name!r} hold {one.dtype} and {other.dtype}, and a column holds "
                "one type.",
                hint="Stack them apart, or convert one with the step cast.",
            )
        kept = set(schema.names) - {column.name for column in columns}
        taken = next((name for name in (self.variable, self.value) if name in kept), None)
        if taken is not None or self.variable == self.value:
            raise RecipeError(
                f"There is a column {taken or self.value!r} already.",
                hint="Choose another name for `variable` or `value`.",
            )
        return columns

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return the stacked rows."""
        names = [column.name for column in columns]
        number = is_number(columns[0].dtype)

        def stack(rows: pl.LazyFrame) -> pl.LazyFrame:
            # A column of whole numbers may come with fractions in a new table.
            types = {dtype for name, dtype in rows.collect_schema().items() if name in names}
            cast = [pl.col(name).cast(pl.Float64) if number and len(types) > 1 else pl.col(name) for name in names]
            labels = pl.lit(pl.Series([names], dtype=pl.List(pl.String))).first()
            stacked = rows.with_columns(labels.alias(self.variable), pl.concat_list(cast).alias(self.value))
            gone = [name for name in names if name not in {self.variable, self.value}]
            stacked = stacked.drop(gone).explode(self.variable, self.value)
            return stacked.filter(pl.col(self.value).is_not_null()) if self.drop_missing else stacked

        return table.through_polars(stack)

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the other columns, and the two new ones."""
        dtypes = {column.dtype for column in columns}
        dtype = "Float64" if len(dtypes) > 1 else columns[0].dtype
        kinds = {column.kind for column in columns}
        kind = kinds.pop() if len(kinds) == 1 else kind_of(dtype)
        made = (
            combine(columns, name=self.variable, dtype="String", kind=Kind.CATEGORICAL),
            combine(columns, name=self.value, dtype=dtype, kind=kind),
        )
        return Schema((*before.drop([column.name for column in columns]), *made))


def _summed_up(column: Column, name: str, dtype: str, kind: Kind) -> Column:
    return derive(column, name=name, dtype=dtype, kind=kind, direction=Direction.LOSES)


def _distinct(columns: Sequence[Column]) -> Schema:
    """Return a schema in which no name comes twice."""
    name, times = Counter(column.name for column in columns).most_common(1)[0]
    if times > 1:
        raise RecipeError(f"Two columns would be called {name!r}.", hint="Rename one of the columns before.")
    return Schema(tuple(columns))
