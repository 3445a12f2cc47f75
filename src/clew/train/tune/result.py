"""What a tuning hands back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.jsonable import finite
from clew.define.uncertainty import Interval
from clew.train.result import TrainResult
from clew.train.tune.goals import Goals
from clew.train.tune.pipeline import Pipeline
from clew.train.tune.state import TrialState
from clew.train.tune.views import result_view, trial_view


@dataclass(frozen=True, slots=True)
class TunedTrial:
    """One combination, and what it was worth.

    Parameters
    ----------
    number : int
        From 0, in the order in which they were asked for.
    algorithm : str
        What was fitted.
    params : mapping
        The combination: parameters of the algorithm, and ``recipe.step.option`` where the recipe is tuned.
    state : TrialState
        How it ended.
    figures : mapping
        Metric → mean over the folds, NaN where it is not defined, and ``latency_ms``; of a stopped trial, as far as it
        came.
    folds : tuple of float
        The first objective in each fold.
    steps : tuple of (int, float)
        Its course: step, and the loss of the first objective so far.
    feasible : bool
        Whether all constraints are kept.
    rounds : int, optional
        Mean number of rounds learnt.
    fit_s : float
        Seconds of all its fits.
    error : str, optional
        Why it failed.
    """

    number: int
    algorithm: str
    params: Mapping[str, Any]
    state: str
    figures: Mapping[str, float]
    folds: tuple[float, ...] = ()
    steps: tuple[tuple[int, float], ...] = ()
    feasible: bool = True
    rounds: int | None = None
    fit_s: float = 0.0
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready; a figure that is not defined is None."""
        return {
            "number": self.number,
            "algorithm": self.algorithm,
            "params": dict(self.params),
            "state": str(self.state),
            "figures": {name: finite(value) for name, value in self.figures.items()},
            "folds": [finite(value) for value in self.folds],
            "steps": [[step, finite(loss)] for step, loss in self.steps],
            "feasible": self.feasible,
            "rounds": self.rounds,
            "fit_s": self.fit_s,
            "error": self.error,
        }

    def _repr_html_(self) -> str:
        return trial_view(self)


def trial_from(entry: Mapping[str, Any]) -> TunedTrial:
    """Return a trial from what `TunedTrial.to_dict` gave.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it did not give this.
    """
    number, state = int(entry["number"]), TrialState(entry["state"])
    figures = {name: math.nan if value is None else float(value) for name, value in entry["figures"].items()}
    folds = tuple(math.nan if value is None else float(value) for value in entry["folds"])
    steps = tuple((int(step), math.inf if loss is None else float(loss)) for step, loss in entry["steps"])
    return TunedTrial(**{**entry, "number": number, "state": state, "figures": figures, "folds": folds, "steps": steps})


@dataclass(frozen=True, slots=True)
class NestedScore:
    """How good the tuned model is on rows that had no part in the tuning.

    Parameters
    ----------
    metric : str
        Name of the metric: the first objective that is one.
    score : Interval
        Of the outer folds together, with its bootstrap interval.
    folds : tuple of float
        The metric in each outer fold.
    params : tuple of mapping
        The best combination of each.
    """

    metric: str
    score: Interval
    folds: tuple[float, ...]
    params: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "metric": self.metric,
            **self.score.to_dict(),
            "folds": [finite(value) for value in self.folds],
            "params": [dict(params) for params in self.params],
        }


