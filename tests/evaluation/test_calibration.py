import numpy as np
import pytest
from tests.evaluation.made import binary, from_scores, multiclass

from clew.evaluation.calibration import BINS, calibration


def test_true_probabilities_are_calibrated():
    found = calibration(binary(20_000))
    assert found.of == "yes"
    assert found.error.low < 0.01
    assert found.error.value < 0.02
    assert all(item.observed.low - 0.02 <= item.predicted <= item.observed.high + 0.02 for item in found.bins)


def test_bins_hold_about_as_many_rows_and_rise():
    found = calibration(binary(1_005))
    assert len(found.bins) == BINS
    assert sum(item.observed.rows for item in found.bins) == 1_005
    assert max(item.observed.rows for item in found.bins) <= 110
    predicted = [item.predicted for item in found.bins]
    assert predicted == sorted(predicted)


def test_the_error_is_the_mean_distance_of_the_bins():
    found = calibration(binary(1_000, sharpness=3))
    distances = [item.observed.rows * abs(item.predicted - item.observed.value) for item in found.bins]
    assert found.error.value == pytest.approx(sum(distances) / 1_000)
    assert 0.05 < found.error.low < found.error.value < found.error.high


def test_equal_probabilities_share_a_bin():
    found = calibration(from_scores([1, 0, 0, 0] * 25, [0.25] * 100))
    assert len(found.bins) == 1
    assert found.error.value == 0
    assert found.bins[0].observed.value == 0.25


def test_few_rows_have_few_bins():
    assert len(calibration(binary(35)).bins) == 3
    assert len(calibration(binary(3)).bins) == 1


def test_the_limits_of_a_calibrated_model_reach_zero_though_noise_raises_the_value():
    found = [calibration(binary(200, seed=seed)).error for seed in range(40)]
    assert min(error.value for error in found) > 0.03
    assert sum(error.low == 0 for error in found) >= 37


def test_chance_is_what_calibrated_probabilities_show():
    found = [calibration(binary(200, seed=seed)) for seed in range(60)]
    above = sum(item.error.value > item.chance for item in found)
    assert 0 < above <= 7  # 1.5 are expected
    assert calibration(binary(20_000)).chance < calibration(binary(200)).chance / 5


def test_a_multiclass_task_is_measured_by_the_predicted_label():
    predictions = multiclass(5_000)
    found = calibration(predictions)
    right = (predictions.truth == predictions.prediction).mean()
    assert found.of is None
    assert sum(item.observed.value * item.observed.rows for item in found.bins) / 5_000 == pytest.approx(right)
    assert found.error.low < 0.01


def test_weights_count():
    truth, score = [1] * 50 + [0] * 50, [0.5] * 100
    weight = np.repeat([3.0, 1.0], 50)
    found = calibration(from_scores(truth, score, weight=weight))
    assert found.error.value == pytest.approx(0.25)
    assert found.bins[0].observed.value == pytest.approx(0.75)


def test_missing_probabilities_are_not_measured():
    assert calibration(from_scores([1, 0], [0.5, np.nan])) is None
