"""How much time lies between two moments, and where in a period a moment stands."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal

import polars as pl

from clew.core.duration import parse_duration
from clew.core.errors import ConfigError, RecipeError, UsageError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.dtypes import family, is_moment, zone_of
from clew.prepare.lineage import combine, derive
from clew.prepare.registry import register
from clew.prepare.selectors import MissingColumnError
from clew.prepare.step import ColumnStep, Function, Made, State, Training
from clew.prepare.table import Expression, Language, Table

_MICROSECOND = timedelta(microseconds=1)
_EPOCH, _UTC_EPOCH = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)  # noqa: DTZ001 - moments without a zone
_FIRST_DAY = _EPOCH.toordinal()
_DAY = 86_400_000_000
#: Length of each unit in microseconds.
_UNITS = {"seconds": 10**6, "minutes": 60 * 10**6, "hours": 3600 * 10**6, "days": _DAY, "weeks": 7 * _DAY}


class _OfMoments(ColumnStep):
    """A step that works on moments."""

    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.DATETIME})
    advice: ClassVar[str] = "Choose columns with `kind:datetime`; validate_timestamps makes moments of texts."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of which hold moments."""
        columns = super().inputs(schema)
        for column in columns:
            _check_moment(column)
        return columns


@register
@dataclass(frozen=True)
class DateDifference(_OfMoments):
    """Count the time between two moments: ``shipped`` since ``ordered`` gives ``shipped_days_since_ordered``.

    Positive where the moment lies after what it is counted from. Time that has passed is counted: an hour is an hour
    also where clocks change. A day counts from its midnight.

    Parameters
    ----------
    since : str, optional
        The column to count from.
    reference : str, optional
        The moment to count from, in ISO form (``"2020-01-01"``); ``first`` is the earliest of the training rows. Needed
        unless `since` is given; a moment without a zone is meant in the column's zone.
    unit : {"seconds", "minutes", "hours", "days", "weeks"}, default "days"
        What is counted, in fractions.
    keep : bool, default True
        Whether the chosen columns stay.
    """

    since: str | None = None
    reference: str | None = None
    unit: Literal["seconds", "minutes", "hours", "days", "weeks"] = "days"
    keep: bool = True

    op: ClassVar[str] = "date_difference"

    def check(self) -> None:
        """Refuse two starts, or none."""
        if (self.since is None) == (self.reference is None):
            raise ConfigError(
                f"date_difference has since {self.since!r} and reference {self.reference!r}; one of them is needed.",
                hint="Name a column, `since: ordered`, or a moment, `reference: 2020-01-01` or `reference: first`.",
            )
        if self.reference not in {None, "first"}:
            _read(str(self.reference), None)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, and last the one to count from."""
        columns = super().inputs(schema)
        if self.since is None:
            return columns
        if self.since not in schema:
            raise MissingColumnError(self.since, schema.names, ", which `since` names")
        start = schema[self.since]
        if start.role is Role.TARGET:
            raise RecipeError(
                f"The column {start.name!r} is the target, which no step may use as a feature.",
                hint="Count from another column, or from a `reference`.",
            )
        _check_moment(start)
        for column in columns:
            if (zone_of(column.dtype) is None) != (zone_of(start.dtype) is None):
                zoned, plain = (column, start) if zone_of(column.dtype) else (start, column)
                raise RecipeError(
                    f"The column {zoned.name!r} has a time zone, and {plain.name!r} has none: nobody knows what lies "
                    "between them.",
                    hint="Give both a zone, or neither, where the table is made.",
                )
        return (*(column for column in columns if column.name != start.name), start)

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002
        """Learn the earliest moment of each column, where it is counted from."""
        if self.since is not None:
            return {}
        if self.reference != "first":
            return {c.name: _start(_ticks(_read(str(self.reference), zone_of(c.dtype))), c) for c in columns}
        found = table.figures(lambda F: {c.name: {"first": _count(F, c).min()} for c in columns})
        return {c.name: _start(found[c.name]["first"], c) for c in columns}

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:
        """Make one difference per column."""
        inverse = 1.0 / _UNITS[self.unit]
        if self.since is not None:
            *later, start = columns
            for column in later:
                name = f"{column.name}_{self.unit}_since_{start.name}"
                made = combine((column, start), name=name, dtype="Float64", kind=Kind.NUMERIC)
                yield Made(made, (column.name, start.name), *_between(column, start, inverse))
            return
        for column in columns:
            made = derive(column, name=f"{column.name}_{self.unit}", dtype="Float64", kind=Kind.NUMERIC)
            yield Made(made, (column.name,), *_after(column, state[column.name]["microseconds"], inverse))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the chosen columns, if they are not kept and no more than features."""
        chosen = columns if self.since is None else columns[:-1]
        return () if self.keep else tuple(column.name for column in chosen if column.role is Role.FEATURE)

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - in the state
        """Return the moments counted from."""
        return {name: found["from"] for name, found in state.items()}


