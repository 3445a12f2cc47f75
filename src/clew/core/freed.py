"""Memory that is free inside the process, given back to the system."""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back() -> None:
    """Give back what was freed; the allocator of Linux keeps much of it for each thread otherwise.

    Elsewhere nothing happens: other allocators do so by themselves.
    """
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], Any] | None:
    """Return glibc's ``malloc_trim``, where this is glibc."""
    try:
        found: Callable[[int], Any] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    except (OSError, TypeError):  # no library by this name, or no such way to ask for the process itself
        return None
    return found
