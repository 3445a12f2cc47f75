"""The number of clusters, and what each criterion said about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clew.core.errors import DataError
from clew.core.progress import Progress
from clew.train.cluster.algorithms import Fit
from clew.train.cluster.criteria import Criterion, criteria
from clew.train.points.points import distinct_rows
from clew.train.points.terms import Floats


@dataclass(frozen=True, slots=True)
class ClusterCount:
    """How the number of clusters was chosen.

    Parameters
    ----------
    k : int
        The number.
    tried : tuple of int
        Numbers that were tried, rising.
    criteria : tuple of Criterion
        What each said.
    why : str
        In a sentence.
    rows : int
        Rows that were asked about.
    """

    k: int
    tried: tuple[int, ...]
    criteria: tuple[Criterion, ...]
    why: str
    rows: int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "k": self.k,
            "tried": list(self.tried),
            "criteria": [criterion.to_dict() for criterion in self.criteria],
            "why": self.why,
            "rows": self.rows,
        }

    def value(self, name: str) -> float | None:
        """Return what a criterion measured for the chosen number; None where it was not asked."""
        for criterion in self.criteria:
            if criterion.name == name and self.k in self.tried:
                return criterion.values[self.tried.index(self.k)]
        return None

    def best(self, name: str) -> int | None:
        """Return the number that a criterion prefers; None where it was not asked."""
        return next((criterion.best for criterion in self.criteria if criterion.name == name), None)


def numbers(values: Floats, most: int) -> tuple[int, ...]:
    """Return the numbers of clusters to try, from 2 to `most` or what the points allow.

    Raises
    ------
    DataError
        If there are too few different rows.
    """
    different = distinct_rows(values)
    # Where no two rows agree, a cluster of its own for each says nothing.
    most = min(most, different if different < len(values) else different - 1)
    if most < 2:
        raise DataError(
            f"{len(values):,} rows with {different} different ones make no clusters.",
            hint="Compare the rows by other columns, or give more rows.",
        )
    return tuple(range(2, most + 1))


def choose(values: Floats, fit: Fit, ks: Sequence[int], seed: int, progress: Progress) -> ClusterCount:
    """Choose the number of clusters: what most criteria prefer, and the more stable of two.

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points, some thousand at most.
    fit : callable
        What finds clusters.
    ks : sequence of int
        Numbers to choose among, as `numbers` returns them.
    seed : int
        Of whatever is random.
    progress : Progress
        Called with a message and the share that is done.
    """
    labels = []
    for k in ks:
        progress(f"{k} clusters", 0.3 * (k - 2) / len(ks))
        labels.append(fit(values, k, seed).assign(values))
    said = criteria(values, ks, labels, fit, seed, progress)
    k = _chosen(said, ks)
    return ClusterCount(k, tuple(ks), tuple(said), _why(said, k), len(values))


def _chosen(said: Sequence[Criterion], ks: Sequence[int]) -> int:
    votes = Counter(best for criterion in said if (best := criterion.best) is not None and best in ks)
    stable = next(criterion.values for criterion in said if criterion.name == "stability")
    return max(votes, key=lambda k: (votes[k], stable[ks.index(k)] or 0.0, -k)) if votes else ks[0]


def _why(said: Sequence[Criterion], k: int) -> str:
    agree = [criterion.label for criterion in said if criterion.best == k]
    others = [_other(criterion) for criterion in said if criterion.best != k]
    why = (
        f"preferred by {_listed(agree)}"
        if agree
        else "the smallest number, and no criterion prefers any of those tried"
    )
    return f"{k} is {'; '.join((why, ', '.join(others))) if others else why}."


def _other(criterion: Criterion) -> str:
    said = "says nothing" if criterion.best is None else f"prefers {criterion.best}"
    return f"{criterion.label} {said}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
