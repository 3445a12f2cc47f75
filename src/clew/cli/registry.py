"""``clew runs``, ``models``, ``promote``, ``rollback``, ``card`` and ``lineage``."""

from typing import Annotated

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Model, Trust, names
from clew.cli.output import Answer, figure, show_table
from clew.project.open import open_bundle, open_project
from clew.store.models import ModelVersion

_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the model.")]
_Alias = Annotated[str, typer.Argument(metavar="ALIAS", help="For example champion.")]


@command
def runs(context: Context, limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 30) -> Answer:
    """List what ran, when, and how it ended.

    Example: `clew runs --limit 5`
    """
    with open_project(context.project) as project:
        found = [
            run.to_dict() | {"metrics": project.database.runs.figures(run.id)}
            for run in project.database.runs.latest(limit)
        ]

    def show(console: Console) -> None:
        rows = [[run["id"], run["stage"], run["status"], run["started"][:19], run["seconds"]] for run in found]
        show_table(console, ["run", "stage", "status", "started (UTC)", "seconds"], rows)

    return Answer({"runs": found}, show)


@command
def models(context: Context) -> Answer:
    """List registered models, versions and aliases.

    Example: `clew models`
    """
    with open_project(context.project) as project:
        found = project.database.models.versions()
    return Answer({"models": [item.to_dict() for item in found]}, lambda console: _show_models(console, found))


@command
def promote(
    context: Context,
    name: _Name,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="Number of the version.")],
    alias: _Alias,
) -> Answer:
    """Point an alias to a version.

    Example: `clew promote churn 2 champion`
    """
    with open_project(context.project) as project:
        found = project.database.models.set_alias(name, alias, version)
    return Answer({"models": [found.to_dict()]}, lambda console: _show_models(console, [found]))


@command
def rollback(context: Context, name: _Name, alias: _Alias) -> Answer:
    """Point an alias back to the version it had before.

    Example: `clew rollback churn champion`
    """
    with open_project(context.project) as project:
        found = project.database.models.rollback(name, alias)
    return Answer({"models": [found.to_dict()]}, lambda console: _show_models(console, [found]))


@command
def card(context: Context, model: Model, trust: Trust = None) -> Answer:
    """Print the card of a model: what it is for, what it was trained on, how good it is, and its limits.

    Example: `clew card models:/churn@champion`
    """
    bundle = open_bundle(model, context.project, trust=names(trust) or ())
    return Answer({"card": bundle.card}, lambda console: console.print(bundle.card))


@command
def lineage(
    context: Context,
    node: Annotated[str, typer.Argument(metavar="ID", help="For example model:churn@1, dataset:churn@0 or run:3.")],
) -> Answer:
    """Say what a thing was made from, and what was made from it.

    Example: `clew lineage model:churn@1`
    """
    with open_project(context.project) as project:
        nodes, edges = project.database.lineage.of(node)

    def show(console: Console) -> None:
        show_table(console, ["from", "", "to"], [[edge["source"], edge["relation"], edge["target"]] for edge in edges])

    return Answer({"nodes": nodes, "edges": edges}, show)


def _show_models(console: Console, found: list[ModelVersion]) -> None:
    rows = []
    for item in found:
        shown = ", ".join(f"{name} {figure(value['value'])}" for name, value in list(item.metrics.items())[:1])
        rows.append([item.name, item.version, ", ".join(item.aliases), shown, item.created[:19], item.path])
    show_table(console, ["model", "version", "aliases", "score", "made (UTC)", "bundle"], rows)
