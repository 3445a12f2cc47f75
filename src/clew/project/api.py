"""The verbs of the Python API and the command line, over whatever the caller has: frames, paths, models, bundles."""

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.source import read, write
from clew.core.errors import UsageError
from clew.core.progress import Progress, silent
from clew.define.domain import Domain
from clew.define.problem import Problem
from clew.deploy import batch
from clew.deploy import bundle as bundles
from clew.deploy.bundle import Bundle
from clew.deploy.reading import without_roles
from clew.evaluation import evaluation
from clew.explore import profile as profiles
from clew.explore.statistics import describe
from clew.prepare.advice import ModelFamily
from clew.prepare.export.notebook import to_notebook
from clew.prepare.on_engine import check_engine, handed_over
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.suggest import Suggestion
from clew.prepare.suggest import suggest as suggest_recipe
from clew.project.labelled import with_problem, with_roles
from clew.project.preparing import AT_ONCE, STREAMING, Work, prepare_in_memory, prepare_streaming
from clew.project.training import going_on, taught_before, trusted_metric
from clew.store.files import write_atomic
from clew.train.automl import TrainSpec
from clew.train.automl import train as train_models
from clew.train.model import FittedModel


def profile(
    data: Any,
    *,
    target: str | None = None,
    domain: Domain | None = None,
    compare: Any = None,
    streaming: bool | None = None,
    minimal: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> profiles.Profile:
    """Say what is in the rows, and what deserves attention.

    Parameters
    ----------
    data : path, frame or Dataset
        Whatever `clew.read` takes.
    target : str, optional
        Column to predict; adds what concerns it.
    domain : Domain, optional
        What the field knows.
    compare : path, frame or Dataset, optional
        Another table to put beside this one.
    streaming : bool, optional
        Whether the rows of a file pass by in batches; by default where they are too many to be held in memory.
    minimal : bool, default False
        Whether to leave out correlations, the closer look at rows, and the scorecard.
    seed : int, default 0
        Seed of whatever is drawn at random.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    Profile
        Shows itself in a notebook; ``.findings``, ``.to_dict()``, ``.save("report.html")``.
    """
    return profiles.profile(
        data,
        target=target,
        domain=domain,
        compare=compare,
        streaming=streaming,
        minimal=minimal,
        seed=seed,
        progress=progress,
    )


def suggestion(
    data: Any,
    *,
    target: str,
    domain: Domain | None = None,
    task: str | None = None,
    positive: Any = None,
    for_model: ModelFamily = "any",
) -> Suggestion:
    """Suggest a recipe with a reason for every step.

    Parameters
    ----------
    data : path, frame or Dataset
        Rows to learn from.
    target : str
        Column to predict.
    domain : Domain, optional
        What the field knows.
    task : str, optional
        Overrides the inferred task.
    positive : object, optional
        Label of interest.
    for_model : {"any", "linear", "trees"}, default "any"
        Kind of model that comes after the recipe; ``any`` is for the estimators of `clew.train`.
    """
    dataset, problem = with_problem(_dataset(data, domain), target, task=task, positive=positive)
    known = profiles.profile(dataset, asked_at=problem.asked_at, streaming=False, minimal=True)
    return suggest_recipe(dataset, problem, for_model=for_model, profile=known)


def suggest(
    data: Any,
    *,
    target: str,
    domain: Domain | None = None,
    task: str | None = None,
    for_model: ModelFamily = "any",
) -> Recipe:
    """Suggest a recipe; `suggestion` also gives the reasons.

    Parameters
    ----------
    data, target, domain, task, for_model
        As of `suggestion`.
    """
    return suggestion(data, target=target, domain=domain, task=task, for_model=for_model).recipe


def write_recipe(suggested: Suggestion, path: Path) -> None:
    """Write a suggested recipe as YAML, with the reasons as comments."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, suggested.to_yaml())


def prepare(
    data: Dataset | Path,
    *,
    out: Path,
    recipe: Path | None = None,
    fitted: Path | None = None,
    target: str | None = None,
    engine: str = "polars",
    parameters: Mapping[str, Any] | None = None,
    refit: bool = False,
    timing: bool = False,
    domain: Domain | None = None,
    seed: int = 0,
    trust: Sequence[str] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Fit a recipe and apply it to a table, or apply a fitted one, and write the result.

    Parameters
    ----------
    data : Dataset or Path
        The rows; for the engine ``streaming`` the path of a file.
    out : Path
        File to write; its ending says the format.
    recipe : Path, optional
        Recipe in YAML; needed unless `fitted` holds one.
    fitted : Path, optional
        Folder of a fitted recipe: used without refitting if it is there, else written.
    target : str, optional
        Target column, for steps that learn from it; it is handed through.
    engine : {"polars", "pandas", "pyarrow", "duckdb", "spark", "streaming"}
        What runs the recipe. ``streaming`` lets the rows of a file pass by in batches; the others hold them in memory.
    parameters : mapping, optional
        Values for the parameters that the recipe states.
    refit : bool, default False
        Fit the steps of the folder `fitted` anew on these rows, and write them there.
    timing : bool, default False
        Say how long each step takes; by the engines that work step by step: polars, pandas and pyarrow.
    domain : Domain, optional
        What the field knows; for ``streaming``, whose columns are only judged here.
    seed : int, default 0
        Seed of everything random.
    trust : sequence of str, default ()
        Names of code that is no part of Clew and that steps may run.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    dict
        ``rows_in``, ``rows_out``, ``columns_out``, ``engine``, ``seconds``, ``refitted``, ``out``; with `timing` also
        ``steps[]{number, op, seconds, rows, columns}``.
    """
    started = time.monotonic()
    if timing and engine in AT_ONCE:
        raise UsageError(
            f"The engine {engine} does all steps at once, and cannot say how long each takes.",
            hint="Use the engine polars, pandas or pyarrow, or leave --timing away.",
        )
    known = FittedRecipe.load(fitted, trust=trust) if fitted is not None and fitted.exists() else None
    if parameters and recipe is None:
        raise UsageError("Parameters belong to a recipe in YAML.", hint="Name it with --recipe, or leave --set away.")
    stated = Recipe.from_file(recipe, parameters) if recipe is not None else None
    learnt_from = known.schema.target if known is not None and not refit else None
    if learnt_from is not None and target not in (None, learnt_from.name):
        raise UsageError(
            f"{fitted} was fitted with the target {learnt_from.name!r}, and {target!r} is asked for.",
            hint="Leave --target away to use the fitted recipe, or give --refit to fit it anew.",
        )
    other = known is not None and stated is not None and stated.fingerprint != Recipe(known.steps).fingerprint
    if other and not refit:
        raise UsageError(
            f"{fitted} holds another recipe than {recipe} says.",
            hint="Leave --recipe away to use the fitted one, or give --refit to fit the recipe of --recipe.",
        )
    steps = known if known is not None and not refit else _to_fit(stated, known).trusting(*trust)
    work = Work(steps, out, fitted, target, recipe.parent if recipe else None, seed)
    if engine == STREAMING:
        done = prepare_streaming(data, work, domain, progress)
    else:
        check_engine(engine)
        data = read(data, domain=domain)
        done = prepare_in_memory(data, work, engine)
    result = {
        "rows_in": done.rows_in,
        "rows_out": done.rows_out,
        "columns_out": list(done.columns),
        "engine": engine,
        "seconds": round(time.monotonic() - started, 3),
        "refitted": done.recipe is not known,
        "out": str(out),
    }
    if timing and isinstance(data, Dataset):
        with handed_over(data.frame, data.schema, engine) as rows:
            result["steps"] = [item.to_dict() for item in done.recipe.timings(rows)]
    return result


def _to_fit(stated: Recipe | None, known: FittedRecipe | None) -> Recipe:
    if stated is not None:
        return stated
    if known is not None:
        return Recipe(known.steps)
    raise UsageError("A recipe is needed.", hint="Name one with --recipe FILE; `clew suggest` writes one.")


def export_recipe(
    recipe: Path,
    to: str,
    out: Path,
    *,
    data: str | None = None,
    target: str | None = None,
    keep: Sequence[str] = (),
    trust: Sequence[str] = (),
) -> dict[str, Any]:
    """Write a recipe as Polars code, as SQL, or as a notebook.

    Parameters
    ----------
    recipe : Path
        Folder of a fitted recipe; for a notebook also a recipe in YAML.
    to : {"python", "sql", "notebook"}
        What to write.
    out : Path
        The file.
    data : str, optional
        What a notebook reads, which needs it; the table that a query reads, by default ``rows``.
    target : str, optional
        Target column, for a notebook.
    keep : sequence of str, default ()
        Columns that are no features and that a query hands on.
    trust : sequence of str, default ()
        Names of code that is no part of Clew and that steps may run.

    Returns
    -------
    dict
        ``to`` and ``out``.
    """
    if not recipe.exists():
        raise UsageError(f"There is no recipe {recipe}.", hint="`clew suggest` writes one.")
    if not recipe.is_dir() and to != "notebook":
        raise UsageError(
            f"{recipe} has learnt nothing yet, and {to} needs what a recipe has learnt.",
            hint=f"Fit it: `clew prepare DATA --recipe {recipe} --fitted DIR --out FILE`, and name DIR.",
        )
    if keep and to != "sql":
        raise UsageError(f"Columns to keep are for SQL; {to} hands on whatever is there.", hint="Leave --keep away.")
    if to == "notebook":
        if data is None:
            raise UsageError("A notebook reads rows, and none are named.", hint="Name them with --data.")
        steps = FittedRecipe.load(recipe, trust=trust).steps if recipe.is_dir() else Recipe.from_file(recipe).steps
        written = to_notebook(Recipe(steps), data, target)
    else:
        fitted = FittedRecipe.load(recipe, trust=trust)
        written = fitted.to_python() if to == "python" else fitted.to_sql(data or "rows", keep)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, written)
    return {"to": to, "out": str(out)}


