"""Successive halving without brackets (ASHA): a trial goes on, or ends, as soon as its rung is done.

Li et al., "A system for massively parallel hyperparameter tuning", 2020. No worker waits for the others, and what is
tried depends on which of them is quickest: the result cannot be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clew.train.tune.campaign import Campaign, Course
from clew.train.tune.completion import Completion
from clew.train.tune.fit import FoldRequest
from clew.train.tune.result import TunedTrial
from clew.train.tune.rungs import Rung, Standing, rungs_of
from clew.train.tune.running import Running
from clew.train.tune.state import TrialState


@dataclass(eq=False)
class _Climber:
    """A trial on its way up."""

    trial: Running
    rung: int = 0
    missing: int = 0


@dataclass
class Asynchronous:
    """Makes trials one beside the other.

    Parameters
    ----------
    campaign : Campaign
        What is tuned, who is asked, who does the fits: as many trials are side by side as the crew has workers.
    """

    campaign: Campaign
    _standings: dict[int, list[Standing]] = field(default_factory=dict, init=False)

    def run(self) -> Course:
        """Make trials until a rule ends it."""
        work, spec = self.campaign, self.campaign.spec
        completion = Completion(spec, work.pipeline.space, work.goals)
        rungs = rungs_of(spec, len(work.folds))
        flying: dict[Any, tuple[_Climber, FoldRequest]] = {}
        number, reason = self._resumed(), None
        asked = len(work.trials)
        while True:
            reason = reason or completion.reason(work.trials, work.last_start)
            climbing = {id(climber) for climber, _ in flying.values()}
            while reason is None and len(climbing) < work.crew.workers and (spec.limit is None or asked < spec.limit):
                climber = self._begin(number)
                number, asked = number + 1, asked + 1
                self._submit(climber, rungs, flying)
                climbing = {id(one) for one, _ in flying.values()}
                reason = completion.reason(work.trials, work.last_start)
            if not flying:
                trials = sorted(work.trials, key=lambda trial: trial.number)
                return Course(tuple(trials), reason or "nothing was left to do", work.fits, work.found)
            future = work.crew.first(list(flying))
            climber, request = flying.pop(future)
            result = work.crew.result(future)
            work.fits += not result.late
            work.record(climber.trial, request, result)
            climber.missing -= 1
            if climber.missing == 0:
                self._landed(climber, rungs, flying, going_on=reason is None)

    def _resumed(self) -> int:
        """Let the trials of the journal that are of this tuning count, and return the number of the next one."""
        work = self.campaign
        every = [] if work.journal is None else list(work.journal.trials.values())
        kept = [self._judged(trial) for trial in every if self._counts(trial)]
        for trial in kept:
            work.trials.append(trial)
            for step, loss in trial.steps:
                self._standings.setdefault(step, []).append((work.goals.excess(trial.figures), loss))
            if trial.state == TrialState.COMPLETE:
                work.sampler.count(trial.params, trial.figures)
        return max((trial.number + 1 for trial in every), default=0)

    def _counts(self, trial: TunedTrial) -> bool:
        """Return whether a trial of the folder is one of this space and these goals."""
        work = self.campaign
        if not work.pipeline.space.holds(trial.params) or work.pipeline.algorithm(trial.params) != trial.algorithm:
            return False
        return trial.state == TrialState.FAILED or set(work.goals.names) <= set(trial.figures)

    def _judged(self, trial: TunedTrial) -> TunedTrial:
        """Return a trial of the folder as the constraints of now judge it."""
        failed = trial.state == TrialState.FAILED
        return replace(trial, feasible=not failed and self.campaign.goals.feasible(trial.figures))

    def _begin(self, number: int) -> _Climber:
        found = self.campaign.sampler.ask(number)
        assert found is not None  # noqa: S101 - only a grid comes to an end
        return _Climber(self.campaign.start(number, *found))

    def _submit(
        self, climber: _Climber, rungs: Sequence[Rung], flying: dict[Any, tuple[_Climber, FoldRequest]]
    ) -> None:
        rung = rungs[climber.rung]
        for request in self.campaign.requests(climber.trial, rung) if climber.trial.error is None else ():
            future = self.campaign.submit(climber.trial, request)
            if future is not None:
                flying[future] = (climber, request)
                climber.missing += 1
        if climber.missing == 0 and not climber.trial.late:  # it failed before a single fit
            self.campaign.finish(climber.trial, rung, stopped=False)

    def _landed(
        self,
        climber: _Climber,
        rungs: Sequence[Rung],
        flying: dict[Any, tuple[_Climber, FoldRequest]],
        *,
        going_on: bool,
    ) -> None:
        """Let a trial go on to the next rung, or end it."""
        trial, rung = climber.trial, rungs[climber.rung]
        if trial.late:
            return
        if trial.error is not None:
            self.campaign.finish(trial, rung, stopped=False)
            return
        standing = trial.standing(self.campaign.goals, rung)
        known = self._standings.setdefault(rung.step, [])
        known.append(standing)
        last = rung is rungs[-1]
        promoted = sorted(known)[: max(1, len(known) // self.campaign.spec.reduction)]
        if not last and going_on and standing <= promoted[-1]:
            climber.rung += 1
            self._submit(climber, rungs, flying)
            return
        self.campaign.finish(trial, rung, stopped=not last)
