"""``clew recipe``."""

import shlex
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data, DomainFile, MaybeOut, MaybeTarget, Out, Trust, names
from clew.cli.output import Answer, figure, show_table
from clew.core.errors import UsageError
from clew.core.jsonable import dumps
from clew.prepare.flow.imported import Imported, import_flow
from clew.prepare.flow.mapped import Mapped
from clew.prepare.flow.outcome import Status
from clew.prepare.preview import preview
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.project import api
from clew.project.open import domain_file, open_data

app = typer.Typer(no_args_is_help=True)

#: Longer descriptions of what was learnt are cut in tables; --format json has all.
_SHOWN = 160


@app.callback()
def recipes() -> None:
    """Show recipes, bring them in from Data Wrangler, and take them elsewhere."""


@app.command("show")
@command
def show_recipe(
    context: Context,
    recipe: Annotated[Path, typer.Argument(metavar="F", help="A recipe in YAML, or the folder of a fitted one.")],
    trust: Trust = None,
) -> Answer:
    """Show the steps of a recipe, and what they learnt if it is fitted.

    Examples: `clew recipe show recipe.yaml`; `clew recipe show bundle/recipe`
    """
    del context
    steps = _steps(recipe, names(trust) or ())

    def show(console: Console) -> None:
        rows = []
        for number, step in enumerate(steps, start=1):
            details = {key: value for key, value in step.items() if key not in {"op", "columns", "number", "disabled"}}
            text = dumps(details)
            op = f"{step['op']} (switched off)" if step.get("disabled") else step["op"]
            shown = text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
            # Of a fitted recipe the steps that were switched off are not there, and their numbers are left out.
            rows.append([step.get("number", number), op, _columns(step), shown])
        show_table(console, ["", "step", "columns", "options, and what was learnt"], rows)

    return Answer({"steps": steps}, show)


@app.command("preview")
@command
def preview_step(
    context: Context,
    recipe: Annotated[Path, typer.Argument(metavar="F", help="A recipe in YAML.")],
    data: Data,
    step: Annotated[int | None, typer.Option(min=1, help="Its number (default: the last).")] = None,
    target: MaybeTarget = None,
    rows: Annotated[int, typer.Option(min=0, help="Rows to show.")] = 5,
    out: MaybeOut = None,
    domain: DomainFile = None,
    trust: Trust = None,
) -> Answer:
    """Show what a step does to rows and distributions, before it is used.

    Examples: `clew recipe preview recipe.yaml churn.csv --step 2 --target Churn`;
    `clew recipe preview recipe.yaml churn.csv --out preview.html`
    """
    dataset = open_data(data, context.project, domain=domain_file(domain))
    steps = Recipe.from_file(recipe).trusting(*(names(trust) or ()))
    seen = preview(steps, dataset, target, step=step, rows=rows, seed=context.seed, folder=recipe.parent)
    if out is not None:
        seen.save(out)

    def show(console: Console) -> None:
        changes = []
        for column in seen.columns:
            sides = (column.before, column.after)
            missing = [None if side is None else side.missing for side in sides]
            changes.append(
                [column.name, column.change, column.cells, *missing, *(side and side.mean for side in sides)]
            )
        headers = ["column", "", "cells changed", "missing", "then", "mean", "then"]
        show_table(console, headers, changes)
        show_table(console, seen.after.columns, [list(row) for row in seen.after.iter_rows()])
        sampled = f" (a sample of {figure(seen.sampled_from)})" if seen.sampled_from else ""
        console.print(
            f"Step {seen.number}, {seen.op}: {figure(seen.rows_in)} rows in{sampled}, {figure(seen.rows_out)} out."
        )
        if out is not None:
            console.print(f"Report: {out}")

    return Answer({**seen.to_dict(), "report": str(out) if out else None}, show)


@app.command("import")
@command
def import_recipe(
    context: Context,
    flow: Annotated[Path, typer.Argument(metavar="F", help="A .flow file of Amazon SageMaker Data Wrangler.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the recipe.")] = None,
    node: Annotated[
        str | None,
        typer.Option(
            metavar="NODE", help="Id, number or name of the node whose table is wanted (default: the longest)."
        ),
    ] = None,
    target: MaybeTarget = None,
) -> Answer:
    """Turn a flow of Amazon SageMaker Data Wrangler into a recipe, and say what maps and what does not.

    Nothing in the flow is run. Without `--out` it is only looked at.

    Examples: `clew recipe import churn.flow`; `clew recipe import churn.flow --out recipe.yaml --target Churn`
    """
    del context
    imported = import_flow(flow, node=node, target=target)
    files = imported.save(out) if out is not None else []
    report = {**imported.to_dict(), "out": None if out is None else str(out), "files": [str(file) for file in files]}
    return Answer(report, lambda console: _show_import(console, imported, files), next=_after(imported, flow, out))


