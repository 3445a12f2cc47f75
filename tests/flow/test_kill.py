"""`kill -9` at random moments: the run resumes, and ends in the same model as an undisturbed one.

A few kills by default; ``CLEW_KILLS=20`` makes it a soak.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer

KILLS = int(os.environ.get("CLEW_KILLS", "4"))
CONFIG = """
name: cancer
problem: {target: target, positive: 0}
data: {source: rows.csv}
split: {folds: 3}
train: {trials: 8, cpus: 1, seed: 3}
"""


def project(folder: Path) -> Path:
    folder.mkdir()
    load_breast_cancer(as_frame=True).frame.to_csv(folder / "rows.csv", index=False)
    (folder / "clew.yaml").write_text(CONFIG)
    return folder


def start(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "clew", "run", str(folder), "--format", "json", "--quiet", "--wait", "30"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )  # fmt: skip


def finish(process: "subprocess.Popen[str]") -> dict:
    out, err = process.communicate(timeout=280)
    assert process.returncode == 0, err
    return json.loads(out)


def members(bundle: str) -> dict[str, str]:
    """Hash the files that hold what was learnt."""
    files = sorted(path for path in (Path(bundle) / "members").rglob("*") if path.is_file())
    return {path.relative_to(bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path):
    started = time.monotonic()
    undisturbed = finish(start(project(tmp_path / "undisturbed")))
    whole = time.monotonic() - started
    folder = project(tmp_path / "killed")
    rng = random.Random(5)  # noqa: S311 - no secret depends on it
    kills = begun = 0
    while kills < KILLS:
        process = start(folder)
        try:
            process.wait(rng.uniform(0.3, 0.9 * whole))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
            process.communicate()
        else:
            # It finished before the blow: begin again, so that every kill hits work.
            process.communicate()
            begun += 1
            folder = project(tmp_path / f"killed-{begun}")
    resumed = finish(start(folder))
    assert resumed["metrics"] == undisturbed["metrics"]
    assert members(resumed["bundle"]) == members(undisturbed["bundle"])
    assert members(resumed["bundle"])
    assert list((folder / ".clew").glob("partial/*")) == []


@pytest.mark.full
def test_a_second_run_waits_or_says_who_is_working(tmp_path):
    folder = project(tmp_path / "busy")
    first = start(folder)
    while not (folder / ".clew" / "clew.db").exists():
        time.sleep(0.05)
    command = [sys.executable, "-m", "clew", "run", str(folder), "--quiet"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 2
    assert str(first.pid) in second.stderr
    finish(first)
    assert all(stage["cached"] for stage in finish(start(folder))["stages"])
