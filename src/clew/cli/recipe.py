"""``clew recipe``."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.output import Answer, show_table
from clew.core.errors import UsageError
from clew.core.jsonable import dumps
from clew.prepare.recipe import FittedRecipe, Recipe

app = typer.Typer(no_args_is_help=True)

#: Longer descriptions of what was learnt are cut in tables; --format json has all.
_SHOWN = 160


@app.callback()
def recipes() -> None:
    """Show a recipe and what it learnt."""


@app.command("show")
@command
def show_recipe(
    context: Context,
    recipe: Annotated[Path, typer.Argument(metavar="F", help="A recipe in YAML, or the folder of a fitted one.")],
) -> Answer:
    """Show the steps of a recipe, and what they learnt if it is fitted.

    Examples: `clew recipe show recipe.yaml`; `clew recipe show bundle/recipe`
    """
    del context
    steps = _steps(recipe)

    def show(console: Console) -> None:
        rows = []
        for number, step in enumerate(steps, start=1):
            details = {key: value for key, value in step.items() if key not in {"op", "columns", "number"}}
            text = dumps(details)
            rows.append([number, step["op"], _columns(step), text if len(text) <= _SHOWN else text[:_SHOWN] + " …"])
        show_table(console, ["", "step", "columns", "options, and what was learnt"], rows)

    return Answer({"steps": steps}, show)


def _steps(path: Path) -> list[dict[str, Any]]:
    if path.is_dir():
        return list(FittedRecipe.load(path).learned()["steps"])
    if not path.exists():
        raise UsageError(f"There is no recipe {path}.", hint="`clew suggest` writes one.")
    return Recipe.from_file(path).to_dict()


def _columns(step: dict[str, Any]) -> str:
    columns = step.get("columns", "")
    return ", ".join(map(str, columns)) if isinstance(columns, list | tuple) else str(columns)
