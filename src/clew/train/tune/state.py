"""How a trial of a tuning ended."""

from enum import StrEnum


class TrialState(StrEnum):
    """How a trial ended; ``stopped``: a rule ended it before all folds, or the whole of the resource, were used."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"
