"""Whether estimators of the user's own still do what they did: a name for their code, as it is loaded."""

from functools import cached_property, partialmethod, singledispatchmethod
from importlib import import_module
from typing import Any

from clew.core.callables import spelt
from clew.core.fingerprint import of_json
from clew.train.estimators.described import found

#: Packages whose version says what they do.
_VERSIONED = frozenset({"builtins", "sklearn"})
#: What Python itself keeps in a class: where it stands, and what it is referred to by.
_NOT_CODE = frozenset({"__firstlineno__", "__dict__", "__weakref__", "__abstractmethods__", "_abc_impl"})


def code_of(name: str) -> str:
    """Return a name for the code of a class; another one once the code changes.

    The code of a class is what the modules define in which it and those that it inherits from stand, but for
    scikit-learn's: functions, classes, and constants (names in capitals). What they import from elsewhere is not looked
    at.

    Parameters
    ----------
    name : str
        As ``"package.module.Class"``; importing it runs its code.
    """
    modules = {kind.__module__ for kind in found(name).__mro__}
    own = sorted(module for module in modules if module.partition(".")[0] not in _VERSIONED)
    return of_json([[module, _defined(module)] for module in own])


def _defined(module: str) -> dict[str, Any]:
    things = vars(import_module(module)).items()
    here = {name: thing for name, thing in things if getattr(thing, "__module__", None) == module or name.isupper()}
    return {name: _does(thing) for name, thing in here.items()}


def _does(thing: Any) -> Any:
    """Return what a function or class does, or what a value is."""
    if isinstance(thing, type):
        inner = f"{thing.__qualname__}."
        return {
            name: _does(value)
            for name, value in vars(thing).items()
            if name not in _NOT_CODE and (not isinstance(value, type) or value.__qualname__.startswith(inner))
        }
    if isinstance(thing, property):
        return [_does(part) for part in (thing.fget, thing.fset, thing.fdel)]
    if isinstance(thing, cached_property | singledispatchmethod | partialmethod):
        return _does(thing.func)
    return spelt(getattr(thing, "__func__", thing))