def train(
    data: Any,
    *,
    target: str,
    out: Path,
    time_limit_s: float | None = None,
    trials: int | None = None,
    task: str | None = None,
    positive: Any = None,
    metric: str | None = None,
    costs: Mapping[str, float] | None = None,
    roles: Mapping[str, str] | None = None,
    validation: Dataset | None = None,
    algorithms: tuple[str, ...] | None = None,
    params: Mapping[str, Any] | None = None,
    engine: str = "clew",
    device: str = "cpu",
    continue_from: Bundle | None = None,
    recipe: Path | None = None,
    max_latency_ms: float | Literal["auto"] | None = "auto",
    max_size_mb: float | None = None,
    cpus: int | None = None,
    seed: int = 0,
    domain: Domain | None = None,
    trust: Sequence[str] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train and compare models, and write the best ensemble as a bundle.

    Parameters
    ----------
    data : path, frame or Dataset
        Rows to learn from.
    target : str
        Column to predict.
    out : Path
        Folder of the bundle.
    time_limit_s : float, optional
        Seconds; 60 where neither this nor `trials` is given.
    trials : int, optional
        Number of configurations; makes the result the same every time.
    task, positive, metric
        Override what is inferred; a metric of your own is spelt ``"package.module:function"``.
    costs : mapping, optional
        Kind of answer of a binary task (``false_positive``, ``false_negative`` …) → what it costs.
    roles : mapping, optional
        Role (weight, group, time) → column.
    validation : Dataset, optional
        Rows that judge, instead of cross-validation.
    algorithms : tuple of str, optional
        Algorithms to try, and classes of your own, spelt ``"package.module.Class"``.
    params : mapping, optional
        Parameters of the one algorithm named.
    engine : {"clew", "autogluon"}, default "clew"
        Who learns.
    device : {"cpu", "cuda"}, default "cpu"
        Where the boosters learn.
    continue_from : Bundle, optional
        A model of boosters that learn more rounds from these rows, through the recipe that they have.
    recipe : Path, optional
        Recipe in YAML; by default one is suggested.
    max_latency_ms : float or "auto", optional
        Limit for one row through the whole model; None lifts it, "auto" keeps the members quick.
    max_size_mb : float, optional
        Limit for the model on disk, in megabytes; None for no limit.
    cpus : int, optional
        Processors to use; by default all.
    seed : int, default 0
        Seed of everything random.
    domain : Domain, optional
        What the field knows.
    trust : sequence of str, default ()
        Names of code that is no part of Clew and that may be run: of steps and of estimators.
    progress : Progress, optional
        Called with a message and the share that is done.

    Returns
    -------
    dict
        What ``clew train`` promises in the interfaces.
    """
    started = time.monotonic()
    bundles.check_place(out)
    if trials is not None and time_limit_s is not None:
        raise UsageError(
            f"Both a limit in seconds ({time_limit_s:g}) and one in trials ({trials}) are given.",
            hint="Seconds end on time, trials give the same result on every run: give one of them.",
        )
    if params is not None and time_limit_s is not None and engine == "clew":
        raise UsageError(
            "The one configuration of `params` is fitted to its end, whatever a time limit says.",
            hint="Leave --time-limit out, or name fewer rounds in --params.",
        )
    if continue_from is not None:
        _same_question(continue_from.problem, metric, positive)
        task = task or continue_from.problem.task.value
    dataset = with_roles(_dataset(data, domain), roles or {}, target)
    own = trusted_metric(metric, trust)
    stated = {"task": task, "positive": positive, "metric": None if own else metric, "costs": dict(costs or {})}
    dataset, problem = with_problem(dataset, target, **stated)
    spec = TrainSpec(
        time_limit_s=60.0 if time_limit_s is None and trials is None else time_limit_s,
        trials=trials,
        algorithms=algorithms,
        params=params,
        engine=engine,
        device=device,
        continue_from=going_on(continue_from, dataset),
        max_latency_ms=max_latency_ms,
        max_size_mb=max_size_mb,
        cpus=cpus,
        seed=seed,
        recipe=Recipe.from_file(recipe).trusting(*trust) if recipe else None,
        metric=own,
        trust=tuple(trust),
    )
    result = train_models(dataset, problem, spec, validation=validation, progress=progress, started=started)
    progress("writing the bundle")
    bundles.save(
        result.model,
        out,
        baseline=result.statistics,
        rules=domain.rules if domain else continue_from.rules if continue_from else (),
        lineage={
            "dataset": dataset.source,
            "dataset_fingerprint": dataset.fingerprint,
            "learning_rows": len(dataset),
            **({"continued_from": taught_before(continue_from)} if continue_from else {}),
        },
    )
    return result.to_dict() | {"bundle": str(out)}


def _same_question(known: Problem, metric: str | None, positive: Any) -> None:
    """Refuse to continue a model under another metric or label of interest than its own."""
    for name, stated, own in (("metric", metric, known.metric), ("positive", positive, known.positive)):
        if stated is not None and str(stated) != str(own):
            raise UsageError(
                f"A model that is continued keeps its own {name}, {own!r}, and {stated!r} is stated.",
                hint=f"Leave --{name} out.",
            )


def evaluate(model: Any, data: Any, *, seed: int = 0, progress: Progress = silent) -> evaluation.Evaluation:
    """Say how good a model is on labelled rows, with 95 % intervals.

    Parameters
    ----------
    model : FittedModel, Bundle, AutoClassifier, AutoRegressor or path of a bundle
        What is judged.
    data : path, frame or Dataset
        Rows with the target that the model has not learnt from.
    seed : int, default 0
        Seed of resampling and permutations.
    progress : Progress, optional
        Called with a message and the share that is done.
    """
    fitted = _model(model)
    named = isinstance(data, str | Path | Address)
    rows = read(data, schema=without_roles(fitted.schema)) if named else _dataset(data, None)
    return evaluation.evaluate(fitted, rows, seed=seed, progress=progress)


def predict(
    bundle: Bundle, data: Any, *, out: Path, interval: float | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Predict every row, in the order given, and write the predictions.

    Parameters
    ----------
    bundle : Bundle
        The model.
    data : path, frame or Dataset
        The rows; a file is read by the model's schema.
    out : Path
        File to write; its ending says the format.
    interval : float, optional
        Share of rows whose truth is to lie between ``low`` and ``high``, e.g. 0.9; for a regression.
    progress : Progress, optional
        Called with a message and the share that is done.
    """
    started = time.monotonic()
    frame = batch.predict(bundle, data, interval=interval, progress=progress)
    write(frame, out)
    return {"rows": len(frame), "seconds": round(time.monotonic() - started, 3), "out": str(out)}


def save(model: Any, path: str | Path, *, data: Any = None) -> Path:
    """Write a model as a bundle.

    Parameters
    ----------
    model : FittedModel, AutoClassifier or AutoRegressor
        What was learnt.
    path : path-like
        Folder of the bundle.
    data : path, frame or Dataset, optional
        The training rows, whose statistics monitoring compares with; an `AutoClassifier` or `AutoRegressor` knows
        them itself.
    """
    fitted = _model(model)
    baseline = getattr(model, "statistics_", None)
    if data is not None:
        dataset = _dataset(data, None)
        baseline = describe(dataset.frame, dataset.schema)
    return bundles.save(fitted, Path(path), baseline=baseline)


def load(path: str | Path, *, trust: Collection[str] | Literal[True] = ()) -> Bundle:
    """Read a bundle; nothing in it is executed but what is trusted.

    Parameters
    ----------
    path : path-like
        Folder of the bundle.
    trust : collection of str, or True
        Types outside the allow-list that may be loaded, by name; True trusts whatever the bundle holds, so that its
        maker may run any code here.
    """
    return bundles.load(Path(path), trust=trust)


def _dataset(data: Any, domain: Domain | None) -> Dataset:
    return read(data, domain=domain)


def _model(model: Any) -> FittedModel:
    if isinstance(model, FittedModel):
        return model
    if isinstance(model, Bundle):
        return model.model
    if isinstance(model, str | Path):
        return load(model).model
    fitted = getattr(model, "model_", None)
    if isinstance(fitted, FittedModel):
        return fitted
    raise UsageError(
        f"{type(model).__name__} is no fitted model.", hint="Fit it first, or pass what `clew.load` returns."
    )
