"""How long a profile of a million rows takes, beside ydata-profiling in its minimal mode.

Both read the same Parquet file, profile it and write their page, each time in a fresh process, in alternating pairs.
The peer's minimal mode leaves out correlations, interactions, duplicates and missing-value diagrams; ours leaves out
correlations, the closer look at rows and the scorecard. The whole profile is measured too, beside the peer's minimal
mode. The peer needs pandas below 3, so it gets an environment of its own in the folder of the cache.
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

_OURS = """
import json, sys, time
from clew import profile, read as read_table
started = time.perf_counter(); data = read_table(sys.argv[1]); read = time.perf_counter()
known = profile(data, minimal=sys.argv[3] == "minimal"); done = time.perf_counter()
known.save(sys.argv[2]); drawn = time.perf_counter()
print(json.dumps({"read": read - started, "profile": done - read, "page": drawn - done}))
"""
_THEIRS = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from ydata_profiling import ProfileReport
started = time.perf_counter(); data = pd.read_parquet(sys.argv[1]); read = time.perf_counter()
report = ProfileReport(data, minimal=True, progress_bar=False); report.get_description(); done = time.perf_counter()
report.to_file(sys.argv[2], silent=True); drawn = time.perf_counter()
print(json.dumps({"read": read - started, "profile": done - read, "page": drawn - done}))
"""


def peer() -> Path:
    """Return the Python of the peer's environment, made if need be."""
    folder = CACHE / "ydata-profiling"
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True)
        (folder / "done").touch()
    return python


def seconds(python: str | Path, script: str, *arguments: str | Path) -> dict[str, float]:
    """Run one profile in a fresh process and return how long its parts took."""
    done = subprocess.run([python, "-c", script, *arguments], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ratios(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> dict[str, float]:
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


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median seconds of each part."""
    return {part: round(statistics.median(run[part] for run in runs), 2) for part in ("read", "profile", "page")}


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
        "seconds": {"clew_minimal": medians(minimal), "clew": medians(whole), "peer_minimal": medians(theirs)},
        "ratio_minimal": ratios(minimal, theirs),
        "ratio_whole_to_peer_minimal": ratios(whole, theirs),
        "peer_versions": {name: versions[name] for name in ("ydata-profiling", "pandas", "numpy")},
    }
    keep("profile_speed", {**describe("clew", "polars", "numpy"), **result})


if __name__ == "__main__":
    main()