@dataclass(frozen=True)
class TuneResult:
    """The best combination, and how it was found.

    Parameters
    ----------
    pipeline : Pipeline
        What was tuned.
    goals : Goals
        What counted.
    strategy : str
        Who said what is tried next.
    trials : tuple of TunedTrial
        All of them, in the order of their numbers.
    ended : str
        In words, which rule ended the tuning.
    score_from : str
        In words, which rows judged.
    fits : int
        Fits that were made; those found in the journal are not counted.
    found : int
        Fits that were found in the journal.
    seconds : float
        From start to end.
    findings : tuple of Finding
        Codes ``ME1…``; see `clew.train.codes`.
    importances : mapping
        Parameter → share of the loss's variation that it accounts for, 0 to 1; empty with fewer than ten trials.
    trained : TrainResult, optional
        The best combination, fitted to all rows and judged with an interval; None where that was not asked for.
    nested : NestedScore, optional
        Where it was asked for.
    """

    pipeline: Pipeline
    goals: Goals
    strategy: str
    trials: tuple[TunedTrial, ...]
    ended: str
    score_from: str
    fits: int
    found: int
    seconds: float
    findings: tuple[Finding, ...] = ()
    importances: Mapping[str, float] = field(default_factory=dict)
    trained: TrainResult | None = None
    nested: NestedScore | None = None

    @property
    def best(self) -> TunedTrial:
        """The best finished trial that keeps all constraints.

        With several objectives, the first of them decides among those that none beats in all.

        Raises
        ------
        DataError
            If no finished trial keeps the constraints.
        """
        found = best_of(self.trials, self.goals)
        if found is None:
            raise DataError("No finished trial keeps all constraints.", hint="Loosen them, or try more.")
        return found

    @property
    def front(self) -> tuple[TunedTrial, ...]:
        """The finished trials that no other beats in all objectives, those that keep the constraints only."""
        # In the order of their losses, whatever beats a trial stands before it.
        ordered = sorted(finished(self.trials), key=lambda trial: (self.goals.losses(trial.figures), trial.number))
        front: list[TunedTrial] = []
        for trial in ordered:
            own = self.goals.losses(trial.figures)
            if not any(_dominates(self.goals.losses(other.figures), own) for other in front):
                front.append(trial)
        return tuple(sorted(front, key=lambda trial: trial.number))

    @property
    def ranked(self) -> tuple[TunedTrial, ...]:
        """All trials, the best first; those that break a constraint after those that keep all, unfinished ones last."""

        def place(trial: TunedTrial) -> tuple[object, ...]:
            done = trial.state == TrialState.COMPLETE
            return (not done, not trial.feasible, self.goals.losses(trial.figures) if done else (), trial.number)

        return tuple(sorted(self.trials, key=place))

    @property
    def metric(self) -> str:
        """Name of the first objective."""
        return self.goals.objectives[0].name

    @property
    def score(self) -> float:
        """The first objective of the best trial: it was chosen for it, so new rows will tend to do a little worse."""
        return self.best.figures[self.metric]

    def summary(self) -> dict[str, Any]:
        """Return what `to_dict` does, without the single trials."""
        best = self.best
        return {
            "best": {**best.to_dict(), "score": finite(best.figures[self.metric])},
            "metric": self.metric,
            "greater_is_better": self.goals.objectives[0].greater_is_better,
            "objectives": [goal.name for goal in self.goals.objectives],
            "constraints": [str(bound) for bound in self.goals.constraints],
            "front": [trial.number for trial in self.front],
            "strategy": self.strategy,
            "algorithms": list(self.pipeline.algorithms),
            "trials": len(self.trials),
            "stopped": sum(trial.state == TrialState.STOPPED for trial in self.trials),
            "failed": sum(trial.state == TrialState.FAILED for trial in self.trials),
            "ended": self.ended,
            "score_from": self.score_from,
            "fits": self.fits,
            "found": self.found,
            "importances": dict(self.importances),
            "space": self.pipeline.space.to_dict(),
            "nested": None if self.nested is None else self.nested.to_dict(),
            "seconds": self.seconds,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the model, JSON-ready."""
        return {
            **self.summary(),
            "trained": None if self.trained is None else self.trained.to_dict(),
            "findings": [finding.to_dict() for finding in self.findings],
            "history": [trial.to_dict() for trial in self.trials],
        }

    def __repr__(self) -> str:
        best = self.best
        return (
            f"TuneResult({self.metric}={best.figures[self.metric]:.4g}, {dict(best.params)}, {len(self.trials)} trials)"
        )

    def _repr_html_(self) -> str:
        return result_view(self)


def finished(trials: tuple[TunedTrial, ...]) -> list[TunedTrial]:
    """Return the trials that were done to their end and keep all constraints."""
    return [trial for trial in trials if trial.state == TrialState.COMPLETE and trial.feasible]


def best_of(trials: tuple[TunedTrial, ...], goals: Goals) -> TunedTrial | None:
    """Return the best finished trial, the earliest among equals; None where there is none."""
    able = finished(trials)
    return min(able, key=lambda trial: (goals.losses(trial.figures), trial.number)) if able else None


def _dominates(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(first, second, strict=True)) and first != second
