"""A recipe of 14 steps beside scikit-learn's ColumnTransformer, and beside Polars written by hand.

Fitting and applying on a million rows (the peer) and on five million (by hand); seconds of the whole, data already in
memory, each engine in the frames it likes best. Every round runs all of them one after the other, in turns of order.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from machine import describe, keep

from clew.core.schema import Column, Kind, Role, Schema
from clew.prepare.recipe import Recipe

PEER_ROWS, HAND_ROWS, ROUNDS = 1_000_000, 5_000_000, 5
NUMBERS = [f"n{i}" for i in range(8)]
TAILS, FEW, MANY = ["n0", "n1"], ["c0", "c1", "c2"], "c4"
RECIPE = """
- {op: drop, columns: note}
- {op: missing_indicator, columns: [n0, n1, n2, n3], always: true}
- {op: fill_missing, columns: [n0, n1, n2, n3, n4, n5, n6, n7], strategy: median}
- {op: clip_outliers, columns: [n0, n1, n2, n3, n4, n5, n6, n7], method: iqr}
- {op: log, columns: [n0, n1]}
- {op: derive, name: ratio, expression: "n2 / n3"}
- {op: fill_missing, columns: ratio, strategy: median}
- {op: scale, columns: [n0, n1, n2, n3, n4, n5, n6, n7, ratio]}
- {op: fill_missing, columns: [c0, c1, c2, c3], strategy: constant, value: none}
- {op: group_rare, columns: [c0, c1, c2], min_share: 0.02, other: rare}
- {op: one_hot, columns: [c0, c1, c2], max_categories: 30}
- {op: ordinal, columns: c3}
- {op: date_parts, columns: when, parts: [month, weekday, hour]}
- {op: target_mean, columns: c4}
"""


def rows_of(rows: int) -> pl.DataFrame:
    """Make a table of numbers with gaps, categories of few and of many labels, moments, a note and a target."""
    rng = np.random.default_rng(0)
    numbers = {name: rng.gamma(2.0, 3.0, rows) for name in NUMBERS}
    gaps = {name: rng.random(rows) < 0.1 for name in NUMBERS[:4]}
    labels = np.array([f"label {i}" for i in range(5000)])
    skewed = (rng.random((4, rows)) ** 3 * 20).astype(int)
    frame = pl.DataFrame(
        {
            **numbers,
            **{f"c{i}": labels[skewed[i]] for i in range(4)},
            MANY: labels[rng.integers(0, 5000, rows)],
            "when": pl.Series(rng.integers(1_500_000_000, 1_700_000_000, rows) * 1_000_000).cast(pl.Datetime("us")),
            "note": np.where(rng.random(rows) < 0.5, "a note", "another"),
            "y": (numbers["n0"] + rng.normal(0, 5, rows) > 6).astype(int),
        }
    )
    missing = [pl.when(pl.Series(gap)).then(None).otherwise(pl.col(name)).alias(name) for name, gap in gaps.items()]
    return frame.with_columns(*missing, pl.when(pl.col("n7") > 1).then("c0").alias("c0"))


def schema() -> Schema:
    """State the columns, so that nothing is inferred while the clock runs."""
    return Schema(
        (
            *(Column(name, "Float64", Kind.NUMERIC) for name in NUMBERS),
            *(Column(f"c{i}", "String", Kind.CATEGORICAL) for i in range(5)),
            Column("when", "Datetime(us)", Kind.DATETIME),
            Column("note", "String", Kind.TEXT),
            Column("y", "Int64", Kind.NUMERIC, role=Role.TARGET),
        )
    )


def with_clew(frame: pl.DataFrame) -> Any:
    """Fit the recipe and return the prepared training rows."""
    return Recipe.from_yaml(RECIPE).prepare(frame, schema(), "y").frame


def with_sklearn(frame: Any) -> Any:
    """Fit a ColumnTransformer that does the same, on a pandas frame, and return the prepared training rows."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

    def clip(values: Any) -> Any:
        low, high = np.quantile(values, [0.25, 0.75], axis=0)
        return np.clip(values, low - 1.5 * (high - low), high + 1.5 * (high - low))

    def parts(values: pd.DataFrame) -> Any:
        moment = values["when"].dt
        return np.column_stack([moment.month, moment.day_of_week, moment.hour])

    def ratio(values: pd.DataFrame) -> Any:
        return (values["n2"] / values["n3"]).to_numpy()[:, None]

    def number(*more: Any) -> Any:
        return make_pipeline(SimpleImputer(strategy="median"), FunctionTransformer(clip), *more, StandardScaler())

    few = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OneHotEncoder(min_frequency=0.02, handle_unknown="ignore", sparse_output=False),
    )
    divided = make_pipeline(FunctionTransformer(ratio), SimpleImputer(strategy="median"), StandardScaler())
    ranks = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    )
    transformer = ColumnTransformer(
        [
            ("tails", number(FunctionTransformer(np.log1p)), TAILS),
            ("numbers", number(), [name for name in NUMBERS if name not in TAILS]),
            ("gaps", FunctionTransformer(lambda values: values.isna().to_numpy()), NUMBERS[:4]),
            ("ratio", divided, ["n2", "n3"]),
            ("few", few, FEW),
            ("ranks", ranks, ["c3"]),
            ("parts", FunctionTransformer(parts), ["when"]),
            ("many", TargetEncoder(target_type="continuous", cv=KFold(5, shuffle=True, random_state=0)), [MANY]),
        ]
    )
    return transformer.fit_transform(frame, frame["y"])


