"""Frequent itemsets beside mlxtend's and pyfim's FP-growth: groceries (``CLEW_DATA``) and a million made baskets.

Every program reads the same long table (a row an item of a basket) from memory, in a process of its own, on one thread
and after a first run on a few baskets, and lists the itemsets of at least one basket in a thousand. Two figures each:
all of it, and without what a peer needs first to bring the table into its own form: lists of lists for pyfim, a table
of truth values for mlxtend (sparse for the million baskets). Clew's figure is always all of it. The programs must list
the same number of itemsets with the same sum of counts.

The made baskets follow Agrawal and Srikant (1994): 1,000 items, 2,000 patterns of 4 items, 8 items a basket on average.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from machine import describe, keep

SUPPORT, MADE, ROUNDS = 0.001, 1_000_000, 5
PEERS = ("mlxtend==0.25.0", "pyfim==6.28", "polars", "pyarrow")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clew-benchmarks" / "associate"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
Found = tuple[int, int]
#: From the table to its own form, and from there to the number of itemsets and the sum of their counts.
Program = tuple[Callable[[Any], Any], Callable[[Any, int], Found]]


def made(baskets: int) -> Any:
    """Make baskets of items that come in patterns, each with some of its items left out."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    items, patterns = 1000, 2000
    sizes = np.maximum(rng.poisson(3, patterns) + 1, 1)
    weight = rng.exponential(size=patterns)
    lost = np.clip(rng.normal(0.5, 0.1**0.5, patterns), 0, 1) / 2
    popular = rng.exponential(size=items)
    members = [rng.choice(items, size, replace=False, p=popular / popular.sum()) for size in sizes]
    flat, starts = np.concatenate(members), np.concatenate([[0], np.cumsum(sizes)])
    owner = np.repeat(np.arange(baskets), np.maximum(rng.poisson(2.5, baskets), 1))
    pattern = rng.choice(patterns, len(owner), p=weight / weight.sum())
    size = sizes[pattern]
    place = np.repeat(starts[pattern] - (np.cumsum(size) - size), size) + np.arange(size.sum())
    kept = rng.random(len(place)) > np.repeat(lost[pattern], size)
    keys = np.unique(np.repeat(owner, size)[kept] * items + flat[place[kept]])
    names = pl.Series([f"item {number}" for number in range(items)])
    return pl.DataFrame({"basket": keys // items, "item": names.gather(keys % items)})


def clew() -> Program:
    """Return how Clew does it."""
    from clew.train.associate.associate import associate
    from clew.train.associate.spec import AssociationSpec

    def find(frame: Any, least: int) -> Found:
        # A confidence of 1: the itemsets are what is compared.
        spec = AssociationSpec(least / frame["basket"].n_unique(), 1.0)
        found = associate(frame, spec, transaction="basket", item="item")
        return len(found.itemsets), int(found.itemsets["count"].sum())

    return lambda frame: frame, find


def pyfim() -> Program:
    """Return how pyfim does it."""
    import fim

    def find(lists: Any, least: int) -> Found:
        listed = fim.fpgrowth(lists, target="s", supp=-least, report="a")
        return len(listed), sum(count for _, count in listed)

    return _lists, find


def mlxtend() -> Program:
    """Return how mlxtend does it."""
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    def table(frame: Any) -> Any:
        lists = _lists(frame)
        encoder = TransactionEncoder().fit(lists)
        if len(lists) < MADE // 10:
            return pd.DataFrame(encoder.transform(lists), columns=encoder.columns_)
        sparse = encoder.transform(lists, sparse=True)
        return pd.DataFrame.sparse.from_spmatrix(sparse, columns=encoder.columns_)

    def find(held: Any, least: int) -> Found:
        listed = fpgrowth(held, min_support=(least - 0.5) / len(held))
        return len(listed), round(float((listed["support"] * len(held)).sum()))

    return table, find


def _lists(frame: Any) -> Any:
    return frame.group_by("basket", maintain_order=True).agg("item")["item"].to_list()


PROGRAMS = {"clew": clew, "pyfim": pyfim, "mlxtend": mlxtend}


def one_run(program: str, path: Path) -> None:
    """Measure one program on one table, in this process, and print the figures."""
    import polars as pl

    form, find = PROGRAMS[program]()
    # Some baskets of the groceries have spaces behind an item, which would make it another one for the peers.
    frame = pl.read_parquet(path).with_columns(pl.col("item").str.strip_chars())
    baskets = frame["basket"].n_unique()
    find(form(frame.filter(pl.col("basket") < 100)), 10)
    clocks = [(time.perf_counter(), time.process_time())]
    held = form(frame)
    clocks.append((time.perf_counter(), time.process_time()))
    number, total = find(held, math.ceil(SUPPORT * baskets))
    clocks.append((time.perf_counter(), time.process_time()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spans = {
        f"{part}_{kind}": clocks[2][place] - clocks[since][place]
        for part, since in (("all", 0), ("itemsets", 1))
        for kind, place in (("s", 0), ("cpu_s", 1))
    }
    print(json.dumps({**spans, "peak_mb": peak / 1024, "baskets": baskets, "number": number, "total": total}))


def measured(program: str, path: Path) -> dict[str, Any]:
    """Measure one program in a process of its own."""
    python = Path(sys.executable) if program == "clew" else CACHE / "peers" / "bin" / "python"
    command = [python, __file__, "--program", program, "--table", path]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def compare(path: Path, rounds: dict[str, int]) -> dict[str, Any]:
    """Measure every program on a table, in turns, and return seconds and ratios."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in rounds}
    for turn in range(max(rounds.values())):
        names = [name for name, wanted in rounds.items() if turn < wanted]
        for name in names if turn % 2 == 0 else reversed(names):
            runs[name].append(measured(name, path))
    same = {(run["number"], run["total"]) for found in runs.values() for run in found}
    if len(same) > 1:
        raise SystemExit(f"The programs disagree: {same}")
    ours = statistics.median(run["all_cpu_s"] for run in runs["clew"])
    result: dict[str, Any] = {"baskets": runs["clew"][0]["baskets"], "itemsets": runs["clew"][0]["number"]}
    for name, found in runs.items():
        spans = {
            key: round(statistics.median(run[key] for run in found), 4)
            for key in ("all_s", "all_cpu_s", "itemsets_s", "itemsets_cpu_s")
        }
        result[name] = {"runs": len(found), **spans, "peak_mb": round(max(run["peak_mb"] for run in found))}
        if name != "clew":
            result[name]["times_clew"] = round(spans["all_cpu_s"] / ours, 2)
            result[name]["times_clew_without_its_form"] = round(spans["itemsets_cpu_s"] / ours, 2)
    return result


def peers() -> None:
    """Make the environment of the peers."""
    folder = CACHE / "peers"
    if not (folder / "bin" / "python").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PEERS], check=True)


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", choices=PROGRAMS)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.program:
        one_run(given.program, given.table)
        return
    peers()
    with tempfile.TemporaryDirectory() as folder:
        million = Path(folder) / "made.parquet"
        made(MADE).write_parquet(million)
        tables = {"made": compare(million, {"clew": 3, "pyfim": 3, "mlxtend": 1})}
    groceries = Path(os.environ.get("CLEW_DATA", "")) / "baskets" / "groceries_baskets.parquet"
    if groceries.is_file():
        tables["groceries"] = compare(groceries, {"clew": ROUNDS, "pyfim": ROUNDS, "mlxtend": ROUNDS})
    keep(
        "associate_speed",
        {
            **describe("clew", "numpy", "polars", "scipy"),
            "peers": list(PEERS[:2]),
            "support": SUPPORT,
            "threads": 1,
            "clock": "times_clew compares processor seconds, the median of the runs",
            "load_average": [round(load, 1) for load in os.getloadavg()],
            "goal": "mlxtend takes >= 10 times as long, pyfim >= 1/3",
            "tables": tables,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
