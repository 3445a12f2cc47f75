"""A fitted recipe as a Python file that needs Polars and nothing else."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from clew.core.errors import RecipeError
from clew.core.schema import Schema
from clew.core.version import VERSION
from clew.prepare.entrance import changes
from clew.prepare.execute import Chain
from clew.prepare.export.recorded import OPERATORS, Recorded, name
from clew.prepare.export.steps import Exported, exported

_FRAME, _LANGUAGE = "frame", "pl"
#: Rising strength of Python's operators, for the brackets.
_STRENGTH = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 1),
    "|": 2,
    "&": 3,
    "+": 4,
    "-": 4,
    **dict.fromkeys(("*", "/", "//", "%"), 5),
    "~": 6,
    "negative": 6,
    "**": 7,
}
_ATOM = 8


def to_python(chain: Chain) -> str:
    """Write a fitted recipe as Python code with Polars.

    Parameters
    ----------
    chain : Chain
        The fitted steps.

    Returns
    -------
    str
        A module with a function ``prepare(frame)``, which takes and returns a `polars.DataFrame` and gives the values
        that the recipe gives.

    Raises
    ------
    RecipeError
        If a step is no expression; the message names it.
    """
    body: list[str] = [*_entering(chain.taken)]
    for step in exported(chain, _LANGUAGE, _FRAME, "Python"):
        body += ["", f"# Step {step.number}: {step.op}", *_checks(step), *_doing(step)]
    body += ["", *_returning(chain)]
    text = "\n".join(f"    {line}" if line else "" for line in body)
    modules = [word for word in ("datetime", "zoneinfo") if re.search(rf"\b{word}\.", text)]
    imports = "".join(f"import {word}\n" for word in modules) + ("\n" if modules else "")
    return (
        f'"""Rows as a fitted recipe prepares them (steps: {len(chain.steps)}); written by Clew {VERSION}."""\n'
        f"\n{imports}import polars as pl\n\n\n"
        f"def prepare(frame: pl.DataFrame) -> pl.DataFrame:\n"
        f'    """Take {_counted(chain.inputs)} and return {_counted(chain.output)}."""\n'
        f"{text}\n"
    )


def _counted(schema: Schema) -> str:
    return f"{len(schema)} column{'' if len(schema) == 1 else 's'}"


def _entering(taken: Schema) -> list[str]:
    """Bring raw columns into the form that steps rely on, as a recipe does where rows enter it."""
    entering = changes({column.name: column.dtype for column in taken})
    # Columns that are only handed on may be missing, and then there is nothing to change.
    return [*_typed(taken), *_with_columns({c: change(name(_LANGUAGE)) for c, change in entering.items()})]


def _typed(taken: Schema) -> list[str]:
    """Refuse texts where the recipe was fitted on something else: a recipe reads them, which this file cannot."""
    names = [column.name for column in taken if column.dtype != "String"]
    if not names:
        return []
    return [
        f"texts = [name for name in {names!r} if {_FRAME}.schema.get(name) == pl.String]",
        "if texts:",
        '    raise TypeError(f"Texts where the recipe was fitted on other types: {texts}. Cast these columns first.")',
        "",
    ]


def _checks(step: Exported) -> list[str]:
    lines = []
    for column, rule, refused in step.refused:
        lines += [
            f"bad = frame.select({code(refused, _ATOM)}.fill_null(False).sum()).item()",
            "if bad:",
            f"    raise ValueError({_literal(f'Step {step.number} ({step.op}): in ')} + str(bad)",
            f"                     + {_literal(f' rows {column!r} has a value that {rule}.')})",
        ]
    return lines


def _doing(step: Exported) -> list[str]:
    if step.reshaped is not None:
        return [f"frame = {code(step.reshaped)}"]
    gone = [f"frame = frame.drop({', '.join(map(_literal, step.dropped))}, strict=False)"] if step.dropped else []
    return _with_columns(step.made) + gone


def _with_columns(made: Mapping[str, Recorded]) -> list[str]:
    if not made:
        return []
    lines = (f"    {code(expression, _ATOM)}.alias({_literal(column)})," for column, expression in made.items())
    return ["frame = frame.with_columns(", *lines, ")"]


def _returning(chain: Chain) -> list[str]:
    listed = ", ".join(map(_literal, chain.output.names))
    if set(chain.output.names) == chain.needed[-1]:
        return [f"return frame.select({listed})"]
    return [
        "# Columns that are only handed on (target, id, weight, time) may be missing.",
        f"return frame.select(name for name in [{listed}] if name in frame.columns)",
    ]


def code(value: Any, strength: int = 0) -> str:
    """Return a recorded tree, or a plain value, as Python code.

    Parameters
    ----------
    value : Recorded or plain value
        Numbers, texts, truth values, moments, lists and mappings of them.
    strength : int, default 0
        Of the operator around it; a weaker one gets brackets.

    Raises
    ------
    RecipeError
        If a value has no literal.
    """
    if not isinstance(value, Recorded):
        return _literal(value)
    if value.node_head == "name":
        return str(value.node_parts[0])
    if value.node_head == "attribute":
        owner, attribute = value.node_parts
        return f"{code(owner, _ATOM)}.{attribute}"
    if value.node_head == "call":
        called, arguments, named = value.node_parts
        listed = [*map(code, arguments), *(f"{key}={code(item)}" for key, item in named.items())]
        return f"{code(called, _ATOM)}({', '.join(listed)})"
    return _operation(value, strength)


def _operation(value: Recorded, strength: int) -> str:
    own = _STRENGTH[value.node_head]
    if len(value.node_parts) == 1:
        text = f"{'-' if value.node_head == 'negative' else value.node_head}{code(value.node_parts[0], own)}"
    else:
        # The right operand needs brackets at equal strength too; comparisons must never form a chain.
        left, right = value.node_parts
        text = f"{code(left, own + (own == 1))} {value.node_head} {code(right, own + 1)}"
    return f"({text})" if own < strength else text


def _literal(value: Any) -> str:
    if isinstance(value, np.generic):
        return _literal(value.item())
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):
        return f"float({str(value)!r})"
    if isinstance(value, ZoneInfo):
        return f"zoneinfo.ZoneInfo({value.key!r})"
    if isinstance(value, list | tuple | set | frozenset):
        return _sequence(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_literal(key)}: {code(item)}' for key, item in value.items())}}}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool | int | float | bytes):
        return repr(value)
    if isinstance(value, dt.datetime) and isinstance(value.tzinfo, ZoneInfo):
        return f"{value.replace(tzinfo=None)!r}.replace(tzinfo={_literal(value.tzinfo)})"
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return repr(value)
    raise RecipeError(f"A {type(value).__name__} cannot be written as code.", hint="Use the fitted recipe itself.")


def _sequence(values: Iterable[Any]) -> str:
    listed = sorted(values, key=repr) if isinstance(values, set | frozenset) else list(values)
    return f"[{', '.join(map(code, listed))}]"


assert _STRENGTH.keys() == OPERATORS  # noqa: S101 - every operator has a strength
