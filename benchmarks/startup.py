"""How long a fresh process takes to import Clew and to print its help, beside a bare Python and scikit-learn."""

import statistics
import subprocess
import sys
import time

from machine import describe, keep

PAIRS = 11
COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "import clew": [sys.executable, "-c", "import clew"],
    "clew --help": [sys.executable, "-m", "clew", "--help"],
    "import sklearn": [sys.executable, "-c", "import sklearn.pipeline"],
}


def seconds(command: list[str]) -> float:
    """Run a command and return its wall-clock seconds."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure in alternating rounds and keep the medians."""
    for command in COMMANDS.values():
        seconds(command)
    rounds = [{name: seconds(command) for name, command in COMMANDS.items()} for _ in range(PAIRS)]
    medians = {name: round(statistics.median(each[name] for each in rounds), 3) for name in COMMANDS}
    keep("startup", {**describe("clew", "scikit-learn"), "rounds": PAIRS, "median_seconds": medians})


if __name__ == "__main__":
    main()
