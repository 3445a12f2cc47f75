"""How the cost of a profile grows with the columns of a wide table: wall-clock and processor seconds.

Numbers, counts and labels with a target of two labels, each size in a fresh process. Processor seconds are those of all
threads; they tell how the cost grows even where other work slows the machine down.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import describe, keep
from profile_table import wide

SIZES = ((60, 1_250), (60, 2_500), (60, 5_000), (200, 10_000))
_OURS = """
import json, sys, time
from clew import profile, read as read_table
def clocks():
    return time.perf_counter(), time.process_time()
marks = [clocks()]
data = read_table(sys.argv[1]); marks.append(clocks())
known = profile(data, target="target", minimal=sys.argv[3] == "minimal"); marks.append(clocks())
known.save(sys.argv[2]); marks.append(clocks())
spans = [[round(end[at] - start[at], 2) for start, end in zip(marks, marks[1:])] for at in (0, 1)]
print(json.dumps({"seconds": spans[0], "processor_seconds": spans[1]}))
"""


def measure(rows: int, columns: int, folder: Path) -> dict[str, object]:
    """Profile a table of this many rows and columns, minimal and whole."""
    table = folder / "wide.parquet"
    wide(rows, columns).write_parquet(table)
    result: dict[str, object] = {"rows": rows, "columns": columns}
    for mode in ("minimal", "whole"):
        command = [sys.executable, "-c", _OURS, table, folder / "page.html", mode]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        result[mode] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Measure each size once; the three figures of each are those of reading, of the profile and of the page."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [measure(rows, columns, Path(folder)) for rows, columns in SIZES]
    load = [round(part, 1) for part in os.getloadavg()]
    parts = ["read", "profile", "page"]
    result = {"threads": os.cpu_count(), "load_average": load, "parts": parts, "runs": runs}
    keep("profile_wide", {**describe("clew", "polars", "numpy"), **result})


if __name__ == "__main__":
    main()
