"""A label by another label: how the rows of each are divided."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.explore.plots.axes import Placed


@dataclass(frozen=True, slots=True)
class Shares:
    """Rows of each pair of labels.

    Parameters
    ----------
    counts : tuple of tuple of int
        Rows per label of the first column, and within it per label of the second.
    """

    counts: tuple[tuple[int, ...], ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows of each label of the first column."""
        return tuple(map(sum, self.counts))

    @property
    def shares(self) -> tuple[tuple[float, ...], ...]:
        """How the rows of each label of the first column are divided by the second, each adding up to 1."""
        return tuple(tuple(count / (sum(line) or 1) for count in line) for line in self.counts)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "counts": [list(line) for line in self.counts],
            "shares": [list(line) for line in self.shares],
        }


def shares(one: Placed, other: Placed) -> Shares:
    """Count the rows of each pair of labels.

    Parameters
    ----------
    one, other : Placed
        Two columns of labels.
    """
    assert one.codes is not None and other.codes is not None  # noqa: S101, PT018 - labels only come here
    both = one.there & other.there
    high, wide = len(one.axis.levels), len(other.axis.levels)
    flat = np.bincount(one.codes[both] * wide + other.codes[both], minlength=high * wide)
    return Shares(tuple(tuple(line) for line in flat.reshape(high, wide).tolist()))
