"""How long a profile of a million rows takes, beside ydata-profiling in its minimal mode.

Both read the same Parquet file, profile it and write their page, each time in a fresh process, in alternating pairs.
The peer's minimal mode leaves out correlations, interactions, duplicates and missing-value diagrams; ours leaves out
correlations, the closer look at rows and the scorecard. The whole profile is measured too, beside the peer's minimal
mode. Seconds are those of the clock, and, apart, those of the processors. The peer needs pandas below 3, so it gets an
environment of its own in the folder of the cache.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from machine import describe, keep
from profile_table import mixed

ROWS, PAIRS = 1_000_000, 3
PEER = ("ydata-profiling==4.18.4", "pyarrow<25", "setuptools<81")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clew-benchmarks"

_CLOCKS = """
import json, sys, time
def clocks():
    return time.perf_counter(), time.process_time()
def tell(marks):
    parts = ("read", "profile", "page")
    spans = [[end[at] - start[at] for start, end in zip(marks, marks[1:])] for at in (0, 1)]
    print(json.dumps([dict(zip(parts, each)) for each in spans]))
"""
_OURS = (
    _CLOCKS
    + """
from clew import profile, read as read_table
marks = [clocks()]
data = read_table(sys.argv[1]); marks.append(clocks())
known = profile(data, minimal=sys.argv[3] == "minimal"); marks.append(clocks())
known.save(sys.argv[2]); marks.append(clocks())
tell(marks)
"""
)
_THEIRS = (
    _CLOCKS
    + """
import warnings
warnings.filterwarnings("ignore")
import pandas as pd
from ydata_profiling import ProfileReport
marks = [clocks()]
data = pd.read_parquet(sys.argv[1]); marks.append(clocks())
report = ProfileReport(data, minimal=True, progress_bar=False); report.get_description(); marks.append(clocks())
report.to_file(sys.argv[2], silent=True); marks.append(clocks())
tell(marks)
"""
)

Parts = dict[str, float]


def peer() -> Path:
    """Return the Python of the peer's environment, made if need be."""
    folder = CACHE / "ydata-profiling"
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True)
        (folder / "done").touch()
    return python


def seconds(python: str | Path, script: str, *arguments: str | Path) -> list[Parts]:
    """Run one profile in a fresh process and return how long its parts took, by the clock and by the processors."""
    done = subprocess.run([python, "-c", script, *arguments], check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout.splitlines()[-1]))


def ratios(ours: list[Parts], theirs: list[Parts]) -> dict[str, float]:
    """Return the median of theirs / ours: the profile alone, from file to figures, and from file to page."""
    spans = {
        "profile": ("profile",),
        "file_to_figures": ("read", "profile"),
        "file_to_page": ("read", "profile", "page"),
    }
    found = {}
    for name, parts in spans.items():
        pairs = zip(ours, theirs, strict=True)
        each = [sum(their[part] for part in parts) / sum(our[part] for part in parts) for our, their in pairs]
        found[name] = round(statistics.median(each), 1)
    return found


def medians(runs: list[Parts]) -> dict[str, float]:
    """Return the median seconds of each part."""
    return {part: round(statistics.median(run[part] for run in runs), 2) for part in ("read", "profile", "page")}


def compared(name: str, runs: list[list[Parts]]) -> dict[str, object]:
    """Return the medians of our minimal, our whole and the peer's minimal profile, and the ratios."""
    minimal, whole, theirs = runs
    return {
        name: {"clew_minimal": medians(minimal), "clew": medians(whole), "peer_minimal": medians(theirs)},
        f"ratio_minimal_{name}": ratios(minimal, theirs),
        f"ratio_whole_to_peer_minimal_{name}": ratios(whole, theirs),
    }


def main() -> None:
    """Measure in alternating rounds and keep the medians."""
    python = peer()
    minimal, whole, theirs = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        table, page = Path(folder) / "mixed.parquet", Path(folder) / "page.html"
        mixed(ROWS).write_parquet(table)
        for _ in range(PAIRS):
            minimal.append(seconds(sys.executable, _OURS, table, page, "minimal"))
            theirs.append(seconds(python, _THEIRS, table, page))
            whole.append(seconds(sys.executable, _OURS, table, page, "whole"))
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], check=True, capture_output=True, text=True)
    versions = {item["name"]: item["version"] for item in json.loads(listed.stdout)}
    result = {
        "rows": ROWS,
        "columns": 20,
        "pairs": PAIRS,
        "threads": os.cpu_count(),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        **compared("seconds", [[each[0] for each in runs] for runs in (minimal, whole, theirs)]),
        # Of all threads: what the work costs, however busy the machine is with something else.
        **compared("processor_seconds", [[each[1] for each in runs] for runs in (minimal, whole, theirs)]),
        "peer_versions": {name: versions[name] for name in ("ydata-profiling", "pandas", "numpy")},
    }
    keep("profile_speed", {**describe("clew", "polars", "numpy"), **result})


if __name__ == "__main__":
    main()
