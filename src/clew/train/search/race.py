"""Which configurations are worth further folds.

A configuration need not be the best to be of use: it may answer together with others. It is hopeless where, on the
folds that it was fitted to, it is neither among the best nor makes the best ones better when it answers with them.
"""

import math
from collections.abc import Callable, Collection, Sequence

from clew.train.ensemble.judge import Judge
from clew.train.ensemble.pooling import blend
from clew.train.estimators.base import Floats

#: Among fewer others no configuration is stopped: there is too little to compare it with.
_FIELD = 8
#: Among this many of the best, a configuration goes on.
_KEPT = 4
#: This many of the best answer together, and a further one is asked what it adds to them.
_TOGETHER = 3


class Race:
    """Compares configurations on the folds that they have in common.

    Parameters
    ----------
    judges : sequence of Judge
        Of the rows of the first fold, of the first two folds, and so on: as many as there are moments at which a
        configuration may be stopped.
    """

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = judges
        self._losses: dict[tuple[int, int], float] = {}

    def __len__(self) -> int:
        return len(self._judges)

    def hopeless(self, number: int, stage: int, others: Collection[int], scores: Callable[[int], Floats]) -> bool:
        """Return whether a configuration is not worth further folds.

        Parameters
        ----------
        number : int
            Of the configuration.
        stage : int
            Folds that it was fitted to, less one.
        others : collection of int
            Number of each configuration that is compared, this one included.
        scores : callable
            Number → its answers for the rows of these folds.
        """
        if len(others) <= _FIELD:
            return False
        order = sorted(others, key=lambda other: (self._loss(other, stage, scores), other))
        if order.index(number) < _KEPT:
            return False
        judge = self._judges[stage]
        best = [scores(other) for other in order[:_TOGETHER]]
        with_it = blend([*best, scores(number)], (1.0 / (_TOGETHER + 1),) * (_TOGETHER + 1))
        without_it = judge.best_loss(blend(best, (1.0 / _TOGETHER,) * _TOGETHER))
        # A metric without a value, as the area where all rows of the first fold bear one label, says nothing of anyone.
        return math.isfinite(without_it) and judge.best_loss(with_it) >= without_it

    def _loss(self, number: int, stage: int, scores: Callable[[int], Floats]) -> float:
        key = number, stage
        if key not in self._losses:
            self._losses[key] = self._judges[stage].best_loss(scores(number))
        return self._losses[key]
