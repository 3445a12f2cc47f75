"""Between a step and its text form: ``{"op": …, "columns": …, options}``."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields
from datetime import date
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from clew.core.errors import ConfigError, InputError, RecipeError, did_you_mean
from clew.prepare.registry import step_class
from clew.prepare.selectors import Columns
from clew.prepare.step import Step


@contextmanager
def in_step(number: int, op: str) -> Iterator[None]:
    """Put the number and name of the step before the message of an error about the input."""
    try:
        yield
    except InputError as error:
        if error.message.startswith("Step "):
            raise
        kind = ConfigError if isinstance(error, ConfigError) else RecipeError
        raise kind(f"Step {number} ({op}): {error.message}", hint=error.hint) from error


def step_to_dict(step: Step) -> dict[str, Any]:
    """Return the text form of a step: its op, its columns, and the options that differ from their defaults."""
    result: dict[str, Any] = {"op": step.op}
    for field in _options(type(step)):
        value = getattr(step, field.name)
        if isinstance(value, Columns):
            result[field.name] = value.terms[0] if len(value.terms) == 1 else list(value.terms)
            if value.exclude:
                result["except"] = list(value.exclude)
        elif field.default is MISSING or value != field.default:
            result[field.name] = _plain(value)
    return result


def step_from_dict(data: Any) -> Step:
    """Rebuild a step from its text form, a mapping.

    Raises
    ------
    ConfigError
        If the step or an option does not exist, or an option has a value that makes no sense.
    """
    if not isinstance(data.get("op") if isinstance(data, Mapping) else None, str):
        raise ConfigError(f"A step is a mapping with an `op`, and {data!r} is none.", hint="Write e.g. `- op: scale`.")
    cls = step_class(data["op"])
    known = {field.name: field for field in _options(cls)}
    allowed = [*(name for name in known if name != "disabled"), *(["except"] if "columns" in known else []), "disabled"]
    for name in data:
        if name != "op" and name not in allowed:
            raise ConfigError(f"{cls.op} has no option {name!r}.", hint=did_you_mean(str(name), allowed))
    for name, field in known.items():
        if name not in data and field.default is MISSING and field.default_factory is MISSING:
            raise ConfigError(f"{cls.op} needs the option {name!r}.", hint=_example(name))
    values = {name: _read(cls, name, data[name]) for name in known if name in data}
    if data.get("except"):
        values["columns"] = Columns.of(values["columns"], exclude=_terms("except", data["except"]))
    step = cls(**values)
    step.check()
    return step


def check(step: Step) -> None:
    """Raise `ConfigError` if an option of a step has a value that makes no sense."""
    step_from_dict(step_to_dict(step))


def _options(cls: type[Step]) -> tuple[Field[Any], ...]:
    return fields(cast("Any", cls))


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _read(cls: type[Step], name: str, value: Any) -> Any:
    if name == "columns":
        return Columns.of(value if isinstance(value, Columns) else _terms(name, value))
    hint, reader = _reader(cls, name)
    choices = [choice for choice in _choices(hint) if isinstance(choice, str)]
    try:
        return reader.validate_json(json.dumps(value, default=_written), strict=True)
    except (TypeError, ValueError, ValidationError) as error:
        if choices and isinstance(value, str):
            raise ConfigError(
                f"`{name}` of {cls.op} is {value!r}, which does not exist.", hint=did_you_mean(value, choices)
            ) from None
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ConfigError(f"`{name}` of {cls.op} is {value!r}: {said[:1].lower()}{said[1:]}.") from None


def _written(value: Any) -> str:
    """Return what YAML has read as a day or a moment as it was written."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no option")


def _terms(name: str, value: Any) -> str | list[Any] | tuple[Any, ...]:
    if not isinstance(value, str | list | tuple):
        raise ConfigError(f"`{name}` is {value!r}; names or selectors are needed.", hint=_example("columns"))
    return value


@cache
def _reader(cls: type[Step], name: str) -> tuple[Any, TypeAdapter[Any]]:
    hint = get_type_hints(cls)[name]
    return hint, TypeAdapter(hint)


def _choices(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for inner in get_args(hint):
            yield from _choices(inner)


def _example(name: str) -> str:
    return "Write e.g. `columns: [age, fare]` or `columns: kind:numeric`." if name == "columns" else f"Add `{name}: …`."
