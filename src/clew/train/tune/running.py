"""A trial that is being made: what its fits have told so far, and what it is compared by."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clew.prepare.recipe import Recipe
from clew.train.search.trial import Configuration
from clew.train.tune.fit import FoldResult
from clew.train.tune.goals import LATENCY, Goals
from clew.train.tune.result import TunedTrial
from clew.train.tune.rungs import Rung, Standing
from clew.train.tune.state import TrialState


@dataclass(eq=False)
class Running:
    """A trial that is being made.

    Parameters
    ----------
    asked : object
        The trial of Optuna.
    values : mapping
        The combination.
    configuration : Configuration
        What is fitted.
    recipe : Recipe, optional
        In front of it; None where it makes no sense.
    error : str, optional
        Why the trial failed.
    """

    asked: Any
    values: Mapping[str, Any]
    configuration: Configuration
    recipe: Recipe | None
    error: str | None = None
    results: dict[tuple[float, float, int], FoldResult] = field(default_factory=dict)
    standings: list[tuple[int, Standing]] = field(default_factory=list)
    late: bool = False

    def at(self, rung: Rung) -> list[FoldResult]:
        """Return the results with the resource of a rung, in all folds so far."""
        return [
            result
            for (rows, rounds, _), result in sorted(self.results.items())
            if (rows, rounds) == (rung.rows, rung.rounds)
        ]

    def figures(self, goals: Goals, rung: Rung) -> dict[str, float]:
        """Return the means over the folds so far with the resource of a rung; empty where there is none."""
        results = self.at(rung)
        return (
            {name: _mean([one.figures[name] for one in results]) for name in (*goals.metrics, LATENCY)}
            if results
            else {}
        )

    def standing(self, goals: Goals, rung: Rung) -> Standing:
        """Return what the trial is compared by on a rung, and take note of it."""
        figures = self.figures(goals, rung)
        standing = goals.excess(figures), goals.losses(figures)[0]
        self.standings.append((rung.step, standing))
        return standing

    def ended(self, goals: Goals, rung: Rung, *, stopped: bool) -> TunedTrial:
        """Return the trial as it is kept."""
        # Of a failed trial nothing is told: which of its fits were made depends on where it was resumed.
        results = [] if self.error is not None else self.at(rung)
        figures = {} if self.error is not None else self.figures(goals, rung)
        error = self.error
        if error is None and not stopped and not all(map(math.isfinite, goals.losses(figures))):
            losses = zip(goals.objectives, goals.losses(figures), strict=True)
            unknown = [goal.name for goal, loss in losses if not math.isfinite(loss)]
            error = f"{' and '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not defined in any fold."
        rounds = [one.rounds for one in results if one.rounds is not None]
        return TunedTrial(
            number=self.configuration.number,
            algorithm=self.configuration.algorithm,
            params=dict(self.values),
            state=TrialState.FAILED if error else TrialState.STOPPED if stopped else TrialState.COMPLETE,
            figures=figures,
            folds=tuple(one.figures[goals.objectives[0].name] for one in results),
            steps=() if error is not None else tuple((step, loss) for step, (_, loss) in self.standings),
            feasible=error is None and goals.feasible(figures),
            rounds=round(sum(rounds) / len(rounds)) if rounds else None,
            fit_s=sum(one.fit_s for one in self.results.values()),
            error=error,
        )


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
