"""``clew suggest`` and ``clew prepare``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, MaybeTarget, Out, Target
from clew.cli.output import Answer, figure, show_table
from clew.core.errors import UsageError
from clew.prepare import text
from clew.project import api
from clew.project.open import domain_file, open_data


class Engine(StrEnum):
    """Engines that run a recipe."""

    POLARS = "polars"
    PANDAS = "pandas"
    PYARROW = "pyarrow"


@command
def suggest(context: Context, data: Data, target: Target, out: Out, domain: DomainFile = None) -> Answer:
    """Suggest a recipe, with a reason for every step.

    Example: `clew suggest churn.csv --target Churn --out recipe.yaml`
    """
    facts = domain_file(domain)
    dataset = open_data(data, context.project, domain=facts)
    suggestion = api.suggestion(dataset, target=target, domain=facts)
    api.write_recipe(suggestion, out)
    steps = suggestion.to_dict()["steps"]

    def show(console: Console) -> None:
        show_table(
            console,
            ["step", "columns", "why"],
            [[step["op"], _names(step["columns"]), step["reason"]] for step in steps],
        )
        console.print(f"Recipe: {out}")

    following = (
        f"clew prepare {data.command} --recipe {out} --target {target} --out prepared.parquet",
        f"clew train {data.command} --target {target} --recipe {out} --out bundle",
    )
    return Answer({"steps": steps, "recipe": str(out)}, show, next=following)


@command
def prepare(
    context: Context,
    data: Data,
    out: Out,
    recipe: Annotated[Path | None, typer.Option(metavar="FILE", help="Recipe in YAML.")] = None,
    fitted: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Fitted recipe: read if it is there (no refit), else written."),
    ] = None,
    target: MaybeTarget = None,
    engine: Annotated[Engine, typer.Option(help="What runs the recipe.")] = Engine.POLARS,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Value of a parameter of the recipe.")
    ] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Fit the recipe of --fitted anew on these rows.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Say how long each step takes.")] = False,
    domain: DomainFile = None,
) -> Answer:
    """Fit a recipe and apply it to a table, or apply a fitted one.

    Example: `clew prepare churn.csv --recipe recipe.yaml --target Churn --fitted fitted --out prepared.parquet`
    """
    dataset = open_data(data, context.project, domain=domain_file(domain))
    result = api.prepare(
        dataset,
        recipe=recipe,
        fitted=fitted,
        out=out,
        target=target,
        engine=engine.value,
        parameters=_parameters(settings),
        refit=refit,
        timing=timing,
        seed=context.seed,
    )

    def show(console: Console) -> None:
        if timing:
            rows = [[s[key] for key in ("number", "op", "seconds", "rows", "columns")] for s in result["steps"]]
            show_table(console, ["", "step", "seconds", "rows", "columns"], rows)
        done = "Fitted and applied" if result["refitted"] else "Applied the fitted recipe"
        console.print(
            f"{done}: {figure(result['rows_in'])} rows in, {figure(result['rows_out'])} out, "
            f"{len(result['columns_out'])} columns, {figure(result['seconds'])} s. Written to {out}."
        )

    return Answer(result, show)


def _names(columns: list[str]) -> str:
    return ", ".join(columns[:6]) + (f" … {len(columns) - 6} more" if len(columns) > 6 else "")


def _parameters(settings: list[str] | None) -> dict[str, Any]:
    """Read ``NAME=VALUE``; a value is read as YAML, so that numbers and lists are such."""
    values = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {setting!r} is no NAME=VALUE.", hint="Write e.g. --set limit=18.")
        values[name.strip()] = text.parse(value)
    return values
