"""``clew suggest`` and ``clew prepare``."""

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, MaybeTarget, Out, Target, TaskOption, Trust, names
from clew.cli.output import Answer, figure, show_table
from clew.core.errors import UsageError
from clew.prepare import text
from clew.prepare.suggest import Suggestion
from clew.project import api
from clew.project.open import domain_file, file_or_dataset, open_data


class Engine(StrEnum):
    """Engines that run a recipe."""

    POLARS = "polars"
    PANDAS = "pandas"
    PYARROW = "pyarrow"
    DUCKDB = "duckdb"
    SPARK = "spark"
    STREAMING = "streaming"


class For(StrEnum):
    """Kinds of models that a recipe can be meant for."""

    ANY = "any"
    LINEAR = "linear"
    TREES = "trees"


@command
def suggest(
    context: Context,
    data: Data,
    target: Target,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the recipe.")] = None,
    for_model: Annotated[
        For, typer.Option("--for", help="What comes after the recipe: linear and trees are for models of others.")
    ] = For.ANY,
    task: TaskOption = None,
    domain: DomainFile = None,
) -> Answer:
    """Suggest a recipe, with a reason for every step.

    Examples: `clew suggest churn.csv --target Churn --out recipe.yaml`;
    `clew suggest churn.csv --target Churn --for linear --out linear.yaml`
    """
    facts = domain_file(domain)
    dataset = open_data(data, context.project, domain=facts)
    suggestion = api.suggestion(
        dataset, target=target, task=task.value if task else None, domain=facts, for_model=for_model.value
    )
    if out is not None:
        api.write_recipe(suggestion, out)
    steps = suggestion.steps

    def show(console: Console) -> None:
        if steps:
            numbered = enumerate(steps, start=1)
            rows = [[number, step["op"], _names(step["columns"]), step["reason"]] for number, step in numbered]
            show_table(console, ["", "step", "columns", "why"], rows)
        else:
            console.print("These rows need no step: a model can learn from them as they are.")
        if out is not None:
            console.print(f"Recipe: {out}")

    told = {**suggestion.to_dict(), "recipe": None if out is None else str(out)}
    rows = f"{data.command} --target {shlex.quote(target)}"
    return Answer(told, show, next=_after_suggesting(rows, f" --task {task.value}" if task else "", suggestion, out))


def _after_suggesting(rows: str, task: str, suggestion: Suggestion, out: Path | None) -> tuple[str, ...]:
    """Return the commands that go on from a suggestion."""
    if not suggestion.steps:
        return (f"clew train {rows}{task} --out bundle",)
    kind = "" if suggestion.for_model == "any" else f" --for {suggestion.for_model}"
    if out is None:
        return (f"clew suggest {rows}{task}{kind} --out recipe.yaml",)
    prepare = f"clew prepare {rows} --recipe {shlex.quote(str(out))} --out prepared.parquet"
    preview = f"clew recipe preview {shlex.quote(str(out))} {rows}"
    # What is made for a model of others is taken there as a table.
    return (preview, prepare) if kind else (preview, prepare, f"clew train {rows}{task} --recipe {out} --out bundle")


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
    engine: Annotated[
        Engine, typer.Option(help="What runs the recipe; streaming: files larger than memory.")
    ] = Engine.POLARS,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Value of a parameter of the recipe.")
    ] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Fit the recipe of --fitted anew on these rows.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Say how long each step takes.")] = False,
    domain: DomainFile = None,
    trust: Trust = None,
) -> Answer:
    """Fit a recipe and apply it to a table, or apply a fitted one.

    Examples: `clew prepare churn.csv --recipe recipe.yaml --target Churn --fitted fitted --out prepared.parquet`;
    `clew prepare all.parquet --fitted fitted --engine streaming --out prepared.parquet`
    """
    facts = domain_file(domain)
    streaming = engine is Engine.STREAMING
    result = api.prepare(
        file_or_dataset(data, context.project, facts) if streaming else open_data(data, context.project, domain=facts),
        recipe=recipe,
        fitted=fitted,
        out=out,
        target=target,
        engine=engine.value,
        parameters=_parameters(settings),
        refit=refit,
        timing=timing,
        domain=facts,
        seed=context.seed,
        trust=names(trust) or (),
        progress=context.out.progress,
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
