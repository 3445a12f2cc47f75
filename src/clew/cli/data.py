"""``clew data``: dataset versions."""

from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Data
from clew.cli.options import names as split_names
from clew.cli.output import Answer, figure, show_table
from clew.project.open import open_data, open_project

app = typer.Typer(no_args_is_help=True)


@app.command("list")
@command
def list_versions(context: Context, name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None) -> Answer:
    """List the versions of the project's datasets.

    Example: `clew data list`
    """
    with open_project(context.project) as project:
        versions = project.datasets(name)

    def show(console: Console) -> None:
        rows = [
            [item["name"], item["version"], item["rows"], item["created"][:19], item["source"]] for item in versions
        ]
        show_table(console, ["dataset", "version", "rows", "made (UTC)", "from"], rows)

    return Answer({"versions": versions}, show)


@app.command("add")
@command
def add(
    context: Context,
    data: Data,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the dataset.")],
    append: Annotated[bool, typer.Option("--append", help="Add the rows to the latest version.")] = False,
) -> Answer:
    """Keep a table as a new version of a dataset.

    Example: `clew data add september.csv --name flights --append`
    """
    with open_project(context.project) as project:
        rows = open_data(data, context.project, domain=project.config.domain)
        version = project.add_dataset(name, rows, append=append)

    def show(console: Console) -> None:
        console.print(f"{name}@{version['version']}: {figure(version['rows'])} rows.")

    return Answer({"versions": [version]}, show, next=(f"clew profile project:{name}@{version['version']}",))


@app.command("diff")
@command
def diff(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    before: Annotated[int, typer.Argument(metavar="A", help="Earlier version.")],
    after: Annotated[int, typer.Argument(metavar="B", help="Later version.")],
    keys: Annotated[str | None, typer.Option(metavar="C[,C]", help="Columns that identify a row.")] = None,
) -> Answer:
    """Count the rows that were added, removed and changed between two versions.

    Example: `clew data diff flights 0 1 --keys id`
    """
    with open_project(context.project) as project:
        result = project.diff(name, before, after, keys=split_names(keys))

    def show(console: Console) -> None:
        counts = ", ".join(f"{figure(result[what])} {what}" for what in ("added", "removed", "changed"))
        console.print(f"{name} {before} → {after}: {counts}.")

    return Answer(result, show)
