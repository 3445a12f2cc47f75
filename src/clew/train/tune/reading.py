"""Reading a space: a mapping, or a file in YAML or JSON.

A parameter is written as

- a list of values: ``[depthwise, lossguide]``;
- a range: ``{low: 0.01, high: 0.3, scale: log}``, of whole numbers where both ends are (``type: float`` says
  otherwise), with ``step`` or, for a grid, ``points`` where wanted;
- one value, which is then fixed;
- any of these in a mapping with ``when: {other: value or list of values}``: it exists only then.

A range may also be spelt as Optuna writes its distributions. The options of a recipe stand under ``recipe``, as
``step.option``, where the step is its number or, if it occurs once, its op: ``scale.method: [standard, robust]``. Where
several algorithms are tuned at once, the parameters of each stand under its name.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clew.core.errors import ConfigError, UsageError, did_you_mean
from clew.train.tune.dimension import GRID_POINTS, Dimension, Range, Scale, Values

_RANGE = ("type", "low", "high", "scale", "step", "points", "when", "log")
_OPTIONS = ("type", "values", "choices", "value", "when")
_TYPES = ("int", "float", "categorical")
#: Names of Optuna's distributions.
_OPTUNA = {"FloatDistribution": "float", "IntDistribution": "int", "CategoricalDistribution": "categorical"}
_MOST_VALUES = 1000


def read_space(path: Path) -> dict[str, Any]:
    """Read a space file.

    Parameters
    ----------
    path : Path
        YAML or JSON; JSON is YAML too.

    Returns
    -------
    dict
        As it is written; `dimensions_of` reads its parts.

    Raises
    ------
    UsageError
        If it cannot be read, or holds no mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8")
        written = json.loads(text) if path.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
    except OSError as error:
        raise UsageError(f"The space {path} cannot be read: {error.strerror}.") from None
    except (ValueError, YAMLError) as error:
        raise UsageError(f"The space {path} is neither YAML nor JSON: {str(error).splitlines()[0]}.") from None
    if not written:
        raise UsageError(f"The space {path} is empty.", hint="Write a line per parameter: `max_depth: [3, 6]`.")
    if not isinstance(written, dict):
        raise UsageError(
            f"The space {path} holds a {type(written).__name__}.",
            hint="Write a line per parameter: `max_depth: [3, 6]`.",
        )
    return written


def dimensions_of(written: Mapping[str, Any], *, prefix: str = "", where: str = "the space") -> dict[str, Dimension]:
    """Read parameters.

    Parameters
    ----------
    written : mapping
        Name → what it may be.
    prefix : str, optional
        Put before each name, also in conditions.
    where : str, default "the space"
        What the message calls it.

    Raises
    ------
    ConfigError
        If a parameter's text makes no sense; the message names it.
    """
    names = {str(name) for name in written}
    return {f"{prefix}{name}": _dimension(str(name), value, prefix, names, where) for name, value in written.items()}


def _dimension(name: str, written: Any, prefix: str, names: Iterable[str], where: str) -> Dimension:
    if isinstance(written, Range | Values):
        return written
    if isinstance(written, list | tuple):
        return Values(_values(name, written, where))
    if not isinstance(written, Mapping):
        return Values(_values(name, [written], where))
    written = _of_optuna(written)
    kind = written.get("type")
    if kind is not None and kind not in _TYPES:
        raise ConfigError(f"`type` of {name!r} in {where} is {kind!r}.", hint=f"Use {', '.join(_TYPES)}.")
    listed = kind == "categorical" or not {"low", "high"} & set(written)
    allowed = _OPTIONS if listed else _RANGE
    for key in written:
        if key not in allowed:
            raise ConfigError(f"{name!r} in {where} has the key {key!r}.", hint=did_you_mean(str(key), allowed))
    when = _when(name, written.get("when"), prefix, names, where)
    if listed:
        values = [written["value"]] if "value" in written else written.get("values", written.get("choices"))
        if not isinstance(values, list | tuple):
            raise ConfigError(
                f"{name!r} in {where} says neither a range nor values.", hint="Write {low: …, high: …} or a list."
            )
        return Values(_values(name, values, where), when)
    return _range(name, written, when, where)


