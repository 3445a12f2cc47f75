"""What a column is: its type, its kind, its role, and what the field knows about it.

A `Schema` describes a table before and after every stage: collecting infers it, the domain model adds facts, each
step of a recipe says how it changes it, and a bundle stores it to check what is asked of the model.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from clew.core.errors import SchemaError, did_you_mean
from clew.core.jsonable import plain
from clew.core.schema_view import column_view, schema_view

#: Columns that the text form of a schema names.
_NAMED = 6


class Kind(StrEnum):
    """What the values of a column mean, whatever their storage type."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    ORDINAL = "ordinal"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"
    NESTED = "nested"
    IMAGE = "image"
    """The bytes of an image file; no feature until a step turns it into numbers."""
    UNKNOWN = "unknown"
    """Nothing but missing values was seen."""


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    ID = "id"
    GROUP = "group"
    """Rows that share a value are never split between learning and judging."""
    TIME = "time"
    """The moment of the row: splits go forward in time."""
    WEIGHT = "weight"
    EXCLUDE = "exclude"


class Direction(StrEnum):
    """What a step did to the order of a column's values."""

    KEEPS = "keeps"
    REVERSES = "reverses"
    LOSES = "loses"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        As it stands in the table.
    dtype : str
        Storage type in Polars' spelling, e.g. ``"Int64"``, ``"String"``, ``"Datetime(us, UTC)"``.
    kind : Kind
        What the values mean.
    role : Role, default Role.FEATURE
        What the column is for.
    unit : str, optional
        Unit of measurement, e.g. ``"km/h"``.
    nullable : bool, default True
        Whether a missing value is allowed.
    minimum, maximum : float, optional
        Inclusive range of plausible values.
    allowed : tuple, optional
        The only values that may occur.
    order : tuple of str, optional
        Values of an ordinal from low to high.
    pattern : str, optional
        Regular expression that the whole text must match.
    monotonic : {"increasing", "decreasing"}, optional
        Direction in which the prediction may follow this column.
    available_after : str, optional
        When the value becomes known: an offset from the row's time column (``"-3h"``, ``"1d"``), or the name of an
        event that lies after the prediction (``"departure"``).
    protected : bool, default False
        Whether fairness has to be reported for it.
    description : str, optional
        For people.
    format : str, optional
        How text spells the values where there is more than one way: ``"1,234.5"``, ``"1.234,5"``, ``"1 234,5"`` for
        numbers, ``"DD/MM/YYYY"`` or ``"MM/DD/YYYY"`` for dates, ``"no/yes"`` for booleans.
    missing : tuple of str, optional
        The texts that stand for a missing value, besides blanks; by default those of `clew.collect.missing`.
    sources : tuple of str
        Raw columns that a derived column was made from; empty for a raw column.
    direction : Direction, default Direction.KEEPS
        Whether a derived column still orders rows as its source does.
    """

    name: str
    dtype: str
    kind: Kind
    role: Role = Role.FEATURE
    unit: str | None = None
    nullable: bool = True
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[Any, ...] | None = None
    order: tuple[str, ...] | None = None
    pattern: str | None = None
    monotonic: str | None = None
    available_after: str | None = None
    protected: bool = False
    description: str | None = None
    format: str | None = None
    missing: tuple[str, ...] | None = None
    sources: tuple[str, ...] = ()
    direction: Direction = Direction.KEEPS

    @property
    def raw_sources(self) -> tuple[str, ...]:
        """The raw columns behind this one; itself if it is raw."""
        return self.sources or (self.name,)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults, as JSON-ready values."""
        result: dict[str, Any] = {}
        for fact in fields(self):
            value = getattr(self, fact.name)
            if fact.name in {"name", "dtype", "kind"} or value != fact.default:
                result[fact.name] = list(value) if isinstance(value, tuple) else value
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a column from `to_dict`."""
        values = dict(data)
        values["kind"] = Kind(values["kind"])
        if "role" in values:
            values["role"] = Role(values["role"])
        if "direction" in values:
            values["direction"] = Direction(values["direction"])
        for key in ("allowed", "order", "missing", "sources"):
            if values.get(key) is not None:
                values[key] = tuple(values[key])
        return cls(**values)

    def __repr__(self) -> str:
        stated = {name: value for name, value in self.to_dict().items() if name not in {"name", "dtype", "kind"}}
        more = "".join(f", {name}={plain(value)!r}" for name, value in stated.items())
        return f"Column({self.name!r}, {self.dtype}, {self.kind.value}{more})"

    def _repr_html_(self) -> str:
        return column_view(self)


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a table, in order.

    Parameters
    ----------
    columns : tuple of Column
        In the order of the table; names are unique.
    """

    columns: tuple[Column, ...]
    _by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The first of a name counts. A look-up per column of a wide table must not walk through all of them.
        object.__setattr__(self, "_by_name", {column.name: column for column in reversed(self.columns)})

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Column:
        column = self._by_name.get(name)
        if column is None:
            raise SchemaError(f"There is no column {name!r}.", hint=did_you_mean(name, self.names))
        return column

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    def by_role(self, role: Role) -> tuple[Column, ...]:
        """Return the columns with this role, in order."""
        return tuple(column for column in self.columns if column.role is role)

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns with the role of a feature, in order."""
        return self.by_role(Role.FEATURE)

    @property
    def target(self) -> Column | None:
        """The target column, if one is declared."""
        found = self.by_role(Role.TARGET)
        return found[0] if found else None

    def select(self, names: Iterable[str]) -> Self:
        """Return a schema with these columns, in the order given.

        Raises
        ------
        SchemaError
            If one is not there.
        """
        there = {column.name: column for column in self.columns}
        return type(self)(tuple(there[name] if name in there else self[name] for name in names))

    def drop(self, names: Iterable[str]) -> Self:
        """Return a schema without these columns; names that are not there are ignored."""
        gone = set(names)
        return type(self)(tuple(column for column in self.columns if column.name not in gone))

    def with_columns(self, *columns: Column) -> Self:
        """Return a schema in which these columns replace those of the same name, or are appended."""
        new = {column.name: column for column in columns}
        kept = tuple(new.pop(column.name, column) for column in self.columns)
        return type(self)(kept + tuple(new.values()))

    def with_facts(self, name: str, **facts: Any) -> Self:
        """Return a schema in which one column has other facts.

        Raises
        ------
        SchemaError
            If there is no such column.
        """
        return self.with_columns(replace(self[name], **facts))

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the columns as JSON-ready dictionaries."""
        return [column.to_dict() for column in self.columns]

    @classmethod
    def from_dict(cls, data: Iterable[Mapping[str, Any]]) -> Self:
        """Rebuild a schema from `to_dict`."""
        return cls(tuple(Column.from_dict(item) for item in data))

    def __repr__(self) -> str:
        shown = ", ".join(f"{column.name!r}: {column.kind.value}" for column in self.columns[:_NAMED])
        return f"Schema({len(self)} columns: {shown}{', …' if len(self) > _NAMED else ''})"

    def _repr_html_(self) -> str:
        return schema_view(self)
