"""Tuning from the outside: whatever the caller has goes in, and a folder that a training can go on from comes out."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clew.collect.source import read
from clew.core.errors import ClewError, UsageError, did_you_mean
from clew.core.jsonable import dumps
from clew.core.progress import Progress, silent
from clew.define.domain import Domain
from clew.define.metrics import Metric
from clew.deploy import bundle as bundles
from clew.explore.statistics import describe
from clew.prepare.recipe import Recipe
from clew.project.labelled import with_problem, with_roles
from clew.project.training import trusted_metric
from clew.store.files import ProjectLock, write_atomic
from clew.train.tune.goals import LATENCY
from clew.train.tune.reading import read_space
from clew.train.tune.report import tuning_page
from clew.train.tune.result import TuneResult
from clew.train.tune.spec import TuneSpec
from clew.train.tune.tuner import tune as look_for


def tune(
    data: Any,
    *,
    target: str,
    algorithm: str | Sequence[str] = "xgboost",
    strategy: str = "bayesian",
    space: Mapping[str, Any] | str | Path | None = None,
    trials: int | None = None,
    time_limit_s: float | None = None,
    task: str | None = None,
    positive: Any = None,
    metric: str | Metric | None = None,
    roles: Mapping[str, str] | None = None,
    validation: Any = None,
    recipe: Recipe | str | Path | None = None,
    domain: Domain | None = None,
    trust: Sequence[str] = (),
    out: str | Path | None = None,
    progress: Progress = silent,
    **how: Any,
) -> TuneResult:
    """Look for the best hyperparameters of an algorithm, and of the recipe in front of it.

    Parameters
    ----------
    data : path, frame or Dataset
        Rows to learn from.
    target : str
        Column to predict.
    algorithm : str or sequence of str, default "xgboost"
        What is tuned; with several, which of them is tuned too.
    strategy : {"bayesian", "random", "grid", "cmaes", "hyperband"}, default "bayesian"
        Who says what is tried next.
    space : mapping or path, optional
        What is tuned, and between which bounds; by default the space that ships for the algorithm.
    trials : int, optional
        Combinations to try; 50 where neither time nor patience nor convergence ends it.
    time_limit_s : float, optional
        Seconds.
    task, positive, metric
        Override what is inferred; a metric may be one of your own, or be spelt ``"package.module:function"``.
    roles : mapping, optional
        Role (weight, group, time) → column.
    validation : path, frame or Dataset, optional
        Rows that judge, instead of folds.
    recipe : Recipe or path, optional
        By default the suggested one.
    domain : Domain, optional
        What the field knows.
    trust : sequence of str, default ()
        Names of code that is no part of Clew and that may be run: of steps, of an estimator, of a metric.
    out : path, optional
        Folder for the journal, the result, the report and the bundle of the best model. Run again with the same
        folder, a tuning that was ended goes on where it was.
    progress : Progress, optional
        Called with a message and the share that is done.
    **how : object
        Further fields of `clew.train.tune.spec.TuneSpec`: ``objectives``, ``constraints``, ``patience``, ``nested``,
        ``warm_start``, ``compute``, ``seed`` …

    Returns
    -------
    TuneResult
        Shows itself in a notebook; ``.best``, ``.trials``, ``.importances``, ``.trained``, ``.to_dict()``.

    Raises
    ------
    UsageError, ConfigError, DataError
        If what came in makes no sense; the message says what, and the way out.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> rows = load_iris(as_frame=True).frame
    >>> result = tune(rows, target="target", algorithm="linear", task="multiclass", trials=4, refit=False)
    >>> len(result.trials), sorted(result.best.params)
    (4, ['alpha'])
    """
    dataset = with_roles(read(data, domain=domain), roles or {}, target)
    own = trusted_metric(metric, trust) if isinstance(metric, str | None) else metric
    named = metric if isinstance(metric, str) and own is None else None
    dataset, problem = with_problem(dataset, target, task=task, positive=positive, metric=named)
    judges = None if validation is None else read(validation, domain=domain).with_target(target)
    spec = _spec(
        {
            **how,
            "algorithms": (algorithm,) if isinstance(algorithm, str) else tuple(algorithm),
            "strategy": strategy,
            "space": read_space(Path(space)) if isinstance(space, str | Path) else space,
            "trials": trials,
            "time_limit_s": time_limit_s,
            "recipe": _recipe(recipe, trust),
            "metric": own,
            "trust": tuple(trust),
        }
    )
    others = set(spec.objectives) - {LATENCY}
    named = named if own is None else own.name
    if named is not None and others and named not in others:
        raise UsageError(
            f"`metric` is {named!r}, and it would not count beside the objectives {', '.join(spec.objectives)}.",
            hint="Leave it out, or name it as an objective too.",
        )
    if out is None:
        return look_for(dataset, problem, spec, validation=judges, progress=progress)
    folder = Path(out)
    if folder.is_file():
        raise UsageError(f"--out {folder} is a file, and a tuning needs a folder.", hint="Name another place.")
    if spec.refit:
        bundles.check_place(folder / "bundle")
    elif (folder / "bundle").exists():
        raise UsageError(
            f"{folder / 'bundle'} is the model of an earlier run, and need not be that of the combination found now.",
            hint="Remove it, or leave a model of the best one (`refit`).",
        )
    new = not folder.exists()
    with ProjectLock(folder / ".lock", "tuning").acquire():
        journal = folder / "journal.jsonl"
        kept = replace(spec, journal=journal)
        try:
            result = look_for(dataset, problem, kept, validation=judges, progress=progress)
        except ClewError:
            if new and not journal.exists():  # refused before it began
                shutil.rmtree(folder, ignore_errors=True)
            raise
        progress("writing the report", None)
        write_atomic(folder / "result.json", dumps(result.to_dict(), indent=1))
        write_atomic(folder / "report.html", tuning_page(result, dataset.source))
        _write_best(result, folder)
        if result.trained is not None:
            bundles.save(
                result.trained.model,
                folder / "bundle",
                baseline=describe(dataset.frame, dataset.schema),
                rules=domain.rules if domain else (),
                lineage={
                    "dataset": dataset.source,
                    "dataset_fingerprint": dataset.fingerprint,
                    "learning_rows": len(dataset),
                },
            )
    return result


def _write_best(result: TuneResult, folder: Path) -> None:
    """Write what ``clew train --params`` and ``--recipe`` take: the best parameters, and the recipe they go with."""
    pipeline = result.pipeline
    write_atomic(folder / "best.json", dumps(pipeline.params(result.best.params), indent=1))
    write_atomic(folder / "recipe.yaml", pipeline.recipe_of(result.best.params).to_yaml())


def _recipe(recipe: Recipe | str | Path | None, trust: Sequence[str]) -> Recipe | None:
    if recipe is None:
        return None
    found = recipe if isinstance(recipe, Recipe) else Recipe.from_file(recipe)
    return found.trusting(*trust) if trust else found


def _spec(fields: Mapping[str, Any]) -> TuneSpec:
    known = TuneSpec.__dataclass_fields__
    for name in fields:
        if name not in known:
            raise UsageError(f"tune() has no parameter {name!r}.", hint=did_you_mean(name, known))
    if not isinstance(fields.get("space"), Mapping | None):
        raise UsageError(
            f"`space` is a {type(fields['space']).__name__}.",
            hint="Give a mapping such as {'max_depth': [3, 6]}, or a file.",
        )
    values = dict(fields)
    for name in ("objectives", "constraints", "warm_start"):
        if name in values:
            listed = (values[name],) if isinstance(values[name], str | Path) else values[name]
            values[name] = tuple(Path(item) if name == "warm_start" else str(item) for item in listed)
    return TuneSpec(**values)
