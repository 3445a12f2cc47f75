"""Hide one item of each later basket and see whether it is among five recommended ones: `python judge.py`.

Beside the rules answers what one would recommend without any: the five most popular items that the basket lacks. Both
see the same baskets; the intervals draw whole households again, since the baskets of one are alike.
"""

from pathlib import Path

import numpy as np
import polars as pl

import clew
from clew.core.predictions import Predictions
from clew.define.metrics import get_metric
from clew.define.problem import Task
from clew.define.uncertainty import Interval, bootstrap, paired_bootstrap

HERE = Path(__file__).parent
#: Items that are recommended, and items that a basket must hold to be asked about.
MOST, LEAST = 5, 3


def judge(rules: clew.AssociationRules, learn: pl.DataFrame, later: pl.DataFrame) -> dict[str, Interval]:
    """Return the share of hidden items that are found: by the rules, by popularity, and the difference."""
    asked = (
        later.group_by("basket", maintain_order=True)
        .agg("household", "item")
        .filter(pl.col("item").list.len() >= LEAST)
    )
    draws = np.random.default_rng(0).random(len(asked))
    baskets = asked["item"].to_list()
    hidden = [items.pop(int(draw * len(items))) for items, draw in zip(baskets, draws, strict=True)]
    told = rules.recommend(baskets, most=MOST)
    found = told.join(pl.DataFrame({"basket": np.arange(len(asked)), "hidden": hidden}), on="basket")
    ours = np.isin(np.arange(len(asked)), found.filter(pl.col("item") == pl.col("hidden"))["basket"])
    popular = learn["item"].value_counts(sort=True)["item"].to_list()
    naive = np.array([item in _lacking(popular, items) for item, items in zip(hidden, baskets, strict=True)])
    household = asked["household"].list.first().to_numpy()
    metric = get_metric("accuracy", Task.BINARY)
    answers = [Predictions(hits, truth=np.ones_like(hits), group=household) for hits in (ours, naive)]
    return {
        "found by the rules": bootstrap(metric, answers[0]),
        "found by popularity": bootstrap(metric, answers[1]),
        "more by": paired_bootstrap(metric, *answers).interval,
    }


def _lacking(popular: list[str], items: list[str]) -> list[str]:
    """Return the most popular items that a basket lacks."""
    held = set(items)
    return [item for item in popular[: len(held) + MOST] if item not in held][:MOST]


def main() -> None:
    """Learn from the forty weeks, and print what holds in the weeks after."""
    learn, later = (pl.read_parquet(HERE / "data" / f"{name}.parquet") for name in ("learn", "judge"))
    limits = {"min_support": 0.001, "min_confidence": 0.1, "min_improvement": 0.05}
    rules = clew.AssociationRules(**limits, transaction="basket", item="item").fit(learn)
    print(rules.result_)
    for what, figure in judge(rules, learn, later).items():
        print(f"{what:22} {figure.value:.3f}  ({figure.low:.3f} to {figure.high:.3f} at 95 %, {figure.rows:,} baskets)")


if __name__ == "__main__":
    main()
