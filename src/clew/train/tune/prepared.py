"""The folds of every recipe that trials ask for; what did not change is not done again.

A recipe that was seen before has its folds at hand. Of another one, the first steps that it has in common with an
earlier one are taken over as they were fitted: only what comes after them is fitted anew.
"""

import time
from collections import OrderedDict

from clew.collect.split import SplitSpec
from clew.core.errors import InputError
from clew.core.fingerprint import of_json
from clew.prepare.options import step_to_dict
from clew.prepare.recipe import Recipe
from clew.prepare.step import Training, acting
from clew.prepare.table import Table
from clew.prepare.training import Fitting, begin, extend
from clew.train.folds.preparation import Folds
from clew.train.tune.fit import PreparedFold

#: Recipes whose folds are kept, and beginnings of recipes that are kept for each fold.
_RECIPES, _BEGINNINGS = 16, 8


class PreparedFolds:
    """The places where trials are fitted and judged: one per recipe and fold, made when it is first needed.

    Parameters
    ----------
    folds : Folds
        Rows and splits; its recipe is of no account.
    """

    def __init__(self, folds: Folds) -> None:
        self._folds = folds
        self._beginnings = [_Beginnings() for _ in folds.splits]
        self._made: OrderedDict[tuple[str, int], PreparedFold | InputError] = OrderedDict()
        #: Seconds that the slowest recipe took for all folds.
        self.prepare_s = 0.0

    def __len__(self) -> int:
        return len(self._folds)

    def get(self, recipe: Recipe, position: int) -> PreparedFold:
        """Return the fold at a position, prepared by a recipe.

        Raises
        ------
        InputError
            If the recipe cannot do its work on these rows.
        """
        key = (recipe.fingerprint, position)
        if key not in self._made:
            started = time.monotonic()
            try:
                self._made[key] = self._make(recipe, position)
            except InputError as error:
                self._made[key] = error
            self.prepare_s = max(self.prepare_s, len(self) * (time.monotonic() - started))
        self._made.move_to_end(key)
        while len(self._made) > _RECIPES * len(self):
            self._made.popitem(last=False)
        found = self._made[key]
        if isinstance(found, InputError):
            raise found
        return found

    def _make(self, recipe: Recipe, position: int) -> PreparedFold:
        whole = self._folds
        reusing = _Reusing(recipe.steps, recipe.trust, recipe.folder)
        reusing.beginnings = self._beginnings[position]
        one = Folds(
            whole.rows, reusing, [whole.splits[position]], whole.spec, seed=whole.seed, validation=whole.validation
        )
        return PreparedFold(one[0], one.judge(), whole.rows.classes)


class _Beginnings:
    """First steps of recipes as they were fitted to the learning rows of one fold."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, ...], Fitting] = OrderedDict()

    def longest(self, key: tuple[str, ...]) -> tuple[int, Fitting | None]:
        """Return the longest known beginning of a list of steps, and its length."""
        for length in range(len(key), -1, -1):
            if key[:length] in self._known:
                self._known.move_to_end(key[:length])
                return length, self._known[key[:length]]
        return 0, None

    def keep(self, key: tuple[str, ...], fitting: Fitting) -> None:
        """Keep a beginning, and let go of the one not asked for the longest."""
        self._known[key] = fitting
        while len(self._known) > _BEGINNINGS:
            self._known.popitem(last=False)


class _Reusing(Recipe):
    """A recipe that goes on from the beginnings that are known; always of the same rows."""

    beginnings: _Beginnings

    def _trained(self, table: Table, training: Training, split: SplitSpec) -> Fitting:
        numbered = acting(self.steps)
        # A step that is switched off changes the numbers of those behind it, which their messages name.
        key = tuple(of_json([number, step_to_dict(step)]) for number, step in numbered)
        done, fitting = self.beginnings.longest(key)
        if fitting is None:
            fitting = begin(table, training)
            self.beginnings.keep((), fitting)
        for place, (number, step) in enumerate(numbered[done:], start=done + 1):
            fitting = extend(fitting, number, step, training, split)
            self.beginnings.keep(key[:place], fitting)
        return fitting
