"""A bench for building a recipe: a sample of the training rows, and the rows after each step, kept.

>>> import polars as pl
>>> from clew.collect.source import read
>>> from clew.prepare.bench import Bench
>>> from clew.prepare.recipe import Recipe
>>> bench = Bench(read(pl.DataFrame({"age": [22, None, 38], "fare": [7.25, 71.0, 8.0]})))
>>> recipe = Recipe.from_yaml('''
... - {op: fill_missing, columns: age}
... - {op: scale, columns: fare}
... ''')
>>> [column.name for column in bench.preview(recipe, 2).columns]
['fare']

Whoever tries one step after another changes the end of a recipe far more often than its beginning. So whatever the
first steps of a recipe left behind is used by all recipes that begin with them.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import InputError, UsageError
from clew.core.jsonable import dumps
from clew.prepare.inputs import Rows, known_rows, named_target
from clew.prepare.options import step_to_dict
from clew.prepare.prefix import Kept, Prefix
from clew.prepare.recipe import Prepared, Recipe
from clew.prepare.step import Step, acting
from clew.prepare.step_change import Preview, change
from clew.prepare.training import begin, extend
from clew.prepare.trust import check_trust

#: Rows that a bench looks at; of more a sample is taken.
SAMPLE_ROWS = 100_000
#: Memory that rows after steps may take, besides the sample itself.
LIMIT_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of a step of a recipe on the rows of a bench.

    Parameters
    ----------
    number : int
        Position in the recipe, from 1.
    op : str
        Name of the step.
    disabled : bool
        Whether it is switched off.
    rows, columns : int or None
        Of the table that left it; None where it was not reached, or could not do its work.
    seconds : float or None
        Wall time of fitting it and doing it, whenever that was.
    error : InputError or None
        Why it could not do its work; the steps behind it were not reached.
    """

    number: int
    op: str
    disabled: bool
    rows: int | None = None
    columns: int | None = None
    seconds: float | None = None
    error: InputError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values; an error as ``{"message", "hint"}``."""
        error = None if self.error is None else {"message": self.error.message, "hint": self.error.hint}
        return {**{name: getattr(self, name) for name in self.__slots__}, "error": error}


class Bench:
    """Training rows to try recipes on; safe to use from several threads.

    Parameters
    ----------
    dataset : Dataset
        Training rows, and none that are to judge later: steps learn from what they see. The target is the column with
        that role.
    seed : int, default 0
        Seed of the sample and of all random choices.
    rows : int, default 100 000
        Rows to look at; of more a sample is taken, in their order.
    folder : Path, optional
        Where relative file names of a recipe start; by default the recipe's own `folder`.
    trust : collection of str, default ()
        Names of code that is no part of Clew and that steps may run, besides those that a recipe is trusted with.
    split : SplitSpec, optional
        Folds and gap where training rows must not see their own target.
    limit_bytes : int, default 1 GB
        Memory that the rows after steps may take together; what they share is counted once.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,
        rows: int = SAMPLE_ROWS,
        folder: Path | None = None,
        trust: Collection[str] = (),
        split: SplitSpec | None = None,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        self.sample = dataset
        self.sampled_from: int | None = None
        if len(dataset) > rows:
            chosen = np.random.default_rng(seed).choice(len(dataset), rows, replace=False)
            self.sample, self.sampled_from = dataset.take(np.sort(chosen)), len(dataset)
        self._seed, self._folder, self._trust, self._split = seed, folder, tuple(trust), split or SplitSpec()
        self._known = Kept(limit_bytes)
        self._rows: dict[tuple[_Start, bool], Rows] = {}
        self._lock = RLock()

    @property
    def size_bytes(self) -> int:
        """Memory that the rows after steps take."""
        with self._lock:
            return self._known.size_bytes

    def after(self, recipe: Recipe, count: int | None = None) -> Prepared:
        """Return the rows after the first steps of a recipe, and these steps fitted.

        The same as `Recipe.prepare` with these steps alone, on the sample.

        Parameters
        ----------
        recipe : Recipe
            The steps.
        count : int, optional
            How many of them; 0 for the rows as they enter the recipe. By default all.

        Raises
        ------
        UsageError
            If there are not so many steps.
        ConfigError, RecipeError, DataError
            If one of them cannot do its work; the message begins with its number and name.
        """
        return self._reach(recipe, len(recipe.steps) if count is None else count).prepared

    def preview(self, recipe: Recipe, number: int, rows: int = 10) -> Preview:
        """Show what a step does; a step that is switched off does nothing.

        Parameters
        ----------
        recipe : Recipe
            The steps; those after the one in question do not matter.
        number : int
            Position of the step, from 1.
        rows : int, default 10
            Rows to show.

        Raises
        ------
        UsageError
            If there is no such step.
        ConfigError, RecipeError, DataError
            If a step up to this one cannot do its work; the message begins with its number and name.
        """
        _check_number(recipe, number, least=1)
        later = self._reach(recipe, number)
        earlier = self._reach(recipe, number - 1, like=number)
        return change(earlier, later, number, recipe.steps[number - 1], rows, self.sampled_from)

    def outline(self, recipe: Recipe) -> tuple[StepOutcome, ...]:
        """Say for each step of a recipe how many rows and columns leave it, or why it cannot do its work.

        Parameters
        ----------
        recipe : Recipe
            The steps.
        """
        outcomes: list[StepOutcome] = []
        failed, before = False, 0.0
        for number, step in enumerate(recipe.steps, start=1):
            if failed:
                outcomes.append(StepOutcome(number, step.op, step.disabled))
                continue
            try:
                reached = self._reach(recipe, number)
            except InputError as error:
                failed = True
                outcomes.append(StepOutcome(number, step.op, step.disabled, error=error))
                continue
            height, width = reached.frame.shape
            seconds = max(reached.seconds - before, 0.0)
            before = reached.seconds
            outcomes.append(StepOutcome(number, step.op, step.disabled, height, width, seconds))
        return tuple(outcomes)

    def _reach(self, recipe: Recipe, count: int, like: int | None = None) -> Prefix:
        """Return the rows after some steps, entered as the first `like` steps want it; by default these very ones."""
        _check_number(recipe, count, least=0)
        numbered = acting(recipe.steps[:count])
        check_trust(recipe.steps[:count], (*recipe.trust, *self._trust))
        start = self._start_of(recipe, like or count)
        marks = [_mark(number, step, start.folder) for number, step in numbered]
        with self._lock:
            known = len(marks)
            while (prefix := self._known.get((start.mark, *marks[:known]))) is None and known:
                known -= 1
            if prefix is None:
                prefix = self._begin(start)
                self._known.put((start.mark,), prefix)
            for position in range(known, len(marks)):
                prefix = self._extend(prefix, *numbered[position], start)
                self._known.put((start.mark, *marks[: position + 1]), prefix)
        return prefix

    def _start_of(self, recipe: Recipe, count: int) -> "_Start":
        unknown = self.sample.schema.target is None
        target = named_target(step for _, step in acting(recipe.steps[:count])) if unknown else None
        return _Start(target, self._folder or recipe.folder)

    def _begin(self, start: "_Start") -> Prefix:
        started = time.perf_counter()
        rows = self._rows_for(start, ())
        fitting = begin(rows.table, rows.training)
        return Prefix.of(fitting, time.perf_counter() - started)

    def _extend(self, prefix: Prefix, number: int, step: Step, start: "_Start") -> Prefix:
        started = time.perf_counter()
        steps = [*(fitted.step for fitted in prefix.fitting.chain.steps), step]
        rows = self._rows_for(start, [each for each in steps if each.learns_from_target])
        fitting = extend(prefix.fitting, number, step, rows.training, self._split)
        return Prefix.of(fitting, prefix.seconds + time.perf_counter() - started, prefix)

    def _rows_for(self, start: "_Start", learners: Sequence[Step]) -> Rows:
        """Return the sample with what steps may know: the kind of answer only where steps learn from the target."""
        which = (start, bool(learners))
        if which not in self._rows:
            seed, folder = self._seed, start.folder
            self._rows[which] = known_rows(
                self.sample, None, start.target, learners, task=None, seed=seed, folder=folder
            )
        return self._rows[which]


@dataclass(frozen=True, slots=True)
class _Start:
    """What training starts from, besides the rows: a target that steps name, and where their tables lie."""

    target: str | None
    folder: Path | None

    @property
    def mark(self) -> str:
        return dumps([self.target, None if self.folder is None else str(self.folder)])


def _mark(number: int, step: Step, folder: Path | None) -> str:
    """Return a text that is another one where the step is, or a table that it reads from a file."""
    table = getattr(step, "table", None)
    path = (folder or Path()) / table if isinstance(table, str) else None
    state = path.stat() if path is not None and path.is_file() else None
    return dumps([number, step_to_dict(step), None if state is None else [state.st_mtime_ns, state.st_size]])


def _check_number(recipe: Recipe, number: int, *, least: int) -> None:
    if not least <= number <= len(recipe.steps):
        raise UsageError(
            f"The recipe has no step {number}.", hint=f"It has {len(recipe.steps)}; they are counted from 1."
        )
