"""One more step of a recipe, shown on 100 000 rows: on a bench that knows the steps before it, and from the raw rows.

Seconds of the figures behind a preview (rows, changed cells, distributions before and after); nothing is drawn. Each
round asks a warm bench and a new one in turns of order; the warm one has never seen the step that is asked for. Tables
of 20 and of 50 mixed columns, made here.
"""

import statistics
import time
from typing import Any

import numpy as np
import polars as pl
from machine import describe, keep

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.prepare.bench import Bench
from clew.prepare.recipe import Recipe

ROWS, ROUNDS, GOAL_S = 100_000, 7, 0.5
BEFORE = """
- {op: missing_indicator, columns: [n0, n1]}
- {op: fill_missing, columns: [n0, n1, n2], strategy: median}
- {op: log, columns: n0}
- {op: date_parts, columns: when}
- {op: group_rare, columns: [c0, c1], min_count: 50}
- {op: derive, name: ratio, expression: n2 / n3}
"""
STEPS = {
    "log of one column": "{op: log, columns: n4}",
    "fill one column": "{op: fill_missing, columns: n3}",
    "bins of one column": "{op: bin, columns: n5, strategy: quantile, n_bins: 10}",
    "drop a column": "{op: drop, columns: n5}",
    "one-hot of a category": "{op: one_hot, columns: c0}",
    "words of a text": "{op: text_statistics, columns: note}",
    "target mean of a category": "{op: target_mean, columns: c1}",
    "scale every number": "{op: scale, columns: kind:numeric}",
    "filter rows": "{op: filter, condition: n4 > 3}",
    "drop repeated rows": "{op: drop_duplicates}",
}


def rows_of(columns: int) -> Dataset:
    """Make a table of numbers with gaps, categories, moments, a text and a target: so many columns and a target."""
    rng = np.random.default_rng(0)
    categories = columns // 4
    numbers = columns - categories - 2
    frame = pl.DataFrame(
        {
            **{f"n{i}": rng.gamma(2.0, 3.0, ROWS) for i in range(numbers)},
            **{f"c{i}": np.char.add("label ", (rng.random(ROWS) ** 3 * (i + 1) * 40).astype(int).astype(str))
               for i in range(categories)},
            "when": pl.Series(rng.integers(1_500_000_000, 1_700_000_000, ROWS) * 1_000_000).cast(pl.Datetime("us")),
            "note": np.char.add("a note of several words, number ", rng.integers(0, 10**6, ROWS).astype(str)),
            "y": rng.choice(["no", "yes"], ROWS),
        }
    )  # fmt: skip
    gaps = [pl.when(pl.Series(rng.random(ROWS) > 0.1)).then(pl.col(f"n{i}")).alias(f"n{i}") for i in range(4)]
    return read(frame.with_columns(gaps)).with_target("y")


def seconds(bench: Bench, recipe: Recipe) -> float:
    """Time a look at the last step."""
    started = time.perf_counter()
    bench.preview(recipe, len(recipe.steps))
    return time.perf_counter() - started


def measured(data: Dataset, step: str) -> dict[str, Any]:
    """Measure one step in alternating pairs."""
    before, recipe = Recipe.from_yaml(BEFORE), Recipe.from_yaml(f"{BEFORE}- {step}")
    warm, cold = [], []
    for round_ in range(ROUNDS):
        known = Bench(data)
        known.preview(before, len(before.steps))
        both = [(warm, known), (cold, Bench(data))]
        for times, bench in both if round_ % 2 else reversed(both):
            times.append(seconds(bench, recipe))
    ratios = [new / old for new, old in zip(cold, warm, strict=True)]
    return {
        "warm_s": round(statistics.median(warm), 4),
        "warm_slowest_s": round(max(warm), 4),
        "from_raw_rows_s": round(statistics.median(cold), 4),
        "ratio": round(statistics.median(ratios), 2),
        "goal_kept": statistics.median(warm) < GOAL_S,
    }


def main() -> None:
    """Measure every step on both tables and keep the result."""
    result: dict[str, Any] = {
        **describe("clew", "polars", "numpy"),
        "rows": ROWS,
        "rounds": ROUNDS,
        "goal_s": GOAL_S,
        "threads": f"Polars with {pl.thread_pool_size()}",
    }
    for columns in (20, 50):
        data = rows_of(columns)
        result[f"{columns} columns"] = {name: measured(data, step) for name, step in STEPS.items()}
    keep("step_preview", result)


if __name__ == "__main__":
    main()
