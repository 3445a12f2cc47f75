"""Another engine than Clew's search: the same folds, one configuration, and a share of the limit for each fit."""

import time

from clew.core.errors import ConfigError
from clew.core.progress import Progress
from clew.train.constraints.monotone import constrained
from clew.train.estimators import get_estimator
from clew.train.folds.splits import fewer_folds
from clew.train.job import Job
from clew.train.search.board import Found
from clew.train.search.fit import run_fold
from clew.train.search.trial import Configuration, Trial
from clew.train.time_limit import TimeLimit

#: Metric of Clew's → what AutoGluon calls it; it uses its own usual one for others.
_METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "roc_auc": "roc_auc",
    "pr_auc": "average_precision",
    "log_loss": "log_loss",
    "mae": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
    "r2": "r2",
    "mape": "mean_absolute_percentage_error",
}
#: With more than two classes, those of one class against the rest are averaged.
_SEVERAL = {"precision": "precision_macro", "recall": "recall_macro", "f1": "f1_macro", "roc_auc": "roc_auc_ovr_macro"}
#: Seconds below which a fit is not worth a fold of its own.
_LEAST_S = 25.0
#: Share of the limit for the end of the work: choosing, judging and checking.
_END_SHARE = 0.1


def run_engine(job: Job, limit: TimeLimit, progress: Progress) -> tuple[Job, Found]:
    """Let the engine learn in as many folds as leave it time.

    Parameters
    ----------
    job : Job
        What is searched.
    limit : TimeLimit
        When everything has to be done.
    progress : Progress
        Called with a message and the share that is done.

    Returns
    -------
    tuple of Job and Found
        The job with the folds that were used, and the one trial.

    Raises
    ------
    ConfigError
        If a column has a monotone constraint, which the engine cannot promise.
    """
    spec = get_estimator(job.spec.engine)
    bound = constrained(job.rows.schema)
    if bound:
        shown = ", ".join(repr(column.name) for column in bound)
        raise ConfigError(
            f"{shown} must be followed monotonically, and {spec.label} cannot promise that.",
            hint="Use Clew's own engine.",
        )
    spec.warm()
    job.folds[0]  # prepared before the clock of the first fit starts
    left = limit.left_s * (1.0 - _END_SHARE)
    count = min(len(job.folds), max(1, int(left / _LEAST_S) - 1))
    if count < len(job.folds):
        job = job.with_folds(count, fewer_folds(count, job.of_all, f"{spec.label} needs time for each of its fits"))
    params = {**_metric(job), **spec.named(job.spec.params or {})}
    configuration = Configuration(0, spec.name, params, job.spec.seed)
    outcomes = []
    for position in range(count):
        progress(f"{spec.label} learns in fold {position + 1} of {count}", position / (count + 1))
        deadline = time.monotonic() + left / (count + 1)
        threads = job.threads * job.workers
        with job.log.span("fit", algorithm=spec.name, model=configuration.name):
            outcomes.append(run_fold(configuration, job.folds, position, threads=threads, deadline=deadline))
    return job, Found((Trial(configuration, tuple(outcomes)),))


def _metric(job: Job) -> dict[str, str]:
    problem = job.rows.problem
    names = _METRICS if len(problem.classes) <= 2 else _METRICS | _SEVERAL
    return {"eval_metric": names[problem.metric]} if problem.metric in names else {}
