"""The workspace on which the studio is measured: a project of a million rows of 50 mixed columns."""

import time
from pathlib import Path

import polars as pl
from profile_table import mixed

from clew.project.init import init_project
from clew.project.project import Project

NAME = "large"


def fifty(rows: int) -> pl.DataFrame:
    """Return 50 columns: those of `mixed` (numbers, labels, a moment, texts, a target), and 30 more like them."""
    parts = [mixed(rows)]
    for seed, wanted in ((1, 18), (2, 12)):
        more = mixed(rows, seed).drop("id", "target")
        parts.append(more.select(more.columns[:wanted]).rename(lambda name, seed=seed: f"{name}_{seed}"))
    return pl.concat(parts, how="horizontal")


def make(folder: Path, rows: int) -> dict[str, float]:
    """Make a workspace with one collected project, and the table beside it as `large.parquet`; return its seconds."""
    table = folder / f"{NAME}.parquet"
    fifty(rows).write_parquet(table)
    started = time.perf_counter()
    place = folder / "workspace" / NAME
    place.parent.mkdir()
    init_project(place, table, "target")
    stated = time.perf_counter()
    with Project(place) as project:
        project.run(stage="collect")
    return {"init": round(stated - started, 2), "collect": round(time.perf_counter() - stated, 2)}
