"""Which columns go on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clew.core.schema import Column, Role, Schema
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, State


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
