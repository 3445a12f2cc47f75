"""To how many numbers rows are reduced, and how."""

from dataclasses import dataclass

from clew.core.errors import UsageError
from clew.prepare.recipe import Recipe
from clew.train.points.rules import a_share, at_least, some_names


@dataclass(frozen=True)
class ReduceSpec:
    """To how many numbers rows are reduced, and how.

    Parameters
    ----------
    components : int, optional
        How many numbers a row; there are never more than columns, or rows.
    variance : float, optional
        As many as explain this share of the variance, above 0 and up to 1; 0.95 where neither is stated.
    columns : tuple of str, optional
        Raw columns to reduce; all features by default.
    recipe : Recipe, optional
        From raw columns to those that are reduced; suggested by default.
    seed : int, default 0
        Of everything random.

    Raises
    ------
    UsageError
        If a parameter makes no sense.
    """

    components: int | None = None
    variance: float | None = None
    columns: tuple[str, ...] | None = None
    recipe: Recipe | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        at_least("components", self.components, 1)
        if self.components is not None and self.variance is not None:
            raise UsageError("Both `components` and `variance` are given.", hint="State one of them.")
        a_share("variance", self.variance, 1)
        at_least("seed", self.seed, 0)
        some_names("columns", self.columns)