class Language(StrEnum):
    """What a recipe can be written as."""

    PYTHON = "python"
    SQL = "sql"
    NOTEBOOK = "notebook"


@app.command("export")
@command
def export_recipe(
    context: Context,
    recipe: Annotated[Path, typer.Argument(metavar="F", help="The folder of a fitted recipe; for a notebook, any.")],
    to: Annotated[Language, typer.Option("--to", help="What to write.")],
    out: Out,
    data: Annotated[
        str | None, typer.Option("--data", metavar="DATA", help="What the notebook reads, or the table of the query.")
    ] = None,
    target: MaybeTarget = None,
    keep: Annotated[
        str | None, typer.Option(metavar="C[,C]", help="Columns that the query hands on (target, id …).")
    ] = None,
    trust: Trust = None,
) -> Answer:
    """Write a recipe as Polars code, as SQL, or as a notebook.

    Examples: `clew recipe export fitted --to python --out prepare_rows.py`;
    `clew recipe export fitted --to sql --data customers --keep id --out prepare_rows.sql`;
    `clew recipe export recipe.yaml --to notebook --data churn.csv --target Churn --out recipe.ipynb`
    """
    del context
    written = api.export_recipe(
        recipe, to.value, out, data=data, target=target, keep=names(keep) or (), trust=names(trust) or ()
    )

    def show(console: Console) -> None:
        console.print(f"Written to {out}.")

    return Answer(written, show)


def _show_import(console: Console, imported: Imported, files: list[Path]) -> None:
    rows = [[str(mapped.node.number), mapped.node.title, _becomes(mapped), mapped.why] for mapped in imported.nodes]
    show_table(console, ["node", "in Data Wrangler", "here", ""], rows)
    _show_remarks(console, "What behaves otherwise here:", imported, "differs")
    _show_remarks(console, "What is not taken over:", imported, "lacks")
    _show_remarks(console, "What to do by hand:", imported, "todo")
    for end in imported.left:
        console.print(f"Another line ends at node {end.number} ({end.title}): --node {end.number} imports it.")
    counts = imported.to_dict()
    console.print(
        f"{counts['mapped']} nodes mapped, {counts['partly']} of them in part; {len(imported.unmapped)} without a step "
        f"here; {len(imported.line.steps)} steps."
    )
    for file in files:
        console.print(f"Written: {file}")


def _show_remarks(console: Console, heading: str, imported: Imported, about: str) -> None:
    """Write each remark once, with the nodes that it is about."""
    found: dict[str, list[int]] = {}
    for mapped in imported.nodes:
        said = getattr(mapped, about)
        for remark in [said] if isinstance(said, str) else said:
            if remark:
                found.setdefault(remark, []).append(mapped.node.number)
    if found:
        console.print(heading)
        for remark, numbers in found.items():
            console.print(f"  {', '.join(map(str, numbers))}: {remark}", soft_wrap=True)
        console.print()


def _becomes(mapped: Mapped) -> str:
    ops = ", ".join(dict.fromkeys(step["op"] for step in mapped.steps))
    if mapped.status is Status.UNMAPPED:
        return "no step"
    if mapped.status is Status.IGNORED:
        return "left out"
    if mapped.status is Status.WAITING:
        return f"{ops}, as a comment"
    if mapped.node.type == "SOURCE":
        return "DATA"
    return ops or ", ".join(f"{key} of clew.yaml" for key in mapped.settings) or "nothing to do"


def _after(imported: Imported, flow: Path, out: Path | None) -> tuple[str, ...]:
    """Return the commands that come next: write it, or prepare rows with it, the other tables first."""
    target = imported.target
    stated = ["--target", target] if target else []
    if out is None:
        return (shlex.join(["clew", "recipe", "import", str(flow), "--out", "recipe.yaml", *stated]),)
    commands = []
    for side in imported.sides:
        made = str(out.with_name(f"{side.name}.parquet"))
        recipe = str(imported.side_path(out, side))
        commands.append(shlex.join(["clew", "prepare", side.file, "--recipe", recipe, "--out", made]))
    data = imported.settings.get("data", {})
    about = [word for key in ("delimiter", "encoding") if key in data for word in (f"--{key}", data[key])]
    if "filename_column" in data:
        about += ["--filename-column", data["filename_column"]]
    line = ["clew", "prepare", imported.line.file, *about, "--recipe", str(out), *stated, "--out", "prepared.parquet"]
    return (*commands, shlex.join(line))


def _steps(path: Path, trust: Sequence[str]) -> list[dict[str, Any]]:
    if path.is_dir():
        return list(FittedRecipe.load(path, trust=trust).learned()["steps"])
    if not path.exists():
        raise UsageError(f"There is no recipe {path}.", hint="`clew suggest` writes one.")
    return Recipe.from_file(path).to_dict()


def _columns(step: dict[str, Any]) -> str:
    columns = step.get("columns", "")
    return ", ".join(map(str, columns)) if isinstance(columns, list | tuple) else str(columns)
