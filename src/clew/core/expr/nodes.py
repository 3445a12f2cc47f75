"""What a parsed expression is made of: columns, values, conditions. Every node knows its three ways to run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any

import narwhals.stable.v2 as nw

from clew.core.errors import InputError
from clew.core.expr.order import equal, greater
from clew.core.expr.spec import Language

Row = Mapping[str, Any]


class Expression:
    """A parsed expression; immutable, comparable, and printable as text that parses to itself."""

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns it reads."""
        return frozenset().union(*(child.columns for child in self.children))

    @property
    def children(self) -> tuple["Expression", ...]:
        """The expressions directly below this one."""
        return ()

    @property
    def copies(self) -> int:
        """How often a frame and SQL repeat what is below: what an expression grows by."""
        return 1

    def frame(self, F: Language) -> Any:
        """Return it as an expression of a frame, in the language given (see `clew.prepare.table`)."""
        raise NotImplementedError

    def to_narwhals(self) -> nw.Expr:
        """Return it as a narwhals expression for a frame of any engine."""
        expression: nw.Expr = self.frame(nw)
        return expression

    def evaluate(self, row: Row) -> Any:
        """Return its value for one row; None is a missing value.

        Raises
        ------
        InputError
            If values of kinds that do not go together meet, e.g. a text and a number.
        """
        try:
            return self.compute(row)
        except (TypeError, AttributeError) as error:
            values = ", ".join(f"{name}={row.get(name)!r}" for name in sorted(self.columns))
            raise InputError(
                f"The expression `{self}` cannot be computed for {values}.",
                hint="Compare numbers with numbers, texts with quoted texts, and dates with date('2024-01-31').",
            ) from error

    def compute(self, row: Row) -> Any:
        """Return the value for one row without wrapping errors; `evaluate` is the way in."""
        raise NotImplementedError

    def to_sql(self) -> str:
        """Return it in DuckDB's dialect."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ColumnRef(Expression):
    """The value of a column."""

    name: str

    @property
    def columns(self) -> frozenset[str]:
        """The column itself."""
        return frozenset({self.name})

    def __str__(self) -> str:
        return self.name if self.name.isidentifier() and self.name.isascii() else f"`{self.name}`"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        return F.col(self.name)

    def compute(self, row: Row) -> Any:
        """As documented on the base class."""
        try:
            return row[self.name]
        except KeyError:
            raise InputError(f"The row has no column {self.name!r}, which an expression reads.") from None

    def to_sql(self) -> str:
        """As documented on the base class."""
        return '"' + self.name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A number, text, truth value, date or missing value written in the expression."""

    value: Any

    def __str__(self) -> str:
        if isinstance(self.value, datetime):
            return f"datetime('{self.value.isoformat()}')"
        if isinstance(self.value, date):
            return f"date('{self.value.isoformat()}')"
        if isinstance(self.value, str):
            return '"' + self.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return repr(self.value) if isinstance(self.value, float) else json.dumps(self.value)

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        return F.lit(self.value)

    def compute(self, row: Row) -> Any:  # noqa: ARG002 - a literal does not look at the row
        """As documented on the base class."""
        return self.value

    def to_sql(self) -> str:
        """As documented on the base class."""
        if isinstance(self.value, datetime):
            return f"TIMESTAMP '{self.value.isoformat(sep=' ')}'"
        if isinstance(self.value, date):
            return f"DATE '{self.value.isoformat()}'"
        if isinstance(self.value, str):
            return "'" + self.value.replace("'", "''") + "'"
        if isinstance(self.value, float):
            # Without an exponent, DuckDB would take it for a decimal number.
            return repr(self.value) if "e" in repr(self.value) else f"{self.value!r}e0"
        return str(self)


@dataclass(frozen=True, slots=True)
class Logical(Expression):
    """``and`` or ``or`` in three-valued logic."""

    op: str
    parts: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operands."""
        return self.parts

    def __str__(self) -> str:
        return "(" + f" {self.op} ".join(map(str, self.parts)) + ")"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        exprs = [part.frame(F) for part in self.parts]
        return reduce(lambda a, b: a & b if self.op == "and" else a | b, exprs)

    def compute(self, row: Row) -> bool | None:
        """As documented on the base class."""
        decisive = self.op == "or"
        unknown = False
        for part in self.parts:
            value = part.compute(row)
            if value is None:
                unknown = True
            elif not isinstance(value, bool):
                raise TypeError(f"`{part}` is no truth value")
            elif value is decisive:
                return decisive
        return None if unknown else not decisive

    def to_sql(self) -> str:
        """As documented on the base class."""
        return "(" + f" {self.op.upper()} ".join(part.to_sql() for part in self.parts) + ")"


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """The opposite of a truth value."""

    part: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operand."""
        return (self.part,)

    def __str__(self) -> str:
        return f"(not {self.part})"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        return ~self.part.frame(F)

    def compute(self, row: Row) -> bool | None:
        """As documented on the base class."""
        value = self.part.compute(row)
        if value is not None and not isinstance(value, bool):
            raise TypeError(f"`{self.part}` is no truth value")
        return None if value is None else not value

    def to_sql(self) -> str:
        """As documented on the base class."""
        return f"(NOT {self.part.to_sql()})"


@dataclass(frozen=True, slots=True)
class IsNull(Expression):
    """Whether a value is missing."""

    part: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """The operand."""
        return (self.part,)

    def __str__(self) -> str:
        return f"({self.part} is null)"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        return self.part.frame(F).is_null()

    def compute(self, row: Row) -> bool:
        """As documented on the base class."""
        return self.part.compute(row) is None

    def to_sql(self) -> str:
        """As documented on the base class."""
        return f"({self.part.to_sql()} IS NULL)"


#: The comparison operators on a frame and on two present values.
_COMPARE: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], bool]]] = {
    "==": (lambda a, b: a == b, equal),
    "!=": (lambda a, b: a != b, lambda a, b: not equal(a, b)),
    "<": (lambda a, b: a < b, lambda a, b: greater(b, a)),
    "<=": (lambda a, b: a <= b, lambda a, b: not greater(a, b)),
    ">": (lambda a, b: a > b, greater),
    ">=": (lambda a, b: a >= b, lambda a, b: not greater(b, a)),
}


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """A comparison; missing if either side is missing."""

    op: str
    left: Expression
    right: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """Both sides."""
        return (self.left, self.right)

    def __str__(self) -> str:
        return f"({self.left} {self.op} {self.right})"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        return _COMPARE[self.op][0](self.left.frame(F), self.right.frame(F))

    def compute(self, row: Row) -> bool | None:
        """As documented on the base class."""
        left, right = self.left.compute(row), self.right.compute(row)
        if left is None or right is None:
            return None
        if isinstance(left, str) != isinstance(right, str):
            raise TypeError("a text and something else")
        return _COMPARE[self.op][1](left, right)

    def to_sql(self) -> str:
        """As documented on the base class."""
        return f"({self.left.to_sql()} {'=' if self.op == '==' else self.op} {self.right.to_sql()})"
