"""How much memory a profile takes while its rows grow: `clew profile` of 10 columns, streamed."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe, keep
from profile_table import write_long

ROWS = (5_000_000, 20_000_000, 50_000_000)
#: Runs a command and tells its own peak, of which the parent's does not show.
_RUN = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""


def measure(rows: int, folder: Path) -> dict[str, float]:
    """Profile a table of this many rows and return the peak of its memory and the seconds."""
    table = folder / "long.parquet"
    write_long(table, rows)
    command = [sys.executable, "-m", "clew", "profile", table, "--target", "colour", "--streaming", "--format", "json"]
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _RUN, *command], check=True, capture_output=True, text=True)
    took = time.perf_counter() - started
    kilobytes = int(json.loads(done.stdout.splitlines()[-1]))
    size = table.stat().st_size
    table.unlink()
    return {
        "rows": rows,
        "file_gb": round(size / 1e9, 2),
        "peak_gb": round(kilobytes * 1024 / 1e9, 2),
        "seconds": round(took, 1),
    }


def main() -> None:
    """Measure each size in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [measure(rows, Path(folder)) for rows in ROWS]
    result = {"columns": 10, "threads": os.cpu_count(), "runs": runs}
    keep("profile_memory", {**describe("clew", "polars", "pyarrow"), **result})


if __name__ == "__main__":
    main()
