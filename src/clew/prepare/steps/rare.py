"""Fewer categories: rare ones come together under one name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind
from clew.prepare.dtypes import is_whole
from clew.prepare.lineage import derive
from clew.prepare.mapping import looked_up
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Made, State, Training
from clew.prepare.steps.categorical import ADVICE
from clew.prepare.table import Table

#: Categories below this share are rare where no limit is stated.
_SHARE = 0.01


@register
@dataclass(frozen=True)
class GroupRare(ColumnStep):
    """Put rare categories together under one name; one that was not seen in training counts as rare.

    Without any of the three limits, categories below 1 % of the training rows are rare. A missing value stays missing.

    Parameters
    ----------
    min_share : float, optional
        Keep categories with at least this share of the rows that have a value.
    min_count : int, optional
        Keep categories with at least this many rows.
    max_categories : int, optional
        Keep at most this many, the most frequent ones; 0 means no limit.
    at_limit : {"keep", "group"}, default "keep"
        Whether a category that has exactly `min_share` or `min_count` is kept, or counts as rare already.
    other : str, default "other"
        Name of the rest.
    """

    min_share: float | None = None
    min_count: int | None = None
    max_categories: int | None = None
    at_limit: Literal["keep", "group"] = "keep"
    other: str = "other"

    op: ClassVar[str] = "group_rare"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.TEXT})
    advice: ClassVar[str] = ADVICE

    def check(self) -> None:
        """Refuse limits that no category or every category meets."""
        if self.min_share is not None and not 0 < self.min_share <= 1:
            raise ConfigError(f"group_rare has min_share {self.min_share!r}; a share above 0 and up to 1 is needed.")
        for name, least in (("min_count", 1), ("max_categories", 0)):
            limit = getattr(self, name)
            if limit is not None and limit < least:
                raise ConfigError(f"group_rare has {name} {limit!r}; at least {least} is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn which categories are frequent enough."""
        return {column.name: self._kept(column, table.counts(column)) for column in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column with fewer categories."""
        for column in columns:
            kept = state[column.name]["kept"]
            made = derive(column, dtype="String", kind=Kind.CATEGORICAL, direction=Direction.LOSES)
            expression, group = looked_up(column, kept, list(map(str, kept)), dtype="String", default=self.other)
            yield Made(made, (column.name,), expression, group)

    def _kept(self, column: Column, counted: list[tuple[Any, int]]) -> dict[str, Any]:
        if column.dtype != "String" and not is_whole(column.dtype):
            raise RecipeError(
                f"The column {column.name!r} holds {column.dtype}, and group_rare works on texts and whole numbers.",
                hint="Convert it with `- {op: cast, columns: …, to: integer}` first.",
            )
        total = sum(count for _, count in counted)
        frequent = [(value, count) for value, count in counted if self._is_frequent(count, total)]
        frequent = frequent[: self.max_categories or None]
        rest = total - sum(count for _, count in frequent)
        return {
            "kept": sorted(value for value, _ in frequent),
            "grouped": len(counted) - len(frequent),
            "grouped_share": rest / total if total else 0.0,
        }

    def _is_frequent(self, count: int, total: int) -> bool:
        share, least = self.min_share, self.min_count
        if share is None and least is None and not self.max_categories:
            share = _SHARE
        limits = [limit for limit in (None if share is None else share * total, least) if limit is not None]
        return all(count > limit or (count == limit and self.at_limit == "keep") for limit in limits)
