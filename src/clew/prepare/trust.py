"""Code of other people's, which a recipe names and never carries: it runs only where the caller says so.

The gate stands at the two doors through which steps come to run: fitting a recipe, and loading a fitted one. Before it
nothing is imported; behind it a step may import what it names.
"""

from collections.abc import Collection, Iterable
from importlib import import_module
from typing import Any

from clew.core.errors import ClewError, RecipeError
from clew.prepare.step import Step, acting


def check_trust(steps: Iterable[Step], trust: Collection[str], error: type[ClewError] = RecipeError) -> None:
    """Let steps through whose code is trusted.

    Parameters
    ----------
    steps : iterable of Step
        In the order of the recipe; one that is switched off runs nothing.
    trust : collection of str
        Names that the caller trusts, as steps spell them: ``"package.module:function"``, ``"package.module.Class"``.
    error : type of ClewError, default RecipeError
        What is raised.

    Raises
    ------
    ClewError
        For the first step that runs code which is not trusted; the message names both.
    """
    for number, step in acting(steps):
        for name in step.foreign():
            if name not in trust:
                raise error(
                    f"Step {number} ({step.op}): It runs {name}, which is no part of Clew.",
                    hint=f'If you trust that code, say so: trust=("{name}",), or --trust {name} on the command line.',
                )


def found(module: str, name: str) -> Any:
    """Import what a trusted name stands for.

    Raises
    ------
    RecipeError
        If the module cannot be imported, or has no such thing.
    """
    try:
        thing: Any = import_module(module)
    except ImportError as error:
        raise RecipeError(
            f"The module {module!r} cannot be imported: {error}.", hint="Install the package that holds it."
        ) from error
    for part in name.split("."):
        if not hasattr(thing, part):
            raise RecipeError(f"{module!r} has no {name!r}.", hint="Name what it holds, as it is spelt there.")
        thing = getattr(thing, part)
    if not callable(thing):
        raise RecipeError(f"{module}:{name} is a {type(thing).__name__}.", hint="Name a function or a class.")
    return thing
