"""Which training rows a prepared row was made from, once steps take, repeat or invent rows.

A copy of a row knows the answer of the row, and so does a row invented between two others. Wherever prepared rows are
split, all that was made from one training row must stay on one side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import Split


@dataclass(frozen=True, eq=False)
class Origins:
    """The training rows behind prepared rows.

    Parameters
    ----------
    parents : ndarray of int64, shape (rows, parents)
        Positions among the training rows given. The first column is the row that each one is, or was mainly made from,
        and whose target it has; the others are rows that had a part in its values, or the same again.
    """

    parents: NDArray[np.int64]

    @classmethod
    def of(cls, rows: int) -> Self:
        """Return the origins of training rows that nobody has touched."""
        return cls(np.arange(rows, dtype=np.int64)[:, None])

    @property
    def rows(self) -> NDArray[np.int64]:
        """The training row that each one is or was mainly made from, shape (rows,)."""
        return self.parents[:, 0]

    def take(self, positions: NDArray[np.int64], partners: NDArray[np.int64] | None = None) -> Self:
        """Return the origins of some of these rows.

        Parameters
        ----------
        positions : ndarray of int64, shape (chosen,)
            Which ones; a row may be chosen several times.
        partners : ndarray of int64, shape (chosen,), optional
            For each the position of the other row that had a part in its values; its own where none had.
        """
        chosen = self.parents[positions]
        if partners is None or np.array_equal(partners, positions):
            return type(self)(chosen)
        return type(self)(np.hstack([chosen, self.parents[partners]]))

    @property
    def mixed(self) -> bool:
        """Whether rows may have been invented from several others."""
        return bool(self.parents.shape[1] > 1)

    @cached_property
    def distinct(self) -> NDArray[np.int64]:
        """The training rows that there are, ascending."""
        return np.unique(self.rows)

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """For each of `distinct` the position of one row: the first that was not invented, if there is one."""
        invented = (self.parents != self.parents[:, :1]).any(axis=1)
        order = np.argsort(invented, kind="stable")
        found: NDArray[np.int64] = order[np.unique(self.rows[order], return_index=True)[1]]
        return found

    def spread(self, splits: Iterable[Split]) -> list[Split]:
        """Return splits of all rows that follow from splits of the training rows behind them.

        Parameters
        ----------
        splits : iterable of Split
            Positions in `distinct`.

        Returns
        -------
        list of Split
            A row judges where its main parent does, and learns where all its parents do. A row between two others that
            are on different sides may do neither.
        """
        places = np.searchsorted(self.distinct, self.parents)
        places[places == len(self.distinct)] = 0
        # A parent that is itself no longer there judges nowhere, and has a part on the learning side only.
        gone = self.distinct[places] != self.parents if len(self.distinct) else np.zeros_like(places, dtype=bool)
        spread = []
        for split in splits:
            learns, judges = (_mask(side, len(self.distinct)) for side in (split.train, split.test))
            train = (learns[places] | gone).all(axis=1)
            spread.append(Split(np.flatnonzero(train), np.flatnonzero(judges[places[:, 0]])))
        return spread


def _mask(positions: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    mask[positions] = True
    return mask
