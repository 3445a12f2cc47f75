"""What a configuration costs, from a table that ships with the package: no clock is asked.

Measured once on one thread of an ordinary machine. The seconds are good enough to compare configurations and to plan a
first step; a search with a limit in seconds corrects them by what it observes. A search with a limit in trials uses the
milliseconds as they stand, so that its choices are the same everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clew.train.estimators import get_estimator


@dataclass(frozen=True, slots=True)
class Cost:
    """Costs of one algorithm.

    Parameters
    ----------
    start_s : float
        Seconds of a fit, whatever its size.
    round_ms : float
        Milliseconds of each round, tree or pass, whatever the size of the table.
    cell_us : float
        Microseconds for each number in the table and each round, tree or pass.
    passes : float
        Rounds, trees or passes of a usual fit at the default learning rate.
    row_us : float
        Microseconds for one row, whatever the model's size.
    tree_us : float
        Microseconds for one row and each round, tree or column.
    pair_us : float, default 0
        Microseconds for each pair of rows, where rows are compared with each other.
    """

    start_s: float
    round_ms: float
    cell_us: float
    passes: float
    row_us: float
    tree_us: float
    pair_us: float = 0.0


#: Algorithm → its costs.
COSTS: Mapping[str, Cost] = {
    "linear": Cost(0.01, 0.3, 0.05, 80, 40.0, 0.02),
    "splines": Cost(0.05, 2.0, 0.25, 60, 50.0, 0.5),
    "knn": Cost(0.01, 0.0, 0.3, 1, 90.0, 1.0, 0.03),
    "svm": Cost(0.03, 0.0, 0.1, 1, 60.0, 1.0, 0.11),
    "gaussian_process": Cost(1.0, 0.0, 0.1, 1, 100.0, 1.0, 0.4),
    "network": Cost(0.05, 6.0, 0.35, 60, 100.0, 0.5),
    "tree": Cost(0.005, 0.0, 0.4, 1, 45.0, 0.0),
    "random_forest": Cost(0.1, 0.8, 0.1, 150, 160.0, 0.3),
    "extra_trees": Cost(0.1, 0.8, 0.1, 150, 160.0, 0.3),
    "hist_gradient_boosting": Cost(0.1, 1.5, 0.015, 250, 160.0, 0.3),
    "xgboost": Cost(0.05, 0.5, 0.012, 300, 25.0, 0.06),
    "lightgbm": Cost(0.03, 0.45, 0.009, 300, 20.0, 0.06),
    "catboost": Cost(0.05, 2.0, 0.1, 400, 70.0, 0.03),
}
#: Of an estimator of the user's own, about which nothing is known before it was fitted.
_OWN = Cost(0.1, 0.0, 2.0, 1, 500.0, 0.0)
#: Algorithms that answer for all classes at once; the others do something for each class.
_ONE_FOR_ALL_CLASSES = frozenset({"tree", "random_forest", "extra_trees", "knn", "svm", "gaussian_process", "network"})
#: Algorithms that take the longer for a row the more columns it has.
_BY_COLUMN = frozenset({"linear", "splines", "knn", "svm", "gaussian_process", "network"})
#: A column with its bins costs a round as much as this many rows at least.
_BINS_AS_ROWS = 2_000
#: Milliseconds for one raw row on its way through recipe and layout: at least, and for each column.
_RECIPE_MS, _COLUMN_MS = 0.02, 0.003


def fit_seconds(algorithm: str, params: Mapping[str, Any], rows: int, columns: int, classes: int) -> float:
    """Return the seconds that one fit takes on one thread, roughly.

    Parameters
    ----------
    algorithm : str
        Name in `ESTIMATORS`.
    params : mapping
        Parameters that differ from the defaults.
    rows, columns : int
        Size of the matrix.
    classes : int
        Number of classes, 0 for a regression.
    """
    if algorithm not in COSTS:
        return _OWN.start_s + _OWN.cell_us * 1e-6 * rows * max(1, columns)
    cost, filled = COSTS[algorithm], get_estimator(algorithm).check(params)
    passes = cost.passes * _effort(algorithm, filled)
    # Part of a round is the same for all classes.
    several = classes if classes > 2 and algorithm not in _ONE_FOR_ALL_CLASSES else 1
    round_s = cost.round_ms * 1e-3 * (1.0 + 0.1 * (several - 1))
    by_pair = cost.pair_us * 1e-6 * rows * rows
    return cost.start_s + by_pair + passes * (round_s + cost.cell_us * 1e-6 * rows * max(1, columns) * several)


def step_seconds(algorithm: str, rows: int, columns: int, classes: int) -> float:
    """Return the seconds of one round, tree or pass on one thread, roughly: those between two looks at the clock.

    Parameters
    ----------
    algorithm : str
        Name in `ESTIMATORS`.
    rows, columns : int
        Size of the matrix.
    classes : int
        Number of classes, 0 for a regression.
    """
    cost = COSTS[algorithm]
    several = classes if classes > 2 and algorithm not in _ONE_FOR_ALL_CLASSES else 1
    # However few the rows, each column has its bins to be filled and looked through.
    cells_s = cost.cell_us * 1e-6 * max(rows, _BINS_AS_ROWS) * max(1, columns) * several
    return cost.round_ms * 1e-3 + cells_s + cost.pair_us * 1e-6 * rows * rows


def predict_ms(algorithm: str, rounds: int | None, params: Mapping[str, Any], columns: int, classes: int) -> float:
    """Return the milliseconds that one row takes a fitted estimator.

    Parameters
    ----------
    algorithm : str
        Name in `ESTIMATORS`.
    rounds : int, optional
        Rounds learnt, where the algorithm learns in rounds.
    params : mapping
        Parameters that differ from the defaults.
    columns : int
        Columns of the matrix.
    classes : int
        Number of classes, 0 for a regression.
    """
    if algorithm not in COSTS:
        return _OWN.row_us / 1000.0
    cost = COSTS[algorithm]
    if algorithm in _BY_COLUMN:
        units = float(columns * (1 if algorithm in _ONE_FOR_ALL_CLASSES else max(1, classes)))
    elif rounds is None:
        units = float(get_estimator(algorithm).check(params).get("n_estimators", 1))
    else:
        units = float(rounds * (classes if classes > 2 and algorithm != "catboost" else 1))
    return (cost.row_us + cost.tree_us * units) / 1000.0


def grows_with_rounds(algorithm: str) -> bool:
    """Return whether a model is the larger, and the slower for a row, the more rounds it has learnt in."""
    return algorithm in COSTS and algorithm not in _BY_COLUMN


def recipe_ms(columns: int) -> float:
    """Return the milliseconds that one raw row takes to become a row of the matrix."""
    return _RECIPE_MS + _COLUMN_MS * columns


def _effort(algorithm: str, params: Mapping[str, Any]) -> float:
    """Return how much longer these parameters take than the defaults."""
    if algorithm in {"random_forest", "extra_trees"}:
        share = params["max_features"] if isinstance(params["max_features"], float) else 0.5
        bagged = 1.5 if algorithm == "random_forest" else 1.0
        return float(params["n_estimators"]) / 150.0 * (0.3 + share) * bagged
    if algorithm == "network":
        return float(params["epochs"]) / 80.0 * (float(params["width"]) / 128.0) * float(params["layers"]) / 2.0
    if "learning_rate" not in params:
        return 1.0
    longest = float(params[get_estimator(algorithm).max_rounds or ""]) / COSTS[algorithm].passes
    effort = min(longest, 0.05 / float(params["learning_rate"]))
    if algorithm == "catboost":
        return float(effort * 2.0 ** ((float(params["depth"]) - 6.0) / 2.0))
    leaves = {"lightgbm": "num_leaves", "hist_gradient_boosting": "max_leaf_nodes"}.get(algorithm)
    if leaves is not None:
        return float(effort * (float(params[leaves] or 127) / 31.0) ** 0.6)
    return float(effort * 1.35 ** (float(params["max_depth"]) - 6.0))
