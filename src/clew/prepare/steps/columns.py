"""Which columns go on, under which names, and in which order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Role, Schema
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.selectors import named
from clew.prepare.step import ColumnStep, Made, State, Step
from clew.prepare.table import Expression


@register
@dataclass(frozen=True)
class Drop(ColumnStep):
    """Remove columns. A new row need not have a column that is removed and not used before."""

    op: ClassVar[str] = "drop"

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - nothing was learnt
        """Drop the chosen columns."""
        return tuple(column.name for column in columns)


@register
@dataclass(frozen=True)
class Select(ColumnStep):
    """Keep the chosen features and remove the other features; what is no feature (target, id, time …) stays."""

    op: ClassVar[str] = "select"

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the features that were not chosen."""
        chosen = {column.name for column in super().inputs(schema)}
        return tuple(column for column in schema if column.role is Role.FEATURE and column.name not in chosen)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - nothing was learnt
        """Drop the others."""
        return tuple(column.name for column in columns)


@register
@dataclass(frozen=True)
class Duplicate(ColumnStep):
    """Add a copy of each column, as a feature: ``fare`` gives ``fare_copy``, for another step to work on.

    Parameters
    ----------
    suffix : str, default "_copy"
        Put behind the name.
    """

    suffix: str = "_copy"

    op: ClassVar[str] = "duplicate"

    def check(self) -> None:
        """Refuse an empty suffix."""
        if not self.suffix:
            raise ConfigError("duplicate has an empty suffix.", hint="Copies need other names: `suffix: _copy`.")

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make the copies."""
        for column in columns:
            copy = derive(column, name=f"{column.name}{self.suffix}", keep_values=True)
            yield Made(copy, (column.name,), _same(column.name), _itself)


@register
@dataclass(frozen=True)
class Rename(Step):
    """Give columns other names, each in its place; names may change hands. The target keeps its name.

    Parameters
    ----------
    names : mapping of str to str
        Old name → new name.
    """

    names: Mapping[str, str]

    op: ClassVar[str] = "rename"

    def check(self) -> None:
        """Refuse empty names, and one name for two columns."""
        if not self.names:
            raise ConfigError("rename names no column.", hint="Write e.g. `names: {old: new}`.")
        if not all(self.names.values()):
            raise ConfigError("rename has an empty name.", hint="Every column needs one.")
        if len(set(self.names.values())) < len(self.names):
            raise ConfigError(f"rename gives two columns one name: {dict(self.names)!r}.", hint="Names are unique.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that get other names."""
        columns = named(schema, self.names)
        target = next((column.name for column in columns if column.role is Role.TARGET), None)
        if target is not None:
            raise RecipeError(
                f"The column {target!r} is the target, which no step may change.",
                hint="Name it otherwise where the rows are collected.",
            )
        return columns

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make each column under its new name."""
        for column in columns:
            made = derive(column, name=self.names[column.name], keep_values=True)
            yield Made(replace(made, role=column.role), (column.name,), _same(column.name), _itself)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - nothing was learnt
        """Drop the old names that nobody took over."""
        new = frozenset(self.names.values())
        return tuple(column.name for column in columns if column.name not in new)

    def arranged(self, before: Schema, after: Schema, columns: Sequence[Column]) -> Schema:  # noqa: ARG002
        """Put each column in the place of the old one."""
        return after.select(self.names.get(name, name) for name in before.names)


@register
@dataclass(frozen=True)
class Move(ColumnStep):
    """Put columns elsewhere in the table; moved ones keep their order among themselves.

    Parameters
    ----------
    to : {"start", "end", "before", "after", "index"}
        Where to: before all others, behind them, next to `column`, or to the place `index`.
    column : str, optional
        The column to stand before or after.
    index : int, optional
        Place of the first moved column, from 0.
    """

    to: Literal["start", "end", "before", "after", "index"]
    column: str | None = None
    index: int | None = None

    op: ClassVar[str] = "move"

    def check(self) -> None:
        """Refuse a place that is not stated, or stated twice."""
        for name, places in (("column", {"before", "after"}), ("index", {"index"})):
            stated = getattr(self, name) is not None
            if stated != (self.to in places):
                verb = "needs" if not stated else "has no use for"
                raise ConfigError(f"move with `to: {self.to}` {verb} `{name}`.", hint="Write e.g. `to: start`.")
        if self.index is not None and self.index < 0:
            raise ConfigError(f"move has index {self.index!r}; places are counted from 0.", hint="Or use `to: end`.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns to move, of any role."""
        if self.column is not None:
            named(schema, [self.column])
        return self.selection.resolve(schema)

    def arranged(self, before: Schema, after: Schema, columns: Sequence[Column]) -> Schema:  # noqa: ARG002
        """Put the chosen columns in their new place."""
        moved = {column.name: None for column in columns if column.name != self.column}
        others = [name for name in after.names if name not in moved]
        place = {"start": 0, "end": len(others), "index": self.index or 0}.get(self.to)
        if place is None:
            place = others.index(str(self.column)) + (self.to == "after")
        return after.select([*others[:place], *moved, *others[place:]])


def _same(name: str) -> Expression:
    return lambda F: F.col(name)


def _itself(value: Any) -> Any:
    return value
