"""One type for columns that come in several pieces: from several files, or in batches from a database."""

from collections.abc import Mapping, Sequence

import polars as pl

from clew.core.errors import DataError

_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.UInt128)
_UNITS = ("ms", "us", "ns")


def stacked(pieces: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Put tables with the same columns under each other.

    A column that has different types becomes what holds all values: the wider number, the finer moment; text where
    numbers, truth values or dates meet text or each other. So ``"007"`` in one piece keeps the column text.

    Parameters
    ----------
    pieces : mapping
        Name of a piece, for messages → table; all have the same columns, whatever their order.

    Returns
    -------
    polars.DataFrame
        The rows in the order given, columns in the order of the first piece.

    Raises
    ------
    DataError
        If a column has a time zone in some pieces only, or types that nothing holds together.
    """
    frames = list(pieces.values())
    names = frames[0].columns
    frames = [frame if frame.columns == names else frame.select(pl.col(names)) for frame in frames]
    if all(frame.schema == frames[0].schema for frame in frames):
        return pl.concat(frames, rechunk=False) if len(frames) > 1 else frames[0]
    named = list(zip(pieces, frames, strict=True))
    return pl.DataFrame([_column(name, {piece: frame[name] for piece, frame in named}) for name in names])


def _column(name: str, pieces: Mapping[str, pl.Series]) -> pl.Series:
    types = list(dict.fromkeys(piece.dtype for piece in pieces.values()))
    if len(types) == 1:
        return pl.concat(list(pieces.values()), rechunk=False)
    wanted = _common(name, types, pieces)
    return pl.concat([as_type(piece, wanted) for piece in pieces.values()], rechunk=False)


def as_type(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return a column in a type that holds its values; truth values become ``true`` and ``false`` as text."""
    if values.dtype == dtype:
        return values
    if values.dtype == pl.Null:
        return pl.Series(values.name, [None], dtype=dtype).new_from_index(0, len(values))
    return values.cast(dtype)


def _common(name: str, types: Sequence[pl.DataType], pieces: Mapping[str, pl.Series]) -> pl.DataType:
    known = [dtype for dtype in types if dtype != pl.Null]
    if len(known) == 1:
        return known[0]
    if all(dtype.is_numeric() for dtype in known):
        return _number(known)
    if all(dtype in (pl.Date, pl.Datetime) for dtype in known):
        return _moment(name, known, pieces)
    if all(isinstance(dtype, pl.Duration) for dtype in known):
        return pl.Duration(_finest(known))
    if not any(dtype.is_nested() or dtype in (pl.Binary, pl.Object) for dtype in known):
        return pl.String()
    try:
        joined = pl.concat([pl.Series(name, [], dtype=dtype).to_frame() for dtype in known], how="vertical_relaxed")
    except pl.exceptions.PolarsError:
        raise DataError(
            f"Column {name!r} is {_told(known[0], pieces)} and {_told(known[1], pieces)}, which do not go together.",
            hint="Bring the pieces to one type.",
        ) from None
    return joined.schema[name]


def _number(types: Sequence[pl.DataType]) -> pl.DataType:
    """Return the number that holds all: Int64 or wider for whole numbers, decimals as decimals, else Float64."""
    if all(dtype in _INTEGERS for dtype in types):
        return pl.Int128() if any(dtype in (pl.UInt64, pl.Int128, pl.UInt128) for dtype in types) else pl.Int64()
    decimals = [dtype for dtype in types if isinstance(dtype, pl.Decimal)]
    if decimals and all(isinstance(dtype, pl.Decimal) or dtype in _INTEGERS for dtype in types):
        return pl.Decimal(38, max(dtype.scale for dtype in decimals))
    return pl.Float64()


def _moment(name: str, types: Sequence[pl.DataType], pieces: Mapping[str, pl.Series]) -> pl.DataType:
    moments = [dtype for dtype in types if isinstance(dtype, pl.Datetime)]
    zoned = [dtype for dtype in moments if dtype.time_zone]
    if zoned and len(zoned) < len(types):
        other = next(dtype for dtype in types if dtype not in zoned)
        raise DataError(
            f"Column {name!r} has a time zone as {_told(zoned[0], pieces)}, and none as {_told(other, pieces)}.",
            hint="State the zone everywhere, or nowhere.",
        )
    zones = {dtype.time_zone for dtype in zoned}
    return pl.Datetime(_finest(moments), zones.pop() if len(zones) == 1 else "UTC" if zones else None)


def _finest(types: Sequence[pl.DataType]) -> "pl.datatypes.TimeUnit":  # type: ignore[name-defined]
    return max((getattr(dtype, "time_unit", "us") for dtype in types), key=_UNITS.index)


def _told(dtype: pl.DataType, pieces: Mapping[str, pl.Series]) -> str:
    piece = next(name for name, values in pieces.items() if values.dtype == dtype)
    return f"{dtype} in {piece}"
