"""Numbers as strict JSON, which knows neither infinity nor NaN; long arrays compactly."""

import base64
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def float_to_json(value: float) -> float | str:
    """Return the number, or ``"inf"``, ``"-inf"``, ``"nan"`` for those that JSON does not know."""
    return value if math.isfinite(value) else str(value)


def float_from_json(value: float | str) -> float:
    """Undo `float_to_json`."""
    return float(value)


def array_to_text(values: NDArray[Any]) -> str:
    """Return an array of 8-byte numbers, shape (n,), as base64 of its little-endian bytes, exact to the bit."""
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode("ascii")


def array_from_text(text: str, dtype: type[np.generic]) -> NDArray[Any]:
    """Undo `array_to_text`.

    Parameters
    ----------
    text : str
        Base64.
    dtype : type
        ``numpy.float64`` or ``numpy.uint64``.
    """
    stored = np.dtype(dtype).newbyteorder("<")
    return np.frombuffer(base64.b64decode(text, validate=True), dtype=stored).astype(dtype)
