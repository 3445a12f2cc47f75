"""What a parsed expression computes: calculations, choices and calls."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

import narwhals.stable.v2 as nw

from clew.core.expr.functions import FUNCTIONS
from clew.core.expr.nodes import Expression, Literal, Row
from clew.core.expr.spec import Language, beside


def _divide(left: float, right: float) -> float:
    left, right = float(left), float(right)
    if right != 0:
        return left / right
    if left == 0 or left != left:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _modulo(left: float, right: float) -> float | None:
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    quotient = float(left) / float(right)
    whole = float(math.floor(quotient)) if math.isfinite(quotient) else quotient
    return float(left) - float(right) * whole


def _divide_of(F: Language, left: Any, right: Any) -> Any:
    return left / right if not isinstance(right, int | float) else left / beside(F, left, float(right))


def _modulo_of(F: Language, left: Any, right: Any) -> Any:
    if F is nw:
        # Other engines have remainders of their own; for floats this is what Polars computes.
        return F.when(_not_zero(F, right)).then(left - (left / right).floor() * right)
    if isinstance(right, int | float):
        right = left.is_null().cast(F.Int64) * 0 + right if isinstance(right, int) else beside(F, left, right)
    return F.when(right != 0).then(left % right)


def _not_zero(F: Language, value: Any) -> Any:
    return F.lit(value != 0) if isinstance(value, int | float) else value != 0


#: The calculations on a frame, whose right side may be a plain number, and on two present values.
_ARITHMETIC: dict[str, tuple[Callable[[Language, Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "+": (lambda _, a, b: a + b, lambda a, b: a + b),
    "-": (lambda _, a, b: a - b, lambda a, b: a - b),
    "*": (lambda _, a, b: a * b, lambda a, b: a * b),
    "/": (_divide_of, _divide),
    "%": (_modulo_of, _modulo),
}


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """A calculation; missing if either side is missing."""

    op: str
    left: Expression
    right: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """Both sides."""
        return (self.left, self.right)

    @property
    def copies(self) -> int:
        """As documented on the base class."""
        return {"/": 2, "%": 5}.get(self.op, 1)

    def __str__(self) -> str:
        return f"({self.left} {self.op} {self.right})"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        left = self.left.frame(F)
        right = self.right.value if _is_number(self.right) else self.right.frame(F)
        return _ARITHMETIC[self.op][0](F, left, right)

    def compute(self, row: Row) -> Any:
        """As documented on the base class."""
        left, right = self.left.compute(row), self.right.compute(row)
        if left is None or right is None:
            return None
        if isinstance(left, str) or isinstance(right, str):
            raise TypeError("a text in a calculation")
        return _ARITHMETIC[self.op][1](left, right)

    def to_sql(self) -> str:
        """As documented on the base class."""
        left, right = self.left.to_sql(), self.right.to_sql()
        if self.op == "%":
            return f"CASE WHEN {right} <> 0 THEN {left} - {right} * floor({left} / {right}) END"
        return f"({left} {self.op} {right})"


def _is_number(node: Expression) -> TypeGuard["Literal"]:
    """Whether a node is a number that is written out."""
    return isinstance(node, Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool)


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """The value that belongs to the first condition that holds; missing if none does and nothing else is stated."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """Conditions and values, in order."""
        return (*(part for branch in self.branches for part in branch), self.otherwise)

    @property
    def values(self) -> tuple[Expression, ...]:
        """What it may give."""
        return (*(value for _, value in self.branches), self.otherwise)

    def __str__(self) -> str:
        branches = " ".join(f"when {condition} then {value}" for condition, value in self.branches)
        return f"case {branches} else {self.otherwise} end"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        result = self.otherwise.frame(F)
        for condition, value in reversed(self.branches):
            result = F.when(condition.frame(F)).then(value.frame(F)).otherwise(result)
        return result

    def compute(self, row: Row) -> Any:
        """As documented on the base class."""
        for condition, value in self.branches:
            holds = condition.compute(row)
            if holds is not None and not isinstance(holds, bool):
                raise TypeError(f"`{condition}` is no truth value")
            if holds:
                return value.compute(row)
        return self.otherwise.compute(row)

    def to_sql(self) -> str:
        """As documented on the base class."""
        branches = " ".join(f"WHEN {condition.to_sql()} THEN {value.to_sql()}" for condition, value in self.branches)
        return f"CASE {branches} ELSE {self.otherwise.to_sql()} END"


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A call of one of `FUNCTIONS`."""

    name: str
    arguments: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        """The arguments."""
        return self.arguments

    @property
    def copies(self) -> int:
        """As documented on the base class."""
        return FUNCTIONS[self.name].copies

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"

    def frame(self, F: Language) -> Any:
        """As documented on the base class."""
        function = FUNCTIONS[self.name]
        plain = function.plain | function.written.keys()
        arguments = (
            argument.value if position in plain and isinstance(argument, Literal) else argument.frame(F)
            for position, argument in enumerate(self.arguments)
        )
        return function.frame(F, *arguments)

    def compute(self, row: Row) -> Any:
        """As documented on the base class."""
        return FUNCTIONS[self.name].row(*[argument.compute(row) for argument in self.arguments])

    def to_sql(self) -> str:
        """As documented on the base class."""
        function = FUNCTIONS[self.name]
        arguments = [argument.to_sql() for argument in self.arguments]
        if isinstance(function.sql, str):
            return function.sql.format(*arguments, all=", ".join(arguments))
        given = (
            argument.value if position in function.written and isinstance(argument, Literal) else arguments[position]
            for position, argument in enumerate(self.arguments)
        )
        return function.sql(*given)
