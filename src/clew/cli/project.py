"""``clew init`` and ``clew run``."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.exits import DONE, VIOLATED
from clew.cli.options import DataOption, Target, Trust, names
from clew.cli.output import Answer, figure, show_table
from clew.core.errors import UsageError
from clew.project.init import init_project
from clew.project.open import open_project


@command
def init(
    context: Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new project.")],
    data: DataOption,
    target: Target,
    task: Annotated[str | None, typer.Option(help="binary, multiclass or regression (default: inferred).")] = None,
    positive: Annotated[str | None, typer.Option(metavar="LABEL", help="The label of interest.")] = None,
    metric: Annotated[str | None, typer.Option(help="What decides between models.")] = None,
) -> Answer:
    """Write a commented clew.yaml: the inferred problem and domain model of a table.

    Example: `clew init churn --data churn.csv --target Churn`
    """
    del context
    path, problem = init_project(folder, data, target, task=task, positive=positive, metric=metric)

    def show(console: Console) -> None:
        console.print(
            f"{path}: {problem.task.value} task, judged by {problem.metric}. Read it, correct it, then run it."
        )

    return Answer({"config": str(path), "task": problem.task.value}, show, next=(f"clew run {folder}",))


@command
def run(
    context: Context,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Project folder (default: nearest).")] = None,
    stage: Annotated[str | None, typer.Option(metavar="S", help="Last stage to run (default: all).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run it again even if nothing changed.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another run.")] = 0.0,
    trust: Trust = None,
) -> Answer:
    """Run what has changed in a project; after an interruption, go on where it stopped.

    Ends with exit code 1 if a gate is not passed or a monitor is violated.

    Examples: `clew run churn`; `clew run churn --stage explore`; `clew run churn --stage train --force`
    """
    if context.seed:
        raise UsageError(
            "The seed of a project stands in its clew.yaml, so that a run can be repeated.",
            hint=f"Write `seed: {context.seed}` under `train`.",
        )
    with open_project(folder or context.project) as project:
        result = project.run(
            stage=stage, force=force, wait_s=wait, trust=names(trust) or (), progress=context.out.progress
        ).to_dict()
    violated = any(not gate["passed"] for gate in result["gates"]) or bool(result["violations"])

    place = f" --project {folder}" if folder else ""
    following: tuple[str, ...] = (f"clew models{place}", f"clew runs{place}")
    if result["bundle"]:
        following = (f"clew serve {result['bundle']}", *following)
    return Answer(
        result, lambda console: show_run(console, result), code=VIOLATED if violated else DONE, next=following
    )


def show_run(console: Any, result: dict[str, Any]) -> None:
    """Write what a run did: stages, figures, gates, and where things lie."""
    rows = [[item["name"], "kept" if item["cached"] else item["status"], item["seconds"]] for item in result["stages"]]
    show_table(console, ["stage", "", "seconds"], rows)
    for gate in result["gates"]:
        verdict = "passed" if gate["passed"] else "NOT passed"
        console.print(f"Gate {gate['name']}: {verdict} ({gate['rule']}; measured {figure(gate['value'])})")
    if result["violations"]:
        console.print(f"Monitor: {result['violations']} violations")
    for label, key in (("Report", "report"), ("Bundle", "bundle")):
        if result[key]:
            console.print(f"{label}: {result[key]}")
