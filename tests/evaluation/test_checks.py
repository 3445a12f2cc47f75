"""Each finding fires where it should, and keeps quiet where it should not."""

from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation.made import binary, from_scores, multiclass, objects, regression

from clew.core.finding import Severity
from clew.define.problem import Task
from clew.evaluation.calibration import calibration
from clew.evaluation.checks import poor_calibration
from clew.evaluation.codes import CODES
from clew.evaluation.evaluation import evaluate_predictions
from clew.evaluation.importance import FeatureImportance, Importance


def found(predictions, task, **options):
    findings = evaluate_predictions(predictions, task, **options).findings
    assert all(finding.title == CODES[finding.code][0] for finding in findings)
    return {finding.code: finding for finding in findings}


def quiet(*predictions_and_task, **options):
    assert found(*predictions_and_task, **options) == {}


def test_good_models_on_many_rows_give_no_finding():
    quiet(binary(2_000), Task.BINARY)
    quiet(multiclass(2_000), Task.MULTICLASS)
    quiet(regression(2_000), Task.REGRESSION)


def test_me001_few_rows():
    assert "60 labelled rows" in found(regression(60), Task.REGRESSION)["ME001"].detail
    assert "ME001" not in found(regression(100), Task.REGRESSION)


def test_me001_few_groups():
    detail = found(regression(2_000, group=np.arange(2_000) % 30), Task.REGRESSION)["ME001"].detail
    assert "2,000 labelled rows in 30 groups" in detail
    quiet(regression(2_000, group=np.arange(2_000) % 500), Task.REGRESSION)


def test_me001_rare_class():
    rare = found(binary(1_000, share=0.002, skill=1.0), Task.BINARY)["ME001"]
    assert "rows are of 'yes'" in rare.detail
    assert rare.evidence["rare_classes"] == {"yes": 1}


def test_me002_worse_than_a_constant():
    worse = found(regression(500, offset=3.0), Task.REGRESSION)["ME002"]
    assert worse.severity is Severity.ERROR
    assert "rmse is 3.0" in worse.detail
    assert worse.evidence["gain"]["value"] < 0


def test_me002_better_perhaps_by_chance():
    slight = found(binary(120, skill=0.2, seed=5), Task.BINARY)["ME002"]
    assert slight.severity is Severity.WARNING
    assert "may be chance" in slight.detail


def test_me003_poorly_calibrated():
    poor = found(binary(2_000, sharpness=4), Task.BINARY)["ME003"]
    assert poor.evidence["error"]["low"] > 0.03
    assert "came true" in poor.detail
    assert "ME003" not in found(binary(2_000, sharpness=1.1), Task.BINARY)


def test_me003_is_not_raised_by_the_noise_of_few_rows():
    fired = sum(poor_calibration(calibration(binary(60, seed=seed))) is not None for seed in range(40))
    assert fired <= 2


def importance(**values):
    features = [FeatureImportance(name, value, value - 0.01, value + 0.01) for name, value in values.items()]
    return Importance(tuple(sorted(features, key=lambda item: -item.value)), "roc_auc", 1_000, 5)


def test_me004_one_feature_decides():
    leak = found(binary(2_000), Task.BINARY, importance=importance(status=0.3, age=0.02, sex=-0.001))["ME004"]
    assert leak.column == "status"
    assert leak.evidence["share"] == pytest.approx(0.3 / 0.32)
    quiet(binary(2_000), Task.BINARY, importance=importance(status=0.3, age=0.1))
    quiet(binary(2_000), Task.BINARY, importance=importance(status=0.005, age=0.0))
    quiet(binary(2_000), Task.BINARY, importance=importance(only=0.3))


def test_me005_never_predicted():
    predictions = multiclass(2_000)
    never = replace(predictions, prediction=np.where(predictions.prediction == "c2", "c1", predictions.prediction))
    rows = int((predictions.truth == "c2").sum())
    assert found(never, Task.MULTICLASS)["ME005"].evidence == {"rows_by_class": {"c2": rows}}


def test_me006_rows_without_truth():
    truth = regression(300).truth.copy()
    truth[:30] = np.nan
    left_out = found(replace(regression(300), truth=truth), Task.REGRESSION)["ME006"]
    assert left_out.severity is Severity.INFO
    assert left_out.evidence == {"dropped": 30, "rows": 270}


def test_me007_unknown_labels():
    predictions = multiclass(2_000)
    truth = objects(["new" if number < 40 else label for number, label in enumerate(predictions.truth)])
    unknown = found(replace(predictions, truth=truth), Task.MULTICLASS)
    assert unknown["ME007"].evidence == {"labels": ["new"], "rows": 40}
    assert "ME005" not in unknown


def test_me008_bias():
    high = found(regression(500, noise=1.0, offset=-0.3), Task.REGRESSION)["ME008"]
    assert "too high by 0.3" in high.detail
    # A small bias, however sure, and a larger one that may be chance.
    quiet(regression(5_000, noise=1.0, offset=0.05), Task.REGRESSION)
    few = regression(100, noise=0.9, offset=0.1, seed=2)
    assert "ME008" not in found(few, Task.REGRESSION)


@pytest.mark.parametrize(
    ("predictions", "task"),
    [
        (binary(500, skill=0, sharpness=0), Task.BINARY),
        (regression(500, noise=0.01), Task.REGRESSION),
        (multiclass(500, skill=60), Task.MULTICLASS),
    ],
)
def test_me009_too_good(predictions, task):
    if task is Task.BINARY:
        predictions = from_scores(predictions.truth == "yes", np.where(predictions.truth == "yes", 0.9, 0.1))
    assert "ME009" in found(predictions, task)


def test_me009_needs_rows_to_be_suspicious():
    assert "ME009" not in found(from_scores([0, 1] * 30, [0.1, 0.9] * 30), Task.BINARY)


def test_me010_overconfident():
    made = regression(2_000)

    def reaching(half, rows=2_000):
        ends = {"low": made.prediction - half, "high": made.prediction + half, "share": 0.9}
        return found(replace(made, **ends).take(np.arange(rows)), Task.REGRESSION)

    narrow = reaching(0.6)["ME010"]
    assert "Intervals for 90 % of rows hold the truth of 7" in narrow.detail
    assert narrow.evidence["inside"]["high"] < 0.89
    # Intervals of the right width, too wide ones, and narrow ones that may be chance.
    assert "ME010" not in reaching(0.5 * 1.645)
    assert "ME010" not in reaching(2.0)
    assert "ME010" not in reaching(0.75, rows=60)
