"""The device is told to the libraries, and refused clearly where there is none."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import polars as pl
import pytest

from clew import AutoClassifier
from clew.core.errors import DataError, UsageError
from clew.define.problem import Task
from clew.testing.estimator import rows, table
from clew.train.automl import train
from clew.train.device import places, turn
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.patience import in_time
from clew.train.search.apart import needs_ending
from clew.train.search.portfolio import configurations
from clew.train.tune.spaces import space_for


def _gpu() -> bool:
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


THERE = _gpu()
CUDA = {"device": "cuda"}
without = pytest.mark.skipif(THERE, reason="there is a GPU here")
gpu = pytest.mark.skipif(not THERE and not os.environ.get("CLEW_TEST_GPU"), reason="needs an NVIDIA GPU")


@without
@pytest.mark.parametrize("name", ["xgboost", "catboost", "lightgbm"])
def test_booster_without_a_device_says_so(name):
    assert "CUDA" in str(ESTIMATORS[name].refusal("cuda"))
    assert ESTIMATORS[name].refusal("cpu") is None


@without
def test_search_on_a_device_that_is_not_there_is_refused(binary, problem_of, quick_spec):
    with pytest.raises(UsageError, match="No algorithm can learn on the device 'cuda': .*lightgbm: .*device='cpu'"):
        train(binary, problem_of(binary), quick_spec(device="cuda", algorithms=("lightgbm", "linear")))
    with pytest.raises(UsageError, match="No algorithm can learn on the device 'cuda'"):
        train(binary, problem_of(binary), quick_spec(device="cuda", algorithms=None))


def test_device_that_does_not_exist_is_refused(quick_spec):
    with pytest.raises(UsageError, match="There is no device 'tpu'"):
        quick_spec(device="tpu").check()


def test_cpu_adds_nothing():
    assert places(("lightgbm", "linear"), "cpu", named=True) == ({}, ())


def test_device_is_a_parameter_of_every_booster_in_the_same_word():
    for name in ("xgboost", "catboost", "lightgbm"):
        assert ESTIMATORS[name].check({"device": "cuda"})["device"] == "cuda"
    with pytest.raises(UsageError, match="--device"):
        ESTIMATORS["catboost"].check({"task_type": "GPU"})


def test_trying_a_library_without_cuda_says_nothing(capfd):
    assert "CUDA" in str(ESTIMATORS["lightgbm"].refusal("cuda"))
    said = capfd.readouterr()
    assert not said.out
    assert not said.err


def test_what_the_cpu_alone_knows_is_searched_and_tuned_there_only():
    placed = {"catboost": {"device": "cuda"}}
    listed = list(islice(configurations(("catboost", "xgboost"), 0, fixed=placed), 40))
    assert all(one.params.get("device") == ("cuda" if one.algorithm == "catboost" else None) for one in listed)
    assert not any("rsm" in one.params for one in listed)
    assert any("rsm" in one.params for one in islice(configurations(("catboost",), 0), 40))
    assert set(space_for("catboost", Task.BINARY)) - set(space_for("catboost", Task.BINARY, "cuda")) == {"rsm"}


def test_parameter_that_the_cpu_alone_knows_is_refused_elsewhere():
    with pytest.raises(UsageError, match="CatBoost takes 'rsm' on the CPU only. Hint: Leave it out"):
        ESTIMATORS["catboost"].check({"colsample_bylevel": 0.5, "device": "cuda"})
    assert ESTIMATORS["catboost"].check({"rsm": 0.5, "device": "cpu"})["rsm"] == 0.5
    assert ESTIMATORS["catboost"].check({"rsm": 1.0, "device": "cuda"})["rsm"] == 1.0


def test_fit_that_asks_nobody_after_a_round_can_be_ended():
    assert needs_ending("catboost", {"device": "cuda"}, 1000, 10, 2, 60.0)
    assert not needs_ending("catboost", {}, 1000, 10, 2, 60.0)
    assert not needs_ending("xgboost", {"device": "cuda"}, 1000, 10, 2, 60.0)


def _slow(rounds: int) -> int:
    time.sleep(rounds * 0.001)
    return rounds


def test_rounds_are_as_many_as_there_is_time_for():
    never = {"stopped": lambda _: False}
    assert in_time(_slow, 2000, deadline=None, stopped=lambda _: True) == (2000, False)
    assert in_time(_slow, 60, deadline=time.monotonic(), **never) == (60, False)
    assert in_time(_slow, 500, deadline=time.monotonic() + 3600, **never) == (500, False)
    assert in_time(_slow, 5000, deadline=time.monotonic() + 3600, stopped=lambda _: True) == (100, False)
    assert in_time(_slow, 5000, deadline=time.monotonic(), **never) == (100, True)
    rounds, cut_short = in_time(_slow, 1_000_000, deadline=time.monotonic() + 1.0, **never)
    assert 100 < rounds < 1000
    assert cut_short
    _, cut_short = in_time(_slow, 1_000_000, deadline=time.monotonic() + 1.0, stopped=lambda rounds: rounds > 100)
    assert not cut_short


#: What another process does: it keeps the GPU until its input ends.
_HOLDS = """
import sys
from clew.train.device import turn
with turn({"device": "cuda"}, None):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_gpu_has_one_fit_at_a_time(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": {**os.environ, "TMPDIR": str(tmp_path)}}
    with subprocess.Popen([sys.executable, "-c", _HOLDS], **told) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(DataError, match="kept the GPU until time was over"), turn(CUDA, time.monotonic() + 0.1):
            pass
        with turn({"device": "cpu"}, time.monotonic()):
            pass
        other.stdin.close()
        with turn(CUDA, time.monotonic() + 30), ThreadPoolExecutor(1) as pool:
            refused = pool.submit(turn(CUDA, time.monotonic() + 0.1).__enter__).exception()
            assert "kept the GPU" in str(refused)
    with turn(CUDA, time.monotonic() + 1):
        pass


@gpu
@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("name", ["xgboost", "catboost"])
def test_booster_learns_on_the_gpu_and_answers_on_the_cpu(name, task):
    spec = ESTIMATORS[name]
    part, classes = table(task)
    learn, stop = part.take(range(200)), part.take(range(200, 240))
    params = {"device": "cuda", "learning_rate": 0.1, "early_stopping_rounds": 10, spec.max_rounds: 200}
    named = {"task": task, "classes": classes, "params": params}
    fitted = spec.fit(learn.matrix, learn.target, stop=stop, **named)
    assert 1 <= fitted.rounds <= 200
    answers = fitted.predict(part.matrix)
    assert answers.tobytes() == rows(fitted, part.matrix).tobytes()


@gpu
def test_search_on_the_gpu_keeps_its_limit_and_fails_nowhere():
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(20_000, 10))
    frame = pl.DataFrame(numbers, schema=[f"x{i}" for i in range(10)], orient="row")
    frame = frame.with_columns(y=pl.Series(numbers[:, 0] * numbers[:, 1] + generator.normal(size=20_000) > 0))
    found = AutoClassifier(time_limit_s=10, device="cuda", algorithms=("xgboost", "catboost")).fit(frame, target="y")
    assert found.result_.fit_s <= 10.5
    assert {row.algorithm for row in found.result_.leaderboard} == {"ensemble", "xgboost", "catboost"}
    assert not [item for item in found.result_.findings if item.code == "ME104"]


@gpu
@pytest.mark.parametrize("algorithm", ["xgboost", "catboost"])
def test_same_fit_on_the_gpu_gives_the_same_model(algorithm, binary, problem_of, quick_spec):
    spec = quick_spec(device="cuda", algorithms=(algorithm,), trials=3)
    told = [train(binary, problem_of(binary), spec).model.predict(binary.frame).probabilities for _ in range(2)]
    assert told[0].tobytes() == told[1].tobytes()
