"""What values of raw columns usually are, and how one value compares."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

import numpy as np
import polars as pl

from clew.core.readable import number, percent
from clew.core.schema import Column, Kind, Schema
from clew.train.points.terms import Floats

#: Labels whose shares are kept.
_LABELS = 200
#: Numbers with no more different values are described like labels, by how often they occur.
_FEW = 10
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Usual:
    """What the values of a column usually are.

    Parameters
    ----------
    rows : int
        Rows that were looked at.
    missing : float
        Share of them without a value.
    quantiles : tuple of float
        Of numbers and of moments (in seconds), at equal steps from the least to the greatest; empty for others.
    ends : (int, int), optional
        Rows that hold the least of them, and the greatest; None where there are none, or the numbers were not kept.
    labels : mapping of str to float
        Share of the frequent labels among all rows; empty where there are too many.
    unit : str, optional
        Unit of numbers.
    """

    rows: int
    missing: float
    quantiles: tuple[float, ...]
    labels: Mapping[str, float]
    unit: str | None
    ends: tuple[int, int] | None = None

    @classmethod
    def of(cls, values: pl.Series, column: Column) -> Self:
        """Look at the values of a column."""
        known, rows = values.drop_nulls(), len(values)
        missing = values.null_count() / max(rows, 1)
        numbers = _numbers(known)
        ordered = len(numbers) > 0 and known.n_unique() > _FEW
        quantiles = np.quantile(numbers, np.linspace(0, 1, _STEPS + 1)).tolist() if ordered else ()
        ends = (int((numbers == numbers.min()).sum()), int((numbers == numbers.max()).sum())) if ordered else None
        labels: dict[str, float] = {}
        shapeless = known.dtype.is_nested() or known.dtype == pl.Binary
        if not ordered and column.kind is not Kind.TEXT and len(known) and not shapeless:
            counted = known.cast(pl.String).alias("label").value_counts(name="count")
            counted = counted.sort("count", "label", descending=[True, False]).head(_LABELS)
            labels = {label: count / rows for label, count in counted.iter_rows()}
        return cls(rows, missing, tuple(quantiles), labels, column.unit, ends)

    def compared(self, value: Any) -> str:
        """Say how a value compares, e.g. ``"above 99.5 % of the rows, median 12"``."""
        if value is None:
            return f"missing, as in {percent(self.missing)} of the rows"
        if self.quantiles:
            return self._placed(value)
        if self.labels:
            text = str(pl.Series([value]).cast(pl.String)[0])
            if text in self.labels:
                return f"in {percent(self.labels[text])} of the rows"
            rare = sum(self.labels.values()) + self.missing < 1 - 1e-9
            return f"in {percent(min(self.labels.values()))} of the rows at most" if rare else "in no other row"
        return "unlike the others"

    def _placed(self, value: Any) -> str:
        seconds = isinstance(value, date)
        at = _seconds(value) if seconds else float(value)
        # Each quantile but the first is a step higher: so many steps of the rows lie below, and so many above.
        below = max(bisect_left(self.quantiles, at) - 1, 0) / _STEPS
        above = max(len(self.quantiles) - bisect_right(self.quantiles, at) - 1, 0) / _STEPS
        more = below >= above
        share = "all other rows" if self._outside(at, more) else f"{percent(max(below, above))} of the rows"
        if self.missing:
            share += " that have one"
        middle = self.quantiles[_STEPS // 2]
        if seconds:
            return f"{'after' if more else 'before'} {share}"
        unit = f" {self.unit}" if self.unit else ""
        return f"{'above' if more else 'below'} {share}, median {number(middle)}{unit}"

    def _outside(self, at: float, more: bool) -> bool:
        """Return whether a number lies above all others, or below; one that a single row holds is of that row."""
        end = self.quantiles[-1 if more else 0]
        if at != end:
            return at > end if more else at < end
        return self.ends is not None and self.ends[more] == 1

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "rows": self.rows,
            "missing": self.missing,
            "quantiles": list(self.quantiles),
            "labels": dict(self.labels),
            "unit": self.unit,
            "ends": list(self.ends) if self.ends is not None else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        facts = {name: data[name] for name in ("rows", "missing", "unit")}
        ends = data.get("ends")  # which earlier versions did not keep
        return cls(
            **facts,
            quantiles=tuple(data["quantiles"]),
            labels=dict(data["labels"]),
            ends=tuple(ends) if ends is not None else None,
        )


def usual_values(frame: pl.DataFrame, schema: Schema, names: tuple[str, ...]) -> dict[str, Usual]:
    """Look at columns.

    Parameters
    ----------
    frame : polars.DataFrame
        Raw rows.
    schema : Schema
        Their columns.
    names : tuple of str
        The columns to look at.
    """
    return {name: Usual.of(frame[name], schema[name]) for name in names}


def _numbers(known: pl.Series) -> Floats:
    """Return numbers, and moments in seconds; nothing for other values."""
    if known.dtype in (pl.Date, pl.Datetime):
        known = known.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64) / 1e6
    if not known.dtype.is_numeric():
        return np.empty(0)
    values = known.cast(pl.Float64).to_numpy()
    return np.asarray(values[np.isfinite(values)])


def _seconds(value: date) -> float:
    """Return the seconds of a moment since 1970; without a zone it counts as UTC, as in a table."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    seconds = pl.Series([moment]).cast(pl.Datetime("us")).dt.epoch("us")[0]
    return float(seconds) / 1e6
