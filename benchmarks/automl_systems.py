"""Runs a system on a table in its own environment, and watches the memory of all its processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from automl_tables import Table
from environments import python_of, versions

RUNNER = Path(__file__).parent / "automl_runner.py"
#: Past this many times its limit, and these seconds for answering, a system is ended.
PATIENCE, ANSWERING_S, UNBOUNDED_S = 3.0, 400.0, 3600.0
_EVERY_S = 0.25
_MARK = "CLEW_BENCHMARK_RUN"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


@dataclass(frozen=True)
class System:
    """A system under test.

    Parameters
    ----------
    runner : str
        Its name in `automl_runner.SYSTEMS`.
    packages : tuple of str
        What its environment holds; empty for the environment of this script.
    bounded : bool
        Whether the limit is passed on.
    """

    runner: str
    packages: tuple[str, ...] = ()
    bounded: bool = True

    def python(self) -> Path:
        """Return the Python that runs it, made if need be."""
        return python_of(self._place, self.packages) if self.packages else Path(sys.executable)

    def versions(self) -> dict[str, str]:
        """Return the versions that matter; empty for the environment of this script."""
        wanted = ("autogluon.tabular", "flaml", "mljar-supervised", "lightgbm", "xgboost", "catboost", "torch")
        return versions(self._place, *wanted) if self.packages else {}

    @property
    def _place(self) -> str:
        return self.runner.split("-")[0]


_AUTOGLUON = ("autogluon.tabular[lightgbm,catboost,xgboost,fastai,ray]==1.6.3", "torch==2.13.0", "pyarrow")
SYSTEMS = {
    "clew": System("clew"),
    "autogluon-medium": System("autogluon-medium", _AUTOGLUON),
    "autogluon-best": System("autogluon-best", _AUTOGLUON),
    "flaml": System("flaml", ("flaml[automl,catboost]==2.7.0", "pyarrow")),
    "mljar": System("mljar", ("mljar-supervised==1.3.2", "pyarrow")),
    "catboost": System("catboost"),
    "catboost-unbounded": System("catboost", bounded=False),
}


def run(name: str, table: Table, limit_s: float, place: Path) -> dict[str, Any]:
    """Run a system on a table; answers and facts are kept in a folder, and found there the next time.

    Returns
    -------
    dict
        ``fit_s``, ``row_ms``, ``rows_per_s``, ``size_mb``, ``peak_mb``, ``models``; or ``failed`` with the last words.
    """
    facts_at = place / "facts.json"
    if facts_at.exists():
        kept: dict[str, Any] = json.loads(facts_at.read_text(encoding="utf-8"))
        return kept
    system = SYSTEMS[name]
    python = system.python()
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clew-automl-") as folder:
        work = Path(folder)
        table.hand_over(work, limit_s if system.bounded else None)
        allowed_s = PATIENCE * limit_s + ANSWERING_S if system.bounded else UNBOUNDED_S
        command = [str(python), str(RUNNER), system.runner, str(work)]
        ended, peak_mb = _watched(command, work, allowed_s, alone=bool(system.packages))
        (place / "log.txt").write_bytes((work / "log.txt").read_bytes())
        if not (work / "facts.json").exists():
            words = (place / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            facts: dict[str, Any] = {"failed": ended or (words[-1][:300] if words else "no word")}
        else:
            facts = {**json.loads((work / "facts.json").read_text(encoding="utf-8")), "peak_mb": round(peak_mb)}
            np.savez_compressed(place / "answers.npz", answers=np.load(work / "answers.npy"))
    if "failed" not in facts:  # what failed is tried again the next time
        facts_at.write_text(json.dumps(facts), encoding="utf-8")
    return facts


def _watched(command: list[str], work: Path, allowed_s: float, *, alone: bool) -> tuple[str, float]:
    """Run a command on two threads; return why it was ended, if it was, and the peak memory of its processes.

    Parameters
    ----------
    alone : bool
        Whether it has an environment of its own, which must not see our packages.
    """
    mark = uuid.uuid4().hex
    environment = {**os.environ, **dict.fromkeys(_THREADS, "2"), _MARK: mark, "PYTHONWARNINGS": "ignore"}
    if alone:
        environment.pop("PYTHONPATH", None)
    peak, ended, started = 0.0, "", time.monotonic()
    with (work / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=work, env=environment)
        try:
            while process.poll() is None and not ended:
                peak = max(peak, sum(_megabytes(pid) for pid in _marked(mark)))
                if time.monotonic() - started > allowed_s:
                    ended = f"ended after {allowed_s:.0f} s"
                time.sleep(_EVERY_S)
        finally:
            _end(mark)  # what a system leaves running would disturb the next
            process.wait()
    return ended, peak


def _end(mark: str) -> None:
    for pid in _marked(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _marked(mark: str) -> list[int]:
    """Return the processes of a run, whoever their parent is by now."""
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def _megabytes(pid: int) -> float:
    """Return the memory of a process, with its part of what it shares."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024.0
