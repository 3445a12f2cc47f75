"""``clew tune``."""

import shlex
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Cpus, Data, DomainFile, Out, Target, TaskOption, Trust, files_only, names
from clew.cli.output import Answer, figure, show_table
from clew.cli.show import show_findings
from clew.project import tuning
from clew.project.open import domain_file, open_data
from clew.train.tune.result import TuneResult
from clew.train.tune.state import TrialState

#: Trials that are shown.
_SHOWN = 10


class StrategyName(StrEnum):
    """Who says what is tried next."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"
    CMAES = "cmaes"
    HYPERBAND = "hyperband"


class StoppingName(StrEnum):
    """Which trials end early."""

    MEDIAN = "median"
    NONE = "none"


class ResourceName(StrEnum):
    """What Hyperband gives more of."""

    ROWS = "rows"
    ROUNDS = "rounds"


_WHEN, _HOW, _WHAT = "When it ends", "How it searches", "What counts"


@command
def tune(
    context: Context,
    data: Data,
    target: Target,
    out: Out,
    algorithm: Annotated[str, typer.Option(metavar="A[,B]", help="What is tuned; of several, which one too.")],
    strategy: Annotated[
        StrategyName, typer.Option(help="Who says what is tried next.", rich_help_panel=_HOW)
    ] = StrategyName.BAYESIAN,
    space: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Space in YAML or JSON (default: the one that ships).")
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Combinations at most (default: 50, unless time, patience or convergence ends it).",
            rich_help_panel=_WHEN,
        ),
    ] = None,
    time_limit: Annotated[float | None, typer.Option(min=1, help="Seconds.", rich_help_panel=_WHEN)] = None,
    target_score: Annotated[
        float | None, typer.Option(help="Once the score is this good.", rich_help_panel=_WHEN)
    ] = None,
    patience: Annotated[
        int | None, typer.Option(min=3, help="After this many trials without a better one.", rich_help_panel=_WHEN)
    ] = None,
    converged: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Once so little is to be gained, e.g. 0.01.", rich_help_panel=_WHEN),
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(metavar="FIGURE", help="Metric, or latency_ms; may be repeated.", rich_help_panel=_WHAT),
    ] = None,
    constraint: Annotated[
        list[str] | None,
        typer.Option(metavar="BOUND", help="E.g. 'latency_ms <= 0.5'; may be repeated.", rich_help_panel=_WHAT),
    ] = None,
    nested: Annotated[
        int | None, typer.Option(min=2, metavar="K", help="Judge the tuning in K outer folds.", rich_help_panel=_WHAT)
    ] = None,
    stopping: Annotated[
        StoppingName, typer.Option(help="Which trials end early.", rich_help_panel=_HOW)
    ] = StoppingName.MEDIAN,
    resource: Annotated[
        ResourceName, typer.Option(help="What Hyperband gives more of.", rich_help_panel=_HOW)
    ] = ResourceName.ROWS,
    asynchronous: Annotated[
        bool, typer.Option("--asynchronous", help="Hyperband that never waits; not repeatable.", rich_help_panel=_HOW)
    ] = False,
    generation: Annotated[
        int | None, typer.Option(min=1, help="Trials asked for at once (default: 4).", rich_help_panel=_HOW)
    ] = None,
    warm_start: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="An earlier tuning; may be repeated.", rich_help_panel=_HOW),
    ] = None,
    transfer: Annotated[
        bool, typer.Option("--transfer", help="It was of other rows: only try its best first.", rich_help_panel=_HOW)
    ] = False,
    compute: Annotated[
        str, typer.Option(metavar="WHERE", help="local, processes or dask://HOST:PORT.", rich_help_panel=_HOW)
    ] = "local",
    device: Annotated[
        str, typer.Option(metavar="cpu|cuda", help="Where boosters learn.", rich_help_panel=_HOW)
    ] = "cpu",
    refit: Annotated[bool, typer.Option("--refit/--no-refit", help="Leave a bundle of the best one.")] = True,
    task: TaskOption = None,
    positive: Annotated[str | None, typer.Option(metavar="LABEL", help="The label of interest.")] = None,
    metric: Annotated[str | None, typer.Option(help="What decides.", rich_help_panel=_WHAT)] = None,
    weight: Annotated[str | None, typer.Option(metavar="COLUMN", help="Weight of each row.")] = None,
    group: Annotated[str | None, typer.Option(metavar="COLUMN", help="Rows of one group stay together.")] = None,
    time_column: Annotated[str | None, typer.Option(metavar="COLUMN", help="Splits go forward in time.")] = None,
    validation: Annotated[str | None, typer.Option(metavar="DATA", help="Rows that judge, instead of folds.")] = None,
    recipe: Annotated[Path | None, typer.Option(metavar="FILE", help="Recipe (default: suggested).")] = None,
    cpus: Cpus = None,
    domain: DomainFile = None,
    trust: Trust = None,
) -> Answer:
    """Look for the best hyperparameters of an algorithm and its recipe.

    Ended in whatever way, it goes on where it was when it is run again with the same --out.

    Examples: `clew tune churn.csv --target Churn --algorithm xgboost --strategy bayesian --out tuning`;
    `clew tune churn.csv --target Churn --algorithm lightgbm --space space.yaml --time-limit 600 --out tuning`
    """
    facts = domain_file(domain)
    roles = {"weight": weight, "group": group, "time": time_column}
    result = tuning.tune(
        open_data(data, context.project, domain=facts),
        target=target,
        out=out,
        algorithm=names(algorithm) or (),
        strategy=strategy.value,
        space=space,
        trials=trials,
        time_limit_s=time_limit,
        target_score=target_score,
        patience=patience,
        converged=converged,
        objectives=tuple(objective or ()),
        constraints=tuple(constraint or ()),
        nested=nested,
        stopping=stopping.value,
        resource=resource.value,
        asynchronous=asynchronous,
        generation=generation,
        warm_start=tuple(warm_start or ()),
        transfer=transfer,
        compute=compute,
        device=device,
        refit=refit,
        task=task.value if task else None,
        positive=positive,
        metric=metric,
        roles={role: column for role, column in roles.items() if column is not None},
        validation=open_data(files_only(validation, "--validation"), context.project, domain=facts)
        if validation
        else None,
        recipe=recipe,
        cpus=cpus,
        seed=context.seed,
        domain=facts,
        trust=names(trust) or (),
        progress=context.out.progress,
    )
    answer = {**result.to_dict(), "out": str(out), "bundle": str(out / "bundle") if refit else None}
    if refit:
        judging = ["clew", "evaluate", str(out / "bundle"), "NEW_ROWS", "--out", "evaluation.html"]
        following = shlex.join([*judging, *_stated({"trust": trust})])
        return Answer(answer, partial(_show, result, answer, out), next=(following,))
    stated = {
        "algorithms": result.best.algorithm,
        "params": out / "best.json",
        "recipe": out / "recipe.yaml",
        "task": task.value if task else None,
        "positive": positive,
        "metric": result.goals.metric if metric or objective else None,
        "weight": weight,
        "group": group,
        "time-column": time_column,
        "validation": validation,
        "device": device if device != "cpu" else None,
        "cpus": cpus,
        "domain": domain,
        "trust": trust,
        "project": context.project,
        "seed": context.seed or None,
    }
    following = f"clew train {data.command} {shlex.join(['--target', target, *_stated(stated), '--out', 'bundle'])}"
    return Answer(answer, partial(_show, result, answer, out), next=(following,))


def _stated(options: Mapping[str, object]) -> list[str]:
    """Return the options that have a value, as words of a command line."""
    given = {name: str(value) for name, value in options.items() if value is not None}
    return [word for name, value in given.items() for word in (f"--{name}", value)]


def _show(result: TuneResult, answer: Mapping[str, Any], out: Path, console: Console) -> None:
    goals = answer["objectives"]
    best = [trial for trial in result.ranked if trial.state == TrialState.COMPLETE][:_SHOWN]
    rows = [
        [trial.number, *(trial.figures[goal] for goal in goals), round(trial.fit_s, 2), _spelt(trial.params)]
        for trial in best
    ]
    show_table(console, ["trial", *goals, "fit s", "parameters"], rows)
    show_findings(console, answer["findings"])
    if nested := answer["nested"]:
        console.print(
            f"Judged by rows that had no part in the tuning: {nested['metric']} {figure(nested['value'])} "
            f"({figure(nested['low'])} to {figure(nested['high'])}), {len(nested['folds'])} outer folds."
        )
    console.print(
        f"{result.metric} {figure(result.score)} by trial {result.best.number} of {len(result.trials)} "
        f"({result.score_from}); {result.ended}. Report: {out / 'report.html'}"
    )


def _spelt(params: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in params.items())
