"""Learn which configurations a search tries first, and in which order.

`portfolio_pool.py` measures a pool of configurations on the training rows of real tables (``CLEW_DATA``). From its
answers a sequence is built greedily: next comes the configuration that lowers the error of the *ensemble* of all that
came before most for the processor seconds that it takes, in the mean over the tables. Gain over cost is the rule that
does well at every budget at once (Streeter and Golovin 2008, An online algorithm for maximizing submodular functions).

An error is the log loss or the mean squared error of an ensemble chosen on the other folds, on a scale on which 1 is
the first quick model and 0 the ensemble of the whole pool. The sequence is judged by leaving one table out: for each
table it is learnt from all others, and on this one, in the table's own metric, compared with the list made by hand.

    python benchmarks/learn_portfolio.py --draws 8            # measure what is missing, learn, judge
    python benchmarks/learn_portfolio.py --draws 8 --write    # and put it into the package, if it is better
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe
from numpy.typing import NDArray
from portfolio_pool import BY_HAND, Named, known, measure, names_of, pool, position_of, table_of

from clew.train.ensemble.judge import Judge
from clew.train.estimators import ESTIMATORS

PLACE = Path(__file__).parents[1] / "src" / "clew" / "train" / "search" / "portfolio.json"
#: Budgets at which lists are compared, in fits of the first quick model.
BUDGETS = (5, 20, 80, 320)
LONGEST, LEAST_SHARE = 24, 0.02
#: What a configuration costs beside its fits, in fits of the first quick model; without it the cheapest come first.
BESIDE = 3.0
#: Smallest difference between the first model and the whole pool that counts as one: a share of the error, a log loss.
LEAST_SPAN, SOLVED = 0.02, 0.002
_PICKS, _PATIENCE = 25, 4
Floats = NDArray[np.float64]


@dataclass
class Measured:
    """A table and what the pool answered on it.

    Parameters
    ----------
    name : str
        Of the table.
    judge : Judge
        Of the judging rows.
    scores : dict
        Position in the pool → answers.
    cost : dict
        Position in the pool → processor seconds of a fit, in fits of the first quick model.
    parts : list of ndarray
        The judging rows of each fold.
    """

    name: str
    judge: Judge
    scores: dict[int, Floats]
    cost: dict[int, float]
    parts: list[NDArray[np.int64]]
    points: dict[int, Floats] = field(init=False)
    _errors: dict[frozenset[int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        truth, rows = self.judge.truth, np.arange(len(self.judge.truth))
        labels = self.judge.problem.task.is_classification
        # All that an error needs: the probability of the true class, or how far off a number is.
        self.points = {c: np.clip(s[rows, truth], 1e-6, 1.0) if labels else s - truth for c, s in self.scores.items()}
        self._labels = labels
        self._low = self._error(tuple(self.points))
        first = self._error((0,))
        self._span = max(first - self._low, LEAST_SPAN * first, SOLVED if labels else 0.0)

    def error(self, members: Sequence[int]) -> float:
        """Return the error of the ensemble of some configurations: 1 is the first alone, 0 the whole pool."""
        there = frozenset(members).intersection(self.points)
        if there not in self._errors:
            self._errors[there] = (self._error(tuple(sorted(there))) - self._low) / self._span
        return self._errors[there]

    def own(self, members: Sequence[int]) -> float:
        """Return the error of their ensemble in the table's own metric, each fold answered by a choice without it.

        What is nearly nothing counts as `SOLVED`: ratios of less are chance.
        """
        there = [member for member in members if member in self.points]
        answers = np.empty_like(self.scores[there[0]])
        for part in self.parts:
            weights = self._weights(np.stack([self.points[c] for c in there]), part)
            answers[part] = sum(w * self.scores[c][part] for c, w in zip(there, weights, strict=True))
        loss = self.judge.loss(answers)
        error = 1.0 + loss if self.judge.metric.name == "roc_auc" else loss
        return max(error, SOLVED if self._labels else 1e-12)

    def weights(self) -> dict[int, float]:
        """Return the weights of the whole pool, chosen on all rows."""
        stacked = np.stack(list(self.points.values()))
        none = np.empty(0, dtype=np.int64)
        return dict(zip(self.points, self._weights(stacked, none), strict=True))

    def _error(self, members: tuple[int, ...]) -> float:
        stacked = np.stack([self.points[member] for member in members])
        blended = np.empty(stacked.shape[1])
        for part in self.parts:
            blended[part] = self._weights(stacked, part) @ stacked[:, part]
        return float(self._loss(blended[None, :])[0])

    def _weights(self, stacked: Floats, without: NDArray[np.int64]) -> Floats:
        """Return the weights of a greedy selection with replacement on the rows outside a part."""
        rows = np.ones(stacked.shape[1], dtype=bool)
        rows[without] = False
        seen = np.ascontiguousarray(stacked[:, rows])
        counts, total, best, lowest, since = (
            np.zeros(len(seen)),
            np.zeros(seen.shape[1]),
            np.zeros(len(seen)),
            np.inf,
            0,
        )
        for pick in range(1, _PICKS + 1):
            losses = self._loss((total + seen) / pick)
            chosen = int(losses.argmin())
            counts[chosen] += 1
            total += seen[chosen]
            since += 1
            if losses[chosen] < lowest * (1 - 1e-4):
                lowest, best, since = float(losses[chosen]), counts / pick, 0
            if since >= _PATIENCE:
                break
        return best

    def _loss(self, points: Floats) -> Floats:
        return np.asarray(-np.log(points).mean(axis=1) if self._labels else (points**2).mean(axis=1))


def learnt(tables: Sequence[Measured], size: int) -> list[int]:
    """Return positions in the pool, the first quick model in front."""
    chosen = [0]
    while len(chosen) < LONGEST:
        now = {table.name: table.error(chosen) for table in tables}
        gains = {}
        for position in set(range(size)) - set(chosen):
            where = [table for table in tables if position in table.points]
            if not where:
                continue
            gain = sum(now[table.name] - table.error([*chosen, position]) for table in where)
            gains[position] = gain / sum(BESIDE + table.cost[position] for table in where)
        best = max(gains, key=lambda position: gains[position], default=0)
        if gains.get(best, 0.0) <= 0.0:
            break
        chosen.append(best)
    return chosen


def within(table: Measured, listed: Sequence[int], budget: float) -> list[int]:
    """Return the configurations of a list that a budget allows, in its order."""
    kept, spent = [0], table.cost[0]
    for position in listed:
        if position in table.points and position not in kept and spent + table.cost[position] <= budget:
            kept.append(position)
            spent += table.cost[position]
    return kept


def judged(tables: Sequence[Measured], standing: Sequence[int], size: int) -> dict[str, Any]:
    """Compare lists that were learnt without a table with the one made by hand, on that table."""
    regrets: dict[int, list[tuple[float, float]]] = defaultdict(list)
    ratios: dict[int, list[float]] = defaultdict(list)
    for table in tables:
        listed = learnt([other for other in tables if other is not table], size)
        for budget in BUDGETS:
            new, old = within(table, listed, budget), within(table, standing, budget)
            regrets[budget].append((table.error(new), table.error(old)))
            ratios[budget].append(table.own(new) / table.own(old))
        print(f"{table.name:20} " + "  ".join(f"{ratios[budget][-1]:.4f}" for budget in BUDGETS), flush=True)
    return {
        str(budget): {
            "regret_learnt": round(float(np.mean([new for new, _ in regrets[budget]])), 4),
            "regret_by_hand": round(float(np.mean([old for _, old in regrets[budget]])), 4),
            "error_ratio": round(float(np.exp(np.mean(np.log(ratios[budget])))), 4),
            "better": sum(ratio < 0.999 for ratio in ratios[budget]),
            "worse": sum(ratio > 1.001 for ratio in ratios[budget]),
        }
        for budget in BUDGETS
    }


def shares_of(tables: Sequence[Measured], listed: Sequence[Named]) -> dict[str, float]:
    """Return how often an algorithm is drawn: as the weight that one of its configurations gets in the ensemble."""
    found: dict[str, list[float]] = defaultdict(list)
    for table in tables:
        weights = table.weights()
        for position, weight in weights.items():
            found[listed[position][0]].append(weight)
    mean = {algorithm: max(float(np.mean(weights)), 1e-9) for algorithm, weights in found.items()}
    total = sum(mean.values())
    raised = {algorithm: max(LEAST_SHARE, weight / total) for algorithm, weight in mean.items()}
    return {algorithm: round(weight / sum(raised.values()), 3) for algorithm, weight in raised.items()}


def measured(folder: Path, names: Sequence[str], listed: Sequence[Any], most: int) -> list[Measured]:
    """Return the tables on which the first quick model worked, with what was measured on all tables."""
    found = []
    for name, answers in known(names, listed, most).items():
        if 0 not in answers:
            continue
        table = table_of(folder, name, most)
        ends = np.cumsum([0, *(len(split.test) for split in table.folds.splits)])
        parts = [np.arange(start, end) for start, end in pairwise(ends)]
        first = answers[0][1]
        scores = {position: answer for position, (answer, _) in answers.items()}
        cost = {position: seconds / first for position, (_, seconds) in answers.items()}
        found.append(Measured(name, table.judge, scores, cost, parts))
    return found


def main() -> None:
    """Measure, learn, judge, and on request write."""
    parser = argparse.ArgumentParser(description="Learn the portfolio.")
    parser.add_argument("--tables", nargs="*", help="Default: all with enough rows.")
    parser.add_argument("--draws", type=int, default=8, help="Drawn configurations of each algorithm.")
    parser.add_argument("--rows", type=int, default=4000, help="Training rows of a table at most.")
    parser.add_argument("--learn-only", action="store_true", help="Take what is measured on all tables.")
    parser.add_argument("--algorithms", nargs="*", default=list(ESTIMATORS), help="Measure these now; default: all.")
    parser.add_argument("--measure-only", action="store_true", help="Learn nothing yet.")
    parser.add_argument("--write", action="store_true", help="Write the list into the package.")
    options = parser.parse_args()
    if "CLEW_DATA" not in os.environ:
        sys.exit("CLEW_DATA names no folder of real tables.")
    folder = Path(os.environ["CLEW_DATA"])
    names = options.tables or names_of(folder, options.rows)
    if not options.learn_only:
        measure(folder, names, options.draws, options.rows, options.algorithms)
    if options.measure_only:
        return
    listed = pool(options.draws)
    tables = measured(folder, names, listed, options.rows)
    if len(tables) < 3:
        sys.exit(f"There are {len(tables)} tables with a measured pool; at least 3 are needed.")
    chosen = learnt(tables, len(listed))
    first = [{"algorithm": listed[position][0], "params": dict(listed[position][1])} for position in chosen[1:]]
    for entry in first:
        print(entry)
    standing = [position_of(listed, *named) for named in BY_HAND]
    result = {
        "made": {
            "by": "benchmarks/learn_portfolio.py",
            **describe("clew", "scikit-learn", "lightgbm", "catboost"),
            "tables": [table.name for table in tables],
            "rows_at_most": options.rows,
            "configurations": len({position for table in tables for position in table.points}),
            "left_one_out": judged(tables, standing, len(listed)),
        },
        "first": first,
        "shares": shares_of(tables, listed),
    }
    print(json.dumps({**result["made"], "shares": result["shares"]}, indent=1))
    judgement = result["made"]["left_one_out"]
    if options.write and np.prod([figures["error_ratio"] for figures in judgement.values()]) >= 1.0:
        sys.exit(
            "With one table left out, what was learnt is no better than the list made by hand: nothing is written."
        )
    if options.write:
        PLACE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
