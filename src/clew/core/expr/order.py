"""Comparing plain values exactly as a frame does: NaN equals itself and is larger than every number."""

from typing import Any


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def equal(left: Any, right: Any) -> bool:
    """Whether two present values are equal."""
    return bool(left == right) or (_is_nan(left) and _is_nan(right))


def greater(left: Any, right: Any) -> bool:
    """Whether the left of two present values is the larger."""
    if _is_nan(left):
        return not _is_nan(right)
    return not _is_nan(right) and bool(left > right)
