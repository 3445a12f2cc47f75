"""Numbers only: what an estimator wants that knows neither missing values nor categories."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix, MatrixLayout
from clew.train.estimators.base import Floats, Order, Part
from clew.train.estimators.category_order import CategoryOrder
from clew.train.estimators.design import Scaling

#: A column with more categories than this is ranked by what they say about the target; the others become a column for
#: each category.
_MOST_CATEGORIES = 50


@dataclass(frozen=True)
class PlainTable:
    """From the matrix to a table of finite numbers, learnt from training rows.

    Numbers are standardised, kept within eight standard deviations, and a missing one is the median, beside a mark that
    it was missing. Each category of a column with up to 50 has its column, and one more for what is missing or unseen;
    those of other columns are put in the order of what they say about the target among the training rows.

    Parameters
    ----------
    wide : ndarray of int64
        Categorical columns that are ranked.
    order : CategoryOrder
        Their ranks.
    scaling : Scaling
        Of numbers and ranks, and the place of each category of the other columns.
    """

    wide: NDArray[np.int64]
    order: CategoryOrder
    scaling: Scaling

    @classmethod
    def fit(cls, part: Part, order: Order) -> "PlainTable":
        """Learn from training rows."""
        sizes = [len(levels) for levels in part.matrix.layout.levels]
        wide = np.array([place for place, size in enumerate(sizes) if size > _MOST_CATEGORIES], dtype=np.int64)
        ranks = CategoryOrder.fit(replace(part, matrix=_columns(part.matrix, wide)), order)
        return cls(wide, ranks, Scaling.fit(_split(part.matrix, wide, ranks)))

    def table(self, matrix: Matrix) -> Floats:
        """Return finite numbers, shape (n, columns)."""
        ready = _split(matrix, self.wide, self.order)
        rows = np.zeros((len(matrix.numeric), int(self.scaling.starts[-1])))
        for place, column in enumerate(self.scaling.columns(ready)):
            rows[:, place] = column
        for positions in self.scaling.category_positions(ready.codes).T:
            rows[np.arange(len(rows)), positions] = 1.0
        return rows

    def one_row(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Matrix:
        """Return the matrix of one row."""
        names = tuple(str(place) for place in range(len(codes)))
        layout = MatrixLayout(
            tuple(str(place) for place in range(len(numeric))), names, tuple(() for _ in names), (0,) * len(numeric)
        )
        return Matrix(numeric[None, :], codes[None, :], layout)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `of_arrays` reads."""
        own = {f"scaling_{item.name}": getattr(self.scaling, item.name) for item in fields(Scaling)}
        return {"wide": self.wide, **own, **self.order.arrays()}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "PlainTable":
        """Rebuild it from `arrays`."""
        scaling = Scaling(**{item.name: arrays[f"scaling_{item.name}"] for item in fields(Scaling)})
        return cls(arrays["wide"], CategoryOrder.of_arrays(arrays), scaling)


def _columns(matrix: Matrix, wide: NDArray[np.int64]) -> Matrix:
    """Return the columns that are ranked, and no others."""
    layout = MatrixLayout(
        (), tuple(matrix.layout.categorical[w] for w in wide), tuple(matrix.layout.levels[w] for w in wide), ()
    )
    return Matrix(matrix.numeric[:, :0], matrix.codes[:, wide], layout)


def _split(matrix: Matrix, wide: NDArray[np.int64], ranks: CategoryOrder) -> Matrix:
    """Return numbers and ranks as numbers, and the other categories."""
    narrow = np.setdiff1d(np.arange(matrix.codes.shape[1]), wide)
    ranked = ranks.table(_columns(matrix, wide))
    layout = MatrixLayout(
        (*matrix.layout.numeric, *(matrix.layout.categorical[w] for w in wide)),
        tuple(matrix.layout.categorical[n] for n in narrow),
        tuple(matrix.layout.levels[n] for n in narrow),
        (0,) * (matrix.numeric.shape[1] + len(wide)),
    )
    return Matrix(np.concatenate([matrix.numeric, ranked], axis=1), matrix.codes[:, narrow], layout)
