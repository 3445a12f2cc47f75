"""The trials of a tuning, generation after generation."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clew.core.errors import InputError
from clew.core.progress import Progress
from clew.train.estimators import get_estimator
from clew.train.search.portfolio import trial_seed
from clew.train.search.trial import Configuration
from clew.train.tune.completion import GRID_DONE, Completion
from clew.train.tune.crew import Crew
from clew.train.tune.fit import FoldRequest, FoldResult
from clew.train.tune.goals import Goals
from clew.train.tune.journal import TuneJournal
from clew.train.tune.pipeline import Pipeline
from clew.train.tune.prepared import PreparedFolds
from clew.train.tune.result import TunedTrial, best_of, finished
from clew.train.tune.rungs import Ladder, Rung, Standing, best_of_rung, close_to_best, ladder_of, not_hopeless
from clew.train.tune.running import Running
from clew.train.tune.spec import TuneSpec
from clew.train.tune.state import TrialState
from clew.train.tune.study import Sampler

#: Fitting the best one to all folds again, and to all rows, takes this many times what its trial took.
_AGAIN = 1.5
#: Trials that must have come as far before the median of them says anything.
_LEAST_FOR_MEDIAN = 4


@dataclass(frozen=True)
class Course:
    """What a campaign did.

    Parameters
    ----------
    trials : tuple of TunedTrial
        In the order of their numbers.
    ended : str
        In words, why there were no more.
    fits : int
        Fits that were made.
    found : int
        Fits that were in the journal.
    """

    trials: tuple[TunedTrial, ...]
    ended: str
    fits: int
    found: int


@dataclass
class Campaign:
    """Makes trials until a rule ends it.

    Parameters
    ----------
    spec, pipeline, goals
        What is tuned, and what counts.
    folds : PreparedFolds
        Where trials are fitted and judged.
    sampler : Sampler
        Says what is tried next.
    crew : Crew
        Does the fits.
    threads : int
        Threads of each.
    fixed : mapping
        Algorithm → parameters that all its fits have, such as the device.
    journal : TuneJournal, optional
        Where finished fits are kept and found.
    end : float, optional
        Value of `time.monotonic` at which the limit in seconds is over.
    progress : Progress
        Called with a message and the share that is done.
    """

    spec: TuneSpec
    pipeline: Pipeline
    goals: Goals
    folds: PreparedFolds
    sampler: Sampler
    crew: Crew
    threads: int
    fixed: Mapping[str, Mapping[str, Any]]
    journal: TuneJournal | None
    end: float | None
    progress: Progress
    trials: list[TunedTrial] = field(default_factory=list, init=False)
    fits: int = field(default=0, init=False)
    found: int = field(default=0, init=False)
    _losses_by_step: dict[int, list[float]] = field(default_factory=dict, init=False)

    def run(self) -> Course:
        """Make trials."""
        completion = Completion(self.spec, self.pipeline.space, self.goals)
        generation = 0
        while (reason := completion.reason(self.trials, self.last_start)) is None:
            ladder = ladder_of(self.spec, self.goals, len(self.folds), generation, self.sampler.generation)
            size = ladder.size if self.spec.limit is None else min(ladder.size, self.spec.limit - len(self.trials))
            running = self._ask(size)
            if not running:
                reason = GRID_DONE
                break
            if not self._climb(running, ladder):
                reason = f"the {self.spec.time_limit_s:g} seconds were over"
                break
            if not generation and self._same_failure():
                reason = "every trial failed in the same way"
                break
            generation += 1
        return Course(tuple(self.trials), reason, self.fits, self.found)

    @property
    def last_start(self) -> float | None:
        """Value of `time.monotonic` after which nothing more begins: there must be time to fit the best one again."""
        if self.end is None or not self.spec.refit:
            return self.end
        best = best_of(tuple(self.trials), self.goals)
        if best is None:
            return self.end
        return self.end - self.folds.prepare_s - _AGAIN * best.fit_s

    def _same_failure(self) -> bool:
        """Return whether all trials failed for one reason, though they differ in everything that is tuned."""
        failed = [trial.error for trial in self.trials if trial.state == TrialState.FAILED]
        if len(failed) < len(self.trials) or len(set(failed)) != 1:
            return False
        return all(
            len({repr(trial.params.get(name)) for trial in self.trials}) > 1 for name in self.pipeline.space.free
        )

    def _ask(self, size: int) -> list[Running]:
        asked = []
        for number in range(len(self.trials), len(self.trials) + size):
            found = self.sampler.ask(number)
            if found is None:
                break
            asked.append(self.start(number, *found))
        return asked

    def start(self, number: int, asked: Any, values: Mapping[str, Any]) -> Running:
        """Return a trial as it begins."""
        algorithm, params = self.pipeline.algorithm(values), self.pipeline.params(values)
        recipe, error = None, None
        try:
            # Each parameter under one name: fits add the number of rounds under the one that the algorithm keeps.
            params = get_estimator(algorithm).named(params)
            recipe = self.pipeline.recipe_of(values)
        except InputError as refused:
            error = str(refused)
        params = {**self.fixed.get(algorithm, {}), **params}
        configuration = Configuration(number, algorithm, params, trial_seed(self.spec.seed, number))
        return Running(asked, values, configuration, recipe, error)

    def _climb(self, generation: Sequence[Running], ladder: Ladder) -> bool:
        """Do a generation, rung by rung; return False where the clock ended it."""
        alive = [trial for trial in generation if trial.error is None]
        last: dict[int, Rung] = {trial.configuration.number: ladder.rungs[0] for trial in generation}
        for rung in ladder.rungs:
            self._fit(alive, rung)
            if any(trial.late for trial in alive):
                done = [trial for trial in alive if not trial.late and rung is ladder.rungs[-1]]
                for trial in done:
                    last[trial.configuration.number] = rung
                    if trial.error is None:
                        trial.standing(self.goals, rung)
                kept = [trial for trial in generation if trial in done or (not trial.late and trial not in alive)]
                self._keep(kept, last, ladder)
                return False
            alive = [trial for trial in alive if trial.error is None]
            standings = {trial.configuration.number: trial.standing(self.goals, rung) for trial in alive}
            last |= dict.fromkeys(standings, rung)
            if rung is ladder.rungs[-1]:
                break
            going_on = self._going_on(standings, rung, ladder)
            alive = [trial for trial in alive if trial.configuration.number in going_on]
        self._keep(generation, last, ladder)
        return True

    def _keep(self, generation: Sequence[Running], last: Mapping[int, Rung], ladder: Ladder) -> None:
        for trial in generation:
            rung = last[trial.configuration.number]
            self.finish(trial, rung, stopped=rung is not ladder.rungs[-1])
        for trial in generation:
            for step, (excess, loss) in trial.standings:
                if excess == 0:
                    self._losses_by_step.setdefault(step, []).append(loss)

    def finish(self, trial: Running, rung: Rung, *, stopped: bool) -> None:
        """Keep a trial, and tell what it was worth."""
        kept = trial.ended(self.goals, rung, stopped=stopped and trial.error is None)
        self.sampler.tell(
            trial.asked,
            None if kept.state == TrialState.FAILED else kept.figures,
            kept.steps,
            stopped=kept.state == TrialState.STOPPED,
        )
        self.trials.append(kept)
        if self.journal is not None:
            self.journal.keep_trial(kept)
        self._tell()

    def _going_on(self, standings: Mapping[int, Standing], rung: Rung, ladder: Ladder) -> list[int]:
        if ladder.reduction is not None:
            return best_of_rung(standings, ladder.reduction) if standings else []
        return self._not_hopeless({number: loss for number, (_, loss) in standings.items()}, rung)

    def _not_hopeless(self, losses: Mapping[int, float], rung: Rung) -> list[int]:
        earlier, goal = self._losses_by_step.get(rung.step, []), self.goals.objectives[0]
        folds = [[goal.loss(value) for value in trial.folds] for trial in finished(tuple(self.trials))]
        known = [values for values in folds if all(map(math.isfinite, values))]
        if min(len(earlier), len(known)) < _LEAST_FOR_MEDIAN:
            return list(losses)
        return not_hopeless(losses, earlier, close_to_best(known, rung.step))

    def _fit(self, alive: Sequence[Running], rung: Rung) -> None:
        """Fit all trials to the folds of a rung, side by side."""
        waiting: list[tuple[Running, FoldRequest, Any]] = []
        for trial in alive:
            for request in self.requests(trial, rung):
                known = None if self.journal is None else self.journal.find(request)
                if known is not None:
                    self.found += 1
                    self.record(trial, request, known)
                elif trial.error is None:
                    future = self.submit(trial, request)
                    if future is not None:
                        waiting.append((trial, request, future))
        for trial, request, future in waiting:
            result = self.crew.result(future)
            self.fits += not result.late
            if self.journal is not None:
                self.journal.keep(request, result)
            self.record(trial, request, result)
            self._tell()

    def requests(self, trial: Running, rung: Rung) -> list[FoldRequest]:
        """Return the fits of a trial on a rung."""
        # Workers count by the time of day, since no two machines share a monotonic clock.
        end_s = None if (last_start := self.last_start) is None else time.time() + last_start - time.monotonic()
        fingerprint = "" if trial.recipe is None else trial.recipe.fingerprint
        return [
            FoldRequest(
                trial.configuration, fold, fingerprint, rung.rows, rung.rounds, self.goals.metrics, self.threads, end_s
            )
            for fold in rung.folds
        ]

    def submit(self, trial: Running, request: FoldRequest) -> Any:
        """Begin a fit; None where time is over or the recipe cannot do its work, of which the trial takes note."""
        assert trial.recipe is not None  # noqa: S101 - a trial without one has failed before
        # Preparing folds takes time too.
        if (last_start := self.last_start) is not None and time.monotonic() >= last_start:
            self.record(trial, request, FoldResult({}, late=True))
            return None
        try:
            prepared = self.folds.get(trial.recipe, request.position)
        except InputError as error:
            self.record(trial, request, FoldResult({}, error=str(error)))
            return None
        return self.crew.submit(self.crew.place(prepared), request)

    def record(self, trial: Running, request: FoldRequest, result: FoldResult) -> None:
        """Take note of what a fit told."""
        if result.late:
            trial.late = True
        elif result.error is not None:
            trial.error = trial.error or result.error
        else:
            trial.results[request.rows, request.rounds, request.position] = result

    def _tell(self) -> None:
        limit = self.spec.limit
        done = None if limit is None else min(1.0, len(self.trials) / limit)
        self.progress(f"{len(self.trials)} trials, {self.fits} fits", done)
