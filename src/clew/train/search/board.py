"""The state of a search: which folds of which configurations are done, what is to be done next, who is out."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from clew.core.errors import DataError
from clew.core.progress import Progress
from clew.train.estimators.base import Floats
from clew.train.search.journal import Journal
from clew.train.search.plan import Plan
from clew.train.search.race import Race
from clew.train.search.trial import Configuration, Outcome, Trial

#: A configuration and the position of a fold.
Task = tuple[Configuration, int]


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    trials : tuple of Trial
        Fitted to all folds, in the order of their numbers.
    failed : mapping of str to str
        Configurations that a library refused, with its words.
    stopped : tuple of Trial
        Hopeless after the first folds; they have the outcomes of these.
    """

    trials: tuple[Trial, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    stopped: tuple[Trial, ...] = ()


@dataclass
class _Entry:
    """A configuration on its way: what it was asked for so far, and what came back."""

    configuration: Configuration
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    #: Number of folds asked for so far, from the first on.
    asked: int = 0
    over: bool = False

    def ready(self) -> bool:
        """Return whether all folds asked for are there."""
        return all(position in self.outcomes for position in range(self.asked))

    def scores(self, folds: int) -> Floats:
        """Return the answers for the rows of the first folds."""
        return np.concatenate([self.outcomes[position].scores for position in range(folds)])

    def fold_s(self) -> float | None:
        """Return the mean seconds of a fold, where one is known."""
        known = [outcome.fit_s for outcome in self.outcomes.values()]
        return sum(known) / len(known) if known else None

    def release(self) -> None:
        """Let go of fitted estimators, which may be large."""
        self.outcomes = {position: replace(known, estimator=None) for position, known in self.outcomes.items()}

    def trial(self) -> Trial:
        """Return what is there as a trial, which holds the answers from now on."""
        positions = sorted(self.outcomes)
        made = Trial(self.configuration, tuple(self.outcomes[position] for position in positions))
        self.outcomes = dict(zip(positions, made.outcomes, strict=True))
        return made


class Board:
    """Hands out tasks and puts outcomes together to trials; all methods may be called from several threads.

    A configuration is fitted to one fold after the other as long as it may be stopped, and then to all others at once.
    Its further folds come before new configurations.

    Parameters
    ----------
    plan : Plan
        Which configurations, and until when.
    folds : int
        Number of folds.
    race : Race
        Says who is hopeless.
    journal : Journal, optional
        Where trials are kept and found.
    progress : Progress
        Called with a message and the share that is done.
    known : mapping
        Outcomes that are there already, by number of the configuration and position of the fold.
    """

    def __init__(
        self,
        plan: Plan,
        folds: int,
        race: Race,
        journal: Journal | None,
        progress: Progress,
        known: Mapping[tuple[int, int], Outcome],
    ) -> None:
        self._plan, self._folds, self._race = plan, folds, race
        self._journal, self._progress, self._known = journal, progress, known
        self._entries: dict[int, _Entry] = {}
        self._ready: list[Task] = []
        self._running = 0
        self._closed = False
        self._trials: dict[int, Trial] = {}
        self._stopped: dict[int, Trial] = {}
        self._failed: dict[int, tuple[int, str]] = {}
        self._changed = threading.Condition(threading.RLock())

    def next(self) -> Task | None:
        """Return what is to be done next; waits where that depends on what is being done; None at the end."""
        with self._changed:
            while not self._closed:
                if self._ready:
                    self._ready.sort(key=lambda task: (task[0].number, task[1]))
                    self._running += 1
                    return self._ready.pop(0)
                configuration = self._plan.next()
                if configuration is not None:
                    self._begin(configuration)
                elif self._running:
                    self._changed.wait()
                else:
                    break
            return None

    def take(self, task: Task, outcome: Outcome | DataError) -> None:
        """Take note of what came of a task."""
        configuration, position = task
        with self._changed:
            self._running -= 1
            entry = self._entries[configuration.number]
            if not isinstance(outcome, DataError):
                entry.outcomes[position] = outcome
            else:
                # Of folds that fail side by side the first one has the word, whichever is the quickest.
                known = self._failed.get(configuration.number, (position, ""))
                if position <= known[0]:
                    self._failed[configuration.number] = position, str(outcome)
                if not entry.over:
                    self._out(entry)
            self._advance()
            self._changed.notify_all()

    def close(self) -> None:
        """Hand out nothing any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def found(self) -> Found:
        """Return all trials."""
        finished, stopped = (
            tuple(trials[number] for number in sorted(trials)) for trials in (self._trials, self._stopped)
        )
        failed = {
            self._entries[number].configuration.name: words for number, (_, words) in sorted(self._failed.items())
        }
        return Found(finished, failed, stopped)

    def _begin(self, configuration: Configuration) -> None:
        entry = _Entry(configuration)
        kept = self._journal.find(configuration) if self._journal is not None else None
        if kept is not None:
            entry.outcomes.update(enumerate(kept.outcomes))
        for position in range(self._folds):
            outcome = self._known.get((configuration.number, position))
            if outcome is not None:
                entry.outcomes[position] = outcome
        self._entries[configuration.number] = entry
        self._ask(entry)
        self._advance()

    def _ask(self, entry: _Entry) -> None:
        """Ask for the next fold, or for all that are left."""
        asked = entry.asked
        entry.asked = asked + 1 if asked < len(self._race) else self._folds
        missing = (position for position in range(asked, entry.asked) if position not in entry.outcomes)
        self._ready.extend((entry.configuration, position) for position in missing)

    def _advance(self) -> None:
        """Let every configuration whose folds are there go on, finish or stop."""
        for entry in self._on_their_way():
            while not entry.over and entry.ready():
                if len(entry.outcomes) == self._folds:
                    self._finish(entry)
                elif not self._decidable(entry):
                    break
                elif self._hopeless(entry):
                    self._stop(entry)
                elif not self._affordable(entry):
                    self._out(entry)
                else:
                    self._ask(entry)

    def _on_their_way(self) -> Iterator[_Entry]:
        return (self._entries[number] for number in sorted(self._entries) if not self._entries[number].over)

    def _decidable(self, entry: _Entry) -> bool:
        """Return whether everything is there that the configuration is to be compared with."""
        if not self._plan.in_order:
            return True
        earlier = (self._entries[number] for number in range(entry.configuration.number))
        return all(other.over or _has(other, entry.asked) for other in earlier)

    def _hopeless(self, entry: _Entry) -> bool:
        number, folds = entry.configuration.number, entry.asked
        others = [
            other
            for other, known in self._entries.items()
            if _has(known, folds) and (other <= number or not self._plan.in_order)
        ]
        return self._race.hopeless(number, folds - 1, others, lambda other: self._entries[other].scores(folds))

    def _affordable(self, entry: _Entry) -> bool:
        missing = [position for position in range(self._folds) if position not in entry.outcomes]
        return self._plan.affords((entry.fold_s() or 0.0) * len(missing))

    def _finish(self, entry: _Entry) -> None:
        trial = entry.trial()
        self._write(trial)
        entry.over = True
        self._trials[entry.configuration.number] = trial
        self._plan.learn(trial)
        for number in self._plan.spare():
            self._entries[number].release()
            self._trials[number] = self._entries[number].trial()
        told = f"{entry.configuration.name} done, {len(self._trials)} configurations so far"
        self._progress(told, self._plan.share())

    def _stop(self, entry: _Entry) -> None:
        self._out(entry)
        trial = entry.trial()
        self._write(trial)
        self._stopped[entry.configuration.number] = trial
        self._progress(f"{entry.configuration.name} stopped after {len(trial.outcomes)} folds", self._plan.share())

    def _out(self, entry: _Entry) -> None:
        entry.over = True
        entry.release()
        self._ready = [task for task in self._ready if task[0] is not entry.configuration]
        self._plan.drop(entry.configuration, entry.fold_s())

    def _write(self, trial: Trial) -> None:
        if self._journal is not None:
            self._journal.write(trial)


def _has(entry: _Entry, folds: int) -> bool:
    """Return whether the first folds of a configuration are there."""
    return all(position in entry.outcomes for position in range(folds))
