"""Categories: one column each, a rank, or fewer of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role
from clew.prepare.dtypes import is_number, is_whole
from clew.prepare.lineage import derive
from clew.prepare.mapping import looked_up
from clew.prepare.registry import register
from clew.prepare.step import ColumnStep, Function, Made, Refusal, State, Training
from clew.prepare.table import Expression, Table
from clew.prepare.values import as_text

Category = bool | int | float | str
_CATEGORIES = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN, Kind.TEXT})
_ADVICE = "Declare it a category with `- {op: cast, columns: …, to: category}` first, if that is what it is."


@register
@dataclass(frozen=True)
class OneHot(ColumnStep):
    """Turn categories into one column of truth values each: ``Sex`` gives ``Sex=female`` and ``Sex=male``.

    A missing value is false in all of them.

    Parameters
    ----------
    max_categories : int, default 20
        At most this many columns per source, for the most frequent categories of the training rows.
    unseen : {"zeros", "column"}, default "zeros"
        A category without a column of its own is false in all of them, or true in one more, ``Sex_other``.
    keep : bool, default False
        Whether the source stays.
    """

    max_categories: int = 20
    unseen: Literal["zeros", "column"] = "zeros"
    keep: bool = False

    op: ClassVar[str] = "one_hot"
    accepts: ClassVar[frozenset[Kind]] = _CATEGORIES
    advice: ClassVar[str] = _ADVICE

    def check(self) -> None:
        """Refuse a limit below one."""
        if self.max_categories < 1:
            raise ConfigError(f"one_hot has max_categories {self.max_categories!r}; at least 1 is needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the most frequent categories."""
        found = {column.name: table.counts(column) for column in columns}
        return {
            name: {
                "categories": sorted(value for value, _ in counted[: self.max_categories]),
                "left_out": max(len(counted) - self.max_categories, 0),
            }
            for name, counted in found.items()
        }

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per category."""
        for column in columns:
            categories = state[column.name]["categories"]
            for item in categories:
                made = _flag(column, f"{column.name}={as_text(item)}")
                yield Made(made, (column.name,), *_equal_to(column, item))
            if self.unseen == "column":
                yield Made(_flag(column, f"{column.name}_other"), (column.name,), *_outside(column, categories))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)


@register
@dataclass(frozen=True)
class Ordinal(ColumnStep):
    """Turn categories into their rank: 0 for the lowest.

    The order is the stated one, else the domain's for the column, else the sorted one of the training values (which
    means nothing, and then no monotone constraint carries over).

    Parameters
    ----------
    order : tuple, optional
        Values from low to high, for every chosen column.
    unseen : {"missing", "last", "error"}, default "missing"
        A value outside the order becomes missing, or gets the rank above all others, or is refused.
    """

    order: tuple[Category, ...] | None = None
    unseen: Literal["missing", "last", "error"] = "missing"

    op: ClassVar[str] = "ordinal"
    accepts: ClassVar[frozenset[Kind]] = _CATEGORIES
    advice: ClassVar[str] = _ADVICE

    def check(self) -> None:
        """Refuse an order that is empty or repeats a value."""
        if self.order is not None and (not self.order or len(set(self.order)) < len(self.order)):
            raise ConfigError(f"ordinal has order {list(self.order)!r}; different values from low to high are needed.")

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Take the stated order, the domain's, or that of the values."""
        return {column.name: self._order(table, column) for column in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make the rank of each column."""
        for column in columns:
            order = state[column.name]["order"]
            ranks = [float(rank) for rank in range(len(order))]
            other = float(len(order)) if self.unseen == "last" else None
            expression, find = looked_up(column, order, ranks, dtype="Float64", default=other)
            made = derive(column, dtype="Float64", kind=Kind.NUMERIC, direction=_direction(column, order))
            yield Made(made, (column.name,), expression, self._strict(column.name, order, find))

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse values outside the order, if that is the policy."""
        if self.unseen == "error":
            for column in columns:
                order = state[column.name]["order"]
                yield Refusal(column.name, _beyond(column, order), "is outside the order", _outside_hint(order))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the order of each column and where it came from."""
        return state

    def _order(self, table: Table, column: Column) -> dict[str, Any]:
        if self.order is not None:
            wrong = [value for value in self.order if not _fits(value, column.dtype)]
            if wrong:
                raise RecipeError(
                    f"The order holds {wrong[0]!r}, and the column {column.name!r} holds {column.dtype}.",
                    hint="Spell the order as the values are stored, e.g. texts in quotes.",
                )
            return {"order": list(self.order), "from": "option"}
        seen = [value for value, _ in table.counts(column)]
        if column.order is not None:
            stored = {as_text(value): value for value in seen}
            stated = [stored[text] if text in stored else _parsed(text, column) for text in column.order]
            return {"order": stated, "from": "domain"}
        return {"order": sorted(seen), "from": "data"}

    def _strict(self, name: str, order: Sequence[Category], find: Callable[[Any], Any]) -> Callable[[Any], Any]:
        if self.unseen != "error":
            return find

        def rank(value: Any) -> Any:
            found = find(value)
            if found is None and value is not None:
                raise RecipeError(
                    f"The value {value!r} of the column {name!r} is outside the order.", hint=_outside_hint(order)
                )
            return found

        return rank


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
        Keep at most this many, the most frequent ones.
    other : str, default "other"
        Name of the rest.
    """

    min_share: float | None = None
    min_count: int | None = None
    max_categories: int | None = None
    other: str = "other"

    op: ClassVar[str] = "group_rare"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORICAL, Kind.ORDINAL, Kind.TEXT})
    advice: ClassVar[str] = _ADVICE

    def check(self) -> None:
        """Refuse limits that no category or every category meets."""
        if self.min_share is not None and not 0 < self.min_share <= 1:
            raise ConfigError(f"group_rare has min_share {self.min_share!r}; a share above 0 and up to 1 is needed.")
        for name in ("min_count", "max_categories"):
            limit = getattr(self, name)
            if limit is not None and limit < 1:
                raise ConfigError(f"group_rare has {name} {limit!r}; at least 1 is needed.")

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
        nothing_said = self.min_share is None and self.min_count is None and self.max_categories is None
        share = 0.01 if nothing_said else self.min_share or 0.0
        least = max(share * total, self.min_count or 0)
        frequent = [(value, count) for value, count in counted if count >= least][: self.max_categories]
        rest = total - sum(count for _, count in frequent)
        return {
            "kept": sorted(value for value, _ in frequent),
            "grouped": len(counted) - len(frequent),
            "grouped_share": rest / total if total else 0.0,
        }


