"""How much each parameter mattered: functional analysis of variance over a forest that predicts the loss.

Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter importance", 2014; done by Optuna.
"""

import math
from collections.abc import Mapping

from clew.train.tune.dimension import fixed
from clew.train.tune.goals import Goals
from clew.train.tune.result import TunedTrial
from clew.train.tune.space import Space
from clew.train.tune.state import TrialState
from clew.train.tune.study import distribution_of, quiet

#: With fewer finished trials the forest has seen nothing; with more than these it would take long to grow.
_LEAST, _MOST = 10, 1000


def importances(space: Space, trials: tuple[TunedTrial, ...], goals: Goals, seed: int) -> Mapping[str, float]:
    """Return the share of the first objective's variation that each parameter accounts for.

    Parameters
    ----------
    space : Space
        What was tuned.
    trials : tuple of TunedTrial
        Only finished ones count.
    goals : Goals
        The first objective counts.
    seed : int
        Of the forest.

    Returns
    -------
    mapping of str to float
        The most important first; together 1. Empty with fewer than ten finished trials, or where all are equally good.
        Of parameters that exist only sometimes nothing can be said.
    """
    import optuna

    goal = goals.objectives[0]
    able = [
        trial for trial in trials if trial.state == TrialState.COMPLETE and math.isfinite(trial.figures[goal.name])
    ][-_MOST:]
    losses = [goal.loss(trial.figures[goal.name]) for trial in able]
    names = [
        name
        for name, dimension in space.dimensions.items()
        if not fixed(dimension) and all(name in trial.params for trial in able)
    ]
    if len(able) < _LEAST or not names or min(losses) == max(losses):
        return {}
    with quiet():
        study = optuna.create_study(direction="minimize")
        # A few hopeless combinations would otherwise account for everything.
        worst = sorted(losses)[math.ceil(0.9 * len(losses)) - 1]
        study.add_trials(
            [
                optuna.trial.create_trial(
                    value=min(loss, worst),
                    params={name: space.dimensions[name].encode(trial.params[name]) for name in names},
                    distributions={name: distribution_of(space.dimensions[name]) for name in names},
                )
                for trial, loss in zip(able, losses, strict=True)
            ]
        )
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
        try:
            found = optuna.importance.get_param_importances(study, evaluator=evaluator)
        except (RuntimeError, ValueError):  # no tree has a split, so no parameter accounts for anything
            return {}
    return {name: float(share) for name, share in sorted(found.items(), key=lambda item: -item[1])}
