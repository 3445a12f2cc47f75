"""Which training rows a prepared row was made from, once steps take, repeat or invent rows.

A copy of a row knows the answer of the row, and so does a row invented between two others. Wherever prepared rows are
split, all that was made from one training row must stay on one side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
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

    def learning(self, split: Split) -> NDArray[np.int64]:
        """Return the positions of the rows that may learn where these training rows judge.

        Parameters
        ----------
        split : Split
            Positions in `distinct`.

        Returns
        -------
        ndarray of int64
            Rows all of whose parents learn.
        """
        places, gone = self._places
        learns = _mask(split.train, len(self.distinct))
        return np.flatnonzero((learns[places] | gone).all(axis=1))

    def folds(self, splits: Sequence[Split]) -> list[Split]:
        """Return folds of all rows that follow from folds of the training rows behind them.

        Parameters
        ----------
        splits : sequence of Split
            Positions in `distinct`; each judges exactly once.

        Returns
        -------
        list of Split
            Every row judges exactly once, and none of its parents had a part in any row that it is judged by. Rows
            between two others that judge in different folds make folds of their own.
        """
        places, gone = self._places
        fold_of = np.empty(len(self.distinct), dtype=np.int64)
        for number, split in enumerate(splits):
            fold_of[split.test] = number
        learns = np.stack([_mask(split.train, len(self.distinct)) for split in splits], axis=1)
        # Per row and fold, whether the row may learn there: all its parents do.
        may = np.stack([(learns[places, number] | gone).all(axis=1) for number in range(len(splits))], axis=1)
        judged = _sets(np.where(gone, fold_of[places[:, :1]], fold_of[places]))
        names = [str(i) for i in range(judged.shape[1])]
        frame = pl.DataFrame(judged, schema=names).with_row_index("row")
        found = []
        for key, rows in frame.group_by(names, maintain_order=True):
            kind = [number for number in key if number >= 0]
            found.append(Split(np.flatnonzero(may[:, kind].all(axis=1)), rows["row"].cast(pl.Int64).to_numpy()))
        return found

    @cached_property
    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Positions of the parents in `distinct`, and which of them are no longer there as rows of their own.

        Such a parent judges nowhere, so what came of it may learn everywhere.
        """
        places = np.searchsorted(self.distinct, self.parents)
        places[places == len(self.distinct)] = 0
        gone = self.distinct[places] != self.parents if len(self.distinct) else np.zeros(places.shape, dtype=bool)
        return places, gone


def _sets(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each row of numbers from 0 in one spelling: ascending, behind a -1 for every repetition."""
    ordered = np.sort(values, axis=1)
    again = ordered[:, 1:] == ordered[:, :-1]
    ordered[:, 1:][again] = -1
    return np.sort(ordered, axis=1)


def _mask(positions: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    mask[positions] = True
    return mask
