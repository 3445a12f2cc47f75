"""Warm start: what earlier tunings found.

Their trials either count as trials of this one, which is right where rows, folds, recipe and problem are the same, or
their best combinations are tried first, which is right wherever they may help.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clew.core.errors import UsageError
from clew.core.finding import Finding
from clew.train.codes import finding
from clew.train.tune.goals import Goals
from clew.train.tune.journal import journal_of, read_trials
from clew.train.tune.pipeline import Pipeline
from clew.train.tune.result import TunedTrial, best_of
from clew.train.tune.spec import TuneSpec
from clew.train.tune.state import TrialState

#: Combinations that each earlier tuning puts first.
_FIRST = 3
#: What must be the same for trials to count.
_SAME = {
    "data": "rows",
    "validation": "validation data",
    "recipe": "recipe",
    "tables": "tables of the recipe",
    "problem": "problem",
    "split": "folds",
    "seed": "seed, and so folds",
    "metric": "function of the metric",
}


@dataclass(frozen=True)
class Parents:
    """What earlier tunings give to this one.

    Parameters
    ----------
    first : tuple of mapping
        Combinations to be tried before all others.
    counted : tuple of (mapping, mapping)
        Combinations and their figures, which count as trials.
    findings : tuple of Finding
        What could not be used.
    """

    first: tuple[Mapping[str, Any], ...] = ()
    counted: tuple[tuple[Mapping[str, Any], Mapping[str, float]], ...] = ()
    findings: tuple[Finding, ...] = ()


def parents_of(spec: TuneSpec, pipeline: Pipeline, goals: Goals, context: Mapping[str, Any]) -> Parents:
    """Read the earlier tunings that a spec names.

    Parameters
    ----------
    spec : TuneSpec
        Names them, and says how they are used.
    pipeline : Pipeline
        What is tuned now; combinations outside of its space, and those of other algorithms, are left out.
    goals : Goals
        What counts now.
    context : mapping
        Rows, recipe, problem and folds of this tuning.

    Raises
    ------
    UsageError
        If there is none in a folder, or its trials cannot count as trials of this one.
    """
    first: list[Mapping[str, Any]] = []
    counted: list[tuple[Mapping[str, Any], Mapping[str, float]]] = []
    notes: list[Finding] = []
    for folder in spec.warm_start:
        if spec.journal is not None and journal_of(folder).resolve() == spec.journal.resolve():
            raise UsageError(
                f"{folder} is where this tuning keeps its own trials, so it cannot be an earlier one.",
                hint="Leave it away: run again with the same place, a tuning goes on by itself.",
            )
        head, trials = read_trials(folder)
        usable = [trial for trial in trials if trial.state == TrialState.COMPLETE and _of(pipeline, trial)]
        if not spec.transfer:
            _check_same(str(folder), head, context)
            counted += [(trial.params, trial.figures) for trial in usable if _has_figures(trial, goals)]
        # Where they count, the best one is still tried: it has to be among the trials of this one to be its best.
        first += _best(usable, goals, _FIRST if spec.transfer else 1)
        left_out = sum(trial.state == TrialState.COMPLETE for trial in trials) - len(usable)
        if left_out:
            detail = f"{left_out} trials of {folder} lie outside of this space, and are left out."
            notes.append(finding("ME152", detail, trials=left_out))
    return Parents(tuple(first), tuple(counted), tuple(notes))


def _best(trials: list[TunedTrial], goals: Goals, count: int) -> list[Mapping[str, Any]]:
    """Return the best combinations of an earlier tuning, by this one's goals where it told their figures."""
    judged = [replace(trial, feasible=goals.feasible(trial.figures)) for trial in trials if _has_figures(trial, goals)]
    found: list[Mapping[str, Any]] = []
    while len(found) < count and (best := best_of(tuple(judged), goals)) is not None:
        found.append(best.params)
        judged = [trial for trial in judged if dict(trial.params) != dict(best.params)]
    return found


def _of(pipeline: Pipeline, trial: TunedTrial) -> bool:
    return pipeline.space.holds(trial.params) and pipeline.algorithm(trial.params) == trial.algorithm


def _has_figures(trial: TunedTrial, goals: Goals) -> bool:
    return all(math.isfinite(trial.figures.get(name, math.nan)) for name in goals.names)


def _check_same(folder: str, head: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    other = [words for name, words in _SAME.items() if head.get(name) != _plain(context.get(name))]
    if other:
        raise UsageError(
            f"The tuning in {folder} had other {', '.join(other)}, so its trials cannot count as trials of this one.",
            hint="Use --transfer to try its best combinations first.",
        )


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str, sort_keys=True))
