"""The stages of a project: what each depends on, and what it does with the verbs of the lifecycle."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from clew.collect.dataset import Dataset
from clew.collect.split import holdout, structure_of
from clew.core.errors import UsageError
from clew.core.jsonable import dumps
from clew.core.progress import Progress
from clew.deploy.bundle import Bundle, load, save
from clew.evaluation.evaluation import evaluate
from clew.explore.profile import profile
from clew.explore.statistics import describe
from clew.monitor.monitor import MonitorSpec, monitor
from clew.prepare.recipe import Recipe
from clew.prepare.suggest import suggest
from clew.project.collected import Collected
from clew.project.config import Config
from clew.project.gates import judge
from clew.project.gather import check_there, derive_target, gather, read_rows, tables_of
from clew.project.runner import Stage, StageOutcome, StageResult
from clew.project.sources import Sources
from clew.project.stage_tuning import tune_project
from clew.store.database import Database
from clew.store.files import write_atomic
from clew.store.tables import Tables
from clew.train.automl import TrainSpec, train
from clew.train.estimators.autogluon import TRUSTED

#: Seconds to train for where clew.yaml names neither a limit nor a number of trials.
DEFAULT_TIME_LIMIT_S = 60.0
#: Seconds that stages take on a table of some ten thousand rows: how a bar is divided before a project was ever run.
USUAL_SECONDS = {
    "define": 0.01,
    "collect": 1.0,
    "explore": 10.0,
    "prepare": 2.0,
    "train": DEFAULT_TIME_LIMIT_S,
    "evaluate": 3.0,
    "deploy": 2.0,
    "monitor": 3.0,
}


@dataclass(frozen=True)
class Context:
    """What stages work with.

    Parameters
    ----------
    config : Config
        The project.
    database : Database
        The project database.
    tables : Tables
        Versions of rows.
    progress : Progress
        Called with a message and the share that is done.
    sources : Sources
        What brings the rows.
    trust : tuple of str, default ()
        Names of code that is no part of Clew and that steps of the recipe may run.
    """

    config: Config
    database: Database
    tables: Tables
    progress: Progress
    sources: Sources = field(default_factory=Sources)
    trust: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        """The machine's part of the project folder."""
        return self.config.folder / ".clew"

    @property
    def reports(self) -> Path:
        """Where reports for people go."""
        return self.config.folder / "reports"


def _collected(context: Context, earlier: Mapping[str, StageOutcome]) -> Collected:
    return Collected(context.tables, earlier["collect"].summary, earlier["collect"].folder)


