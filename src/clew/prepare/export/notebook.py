"""A recipe as a notebook: its steps one by one on the rows they are for, ready to be changed."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from clew.core.jsonable import dumps
from clew.prepare import text
from clew.prepare.options import step_to_dict
from clew.prepare.recipe import Recipe


def to_notebook(recipe: Recipe, data: str, target: str | None = None, reasons: Sequence[str] = ()) -> str:
    """Write a recipe as a Jupyter notebook.

    Parameters
    ----------
    recipe : Recipe
        The steps.
    data : str
        What the notebook reads, as `clew.read` takes it.
    target : str, optional
        The target column.
    reasons : sequence of str, default ()
        Why each step is there.

    Returns
    -------
    str
        A file of nbformat 4.5, which Jupyter and others open; no cell has been run.
    """
    lead = "The steps of a recipe, each shown on the rows. Change `recipe` and run again."
    title = f"# Preparing {Path(data).name}\n\n{lead}"
    cells = [
        _markdown(title),
        _code(
            "import clew\nfrom clew.prepare.preview import preview\n\n"
            f"data = clew.read({_quoted(data)})\ntarget = {_quoted(target) if target else None}\ndata"
        ),
        _code(f"recipe = clew.Recipe.from_yaml({_block(recipe.to_yaml(reasons))})"),
    ]
    for number, step in enumerate(recipe.steps, start=1):
        reason = f" — {reasons[number - 1]}" if number <= len(reasons) else ""
        cells += [
            _markdown(f"**Step {number}: {step.op}**{reason}\n\n```yaml\n{text.write([step_to_dict(step)])}```"),
            _code(f"preview(recipe, data, target, step={number})"),
        ]
    cells += [
        _markdown("**All steps**\n\nWhat each has learnt, and the prepared rows."),
        _code("done = recipe.prepare(data, target=target)\ndone.recipe.learned()"),
        _code("done.frame"),
    ]
    numbered = [{"id": f"cell-{position}", **cell} for position, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return dumps(content, indent=1) + "\n"


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(source)}


def _lines(source: str) -> list[str]:
    return list(_kept_ends(source))


def _kept_ends(source: str) -> Iterable[str]:
    parts = source.split("\n")
    yield from (f"{part}\n" for part in parts[:-1])
    if parts[-1]:
        yield parts[-1]


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _block(value: str) -> str:
    """Return a text of several lines as a literal that people can edit, if it holds nothing that needs an escape."""
    if '"""' in value or "\\" in value or not all(line.isprintable() for line in value.split("\n")):
        return _quoted(value)
    return f'"""\n{value}"""'
