"""Peers of the studio, each in an environment of its own: D-Tale's grid, and skrub's TableReport."""

import subprocess
import sys
import time
from pathlib import Path

from environments import python_of

DTALE = ("dtale==3.22.0", "pandas==3.1.1", "pyarrow")
SKRUB = ("skrub==0.11.0", "pandas==3.1.1", "pyarrow")

_DTALE = """
import sys
import dtale, pandas as pd
dtale.show(pd.read_parquet(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), open_browser=False, subprocess=False)
"""
_SKRUB = """
import sys
import pandas as pd
from skrub import TableReport
TableReport(pd.read_parquet(sys.argv[1]), verbose=0).write_html(sys.argv[2])
"""


def dtale(table: Path, port: int) -> subprocess.Popen[bytes]:
    """Start D-Tale over a table; its grid is at `/dtale/main/1` once it answers."""
    command = [python_of("dtale", DTALE), "-W", "ignore", "-c", _DTALE, table, str(port)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def skrub_seconds(table: Path, page: Path) -> float:
    """Return the seconds from the start of a process to skrub's report of a table in a file."""
    started = time.perf_counter()
    subprocess.run(
        [python_of("skrub", SKRUB), "-W", "ignore", "-c", _SKRUB, table, page], check=True, stdout=sys.stderr
    )
    return time.perf_counter() - started
