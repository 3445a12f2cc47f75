"""The training of a project that states ``train.tune``: the best hyperparameters of the algorithms named."""

from pathlib import Path

from clew.core.progress import Progress
from clew.prepare.recipe import Recipe
from clew.project.collected import Collected
from clew.project.config import Config, TuneSection
from clew.store.files import write_atomic
from clew.train.tune.report import tuning_page
from clew.train.tune.result import TuneResult
from clew.train.tune.spec import Strategy, TuneSpec
from clew.train.tune.tuner import tune


def tune_project(
    config: Config,
    section: TuneSection,
    collected: Collected,
    recipe: Recipe,
    *,
    trust: tuple[str, ...],
    journal: Path,
    reports: Path,
    progress: Progress,
) -> TuneResult:
    """Tune, and write the report.

    Parameters
    ----------
    config : Config
        The project.
    section : TuneSection
        Its ``train.tune``.
    collected : Collected
        The rows, and the problem.
    recipe : Recipe
        Unfitted.
    trust : tuple of str
        Names of code that is no part of Clew and that may be run.
    journal : Path
        Folder in which finished fits are kept and found again.
    reports : Path
        Folder for the report.
    progress : Progress
        Called with a message and the share that is done.
    """
    stated = config.file.train
    spec = TuneSpec(
        algorithms=tuple(stated.algorithms or ()),
        strategy=Strategy(section.strategy),
        space=section.space,
        trials=stated.trials,
        time_limit_s=stated.time_limit_s,
        target_score=section.target_score,
        patience=section.patience,
        converged=section.converged,
        constraints=tuple(section.constraints),
        cpus=stated.cpus,
        seed=stated.seed,
        split=config.split,
        device=stated.device,
        recipe=recipe,
        journal=journal,
        trust=trust,
    )
    result = tune(collected.learning, collected.problem, spec, progress=progress)
    reports.mkdir(exist_ok=True)
    write_atomic(reports / "tuning.html", tuning_page(result, collected.learning.source))
    return result
