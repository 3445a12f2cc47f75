"""What a function does, spelt out: its code, and the values that are bound to it."""

import json
from collections.abc import Mapping
from functools import partial
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from clew.core.fingerprint import of_bytes

#: Things inside of things that are looked at; what lies deeper is spelt by its type.
_DEEPEST = 20


def spelt(value: Any, within: tuple[int, ...] = ()) -> Any:
    """Spell out a function, or a value that it uses, so that another text says that it does something else.

    Parameters
    ----------
    value : object
        A function, a partial one, a bound method, an object that can be called; or a value of any kind.
    within : tuple of int, optional
        Identities of what it was found in.

    Returns
    -------
    object
        JSON-ready, and the same in every process.
    """
    if value is None or isinstance(value, str | bytes | bool | int | float | complex | np.generic):
        return repr(value)
    if id(value) in within or len(within) >= _DEEPEST:
        return _kind(value)
    within = (*within, id(value))

    def inner(part: Any) -> Any:
        return spelt(part, within)

    if isinstance(value, CodeType):  # without where it stands
        return [value.co_code.hex(), list(value.co_names), [inner(constant) for constant in value.co_consts]]
    if isinstance(value, list | tuple):
        return [_kind(value), [inner(item) for item in value]]
    if isinstance(value, set | frozenset):  # which has another order in each process
        return [_kind(value), sorted(json.dumps(inner(item)) for item in value)]
    if isinstance(value, Mapping):
        return [_kind(value), [[inner(key), inner(item)] for key, item in value.items()]]
    if isinstance(value, np.ndarray):
        cells = inner(value.tolist()) if value.dtype.hasobject else of_bytes(value.tobytes())
        return [str(value.dtype), list(value.shape), cells]
    if isinstance(value, type | ModuleType | BuiltinFunctionType):
        return f"{getattr(value, '__module__', None)}.{getattr(value, '__qualname__', value.__name__)}"
    return [_kind(value), [inner(part) for part in _parts(value)]]


def _parts(value: Any) -> list[Any]:
    """Return what a function or an object consists of."""
    if isinstance(value, FunctionType):
        return [value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__]
    if isinstance(value, CellType):
        try:
            return [value.cell_contents]
        except ValueError:  # nothing is in it yet
            return []
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, partial):
        return [value.func, value.args, value.keywords]
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    stated = {name: getattr(value, name, None) for name in slots if not name.startswith("__")}
    called, name = getattr(type(value).__call__, "__code__", None), getattr(value, "__name__", None)
    return [called, name, {**stated, **getattr(value, "__dict__", {})}]


def _kind(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
