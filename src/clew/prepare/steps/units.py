"""The same measurement in another unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.core.units import Conversion, conversion
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import Function, Made, State, Training
from clew.prepare.steps.numeric import NumericStep
from clew.prepare.table import Expression, Language, Table, as_float


@register
@dataclass(frozen=True)
class ConvertUnit(NumericStep):
    """Convert numbers to another unit of measurement.

    The unit they have is the one that the domain states for the column. The result carries the new unit, and its range
    is converted too. Temperatures have their offsets: 20 °C are 68 °F, and a difference of 20 ``delta_degC`` is one of
    36 ``delta_degF``. The order of the values is kept.

    Parameters
    ----------
    to : str
        The new unit, e.g. ``"m/s"``, ``"degF"``, ``"kWh"``; see `clew.core.units`.
    from_unit : str, optional
        The unit that the numbers have, where the domain states none, or another one.
    """

    to: str
    from_unit: str | None = None

    op: ClassVar[str] = "convert_unit"

    def check(self) -> None:
        """Refuse a text that is no unit."""
        conversion(self.to, self.to)
        if self.from_unit is not None:
            conversion(self.from_unit, self.to)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them with a unit."""
        columns = super().inputs(schema)
        for column in columns:
            if self.from_unit is None and column.unit is None:
                raise RecipeError(
                    f"The column {column.name!r} has no unit.",
                    hint="State it in the domain (`unit: km/h`), or name it with `from_unit`.",
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Look up factor and offset of each column."""
        return {column.name: self._looked_up(column) for column in columns}

    def _looked_up(self, column: Column) -> dict[str, Any]:
        source = self.from_unit or column.unit or ""
        try:
            found = conversion(source, self.to)
        except ConfigError as error:
            raise RecipeError(f"The column {column.name!r}: {error.message}", hint=error.hint) from error
        return {"from": source, "to": self.to, "factor": found.factor, "offset": found.offset}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make each column in the new unit."""
        for column in columns:
            found = Conversion(state[column.name]["factor"], state[column.name]["offset"])
            yield Made(_converted(column, found, self.to), (column.name,), *_converting(column, found))


def _converted(column: Column, found: Conversion, unit: str) -> Column:
    keeps = found.factor > 0.0
    made = derive(
        column,
        dtype="Float64",
        kind=Kind.NUMERIC,
        direction=Direction.KEEPS if keeps else Direction.REVERSES,
        keep_values=True,
    )
    ends = [None if end is None else end * found.factor + found.offset for end in (column.minimum, column.maximum)]
    low, high = ends if keeps else ends[::-1]
    return replace(made, unit=unit, minimum=low, maximum=high, allowed=None, order=None)


def _converting(column: Column, found: Conversion) -> tuple[Expression, Function]:
    factor, offset = found.factor, found.offset

    def expression(F: Language) -> Any:
        return as_float(F, column) * factor + offset

    def function(value: Any) -> float | None:
        return None if value is None else float(value) * factor + offset

    return expression, function
