"""Moments in parts: what repeats by the year, the week and the day can be learnt, a count of seconds cannot."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import polars as pl

from clew.collect.cells import CellError
from clew.core.errors import RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import family, zone_of
from clew.prepare.lineage import derive
from clew.prepare.moments import INFER, Moments, Unit, check_column, check_stated, learn
from clew.prepare.onevector import OutputStyle, in_one_vector
from clew.prepare.parts import PARTS, READINGS, Part
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Function, Made, Refusal, State, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Expression, Language, Table
from clew.prepare.values import short

#: Those that ``auto`` looks at: from these the others follow.
_AUTO: tuple[Part, ...] = ("year", "month", "day", "weekday", "hour", "minute", "day_of_year", "is_weekend")
_HINT = "Correct the values, state their `format`, or use `errors: missing` to turn them into missing ones."


@register
@dataclass(frozen=True)
class DateParts(ColumnStep):
    """Take moments apart: ``time`` gives ``time_month``, ``time_weekday`` (Monday 1 to Sunday 7), ``time_hour``, etc.

    Parts are those of the column's own time zone, or of the one stated. Texts are read as moments first, and so are
    numbers that count from 1970 in UTC. The count of seconds since 1970 is never a feature: float32 cannot hold it.
    Only the year keeps the order of moments, and only where no time zone can turn the clock back.

    Parameters
    ----------
    parts : tuple, "auto" or "all", default "auto"
        Any of year, quarter, month, week (ISO 8601), day, weekday, day_of_year, hour, minute, second, is_weekend,
        is_month_start, is_month_end, is_leap_year; ``auto`` takes those that vary in the training rows, and from which
        the others follow.
    cyclic : bool, default False
        Whether a part that comes round again becomes a sine and a cosine, so that December lies beside January: for
        linear models and networks. Trees do better with plain numbers.
    format : str, default "infer"
        How texts write moments, in Python's directives (``"%d/%m/%Y %H:%M"``); ``infer`` finds it out from the training
        rows.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count.
    time_zone : str, optional
        The zone whose clock is read, for moments that have a zone.
    errors : {"error", "missing"}, default "error"
        A text or number that is no moment is refused, or gives missing parts.
    keep : bool, default False
        Whether the source stays.
    output_style : {"columns", "vector"}, default "columns"
        One column each, or all in one column of lists, ``time_parts``.
    """

    parts: tuple[Part, ...] | Literal["auto", "all"] = "auto"
    cyclic: bool = False
    keep: bool = False
    format: str = INFER
    unit: Unit | None = None
    time_zone: str | None = None
    errors: Literal["error", "missing"] = "error"
    output_style: OutputStyle = "columns"

    op: ClassVar[str] = "date_parts"

    def check(self) -> None:
        """Refuse a format or time zone that makes no sense."""
        check_stated(self.format, self.time_zone)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of which can be read and have the stated parts."""
        columns = super().inputs(schema)
        for column in columns:
            check_column(column, self.unit)
            stated = () if isinstance(self.parts, str) else self.parts
            missing = next((part for part in stated if part not in _possible(column.dtype)), None)
            if missing is not None:
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which has no {missing}.",
                    hint=f"Parts of a date are {', '.join(_possible('Date'))}.",
                )
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn how texts write moments, and which parts vary."""
        return {c.name: self._learned(table, c, learn(table, c, self.format, self.time_zone)) for c in columns}

    def _learned(self, table: Table, column: Column, how: dict[str, Any]) -> dict[str, Any]:
        source = self._source(column, how)
        possible = _possible(source.dtype)
        if self.parts != "auto":
            return {"parts": list(possible if self.parts == "all" else self.parts), **how}
        asked = [part for part in _AUTO if part in possible]
        if source.reader is not None:
            moments = source.read(table.polars(column.name)[column.name]).to_frame(column.name)
            table = Table(moments, pl)
        ends = table.figures(
            lambda F: {p: {"low": _ask(source, p, F).min(), "high": _ask(source, p, F).max()} for p in asked}
        )
        return {"parts": [part for part in asked if ends[part]["low"] != ends[part]["high"]], **how}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one column per part of a moment, or two where it is a cycle."""
        if self.output_style == "columns":
            for column in columns:
                yield from (part for part in self._made(column, state) if isinstance(part, Made))

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make all parts of a text or number together, as it is read only once; or of any moment, as one vector."""
        for column in columns:
            parts = self._made(column, state)
            if self.output_style == "vector":
                yield in_one_vector(f"{column.name}_parts", [column], parts)
            else:
                yield from (part for part in parts if isinstance(part, Block))

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:
        """Refuse what cannot be read, if that is the policy."""
        for column in columns:
            source = self._source(column, state[column.name])
            if self.errors == "error" and source.reader is not None:
                yield Refusal(column.name, None, source.rule, _HINT, source.unread)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def _made(self, column: Column, state: State) -> list[Made] | list[Block]:
        """Return how the parts of a column are made: one by one of a moment, all together of a text or number."""
        source = self._source(column, state[column.name])
        figures = self._figures(source, state[column.name]["parts"])
        if source.reader is None:
            return [Made(made, (column.name,), how, _of_cell(source.cell, function)) for made, how, function in figures]
        made = tuple(column for column, _, _ in figures)
        return [Block(made, (column.name,), _framing(source, figures), self._reading(source, figures))] if made else []

    def _source(self, column: Column, learned: Mapping[str, Any]) -> Moments:
        return Moments(column, learned, self.format, self.unit, self.time_zone)

    def _figures(self, source: Moments, parts: Sequence[Part]) -> "list[_Figure]":
        """Return what is made of a column: each with its expression of moments and its function of a moment."""
        found: list[_Figure] = []
        for part in parts:
            if self.cyclic and READINGS[part].cycle is not None:
                found += _round(source, part)
            else:
                ordered = part == "year" and zone_of(source.dtype) in {None, "UTC"}
                direction = Direction.KEEPS if ordered and source.column.dtype != "String" else Direction.LOSES
                made = _described(source.column, part, direction)
                found.append((made, partial(_ask, source, part), partial(_told, READINGS[part].row)))
        return found

    def _reading(self, source: Moments, figures: "Sequence[_Figure]") -> Callable[..., tuple[Any, ...]]:
        functions, nothing = [function for _, _, function in figures], (None,) * len(figures)
        strict, name = self.errors == "error", source.column.name

        def read(value: Any) -> tuple[Any, ...]:
            try:
                moment = source.cell(value)
            except CellError:
                if strict:
                    raise RecipeError(
                        f"The value {short(value)} of the column {name!r} {source.rule}.", hint=_HINT
                    ) from None
                return nothing
            return nothing if moment is None else tuple([function(moment) for function in functions])

        return read


_Figure = tuple[Column, Expression, Callable[[Any], float]]


def _possible(dtype: str) -> list[Part]:
    return [part for part in PARTS if family(dtype) != "Date" or not READINGS[part].timed]


def _described(column: Column, part: str, direction: Direction) -> Column:
    return derive(column, name=f"{column.name}_{part}", dtype="Float64", kind=Kind.NUMERIC, direction=direction)


def _ask(source: Moments, part: Part, F: Language) -> Any:
    """Return a part of a column of moments as float64."""
    moment = F.col(source.column.name)
    if source.reader is None and source.time_zone is not None:
        moment = moment.dt.convert_time_zone(source.time_zone)
    return F.when(~moment.is_null()).then(READINGS[part].frame(F, moment).cast(F.Float64))


def _told(read: Callable[[Any], int], moment: Any) -> float:
    return float(read(moment))


def _of_cell(read: Callable[[Any], Any], function: Callable[[Any], float]) -> Function:
    def of(value: Any) -> float | None:
        moment = read(value)
        return None if moment is None else function(moment)

    return of


def _framing(source: Moments, figures: Sequence[_Figure]) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def frame(rows: pl.DataFrame) -> pl.DataFrame:
        moments = source.read(rows[source.column.name]).to_frame(source.column.name)
        return moments.select(**{made.name: expression(pl) for made, expression, _ in figures})

    return frame


_TURNS: dict[str, Callable[[float], float]] = {"sin": math.sin, "cos": math.cos}


def _round(source: Moments, part: Part) -> list[_Figure]:
    """Return the sine and the cosine of where a part lies on its circle, from a table: there are few values."""
    first, length = READINGS[part].cycle or (0, 1)
    places = {float(first + step): 2.0 * math.pi * step / length for step in range(length)}
    read = READINGS[part].row
    found: list[_Figure] = []
    for name, turn in _TURNS.items():
        circle = {value: turn(angle) for value, angle in places.items()}
        keys, values = list(circle), list(circle.values())

        def expression(F: Language, keys: list[float] = keys, values: list[float] = values) -> Any:
            return _ask(source, part, F).replace_strict(keys, values, default=None, return_dtype=F.Float64)

        def place(moment: Any, circle: Mapping[float, float] = circle) -> float:
            return circle[float(read(moment))]

        found.append((_described(source.column, f"{part}_{name}", Direction.LOSES), expression, place))
    return found