@register
@dataclass(frozen=True)
class Fourier(_OfMoments):
    """Place moments on circles: sine and cosine of ``order`` waves per period, the seasonal terms of a linear model.

    ``time`` with the period ``1d`` gives ``time_1d_sin_1``, ``time_1d_cos_1``, and so on for 2, 3 … waves. Periods are
    lengths of time that has passed since 1970, in UTC where the column has a zone; a day of 23 hours is no period.

    Parameters
    ----------
    period : str or tuple of str
        Lengths such as ``"1d"``, ``"7d"`` or ``"365.25d"``.
    order : int, default 1
        Number of waves per period.
    keep : bool, default True
        Whether the source stays.
    """

    period: str | tuple[str, ...]
    order: int = 1
    keep: bool = True

    op: ClassVar[str] = "fourier"

    def check(self) -> None:
        """Refuse periods and orders that are none."""
        if self.order < 1:
            raise ConfigError(f"fourier has order {self.order}; at least one wave is needed.", hint="Use `order: 1`.")
        for period in self._periods:
            try:
                length = parse_duration(period)
            except UsageError as error:
                raise ConfigError(error.message, hint=error.hint) from None
            if length <= timedelta():
                raise ConfigError(f"fourier has the period {period!r}, which is no time.", hint='Write e.g. "7d".')

    @property
    def _periods(self) -> tuple[str, ...]:
        return (self.period,) if isinstance(self.period, str) else self.period

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make two columns per wave."""
        for column in columns:
            for period in self._periods:
                length = parse_duration(period) // _MICROSECOND
                for wave in range(1, self.order + 1):
                    for turn in ("sin", "cos"):
                        name = f"{column.name}_{period}_{turn}_{wave}"
                        made = derive(column, name=name, dtype="Float64", kind=Kind.NUMERIC, direction=Direction.LOSES)
                        yield Made(made, (column.name,), *_waving(column, turn, length, wave))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, if they are not kept and no more than features."""
        return () if self.keep else tuple(column.name for column in columns if column.role is Role.FEATURE)


def _check_moment(column: Column) -> None:
    if not is_moment(column.dtype):
        raise RecipeError(
            f"The column {column.name!r} holds {column.dtype}, which is no moment.", hint=_OfMoments.advice
        )


def _read(text: str, zone: str | None) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"`reference` of date_difference is {text!r}, which is no moment.",
            hint='Write e.g. "2020-01-31" or "first".',
        ) from None
    if zone is not None:
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _start(ticks: int | None, column: Column) -> dict[str, Any]:
    """Return what is counted from, also as people read it."""
    if ticks is None:
        return {"microseconds": None, "from": None}
    zone = None if zone_of(column.dtype) is None else UTC
    moment = (_EPOCH if zone is None else _UTC_EPOCH) + ticks * _MICROSECOND
    return {"microseconds": ticks, "from": moment.isoformat()}


def _count(F: Language, column: Column) -> Any:
    """Return microseconds since 1970, in UTC where the column has a zone."""
    moment = F.col(column.name)
    if F is pl:
        return moment.dt.timestamp("us")
    # Not every engine has that word, so they are counted from what all of them know.
    moment = moment if zone_of(column.dtype) in {None, "UTC"} else moment.dt.convert_time_zone("UTC")
    before = moment.dt.year().cast(F.Int64) - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 + moment.dt.ordinal_day().cast(F.Int64)
    whole = (days - _FIRST_DAY) * _DAY
    if family(column.dtype) == "Date":
        return whole
    hours, minutes, seconds = (getattr(moment.dt, part)().cast(F.Int64) for part in ("hour", "minute", "second"))
    return whole + ((hours * 60 + minutes) * 60 + seconds) * 10**6 + moment.dt.microsecond().cast(F.Int64)


def _ticks(moment: date) -> int:
    if not isinstance(moment, datetime):
        return (moment.toordinal() - _FIRST_DAY) * _DAY
    return (moment - (_EPOCH if moment.tzinfo is None else _UTC_EPOCH)) // _MICROSECOND


def _between(column: Column, start: Column, inverse: float) -> tuple[Expression, Function]:
    def expression(F: Language) -> Any:
        # Divided by one, not cast: Arrow refuses to cast a whole number that float64 cannot hold exactly.
        return (_count(F, column) - _count(F, start)) / 1 * inverse

    def between(moment: date | None, since: date | None) -> float | None:
        return None if moment is None or since is None else float(_ticks(moment) - _ticks(since)) * inverse

    return expression, between


def _after(column: Column, start: int | None, inverse: float) -> tuple[Expression, Function]:
    def expression(F: Language) -> Any:
        if start is None:
            return F.lit(None, F.Float64)
        return (_count(F, column) - start) / 1 * inverse

    def after(moment: date | None) -> float | None:
        return None if moment is None or start is None else float(_ticks(moment) - start) * inverse

    return expression, after


_TURNS = {"sin": math.sin, "cos": math.cos}


def _waving(column: Column, turn: str, length: int, wave: int) -> tuple[Expression, Function]:
    speed, function = 2.0 * math.pi * wave / length, _TURNS[turn]

    def expression(F: Language) -> Any:
        count = _count(F, column)
        angle = (count - count // length * length) / 1 * speed  # one engine knows no remainder
        return getattr(angle, turn)()

    def place(moment: date | None) -> float | None:
        return None if moment is None else function(float(_ticks(moment) % length) * speed)

    return expression, place
