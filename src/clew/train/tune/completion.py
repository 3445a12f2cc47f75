"""When a tuning is done: five rules, of which the first that holds ends it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from clew.train.tune.convergence import expected_improvement
from clew.train.tune.goals import Goals
from clew.train.tune.result import TunedTrial, best_of, finished
from clew.train.tune.space import Space
from clew.train.tune.spec import TRIALS, Strategy, TuneSpec
from clew.train.tune.state import TrialState

GRID_DONE = "the whole grid was tried"


@dataclass(frozen=True)
class Completion:
    """Looks at the trials between two generations.

    Parameters
    ----------
    spec : TuneSpec
        Its five rules.
    space : Space
        What is tuned.
    goals : Goals
        What counts.
    """

    spec: TuneSpec
    space: Space
    goals: Goals

    def reason(self, trials: Sequence[TunedTrial], last_start: float | None) -> str | None:
        """Return in words why the tuning is done; None where it goes on.

        Parameters
        ----------
        trials : sequence of TunedTrial
            Those of all generations so far.
        last_start : float, optional
            Value of `time.monotonic` after which nothing more begins.
        """
        spec, goal = self.spec, self.goals.objectives[0]
        if spec.limit is not None and len(trials) >= spec.limit:
            return f"{spec.limit} trials were made"
        if last_start is not None and time.monotonic() >= last_start:
            return f"the {spec.time_limit_s:g} seconds were over"
        best = best_of(tuple(trials), self.goals)
        if best is None:
            most = spec.patience or TRIALS
            counted = spec.limit is None and spec.time_limit_s is None and spec.strategy is not Strategy.GRID
            return f"none of the first {len(trials)} trials could be used" if counted and len(trials) >= most else None
        loss = goal.loss(best.figures[goal.name])
        if spec.target_score is not None and loss <= goal.loss(spec.target_score):
            return f"{goal.name} reached {spec.target_score:g}"
        judged = [trial for trial in trials if trial.state != TrialState.FAILED]
        since = len(judged) - 1 - judged.index(best)
        if spec.patience is not None and since >= spec.patience:
            return f"the last {since} trials brought nothing better"
        if spec.converged is not None:
            able = finished(tuple(trials))
            losses = [goal.loss(trial.figures[goal.name]) for trial in able]
            gain = expected_improvement(self.space, [trial.params for trial in able], losses, spec.seed)
            if gain <= spec.converged * abs(loss):
                return f"a further trial can be expected to improve {goal.name} by {gain:.2g} only"
        return None
