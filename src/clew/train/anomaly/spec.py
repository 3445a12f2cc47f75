"""What to look for among rows, and how."""

from dataclasses import dataclass
from enum import StrEnum

from clew.core.errors import UsageError, did_you_mean
from clew.prepare.recipe import Recipe
from clew.train.points.rules import a_share, at_least, some_names


class AnomalyAlgorithm(StrEnum):
    """What scores rows."""

    ISOLATION_FOREST = "isolation_forest"
    LOF = "lof"
    ROBUST_COVARIANCE = "robust_covariance"


ALGORITHMS = tuple(algorithm.value for algorithm in AnomalyAlgorithm)


@dataclass(frozen=True)
class AnomalySpec:
    """What to look for among rows, and how.

    Parameters
    ----------
    algorithm : {"isolation_forest", "lof", "robust_covariance"}
        What scores the rows.
    contamination : float, optional
        Share of the rows that count as anomalous, above 0 and up to 0.5, rounded down to whole rows but one at least.
        By default those whose score lies three and a half robust deviations beyond the median, and never more than 5 %
        of the rows.
    neighbours : int, optional
        For ``lof``: rows that a row is compared with; 20 by default.
    columns : tuple of str, optional
        Raw columns to compare rows by; all features by default.
    recipe : Recipe, optional
        From raw columns to those that are compared; suggested by default.
    shown : int, default 20
        Rows that get reasons, the oddest first.
    seed : int, default 0
        Of everything random: the same seed gives the same scores.

    Raises
    ------
    UsageError
        If a parameter makes no sense.
    """

    algorithm: str = "isolation_forest"
    contamination: float | None = None
    neighbours: int | None = None
    columns: tuple[str, ...] | None = None
    recipe: Recipe | None = None
    shown: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise UsageError(
                f"There is no algorithm {self.algorithm!r} for anomalies.",
                hint=did_you_mean(self.algorithm, ALGORITHMS),
            )
        a_share(
            "contamination", self.contamination, 0.5, "Leave it out to let the scores say where the odd rows begin."
        )
        if self.neighbours is not None and self.algorithm != "lof":
            raise UsageError(f"`neighbours` is for lof, not for {self.algorithm}.", hint="Leave it out.")
        at_least("neighbours", self.neighbours, 1)
        at_least("shown", self.shown, 0)
        at_least("seed", self.seed, 0)
        some_names("columns", self.columns)