def by_hand(frame: pl.DataFrame) -> pl.DataFrame:
    """Do the same with Polars alone, as somebody would who knows it well."""
    medians = frame.select(pl.col(NUMBERS).median()).row(0, named=True)
    frame = frame.with_columns(pl.col(NUMBERS[:4]).is_null().name.suffix("_missing"))
    frame = frame.with_columns(pl.col(name).fill_null(medians[name]) for name in NUMBERS)
    ends = frame.select(
        *(pl.col(NUMBERS).quantile(q, "linear").name.suffix(f"_{q}") for q in (0.25, 0.75)),
    ).row(0, named=True)
    clipped = []
    for name in NUMBERS:
        low, high = ends[f"{name}_0.25"], ends[f"{name}_0.75"]
        clipped.append(pl.col(name).clip(low - 1.5 * (high - low), high + 1.5 * (high - low)))
    frame = frame.with_columns(clipped)
    frame = frame.with_columns(pl.col(TAILS).log1p(), ratio=(pl.col("n2") / pl.col("n3")).fill_nan(None))
    frame = frame.with_columns(pl.col("ratio").fill_null(pl.col("ratio").median()))
    frame = frame.with_columns((c - c.mean()) / c.std(ddof=0) for c in map(pl.col, [*NUMBERS, "ratio"]))
    frame = frame.with_columns(pl.col("c0", "c1", "c2", "c3").fill_null("none"))
    flags = []
    for name in FEW:
        counts = frame[name].value_counts().filter(pl.col("count") >= 0.02 * len(frame))
        common = counts[name].sort().to_list()
        grouped = pl.when(pl.col(name).is_in(common)).then(pl.col(name)).otherwise(pl.lit("rare"))
        flags += [(grouped == label).alias(f"{name}={label}") for label in [*common, "rare"]]
    ranks = {label: rank for rank, label in enumerate(frame["c3"].unique().sort().to_list())}
    when = pl.col("when").dt
    frame = frame.with_columns(
        *flags,
        pl.col("c3").replace_strict(ranks, return_dtype=pl.Float64),
        when.month().alias("month"),
        when.weekday().alias("weekday"),
        when.hour().alias("hour"),
    )
    fold = pl.Series(np.random.default_rng(0).permutation(len(frame)) % 5)
    frame = frame.with_columns(fold=fold)
    mean = frame["y"].mean()
    total = (pl.col("y").sum().over(MANY), pl.len().over(MANY))
    own = (pl.col("y").sum().over(MANY, "fold"), pl.len().over(MANY, "fold"))
    encoded = (total[0] - own[0] + 20 * mean) / (total[1] - own[1] + 20)
    return frame.with_columns(encoded.alias(f"{MANY}_target_mean")).drop("fold", "note", "when", MANY, *FEW)


def seconds(work: Callable[[Any], Any], frame: Any) -> float:
    """Return the wall-clock seconds of some work."""
    started = time.perf_counter()
    work(frame)
    return time.perf_counter() - started


def pairs(ours: Callable[[], float], peer: Callable[[], float], rounds: int) -> dict[str, Any]:
    """Measure both in alternating order and return seconds and the median ratio."""
    times = []
    for number in range(rounds):
        order = (ours, peer) if number % 2 == 0 else (peer, ours)
        measured = {run: run() for run in order}
        times.append((measured[ours], measured[peer]))
    ratios = [theirs / own for own, theirs in times]
    return {
        "clew_s": [round(own, 3) for own, _ in times],
        "peer_s": [round(theirs, 3) for _, theirs in times],
        "median_ratio": round(statistics.median(ratios), 2),
    }


def main() -> None:
    """Measure and keep the figures."""
    frame = rows_of(PEER_ROWS)
    pandas = frame.to_pandas()
    peer = pairs(lambda: seconds(with_clew, frame), lambda: seconds(with_sklearn, pandas), ROUNDS)
    large = rows_of(HAND_ROWS)
    hand = pairs(lambda: seconds(with_clew, large), lambda: seconds(by_hand, large), 3)
    keep(
        "recipe_speed",
        {
            **describe("clew", "polars", "scikit-learn", "pandas"),
            "steps": RECIPE.count("op:"),
            "threads": pl.thread_pool_size(),
            "ColumnTransformer": {"rows": PEER_ROWS, "goal": "ratio >= 5", **peer},
            "Polars by hand": {"rows": HAND_ROWS, "goal": "ratio >= 0.91 (at most 1.1 times the time)", **hand},
        },
    )


if __name__ == "__main__":
    sys.exit(main())