def _define(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    del earlier, folder
    problem = context.config.file.problem
    later = context.config.file.monitor.data
    if later is not None:  # told now, and not after a model has been trained
        check_there("monitor.data", context.config.address(later))
    return StageResult(
        {
            "question": problem.question,
            "target": problem.target,
            "success": problem.success,
            "columns_described": len(context.config.domain.columns),
            "relations": len(context.config.domain.relations),
            "rules": [rule.to_dict() for rule in context.config.domain.rules],
        }
    )


def _collect(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    del earlier
    config = context.config
    gathered = gather(config, context.sources, context.progress)
    dataset, problem = gathered.dataset, gathered.problem
    structure = structure_of(dataset.frame, dataset.schema, problem)
    split = holdout(structure, config.split, config.file.train.seed)
    with (folder / "split.npz").open("wb") as file:
        np.savez(file, train=split.train, test=split.test)
    version = _keep(context, dataset)
    return StageResult(
        {
            "dataset": config.name,
            "version": version,
            "rows": len(dataset),
            "learning_rows": len(split.train),
            "judging_rows": len(split.test),
            "source": dataset.source,
            "fingerprint": dataset.fingerprint,
            "schema": dataset.schema.to_dict(),
            "problem": problem.to_dict(),
            "findings": [finding.to_dict() for finding in gathered.findings],
        },
        inputs=tuple(f"source:{name}" for name in tables_of(config)),
        outputs=(f"dataset:{config.name}@{version}",),
        products=(f".clew/tables/{config.name}",),
    )


def _keep(context: Context, dataset: Dataset) -> int:
    """Write the rows as a dataset version; rows that are the same as the latest version's are not written again."""
    name = context.config.name
    known = context.database.datasets.versions(name)
    if known and known[-1]["fingerprint"] == dataset.fingerprint:
        return int(known[-1]["version"])
    version = context.tables.write(name, dataset.frame, mode="overwrite", message=dataset.source)
    context.database.datasets.add(
        name,
        version,
        rows=len(dataset),
        fingerprint=dataset.fingerprint,
        source=dataset.source,
        path=f".clew/tables/{name}",
        columns=dataset.schema.to_dict(),
    )
    return version


def _explore(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    collected = _collected(context, earlier)
    # Only the rows that learn are looked at: what is seen here shapes decisions, and those must not see the others.
    result = profile(
        collected.learning,
        target=collected.problem.target,
        domain=context.config.domain,
        asked_at=collected.problem.asked_at,
        progress=context.progress,
    )
    context.reports.mkdir(exist_ok=True)
    result.save(context.reports / "profile.html")
    summary = result.to_dict()
    summary.pop("seconds", None)
    write_atomic(folder / "profile.json", dumps(summary))
    return StageResult(
        {"rows": summary["rows"], "findings": summary["findings"], "report": "reports/profile.html"},
        inputs=(collected.node,),
        outputs=("report:profile",),
        products=("reports/profile.html",),
    )


def _prepare(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    collected = _collected(context, earlier)
    stated = context.config.recipe
    if stated is None:
        suggestion = suggest(collected.learning, collected.problem)
        recipe, steps, readable = suggestion.recipe, suggestion.steps, suggestion.to_yaml()
    else:
        recipe, readable = stated, ""
        steps = [{**step, "reason": "stated in the project"} for step in stated.to_dict()]
    write_atomic(folder / "recipe.yaml", recipe.to_yaml())
    if stated is None:
        place = context.config.folder / "recipes" / "suggested.yaml"
        place.parent.mkdir(exist_ok=True)
        write_atomic(place, readable)
    return StageResult(
        {
            "steps": steps,
            "suggested": stated is None,
            "fingerprint": recipe.fingerprint,
            "tables": recipe.tables(),
        },
        inputs=(collected.node,),
        outputs=(f"recipe:{recipe.fingerprint[:12]}",),
    )


def _train(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    if context.config.file.train.engine == "autogluon" and TRUSTED not in context.trust:
        raise UsageError(
            "A model of AutoGluon is pickled, and the stages behind `train` read it.",
            hint=f"If you trust this machine's AutoGluon, say so: --trust {TRUSTED}.",
        )
    collected = _collected(context, earlier)
    recipe = Recipe.from_yaml((earlier["prepare"].folder / "recipe.yaml").read_text(encoding="utf-8"))
    stated = context.config.recipe
    recipe = replace(recipe.trusting(*context.trust), folder=stated.folder if stated else None)
    journal = context.home / "journal"
    tuning = context.config.file.train.tune
    tuned = None
    if tuning is not None:
        tuned = tune_project(
            context.config,
            tuning,
            collected,
            recipe,
            trust=tuple(context.trust),
            journal=journal,
            reports=context.reports,
            progress=context.progress,
        )
    if tuned is not None and tuned.trained is not None:
        result = tuned.trained
    else:
        spec = replace(_train_spec(context.config), recipe=recipe, journal=journal, trust=tuple(context.trust))
        result = train(collected.learning, collected.problem, spec, progress=context.progress)
    learning = collected.learning
    path = save(
        result.model,
        folder / "bundle",
        baseline=describe(learning.frame, learning.schema),
        rules=context.config.domain.rules,
    )
    leaderboard = [row.to_dict() for row in result.leaderboard]
    score = result.score.to_dict()
    return StageResult(
        {
            "metric": collected.problem.metric,
            "score": score,
            "score_from": result.score_from,
            "leaderboard": leaderboard,
            "findings": [finding.to_dict() for finding in (tuned or result).findings],
            **({} if tuned is None else {"tuning": {**tuned.summary(), "report": "reports/tuning.html"}}),
        },
        products=() if tuned is None else ("reports/tuning.html",),
        metrics={f"validation_{collected.problem.metric}": score},
        inputs=(collected.node, f"recipe:{recipe.fingerprint[:12]}"),
        outputs=(f"candidate:{load(path, context.trust).id[:12]}",),
    )


def _train_spec(config: Config) -> TrainSpec:
    section = config.file.train
    limit = section.time_limit_s
    if limit is None and section.trials is None:
        limit = DEFAULT_TIME_LIMIT_S
    return TrainSpec(
        time_limit_s=limit,
        trials=section.trials,
        algorithms=tuple(section.algorithms) if section.algorithms else None,
        engine=section.engine,
        device=section.device,
        max_latency_ms=None if section.max_latency_ms == "none" else section.max_latency_ms,
        max_size_mb=None if section.max_size_mb == "none" else float(section.max_size_mb),
        cpus=section.cpus,
        seed=section.seed,
        split=config.split,
    )


def _evaluate(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    collected = _collected(context, earlier)
    bundle = load(earlier["train"].folder / "bundle", context.trust)
    result = evaluate(bundle.model, collected.judging, seed=context.config.file.train.seed, progress=context.progress)
    context.reports.mkdir(exist_ok=True)
    result.save(context.reports / "evaluation.html")
    summary = result.to_dict()
    write_atomic(folder / "evaluation.json", dumps(summary))
    figures = result.figures() | _latency(bundle)
    gates = judge(context.config.gates, figures)
    return StageResult(
        {
            "metrics": summary["metrics"],
            "findings": summary["findings"],
            "figures": figures,
            "gates": [gate.to_dict() for gate in gates],
            "report": "reports/evaluation.html",
        },
        metrics=summary["metrics"],
        inputs=(f"candidate:{bundle.id[:12]}", collected.node),
        outputs=("report:evaluation",),
        products=("reports/evaluation.html",),
    )


def _latency(bundle: Bundle) -> dict[str, float]:
    """Return the one-row figures that a gate may ask for."""
    measured = bundle.model.metadata.get("predict_ms")
    return {} if measured is None else {"predict_ms": float(measured)}


def _deploy(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    collected = _collected(context, earlier)
    candidate = load(earlier["train"].folder / "bundle", context.trust)
    evaluated = earlier["evaluate"]
    name = context.config.model_name
    relative = Path(".clew") / "bundles" / f"{name}-{candidate.id[:12]}"
    lineage = {
        "project": context.config.name,
        "dataset": collected.node,
        "dataset_fingerprint": collected.dataset.fingerprint,
        "recipe": earlier["prepare"].summary["fingerprint"],
        "learning_rows": len(collected.split.train),
        "judging_rows": len(collected.split.test),
    }
    save(
        candidate.model,
        context.config.folder / relative,
        baseline=candidate.baseline,
        # Answers of this very model for rows it has not seen: those of the folds' models are less sure of themselves.
        prediction_baseline=candidate.predict(collected.judging),
        rules=context.config.domain.rules,
        evaluation=json.loads((evaluated.folder / "evaluation.json").read_text(encoding="utf-8")),
        lineage=lineage,
    )
    metrics = evaluated.summary["metrics"]
    deciding = collected.problem.metric
    ordered = {deciding: metrics[deciding], **metrics}
    version = context.database.models.register(name, relative.as_posix(), ordered, None)
    passed = all(gate["passed"] for gate in evaluated.summary["gates"])
    alias = ("champion" if passed else "challenger") if context.config.file.deploy.promote else None
    if alias is not None and alias not in context.database.models.get(name, version).aliases:
        context.database.models.set_alias(name, alias, version)
    del folder
    return StageResult(
        {"model": name, "version": version, "alias": alias, "bundle": relative.as_posix(), "promoted": passed},
        inputs=(f"candidate:{candidate.id[:12]}", "report:evaluation"),
        outputs=(f"model:{name}@{version}",),
        products=(relative.as_posix(),),
    )


def _monitor(context: Context, earlier: Mapping[str, StageOutcome], folder: Path) -> StageResult:
    config = context.config
    assert config.file.monitor.data is not None  # noqa: S101 - the stage is only listed when there are later rows
    bundle = load(config.folder / earlier["deploy"].summary["bundle"], context.trust)
    main, *_ = tables_of(config)
    addresses = tables_of(config) | {main: config.address(config.file.monitor.data)}
    later, _ = read_rows(config, addresses, context.sources, context.progress)
    later = derive_target(config, later)
    spec = MonitorSpec.from_dict(config.file.monitor.thresholds)
    labels = later if config.file.problem.target in later.schema else None
    result = monitor(bundle, later, labels=labels, spec=spec, progress=context.progress)
    context.reports.mkdir(exist_ok=True)
    result.save(context.reports / "monitor.html")
    summary = result.to_dict()
    write_atomic(folder / "monitor.json", dumps(summary))
    return StageResult(
        {"rows": summary["rows"], "violations": summary["violations"], "report": "reports/monitor.html"},
        inputs=(f"model:{earlier['deploy'].summary['model']}@{earlier['deploy'].summary['version']}",),
        outputs=("report:monitor",),
        products=("reports/monitor.html",),
    )


def _read(context: Context) -> dict[str, Any]:
    """Say what is read, without secrets, and what stands for its content."""
    tables = tables_of(context.config)
    return {name: [address.to_dict(), context.sources.content(address)] for name, address in tables.items()}


def _section(name: str) -> Any:
    def settings(context: Context) -> Any:
        return getattr(context.config.file, name).model_dump(mode="json")

    return settings


def stages_of(config: Config) -> tuple[Stage[Context], ...]:
    """Return the stages of a project, in order; monitoring only where clew.yaml names later rows.

    Parameters
    ----------
    config : Config
        The project.
    """

    def stated(context: Context) -> Any:
        file = context.config.file
        return {"problem": file.problem.model_dump(mode="json"), "domain": context.config.domain.to_dict()}

    def rows(context: Context) -> Any:
        return stated(context) | {
            "tables": _read(context),
            "data": context.config.file.data.model_dump(mode="json", include={"joins", "where"}),
            "split": context.config.file.split.model_dump(mode="json"),
            "seed": context.config.file.train.seed,
        }

    def recipe(context: Context) -> Any:
        stated = context.config.recipe
        return {"steps": stated.to_dict(), "tables": stated.tables()} if stated else None

    def learning(context: Context) -> Any:
        return {
            "train": context.config.file.train.model_dump(mode="json"),
            "split": context.config.file.split.model_dump(mode="json"),
        }

    def later(context: Context) -> Any:
        section = context.config.file.monitor
        assert section.data is not None  # noqa: S101 - the stage is only listed when there are later rows
        address = context.config.address(section.data)
        return {
            "data": [address.to_dict(), context.sources.content(address)],
            "thresholds": section.model_dump(mode="json", include={"thresholds"}),
        }

    def judged(context: Context) -> Any:
        return {"gates": [[gate.name, gate.rule] for gate in context.config.gates]}

    listed = [
        Stage("define", (), stated, _define),
        Stage("collect", ("define",), rows, _collect),
        Stage("explore", ("collect",), lambda _: None, _explore),
        Stage("prepare", ("collect",), recipe, _prepare),
        Stage("train", ("collect", "prepare"), learning, _train),
        Stage("evaluate", ("collect", "train"), judged, _evaluate),
        Stage("deploy", ("collect", "prepare", "train", "evaluate"), _section("deploy"), _deploy),
    ]
    if config.file.monitor.data is not None:
        listed.append(Stage("monitor", ("deploy",), later, _monitor))
    return tuple(listed)
