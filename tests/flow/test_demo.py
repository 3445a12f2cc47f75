"""The demonstration, as `make demo` runs it."""

import json
import subprocess
import sys

import pytest


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_demonstration_runs_to_its_end(tmp_path):
    command = [sys.executable, "-m", "clew", "demo", "--out", str(tmp_path / "demo"), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=580, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert [stage["name"] for stage in answer["stages"]] == [
        "define", "collect", "explore", "prepare", "train", "evaluate", "deploy", "serve", "monitor",
    ]  # fmt: skip
    assert all(stage["status"] == "done" for stage in answer["stages"])
    assert answer["served_equal"] is True
    auc = answer["metrics"]["roc_auc"]
    assert 0.5 < auc["low"] < auc["value"] < auc["high"] < 0.9
    assert len(done.stderr.split("Next, try:")[1].strip().splitlines()) == 3
    captured = tmp_path / "demo" / ".clew" / "captured"
    assert (captured / "_delta_log").is_dir()
