"""An estimator of the user's own as data: its class and its parameters, in plain values.

What is plain travels to other processes, into journals and into bundles without being pickled, and can be read by
people. Estimators inside of it (of a pipeline, say) are described in the same way.
"""

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from clew.core.errors import UsageError

#: Marks of values that JSON has no form for.
_ESTIMATOR, _TUPLE = "estimator", "tuple"


@dataclass(frozen=True, slots=True)
class Described:
    """An estimator that has learnt nothing.

    Parameters
    ----------
    name : str
        Its class, as ``"package.module.Class"``.
    params : mapping
        Parameters that differ from their defaults, JSON-ready.
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


def describe_estimator(estimator: Any) -> Described:
    """Describe an estimator.

    Parameters
    ----------
    estimator : object or type
        An instance or a class that keeps scikit-learn's contract.

    Raises
    ------
    UsageError
        If it keeps another contract, cannot be found by its name, or holds a parameter that has no plain form.
    """
    kind = estimator if isinstance(estimator, type) else type(estimator)
    if not all(hasattr(kind, method) for method in ("fit", "predict", "get_params")):
        raise UsageError(
            f"{kind.__name__} is no estimator: it lacks `fit`, `predict` or `get_params`.",
            hint="Give the name of an algorithm, or an estimator that keeps scikit-learn's contract.",
        )
    return Described(_name_of(kind)) if estimator is kind else _described(estimator)


def _described(estimator: Any) -> Described:
    kind = type(estimator)
    defaults = inspect.signature(kind.__init__).parameters
    params = {
        key: _plain(value, f"{kind.__name__}.{key}")
        for key, value in sorted(estimator.get_params(deep=False).items())
        if key not in defaults or not _same(value, defaults[key].default)
    }
    return Described(_name_of(kind), params)


def build(name: str, params: Mapping[str, Any]) -> Any:
    """Make the estimator that was described; its class is imported, so its name must be trusted.

    Parameters
    ----------
    name : str
        As in `Described`.
    params : mapping
        As in `Described`; ``part__name`` sets a parameter of a part.

    Raises
    ------
    UsageError
        If there is no such class, or it has no such parameter.
    """
    kind = found(name)
    values = {key: _built(value) for key, value in params.items()}
    own = {key: value for key, value in values.items() if "__" not in key}
    try:
        estimator = kind(**own)
        return estimator.set_params(**{key: values[key] for key in values.keys() - own.keys()})
    except (TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{name} cannot be made with {dict(params)}: {error}.") from error


def found(name: str) -> Any:
    """Import a class.

    Parameters
    ----------
    name : str
        As ``"package.module.Class"``.

    Raises
    ------
    UsageError
        If the module cannot be imported, or holds no such class.
    """
    module, _, last = name.rpartition(".")
    try:
        thing = getattr(import_module(module), last, None)
    except (ImportError, ValueError) as error:
        raise UsageError(f"The module {module!r} of {name} cannot be imported: {error}.") from error
    if not isinstance(thing, type):
        raise UsageError(f"{module!r} holds no class {last!r}.", hint="Spell it as package.module.Class.")
    return thing


def foreign_names(name: str, params: Mapping[str, Any]) -> Iterator[str]:
    """Yield the classes that are no part of scikit-learn, on which Clew depends itself: they need the user's trust.

    Parameters
    ----------
    name : str
        As in `Described`.
    params : mapping
        As in `Described`.
    """
    if not name.startswith("sklearn."):
        yield name
    for value in params.values():
        yield from classes_in(value)


def classes_in(value: Any) -> Iterator[str]:
    """Yield the classes that are no part of scikit-learn and stand somewhere inside of a value.

    Parameters
    ----------
    value : object
        Of a parameter, JSON-ready.
    """
    if isinstance(value, Mapping):
        if _ESTIMATOR in value:
            yield from foreign_names(str(value[_ESTIMATOR]), value.get("params", {}))
        else:
            for item in value.values():
                yield from classes_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from classes_in(item)


def _name_of(kind: type) -> str:
    if "." in kind.__qualname__:
        raise UsageError(
            f"{kind.__qualname__} cannot be found by its name, because it was defined inside of something.",
            hint="Define it at the top of a module.",
        )
    # Packages keep classes in private modules and offer them above: what they offer is what people know.
    parts = kind.__module__.split(".")
    public = parts[: next((place for place, part in enumerate(parts) if part.startswith("_")), len(parts))]
    if public and getattr(import_module(".".join(public)), kind.__name__, None) is kind:
        return ".".join((*public, kind.__name__))
    return f"{kind.__module__}.{kind.__name__}"


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), where)
    if isinstance(value, list):
        return [_plain(item, where) for item in value]
    if isinstance(value, tuple):
        return {_TUPLE: [_plain(item, where) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, where) for key, item in value.items()}
    if hasattr(value, "get_params"):
        inner = _described(value)
        return {_ESTIMATOR: inner.name, "params": dict(inner.params)}
    raise UsageError(
        f"The parameter {where} holds a {type(value).__name__}, which cannot be written down as plain values.",
        hint="Use numbers, texts, lists, and estimators; or make a class of your own that sets the rest itself.",
    )


def _built(value: Any) -> Any:
    if isinstance(value, list):
        return [_built(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if _ESTIMATOR in value:
        return build(str(value[_ESTIMATOR]), value.get("params", {}))
    if set(value) == {_TUPLE}:
        return tuple(_built(item) for item in value[_TUPLE])
    return {key: _built(item) for key, item in value.items()}


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    return type(value) is type(default) and isinstance(value, bool | int | float | str) and value == default


def refuse_untrusted(names: Iterable[str], trust: Collection[str], place: str = "") -> None:
    """Refuse code that nobody has said to trust, before it is imported.

    Parameters
    ----------
    names : iterable of str
        Of classes, e.g. what `foreign_names` yields.
    trust : collection of str
        Those that may run.
    place : str, optional
        Where they are named, e.g. ``"The space"``.

    Raises
    ------
    UsageError
        If there is one that is not trusted.
    """
    for name in names:
        if name not in trust:
            told = f"{place} names {name}, which" if place else name
            raise UsageError(
                f"{told} is no part of Clew or scikit-learn, and fitting it runs its code.",
                hint=f'If you trust it, say so: trust=("{name}",), or --trust {name} on the command line.',
            )
