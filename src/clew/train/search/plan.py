"""What is tried next: the promises of a plan, and the plan that is a list."""

from collections.abc import Collection
from typing import Protocol

from clew.train.search.trial import Configuration, Trial


class Plan(Protocol):
    """Says what is tried next; called from several threads.

    `in_order` says that a configuration is compared with earlier ones only: nothing depends on which is quicker.
    """

    in_order: bool

    def next(self) -> Configuration | None:
        """Return the next configuration, or None when there is none now."""

    def affords(self, seconds: float) -> bool:
        """Return whether there is time for further folds, which will take about this many seconds of fitting."""

    def deadline(self, folds: int) -> float | None:
        """Return the moment at which a fit that starts now must end; None where no clock counts.

        Parameters
        ----------
        folds : int
            Folds that its configuration is not fitted to yet, this one included.
        """

    def share(self) -> float | None:
        """Return how much of the search is done, 0 to 1."""

    def learn(self, trial: Trial) -> None:
        """Take note of a finished trial."""

    def spare(self) -> Collection[int]:
        """Return the numbers of finished trials whose fitted estimators nobody will need, each once."""

    def drop(self, configuration: Configuration, fold_s: float | None) -> None:
        """Take note of one that was stopped or failed; `fold_s` is what a fold took, where it is known."""


class ListPlan:
    """A fixed list: no clock takes part.

    Parameters
    ----------
    configurations : list of Configuration
        All of them are tried.
    """

    in_order = True

    def __init__(self, configurations: list[Configuration]) -> None:
        self._total = len(configurations)
        self._waiting = iter(configurations)
        self._over = 0

    def next(self) -> Configuration | None:
        """Return the next of the list."""
        return next(self._waiting, None)

    def affords(self, seconds: float) -> bool:  # noqa: ARG002 - no clock counts
        """Return True."""
        return True

    def deadline(self, folds: int) -> None:  # noqa: ARG002 - no clock counts
        """Return None."""
        return

    def share(self) -> float:
        """Return the share of configurations that are over."""
        return self._over / self._total

    def learn(self, trial: Trial) -> None:  # noqa: ARG002 - the list stands
        """Count."""
        self._over += 1

    def spare(self) -> Collection[int]:
        """Return nothing: no estimator is kept, as there is always time to fit again."""
        return ()

    def drop(self, configuration: Configuration, fold_s: float | None) -> None:  # noqa: ARG002 - the list stands
        """Count."""
        self._over += 1
