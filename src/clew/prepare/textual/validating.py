"""The operations of `validate_string`: whether a text is what is asked for."""

from collections.abc import Callable
from typing import Literal, get_args

from clew.prepare.textual.operation import Operation
from clew.prepare.textual.uses import Uses

Validating = Literal[
    "length_equals",
    "starts_with",
    "ends_with",
    "is_alphanumeric",
    "is_alpha",
    "is_digit",
    "is_space",
    "is_title",
    "is_lower",
    "is_upper",
    "is_numeric",
    "is_decimal",
]

USES: dict[str, Uses] = {
    "length_equals": Uses(("length",)),
    "starts_with": Uses(("text",)),
    "ends_with": Uses(("text",)),
    **{operation: Uses() for operation in get_args(Validating) if operation.startswith("is_")},
}


def _asked(function: Callable[[str], bool], ascii_pattern: str) -> Operation:
    """Return an operation that Python answers, and that a pattern answers for texts of ASCII."""
    return Operation(function, polars=lambda text: text.str.contains(ascii_pattern), ascii_only=True)


_ASKED = {
    "is_alphanumeric": _asked(str.isalnum, r"\A[0-9A-Za-z]+\z"),
    "is_alpha": _asked(str.isalpha, r"\A[A-Za-z]+\z"),
    "is_digit": _asked(str.isdigit, r"\A[0-9]+\z"),
    "is_space": _asked(str.isspace, r"\A[\x09-\x0d\x1c-\x20]+\z"),
    # Each run of letters begins with a capital and goes on with small ones.
    "is_title": _asked(str.istitle, r"\A[^A-Za-z]*[A-Z][a-z]*(?:[^A-Za-z]+[A-Z][a-z]*)*[^A-Za-z]*\z"),
    "is_lower": _asked(str.islower, r"\A[^A-Za-z]*[a-z][^A-Z]*\z"),
    "is_upper": _asked(str.isupper, r"\A[^A-Za-z]*[A-Z][^a-z]*\z"),
    "is_numeric": _asked(str.isnumeric, r"\A[0-9]+\z"),
    "is_decimal": _asked(str.isdecimal, r"\A[0-9]+\z"),
}


def validating(operation: str, *, length: int, text: str) -> Operation:
    """Return an operation by name; the options mean what they mean in `ValidateString`."""
    if operation == "length_equals":
        return Operation(lambda cell: len(cell) == length, lambda _, cell: cell.str.len_chars() == length)
    if operation == "starts_with":
        return Operation(lambda cell: cell.startswith(text), lambda _, cell: cell.str.starts_with(text))
    if operation == "ends_with":
        return Operation(lambda cell: cell.endswith(text), lambda _, cell: cell.str.ends_with(text))
    return _ASKED[operation]
