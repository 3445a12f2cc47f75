"""How long a person waits for rows of a table of a million rows and 50 columns, beside pandas.

The peer does what one would write by hand for the same 100 rows: filter, `sort_values`, `iloc`, texts of the cells. A
view keeps the order it found, so the window after the first costs no sort; pandas would have to keep a sorted copy.
Both hold the table in memory, in one process, in alternating pairs.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
from machine import describe, keep

from clew.core.schema import Column, Kind, Schema
from clew.explore.conditions import Condition
from clew.explore.look import Look
from clew.explore.view import Order, View

ROWS, PAIRS = 1_000_000, 3


def table() -> pl.DataFrame:
    """Return 25 floats, 10 whole numbers, 13 columns of a thousand texts, one of different texts, and a moment."""
    draw = np.random.default_rng(0)
    words = pl.Series([f"word {i} of many" for i in range(1000)])
    columns = {f"x{i}": draw.normal(size=ROWS) for i in range(25)}
    columns |= {f"n{i}": draw.integers(0, 1000, ROWS) for i in range(10)}
    columns |= {f"c{i}": words[draw.integers(0, 1000, ROWS)] for i in range(13)}
    columns["t"] = pl.Series([f"text number {i}" for i in draw.permutation(ROWS)])
    columns["at"] = pl.Series(draw.integers(0, 10**15, ROWS)).cast(pl.Datetime("us"))
    return pl.DataFrame(columns)


def took(work: Callable[[], object]) -> float:
    """Return the milliseconds that some work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def first(rows: pd.DataFrame) -> list[list[str]]:
    """Return the first hundred rows as texts."""
    return rows.iloc[:100].astype(str).to_numpy().tolist()


def main() -> None:
    """Measure, print and keep the result."""
    frame = table()
    schema = Schema(
        tuple(Column(n, str(d), Kind.NUMERIC if d.is_numeric() else Kind.TEXT) for n, d in frame.schema.items())
    )
    peer = frame.to_pandas()
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    positive, contains = Condition("x1", "greater", 0), Condition("c1", "contains", "word 9")

    def searched() -> pd.DataFrame:
        found = np.zeros(ROWS, dtype=bool)
        for name in texts:
            found |= peer[name].str.contains("number 99", case=False, regex=False).to_numpy(bool)
        return peer[found]

    work: dict[str, tuple[Callable[[View], object], Callable[[], object]]] = {
        "sort by a number": (
            lambda view: view.window(0, 100, orders=(Order("x0", descending=True),)),
            lambda: first(peer.sort_values("x0", ascending=False, kind="stable")),
        ),
        "sort by a text": (
            lambda view: view.window(0, 100, orders=(Order("t"),)),
            lambda: first(peer.sort_values("t", kind="stable")),
        ),
        "two conditions and a sort": (
            lambda view: view.window(0, 100, orders=(Order("t"),), conditions=(positive, contains)),
            lambda: first(
                peer[(peer["x1"] > 0) & peer["c1"].str.contains("word 9", case=False, regex=False)].sort_values("t")
            ),
        ),
        "search in 14 columns of texts": (
            lambda view: view.window(0, 100, search="number 99"),
            lambda: first(searched()),
        ),
    }
    result = {**describe("polars", "pandas"), "rows": ROWS, "columns": frame.width, "pairs": PAIRS, "milliseconds": {}}
    for name, (ours, theirs) in work.items():
        pairs = [(took(lambda ours=ours: ours(View(frame, schema))), took(theirs)) for _ in range(PAIRS)]
        result["milliseconds"][name] = {
            "clew": round(statistics.median(pair[0] for pair in pairs), 1),
            "pandas": round(statistics.median(pair[1] for pair in pairs), 1),
            "ratio": round(statistics.median(pair[1] / pair[0] for pair in pairs), 2),
        }
    known = View(frame, schema)
    known.window(0, 100, orders=(Order("t"),))
    places = range(0, ROWS - 100, ROWS // 50)
    scrolled = [took(lambda at=at: known.window(at, at + 100, orders=(Order("t"),))) for at in places]
    result["milliseconds"]["a window further on"] = {
        "clew": round(statistics.median(scrolled), 1),
        "slowest": round(max(scrolled), 1),
    }
    look = Look(frame, schema)
    result["milliseconds"]["headers of the first 8 columns"] = {
        "clew": round(took(lambda: look.headers(frame.columns[:8])), 1)
    }
    saved = took(lambda: sum(map(len, View(frame.head(100_000), schema).csv())))
    result["milliseconds"]["100,000 rows as CSV"] = {"clew": round(saved, 1)}
    keep("grid_speed", result)


if __name__ == "__main__":
    main()
