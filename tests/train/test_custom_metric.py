"""Metrics of the user's own decide, with their direction, in Python and on the command line."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import fbeta_score, log_loss

import clew
from clew.core.errors import UsageError
from clew.core.predictions import Predictions
from clew.core.schema import Role
from clew.define.custom_metric import as_metric, metric
from clew.train.automl import train
from clew.train.estimator import AutoClassifier, AutoRegressor

QUICK = {"trials": 2, "algorithms": ("linear", "tree"), "cpus": 1, "max_latency_ms": None}


@metric(greater_is_better=True)
def profit(truth, prediction, sample_weight=None):
    """A hit earns 5, a false alarm costs 1."""
    earned = np.where(truth == "yes", 5.0, -1.0) * (prediction == "yes")
    return float(np.average(earned, weights=sample_weight))


@metric(greater_is_better=False, needs="probabilities")
def surprise(truth, probabilities):
    return log_loss(truth, probabilities, labels=["no", "yes"])


@metric(greater_is_better=False)
def largest_error(truth, prediction):
    return np.abs(truth - prediction).max()


def test_labels_come_as_in_the_data_and_the_threshold_serves_the_metric(binary):
    model = AutoClassifier(metric=profit, **QUICK).fit(binary.frame, target="y")
    result = model.result_
    assert result.metric.endswith(":profit")
    assert result.greater_is_better
    assert result.score.low < result.score.value < result.score.high
    # With such costs a row is worth an alarm from one in six on.
    assert model.model_.threshold < 0.4
    scores = [row.score for row in result.leaderboard[1:]]
    assert scores == sorted(scores, reverse=True)


def test_own_log_loss_decides_as_the_one_that_ships(binary):
    own, ours = (AutoClassifier(metric=m, **QUICK).fit(binary.frame, target="y") for m in (surprise, "log_loss"))
    assert own.result_.score.value == pytest.approx(ours.result_.score.value, abs=1e-9)
    assert own.model_.weights == ours.model_.weights
    assert not own.result_.greater_is_better


def test_numbers(regression):
    result = AutoRegressor(metric=largest_error, **QUICK).fit(regression.frame, target="y").result_
    losses = [row.score for row in result.leaderboard[1:]]
    assert losses == sorted(losses)


def test_function_of_scikit_learn_is_taken_with_a_direction(binary):
    own = metric(
        lambda truth, answer: fbeta_score(truth, answer, beta=2, pos_label="yes"), greater_is_better=True, name="f2"
    )
    assert AutoClassifier(metric=own, **QUICK | {"trials": 1}).fit(binary.frame, target="y").result_.metric == "f2"


def test_function_that_declares_its_direction_is_a_metric():
    def hits(truth, prediction):
        return float((truth == prediction).mean())

    with pytest.raises(UsageError, match="does not say which direction is better.*greater_is_better"):
        as_metric(hits)
    hits.greater_is_better = True
    assert as_metric(hits)(Predictions(np.array(["a", "b"], object), truth=np.array(["a", "a"], object))) == 0.5


def test_weights_reach_a_metric_that_takes_them_and_no_other(binary, problem_of, quick_spec):
    weighted = binary.frame.with_columns(w=np.where(binary.frame["y"] == "yes", 9.0, 1.0))
    data = clew.read(weighted).with_target("y")
    data = type(data).of(data.frame, data.schema.with_facts("w", role=Role.WEIGHT), "made up")
    result = train(data, problem_of(data), quick_spec(metric=profit, trials=1))
    assert result.score.value > train(binary, problem_of(binary), quick_spec(metric=profit, trials=1)).score.value
    with pytest.raises(UsageError, match="rows have weights, and the metric .*surprise' takes none"):
        train(data, problem_of(data), quick_spec(metric=surprise))


def _nan(truth, prediction):
    return float("nan")


def _texts(truth, prediction):
    return "good"


def _fails(truth, prediction):
    return truth["no such thing"]


@pytest.mark.parametrize(
    ("function", "words"),
    [(_nan, "has no value on the 240 rows"), (_texts, "returned 'good'"), (_fails, "failed: IndexError")],
)
def test_metric_that_gives_no_number_is_named(function, words, binary, problem_of, quick_spec):
    with pytest.raises(UsageError, match=words):
        train(binary, problem_of(binary), quick_spec(trials=1, metric=metric(function, greater_is_better=True)))


def test_metric_that_does_not_fit_is_refused(regression, problem_of, quick_spec):
    with pytest.raises(UsageError, match="reads probabilities, and a regression has none"):
        train(regression, problem_of(regression), quick_spec(metric=surprise))
    with pytest.raises(UsageError, match="Clew has a metric 'rmse' of its own"):
        metric(_nan, greater_is_better=True, name="rmse")


def test_bundle_judged_by_a_metric_that_is_not_at_hand_is_evaluated_by_the_usual_one(binary, make_table, tmp_path):
    clew.save(AutoClassifier(metric=profit, **QUICK).fit(binary.frame, target="y"), tmp_path / "bundle")
    loaded = clew.load(tmp_path / "bundle")
    assert loaded.problem.metric.endswith(":profit")
    evaluation = clew.evaluate(loaded, make_table(rows=120, seed=4))
    assert evaluation.metric == "roc_auc"
    assert "<" in evaluation._repr_html_()
    assert "<" in loaded._repr_html_()


@pytest.mark.full
def test_command_line_names_a_function(binary, tmp_path):
    binary.frame.write_csv(tmp_path / "rows.csv")
    (tmp_path / "shop.py").write_text(
        "from clew.define.custom_metric import metric\n\n\n@metric(greater_is_better=True)\ndef hits(truth, prediction):\n"
        "    return float((truth == prediction).mean())\n"
    )
    words = (
        "train rows.csv --target y --trials 1 --algorithms linear --cpus 1 --out out --format json --metric shop:hits"
    )
    command = [sys.executable, "-m", "clew", *words.split()]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--trust shop:hits" in refused.stderr
    done = subprocess.run([*command, "--trust", "shop:hits"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["metric"] == "shop:hits"