def _range(name: str, written: Mapping[str, Any], when: Mapping[str, tuple[Any, ...]], where: str) -> Range:
    ends = {key: _number(name, key, written.get(key), where) for key in ("low", "high")}
    low, high = ends["low"], ends["high"]
    both_whole = isinstance(low, int) and isinstance(high, int)
    whole = written.get("type", "int" if both_whole else "float") == "int"
    if whole and not both_whole:
        raise ConfigError(f"{name!r} in {where} is of whole numbers, and its ends are {low!r} and {high!r}.")
    if low > high:
        raise ConfigError(f"{name!r} in {where} goes from {low!r} down to {high!r}.", hint="Exchange `low` and `high`.")
    scale = _scale(name, written, where)
    step = None if written.get("step") is None else _number(name, "step", written["step"], where)
    if step is not None and (step <= 0 or scale is not Scale.LINEAR or (whole and not isinstance(step, int))):
        raise ConfigError(
            f"`step` of {name!r} in {where} is {step!r}; it must be above 0, whole among whole numbers, and on a "
            "linear scale."
        )
    if scale is Scale.LOG and low <= 0:
        raise ConfigError(f"{name!r} in {where} begins at {low!r}, which has no logarithm.", hint="Use `low` above 0.")
    if scale is Scale.REVERSE_LOG and (whole or low < 0 or high >= 1):
        raise ConfigError(
            f"{name!r} in {where} is {low!r} to {high!r}, and reverse_log is for 0 ≤ low and high < 1, not for whole "
            "numbers.",
            hint="Use e.g. high: 0.999.",
        )
    points = written.get("points", GRID_POINTS)
    if not isinstance(points, int) or isinstance(points, bool) or not 1 <= points <= _MOST_VALUES:
        raise ConfigError(f"`points` of {name!r} in {where} is {points!r}; use 1 to {_MOST_VALUES}.")
    return Range(low, high, whole, scale, step, points, when)


def _scale(name: str, written: Mapping[str, Any], where: str) -> Scale:
    scale = written.get("scale", "log" if written.get("log") else "linear")
    try:
        return Scale(str(scale).replace("-", "_"))
    except ValueError:
        names = [known.value for known in Scale]
        raise ConfigError(
            f"`scale` of {name!r} in {where} is {scale!r}.", hint=did_you_mean(str(scale), names)
        ) from None


def _number(name: str, key: str, value: Any, where: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise ConfigError(f"`{key}` of {name!r} in {where} is {value!r}, and a finite number is needed.")
    return value


def _values(name: str, written: Iterable[Any], where: str) -> tuple[Any, ...]:
    values = tuple(written)
    if not values:
        raise ConfigError(f"{name!r} in {where} has no value.", hint="List at least one.")
    try:
        texts = [json.dumps(value, sort_keys=True, allow_nan=False) for value in values]
    except (TypeError, ValueError):
        raise ConfigError(
            f"{name!r} in {where} lists a value that is no text, finite number, truth value, list or mapping of these.",
            hint="Put a date between quotation marks.",
        ) from None
    if len(set(texts)) < len(texts):
        raise ConfigError(f"{name!r} in {where} lists a value twice: {', '.join(texts)}.", hint="List each once.")
    if len(values) > _MOST_VALUES:
        raise ConfigError(f"{name!r} in {where} lists {len(values)} values; at most {_MOST_VALUES} are taken.")
    return values


def _when(name: str, written: Any, prefix: str, names: Iterable[str], where: str) -> dict[str, tuple[Any, ...]]:
    if written is None:
        return {}
    if not isinstance(written, Mapping):
        raise ConfigError(f"`when` of {name!r} in {where} is {written!r}.", hint="Write {other: value}.")
    for other in written:
        if other not in names:
            raise ConfigError(
                f"`when` of {name!r} in {where} names {other!r}, which is not tuned.", hint=did_you_mean(other, names)
            )
    return {
        f"{prefix}{other}": tuple(values) if isinstance(values, list | tuple) else (values,)
        for other, values in written.items()
    }


def _of_optuna(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a distribution as Optuna writes it in the form used here."""
    kind = _OPTUNA.get(str(written.get("name")))
    if kind is None or not isinstance(written.get("attributes"), Mapping):
        return written
    rest = {key: value for key, value in written["attributes"].items() if value is not None}
    if kind == "int" and rest.get("step") == 1:
        rest.pop("step")
    return {"type": kind, **rest}
