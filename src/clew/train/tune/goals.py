"""What a tuning is after: figures to make better, and bounds that others have to keep."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clew.core.errors import UsageError, did_you_mean
from clew.define.metrics import Metric, get_metric, metrics_for
from clew.define.problem import Problem

#: One row through the estimator and the recipe, in milliseconds: from the shipped table, so that it is the same
#: everywhere.
LATENCY = "latency_ms"
_BOUND = re.compile(r"^\s*([A-Za-z_][\w]*)\s*(<=|>=|<|>)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*$")


@dataclass(frozen=True, slots=True)
class Objective:
    """A figure to make better.

    Parameters
    ----------
    name : str
        A metric of the task, or ``latency_ms``.
    greater_is_better : bool
        Its direction.
    """

    name: str
    greater_is_better: bool

    def loss(self, value: float) -> float:
        """Return the figure as one to be made small; infinite where it is not defined."""
        if math.isnan(value):
            return math.inf
        return -value if self.greater_is_better else value


@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound that a figure has to keep.

    Parameters
    ----------
    name : str
        A metric of the task, or ``latency_ms``.
    at_most : bool
        Whether the bound is above.
    bound : float
        The bound itself is kept.
    """

    name: str
    at_most: bool
    bound: float

    def excess(self, value: float) -> float:
        """Return by how much a figure breaks the bound; at most 0 where it keeps it."""
        if math.isnan(value):
            return math.inf
        return value - self.bound if self.at_most else self.bound - value

    def __str__(self) -> str:
        return f"{self.name} {'<=' if self.at_most else '>='} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Goals:
    """All that counts in a tuning.

    Parameters
    ----------
    objectives : tuple of Objective
        The first one decides where several combinations are equally good in all.
    constraints : tuple of Constraint
        A trial that breaks one is never the best.
    """

    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all figures that count, the objectives first."""
        named = [*(goal.name for goal in self.objectives), *(bound.name for bound in self.constraints)]
        return tuple(dict.fromkeys(named))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics that every fit is judged by."""
        return tuple(name for name in self.names if name != LATENCY)

    @property
    def several(self) -> bool:
        """Whether there is more than one objective."""
        return len(self.objectives) > 1

    @property
    def metric(self) -> str:
        """Name of the first objective that is a metric: a model chooses its threshold by it."""
        return self.metrics[0]

    def losses(self, figures: Mapping[str, float]) -> tuple[float, ...]:
        """Return the objectives as figures to be made small."""
        return tuple(goal.loss(figures[goal.name]) for goal in self.objectives)

    def excesses(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Return by how much each bound is broken, at most 0 where it is kept."""
        return {str(bound): bound.excess(figures[bound.name]) for bound in self.constraints}

    def excess(self, figures: Mapping[str, float]) -> float:
        """Return by how much the bound broken most is broken; 0 where all are kept."""
        return max([0.0, *self.excesses(figures).values()])

    def feasible(self, figures: Mapping[str, float]) -> bool:
        """Return whether all bounds are kept."""
        return self.excess(figures) == 0


def goals_of(
    problem: Problem, objectives: Sequence[str], constraints: Iterable[str], metric: Metric | None = None
) -> Goals:
    """Read objectives and constraints.

    Parameters
    ----------
    problem : Problem
        Its metric is the objective where none is named, and first where only others are.
    objectives : sequence of str
        Metrics of the task, or ``latency_ms``.
    constraints : iterable of str
        ``"latency_ms <= 0.5"``, ``"recall >= 0.8"``.
    metric : Metric, optional
        One of the user's own, in the place of the problem's.

    Raises
    ------
    UsageError
        If a figure does not exist for the task, or a bound cannot be read.
    """
    usual = problem.metric if metric is None else metric.name
    own = {} if metric is None else {metric.name: metric.greater_is_better}
    names = list(dict.fromkeys(objectives)) or [usual]
    if names == [LATENCY]:
        names = [usual, LATENCY]
    return Goals(
        tuple(Objective(name, _greater(name, problem, own)) for name in names),
        tuple(_constraint(text, problem, own) for text in constraints),
    )


def own_metric(goals: Goals, metric: Metric | None) -> Metric | None:
    """Return a metric of the user's own where it is the one that a model is made for; else None.

    Parameters
    ----------
    goals : Goals
        What counts.
    metric : Metric, optional
        The user's own, which may be a constraint or a further objective only.
    """
    return metric if metric is not None and metric.name == goals.metric else None


def _constraint(text: str, problem: Problem, own: Mapping[str, bool]) -> Constraint:
    found = _BOUND.match(text)
    if found is None:
        raise UsageError(
            f"The constraint {text!r} cannot be read.", hint="Write figure, <= or >=, number: 'latency_ms <= 0.5'."
        )
    name, comparison, bound = found.groups()
    _greater(name, problem, own)
    try:
        return Constraint(name, comparison.startswith("<"), float(bound))
    except ValueError:
        raise UsageError(f"The bound {bound!r} of the constraint {text!r} is no number.") from None


def _greater(name: str, problem: Problem, own: Mapping[str, bool]) -> bool:
    if name in own:
        return own[name]
    if name == LATENCY:
        return False
    known = [metric.name for metric in metrics_for(problem.task)]
    if name not in known:
        raise UsageError(
            f"There is no figure {name!r} of a {problem.task.value} task.", hint=did_you_mean(name, [*known, LATENCY])
        )
    return get_metric(name, problem.task).greater_is_better