def dropped(columns: Sequence[Column], *, keep: bool) -> tuple[str, ...]:
    """Return the sources that go: features only, since a time, group or id is needed elsewhere too."""
    return () if keep else tuple(column.name for column in columns if column.role is Role.FEATURE)


def _flag(column: Column, name: str) -> Column:
    made = derive(column, name=name, dtype="Boolean", kind=Kind.BOOLEAN, direction=Direction.LOSES)
    return replace(made, nullable=False)


def _equal_to(column: Column, item: Category) -> tuple[Expression, Function]:
    return (lambda F: (F.col(column.name) == item).fill_null(value=False)), (lambda value: bool(value == item))


def _outside(column: Column, categories: Sequence[Category]) -> tuple[Expression, Function]:
    """Return how a value that is there and none of these is marked."""
    inside, _ = looked_up(column, categories, [1.0] * len(categories), dtype="Float64", default=0.0, missing=1.0)
    known = frozenset(categories)
    return (lambda F: inside(F) == 0.0), (lambda value: value is not None and value not in known)


def _beyond(column: Column, order: Sequence[Category]) -> Expression:
    found, _ = looked_up(column, order, [1.0] * len(order), dtype="Float64")
    return lambda F: found(F).is_null() & ~F.col(column.name).is_null()


def _direction(column: Column, order: Sequence[Category]) -> Direction:
    """Return whether the ranks follow the column's own order, run against it, or do neither."""
    if column.order is None:
        natural = column.dtype == "Boolean" or (column.kind is Kind.ORDINAL and is_number(column.dtype))
        follows = natural and list(order) == sorted(order)
        return Direction.KEEPS if follows else Direction.LOSES
    rank = {str(as_text(value)): position for position, value in enumerate(order)}
    if any(text not in rank for text in column.order):
        return Direction.LOSES
    ranks = [rank[text] for text in column.order]
    if all(low < high for low, high in pairwise(ranks)):
        return Direction.KEEPS
    return Direction.REVERSES if all(low > high for low, high in pairwise(ranks)) else Direction.LOSES


def _fits(value: Category, dtype: str) -> bool:
    if isinstance(value, bool):
        return dtype == "Boolean"
    return dtype == "String" if isinstance(value, str) else is_number(dtype)


def _parsed(text: str, column: Column) -> Category:
    """Return a stated value in the type in which the column stores it."""
    if column.dtype == "Boolean" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if column.dtype == "String":
        return text
    try:
        return int(text) if is_whole(column.dtype) else float(text)
    except ValueError:
        raise RecipeError(
            f"The domain's order of {column.name!r} holds {text!r}, and the column holds {column.dtype}.",
            hint="Correct the order in the domain model, or state one with `order: […]`.",
        ) from None


def _outside_hint(order: Sequence[Any]) -> str:
    shown = ", ".join(repr(item) for item in order[:8])
    return f"The order is {shown}{' …' if len(order) > 8 else ''}; use `unseen: missing` to let other values pass."
