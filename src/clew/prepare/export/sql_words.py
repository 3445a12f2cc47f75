"""Words of the language of frames, each as SQL in DuckDB's dialect that gives the same values."""

from collections.abc import Callable, Mapping


class NoWord(Exception):  # noqa: N818 - a signal within the export
    """A word of the language of frames without a counterpart in SQL."""


def remainder(left: str, right: str) -> str:
    """Return what is left of a division; it has the sign of the divisor.

    DuckDB's own ``%`` has the sign of the dividend, and is computed in another way: the last digits differ.
    """
    return f"({left} - {right} * floor({left} / {right}))"


def concatenation(*texts: str) -> str:
    """Return texts one after the other; missing if one of them is."""
    return f"({' || '.join(texts)})"


def substring(text: str, offset: object, length: object = None) -> str:
    """Return some characters of a text from a position on, which is counted from 0, or from the end if below 0.

    Raises
    ------
    NoWord
        If position or length are no plain numbers.
    """
    if not isinstance(offset, int) or not isinstance(length, int | None):
        raise NoWord("`str.slice` with a position or length that differs from row to row")
    if offset == 0 and length is None:
        return text
    first = offset + 1 if offset >= 0 else offset
    return f"substring({text}, {first})" if length is None else f"substring({text}, {first}, {length})"


#: Methods without options: what they are of, and their arguments, as SQL.
METHODS: Mapping[str, Callable[..., str]] = {
    "is_null": lambda x: f"({x} IS NULL)",
    "is_finite": lambda x: f"isfinite({x})",
    "is_nan": lambda x: f"isnan({x})",
    "abs": lambda x: f"abs({x})",
    "log": lambda x: f"ln({x})",
    "exp": lambda x: f"exp({x})",
    "sqrt": lambda x: f"sqrt({x})",
    "round": lambda x, digits="0": f"round_even({x}, {digits})",
    "floor": lambda x: f"floor({x})",
    "ceil": lambda x: f"ceil({x})",
    "sin": lambda x: f"sin({x})",
    "cos": lambda x: f"cos({x})",
    "str.len_chars": lambda x: f"length({x})",
    "str.strip_chars": lambda x, characters: f"trim({x}, {characters})",
    "str.strip_chars_start": lambda x, characters: f"ltrim({x}, {characters})",
    "str.strip_chars_end": lambda x, characters: f"rtrim({x}, {characters})",
    "str.starts_with": lambda x, text: f"starts_with({x}, {text})",
    "str.ends_with": lambda x, text: f"ends_with({x}, {text})",
    "str.to_lowercase": lambda x: f"lower({x})",
    "str.to_uppercase": lambda x: f"upper({x})",
    "struct.field": lambda x, name: f"struct_extract({x}, {name})",
    "dt.date": lambda x: f"CAST({x} AS DATE)",
    "dt.year": lambda x: f"year({x})",
    "dt.month": lambda x: f"month({x})",
    "dt.day": lambda x: f"day({x})",
    "dt.hour": lambda x: f"hour({x})",
    "dt.minute": lambda x: f"minute({x})",
    "dt.microsecond": lambda x: f"(microsecond({x}) % 1000000)",
    "dt.second": lambda x: f"second({x})",
    "dt.weekday": lambda x: f"isodow({x})",
    "dt.ordinal_day": lambda x: f"dayofyear({x})",
    "dt.total_microseconds": lambda x: f"(epoch_us({x}))",
}
