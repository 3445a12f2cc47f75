"""``clew train``."""

import shlex
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from clew.cli.command import Context, command
from clew.cli.options import Cpus, Data, DomainFile, Out, Target, TaskOption, Trust, files_only, names
from clew.cli.output import Answer, figure, show_table
from clew.cli.show import show_findings
from clew.core.errors import UsageError
from clew.project import api
from clew.project.open import domain_file, open_bundle, open_data
from clew.project.training import read_params

#: Labels that are shown.
_LABELS = 5


class Engine(StrEnum):
    """Who learns."""

    CLEW = "clew"
    AUTOGLUON = "autogluon"


class Device(StrEnum):
    """Where boosters learn."""

    CPU = "cpu"
    CUDA = "cuda"


@command
def train(
    context: Context,
    data: Data,
    target: Target,
    out: Out,
    time_limit: Annotated[float | None, typer.Option(min=1, help="Seconds (default: 60, unless --trials).")] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Configurations to try; the same result every time.")
    ] = None,
    task: TaskOption = None,
    positive: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="The label of interest (default: 1, true, yes …, else the rarer one)."),
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="What decides (default: roc_auc, log_loss, rmse); or package.module:function.")
    ] = None,
    costs: Annotated[
        str | None, typer.Option(metavar="KIND=X,…", help="e.g. false_positive=1,false_negative=5; sets the threshold.")
    ] = None,
    weight: Annotated[str | None, typer.Option(metavar="COLUMN", help="Weight of each row.")] = None,
    group: Annotated[str | None, typer.Option(metavar="COLUMN", help="Rows of one group stay together.")] = None,
    time_column: Annotated[str | None, typer.Option(metavar="COLUMN", help="Splits go forward in time.")] = None,
    validation: Annotated[str | None, typer.Option(metavar="DATA", help="Rows that judge, instead of folds.")] = None,
    algorithms: Annotated[
        str | None,
        typer.Option(metavar="A[,B]", help="Algorithms to try (default: all that suit size and constraints)."),
    ] = None,
    params: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Parameters of one algorithm (JSON, YAML).")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Who learns.")] = Engine.CLEW,
    device: Annotated[Device, typer.Option(help="Where boosters learn.")] = Device.CPU,
    continue_from: Annotated[
        str | None,
        typer.Option("--continue", metavar="MODEL", help="Model whose boosters learn further rounds from DATA."),
    ] = None,
    recipe: Annotated[Path | None, typer.Option(metavar="FILE", help="Recipe (default: suggested).")] = None,
    max_latency_ms: Annotated[
        str, typer.Option(help="Milliseconds for a row, recipe included; auto: quick members first; none.")
    ] = "auto",
    max_size_mb: Annotated[str, typer.Option(help="For the model on disk; none for no limit.")] = "none",
    cpus: Cpus = None,
    domain: DomainFile = None,
    trust: Trust = None,
) -> Answer:
    """Train and compare models on a table; always leaves a bundle.

    Examples: `clew train churn.csv --target Churn --out bundle`;
    `clew train churn.csv --target Churn --trials 20 --algorithms lightgbm,catboost --out bundle`
    """
    facts = domain_file(domain)
    roles = {"weight": weight, "group": group, "time": time_column}
    result = api.train(
        open_data(data, context.project, domain=facts),
        target=target,
        out=out,
        time_limit_s=time_limit,
        trials=trials,
        task=task.value if task else None,
        positive=positive,
        metric=metric,
        costs=_costs(costs),
        roles={role: column for role, column in roles.items() if column is not None},
        validation=open_data(files_only(validation, "--validation"), context.project, domain=facts)
        if validation
        else None,
        algorithms=names(algorithms),
        params=read_params(params) if params else None,
        engine=engine.value,
        device=device.value,
        continue_from=open_bundle(continue_from, context.project, trust=names(trust) or ()) if continue_from else None,
        recipe=recipe,
        max_latency_ms=_latency(max_latency_ms),
        max_size_mb=_limit(max_size_mb, "--max-size-mb", "megabytes"),
        cpus=cpus,
        seed=context.seed,
        domain=facts,
        trust=names(trust) or (),
        progress=context.out.progress,
    )

    def show(console: Console) -> None:
        show_table(
            console,
            ["model", result["metric"], "fit s", "one row ms", "weight"],
            [
                [row[key] for key in ("model", "score", "fit_s", "predict_ms", "weight")]
                for row in result["leaderboard"]
            ],
        )
        show_findings(console, result["findings"])
        if result["classes"]:
            console.print(_asked(result["classes"], result["positive"]), markup=False)
        interval = f"{figure(result['score_low'])} to {figure(result['score_high'])}"
        console.print(
            f"{result['metric']} {figure(result['score'])} ({interval} at 95 %, {figure(result['score_rows'])} rows, "
            f"{result['score_from']}). Bundle: {out}"
        )

    from clew.train.estimators.autogluon import TRUSTED

    needed = ",".join(part for part in (trust, TRUSTED if engine is Engine.AUTOGLUON else None) if part)
    place = shlex.quote(str(out))
    trusting = f" --trust {shlex.quote(needed)}" if needed else ""
    following = (
        f"clew evaluate {place} NEW_ROWS --out evaluation.html{trusting}",
        f"clew predict {place} NEW_ROWS --out predictions.parquet{trusting}",
        f"clew serve {place}{trusting}",
    )
    return Answer(result, show, next=following)


def _asked(classes: Sequence[object], positive: object) -> str:
    """Say between which labels the model decides."""
    shown = ", ".join(map(str, classes[:_LABELS])) + (", …" if len(classes) > _LABELS else "")
    interest = f", of interest: {positive}" if positive is not None else ""
    return f"{len(classes)} labels ({shown}){interest}"


def _costs(text: str | None) -> dict[str, float] | None:
    found = {}
    for part in names(text) or ():
        kind, _, value = part.partition("=")
        try:
            found[kind.strip()] = float(value)
        except ValueError:
            raise UsageError(f"--costs has {part!r}; write e.g. false_positive=1,false_negative=5.") from None
    return found or None


def _latency(text: str) -> float | Literal["auto"] | None:
    return "auto" if text.lower() == "auto" else _limit(text, "--max-latency-ms", "milliseconds")


def _limit(text: str, option: str, unit: str) -> float | None:
    if text.lower() == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(f"{option} is {text!r}; it takes {unit} above 0, or none.")
    return value
