"""A recipe as a notebook: its steps one by one on the rows they are for, ready to be changed."""

from collections.abc import Sequence
from pathlib import Path

from clew.core.notebook import code, document, markdown, quoted
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
        markdown(title),
        code(
            "import clew\nfrom clew.prepare.preview import preview\n\n"
            f"data = clew.read({quoted(data)})\ntarget = {quoted(target) if target else None}\ndata"
        ),
        code(f"recipe = clew.Recipe.from_yaml({_block(recipe.to_yaml(reasons))})"),
    ]
    for number, step in enumerate(recipe.steps, start=1):
        reason = f" — {reasons[number - 1]}" if number <= len(reasons) else ""
        cells += [
            markdown(f"**Step {number}: {step.op}**{reason}\n\n```yaml\n{text.write([step_to_dict(step)])}```"),
            code(f"preview(recipe, data, target, step={number})"),
        ]
    cells += [
        markdown("**All steps**\n\nWhat each has learnt, and the prepared rows."),
        code("done = recipe.prepare(data, target=target)\ndone.recipe.learned()"),
        code("done.frame"),
    ]
    return document(cells)


def _block(value: str) -> str:
    """Return a text of several lines as a literal that people can edit, if it holds nothing that needs an escape."""
    if '"""' in value or "\\" in value or not all(line.isprintable() for line in value.split("\n")):
        return quoted(value)
    return f'"""\n{value}"""'
