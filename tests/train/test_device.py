"""The device is told to the libraries, and refused clearly where there is none."""

import os
import subprocess

import pytest

from clew.core.errors import UsageError
from clew.define.problem import Task
from clew.testing.estimator import rows, table
from clew.train.automl import train
from clew.train.device import places
from clew.train.estimators import ESTIMATORS


def _gpu() -> bool:
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


THERE = _gpu()
without = pytest.mark.skipif(THERE, reason="there is a GPU here")


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


@pytest.mark.skipif(not THERE and not os.environ.get("CLEW_TEST_GPU"), reason="needs an NVIDIA GPU")
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
