"""What a function does, spelt out: its code, and the values that are bound to it."""

import json
import pickle
from collections.abc import Mapping
from functools import partial
from logging import Logger
from pathlib import PurePath
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from clew.core.fingerprint import of_bytes

#: Things inside of things that are looked at; what lies deeper is spelt by its type.
_DEEPEST = 20
#: Values that say all that they are.
_PLAIN = (str, bytes, bool, int, float, complex, np.generic, type(None))
#: Global values that a function's doing may depend on; what else it names is taken to stay as it is.
_GLOBALS = (*_PLAIN, np.ndarray, list, tuple, set, frozenset, dict)


def spelt(value: Any) -> Any:
    """Spell out a function, or a value that it uses, so that another text says that it does something else.

    Of a function count its code, its defaults, what its closure holds, and what it names in its module, as far as that
    is data or a function of the same module.

    Parameters
    ----------
    value : object
        A function, a partial one, a bound method, an object that can be called; or a value of any kind.

    Returns
    -------
    object
        JSON-ready, and the same in every process.
    """
    return _Speller().spell(value, ())


class _Speller:
    """Spells each object once, and refers to it by its number where it turns up again."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def spell(self, value: Any, within: tuple[int, ...]) -> Any:
        """Spell a value that was found in others, which are known by their identities."""
        if isinstance(value, (*_PLAIN, PurePath, Logger)):
            return repr(value)
        if id(value) in within or len(within) >= _DEEPEST:
            return _kind(value)
        within = (*within, id(value))

        def inner(part: Any) -> Any:
            return self.spell(part, within)

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
        if id(value) in self._known:
            return self._known[id(value)]
        self._known[id(value)] = len(self._known)
        return [_kind(value), [inner(part) for part in _parts(value)]]


def _parts(value: Any) -> list[Any]:
    """Return what a function or an object consists of."""
    if isinstance(value, FunctionType):
        named = {name: value.__globals__[name] for name in value.__code__.co_names if name in value.__globals__}
        used = {name: thing for name, thing in named.items() if isinstance(thing, _GLOBALS) or _beside(value, thing)}
        return [value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__, used]
    if isinstance(value, CellType):
        try:
            return [value.cell_contents]
        except ValueError:  # nothing is in it yet
            return []
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, partial):
        return [value.func, value.args, value.keywords]
    # A class that says how it is packed may keep its cells elsewhere than in attributes, as tables do.
    packed = _packed(value) if any("__getstate__" in vars(kind) for kind in type(value).__mro__[:-1]) else None
    if packed is not None:
        return [packed]
    slots = [name for kind in type(value).__mro__ for name in np.atleast_1d(getattr(kind, "__slots__", ())).tolist()]
    stated = {name: getattr(value, name, None) for name in slots if not str(name).startswith("__")}
    stated |= getattr(value, "__dict__", {})
    called, name = getattr(type(value).__call__, "__code__", None), getattr(value, "__name__", None)
    return [called, name, stated or _packed(value)]


def _packed(value: Any) -> str | None:
    """Return a name for a value that does not show what it consists of; None where it cannot be packed either."""
    try:
        return of_bytes(pickle.dumps(value, protocol=5))
    except (pickle.PicklingError, TypeError, AttributeError):
        return None


def _beside(function: FunctionType, thing: Any) -> bool:
    """Return whether something is a function that stands in the same module."""
    return isinstance(thing, FunctionType) and thing.__module__ == function.__module__


def _kind(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
