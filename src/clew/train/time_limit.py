"""A limit in seconds, and the moment at which it is over."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So much time, and no more.

    Parameters
    ----------
    seconds : float
        The whole limit.
    end : float
        Value of `time.monotonic` at which everything has to be done.
    """

    seconds: float
    end: float

    @property
    def left_s(self) -> float:
        """Seconds that are left; below 0 where it is over."""
        return self.end - time.monotonic()
