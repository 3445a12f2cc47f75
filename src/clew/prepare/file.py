"""Recipe files: a list of steps, or a mapping with parameters that may start from another file.

.. code-block:: yaml

    from: base.yaml                # another recipe, relative to this file
    parameters: {how: mean}        # values for ${…}, here and in the file it starts from
    without: [log]                 # steps of that recipe to leave out
    change:                        # other options for steps of that recipe
      fill_missing: {strategy: "${how}"}
    steps:                         # further steps, at the end or before a named one
      - {op: scale, columns: kind:numeric}
      - {op: missing_indicator, columns: all, before: fill_missing}

A step of the other recipe is named by its `op`; the second of several with one op is ``op#2``. A text that is a
parameter and nothing else (``"${how}"``) takes the parameter's value and type; inside a longer text the value is put in
as text, and must then hold no quotes, so that a value can never end a text of an expression and become a part of it.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clew.core.errors import ConfigError, UsageError, did_you_mean
from clew.prepare import text

_KEYS = ("from", "parameters", "without", "change", "steps")
_PARAMETER = re.compile(r"\$\{(\w+)\}")
_QUOTES = re.compile(r"[\"'`\\\n]")


def read_steps(path: Path, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    """Read a recipe file, and those that it starts from, into plain steps.

    Parameters
    ----------
    path : Path
        The file.
    parameters : mapping, optional
        Values that win over those stated in the files.

    Returns
    -------
    list
        One mapping per step, parameters filled in; not checked any further.

    Raises
    ------
    UsageError
        If a file cannot be read, or a parameter is given that no file states.
    ConfigError
        If a file has no form of the above, or files start from one another in a circle.
    """
    given = dict(parameters or {})
    stated: dict[str, Any] = {}
    steps = _steps(path, given, stated, ())
    for name in given:
        if name not in stated:
            raise UsageError(f"The recipe {path} has no parameter {name!r}.", hint=did_you_mean(name, sorted(stated)))
    return steps


def _steps(path: Path, given: Mapping[str, Any], stated: dict[str, Any], above: tuple[Path, ...]) -> list[Any]:
    """Return the steps of a file; what it states is added to `stated`, unless a file above it did so."""
    place = path.resolve()
    if place in above:
        circle = " → ".join(item.name for item in (*above[above.index(place) :], place))
        raise ConfigError(f"Recipes start from one another in a circle: {circle}.", hint="Let one of them stand alone.")
    content = text.parse(_text_of(path))
    if not isinstance(content, Mapping):
        if not isinstance(content, list):
            raise ConfigError(f"The recipe {path} is neither a list of steps nor a mapping.", hint="Write `- op: …`.")
        return [_filled(step, {**stated, **given}, path) for step in content]
    _check_keys(content, path)
    stated.update({key: value for key, value in _mapping(content, "parameters", path).items() if key not in stated})
    base: list[Any] = []
    if "from" in content:
        if not isinstance(content["from"], str):
            raise ConfigError(f"`from` of {path} is {content['from']!r}; it names a file.")
        base = _steps(path.parent / content["from"], given, stated, (*above, place))
    elif "without" in content or "change" in content:
        raise ConfigError(f"{path} changes steps and starts from no other recipe.", hint="Name one: `from: FILE`.")
    return _changed(base, content, {**stated, **given}, path)


def _changed(base: list[Any], content: Mapping[str, Any], values: Mapping[str, Any], path: Path) -> list[Any]:
    names = _names(base)
    without = content.get("without", [])
    gone = {_position(name, names, "without", path) for name in ([without] if isinstance(without, str) else without)}
    changes = _mapping(content, "change", path)
    changed = {_position(name, names, "change", path): change for name, change in changes.items()}
    steps: list[Any] = [
        {**step, **_options(_filled(changed.get(position, {}), values, path), path)}
        for position, step in enumerate(base)
    ]
    before: dict[int, list[Any]] = {}
    added = content.get("steps", [])
    if not isinstance(added, list):
        raise ConfigError(f"`steps` of {path} is {added!r}; it is a list of steps.", hint="Write `- op: …` per step.")
    for step in added:
        placed = dict(_filled(step, values, path)) if isinstance(step, Mapping) else step
        name = placed.pop("before", None) if isinstance(placed, dict) else None
        position = len(base) if name is None else _position(name, names, "before", path)
        before.setdefault(position, []).append(placed)
    result: list[Any] = []
    for position, step in enumerate(steps):
        result += before.get(position, [])
        result += [] if position in gone else [step]
    return result + before.get(len(base), [])


def _names(steps: Iterable[Any]) -> dict[str, int]:
    """Return the names by which steps are called: their op, with a number where several share it."""
    listed = [str(step.get("op")) if isinstance(step, Mapping) else "?" for step in steps]
    names: dict[str, int] = {}
    for position, op in enumerate(listed):
        if listed.count(op) == 1:
            names[op] = position
        else:
            names[f"{op}#{listed[: position + 1].count(op)}"] = position
    return names


def _position(name: object, names: Mapping[str, int], key: str, path: Path) -> int:
    if not isinstance(name, str) or name not in names:
        raise ConfigError(
            f"`{key}` of {path} names the step {name!r}, which the recipe it starts from does not have.",
            hint=did_you_mean(str(name), list(names)),
        )
    return names[name]


def _options(change: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(change, Mapping) or "op" in change:
        raise ConfigError(
            f"`change` of {path} holds {change!r}; it takes other options of a step.",
            hint="Write e.g. `fill_missing: {strategy: mean}`; replace a step with `without` and `steps`.",
        )
    return change


def _filled(value: Any, values: Mapping[str, Any], path: Path) -> Any:
    """Return a value with its parameters filled in."""
    if isinstance(value, Mapping):
        return {key: _filled(item, values, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values, path) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PARAMETER.fullmatch(value)
    if whole:
        return _value(whole[1], values, path)
    return _PARAMETER.sub(lambda found: _as_text(found[1], values, path), value)


def _value(name: str, values: Mapping[str, Any], path: Path) -> Any:
    if values.get(name) is None:
        problem = "has no value" if name in values else "is not stated"
        raise ConfigError(
            f"{path} uses the parameter {name!r}, which {problem}.",
            hint=f"Write `parameters: {{{name}: …}}` in it, or give a value.",
        )
    return values[name]


def _as_text(name: str, values: Mapping[str, Any], path: Path) -> str:
    value = _value(name, values, path)
    if isinstance(value, list | Mapping | bool) or _QUOTES.search(str(value)):
        raise ConfigError(
            f"The parameter {name!r} is {value!r}, which cannot stand inside a longer text.",
            hint="Give a number or a text without quotes.",
        )
    return str(value)


def _mapping(content: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    value = content.get(key) or {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"`{key}` of {path} is {value!r}; it is a mapping.", hint=f"Write `{key}: {{name: …}}`.")
    return value


def _check_keys(content: Mapping[str, Any], path: Path) -> None:
    for key in content:
        if key not in _KEYS:
            raise ConfigError(f"The recipe {path} has no key {key!r}.", hint=did_you_mean(str(key), _KEYS))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The recipe {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The recipe {path} is no UTF-8 text.") from None
