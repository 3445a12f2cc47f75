"""Numbers combined with one another: powers, products, ratios and differences, which no linear model finds alone."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any, ClassVar, Literal

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.lineage import combine, derive
from clew.prepare.registry import register
from clew.prepare.step import Function, Made, State
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Expression, Language, as_float

#: More columns than this would drown the others, and the memory.
MAX_MADE = 2_000
Operation = Literal["product", "ratio", "difference"]


@register
@dataclass(frozen=True)
class Polynomial(NumericStep):
    """Add the powers and products of numbers up to a degree: ``a^2``, ``a*b``, ``b^2``.

    The columns themselves stay as they are. A row in which one of the factors is missing, or in which infinity meets
    zero, has no product. As scikit-learn's PolynomialFeatures, in the same order. At most 2 000 columns are made.

    Parameters
    ----------
    degree : int, default 2
        Factors at most, 2 to 5.
    interaction_only : bool, default False
        Whether only products of different columns are made, and no powers.
    """

    degree: int = 2
    interaction_only: bool = False

    op: ClassVar[str] = "polynomial"

    def check(self) -> None:
        """Refuse degrees that add nothing, or nothing but noise."""
        if not 2 <= self.degree <= 5:
            raise ConfigError(f"polynomial has degree {self.degree}; 2 to 5 are possible.")

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, not too many of them for the degree."""
        columns = super().inputs(schema)
        count = len(columns)
        sizes = range(2, self.degree + 1)
        made = sum(math.comb(count, n) if self.interaction_only else math.comb(count + n - 1, n) for n in sizes)
        _bound(made, f"{count} columns up to degree {self.degree}")
        return columns

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make each product."""
        choose = combinations if self.interaction_only else combinations_with_replacement
        for size in range(2, self.degree + 1):
            for chosen in choose(columns, size):
                factors = {column: chosen.count(column) for column in dict.fromkeys(chosen)}
                name = "*".join(c.name if n == 1 else f"{c.name}^{n}" for c, n in factors.items())
                made = _combined(tuple(factors), name, odd=size % 2 == 1)
                yield Made(made, tuple(column.name for column in factors), *_product(tuple(factors.items())))


@register
@dataclass(frozen=True)
class Pairs(NumericStep):
    """Combine numbers two by two: ``a*b``, ``a/b`` and ``b/a``, ``a-b``.

    The columns themselves stay as they are. A missing value gives a missing one, and so does a ratio to zero. At most
    2 000 columns are made.

    Parameters
    ----------
    operations : tuple of {"product", "ratio", "difference"}, default ("product",)
        What is made of each pair; a ratio both ways.
    """

    operations: tuple[Operation, ...] = ("product",)

    op: ClassVar[str] = "pairs"

    def check(self) -> None:
        """Refuse no operation, or one twice."""
        if not self.operations or len(set(self.operations)) < len(self.operations):
            raise ConfigError(
                f"pairs has operations {list(self.operations)}; each is named once, and at least one is.",
                hint="Write e.g. `operations: [product, ratio]`.",
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, not too many of them."""
        columns = super().inputs(schema)
        each = len(self.operations) + ("ratio" in self.operations)
        _bound(each * math.comb(len(columns), 2), f"{len(columns)} columns two by two")
        return columns

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make what was asked for of each pair, one operation after the other."""
        for operation in self.operations:
            for left, right in combinations(columns, 2):
                sign, making = _MAKING[operation]
                ways = [(left, right), (right, left)] if operation == "ratio" else [(left, right)]
                for one, other in ways:
                    made = _combined((one, other), f"{one.name}{sign}{other.name}", odd=False)
                    yield Made(made, (one.name, other.name), *making(one, other))


def _bound(made: int, what: str) -> None:
    if made > MAX_MADE:
        raise RecipeError(
            f"It would make {made} columns of {what}, and {MAX_MADE} are the most.",
            hint="Choose fewer columns, or a smaller degree.",
        )


def _combined(columns: Sequence[Column], name: str, *, odd: bool) -> Column:
    """Describe a combination; an odd power of one column still orders rows as the column does."""
    if len(columns) == 1:
        direction = Direction.KEEPS if odd else Direction.LOSES
        return derive(columns[0], name=name, dtype="Float64", kind=Kind.NUMERIC, direction=direction)
    return combine(columns, name=name, dtype="Float64", kind=Kind.NUMERIC)


def _product(factors: Sequence[tuple[Column, int]]) -> tuple[Expression, Function]:
    times = tuple(count for _, count in factors)

    def expression(F: Language) -> Any:
        total = None
        for column, count in factors:
            for _ in range(count):
                total = as_float(F, column) if total is None else total * as_float(F, column)
        return total.fill_nan(None) if total is not None else total

    def function(*values: Any) -> float | None:
        total = None
        for value, count in zip(values, times, strict=True):
            if value is None:
                return None
            number = float(value)
            for _ in range(count):
                total = number if total is None else total * number
        return None if total != total else total

    return expression, function


def _times(left: Column, right: Column) -> tuple[Expression, Function]:
    return _product(((left, 1), (right, 1)))


def _ratio(left: Column, right: Column) -> tuple[Expression, Function]:
    def expression(F: Language) -> Any:
        below = as_float(F, right)
        return F.when(below != 0.0).then(as_float(F, left) / below).fill_nan(None)

    def function(one: Any, other: Any) -> float | None:
        if one is None or other is None or float(other) == 0.0:
            return None
        ratio = float(one) / float(other)
        return None if ratio != ratio else ratio

    return expression, function


def _difference(left: Column, right: Column) -> tuple[Expression, Function]:
    def expression(F: Language) -> Any:
        return (as_float(F, left) - as_float(F, right)).fill_nan(None)

    def function(one: Any, other: Any) -> float | None:
        if one is None or other is None:
            return None
        difference = float(one) - float(other)
        return None if difference != difference else difference

    return expression, function


_MAKING = {"product": ("*", _times), "ratio": ("/", _ratio), "difference": ("-", _difference)}
