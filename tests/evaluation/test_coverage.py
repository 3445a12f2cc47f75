import numpy as np
import pytest
from tests.evaluation.made import regression

from clew.core.predictions import Predictions
from clew.define.problem import Task
from clew.evaluation.coverage import coverage
from clew.evaluation.evaluation import evaluate_predictions
from clew.evaluation.report import render


def intervals(rows, seed=0, *, half=0.5 * 1.645, share=0.9, **details):
    """Truth around the prediction, and intervals of which the usual ones are right."""
    made = regression(rows, seed)
    ends = {"low": made.prediction - half, "high": made.prediction + half, "share": share}
    return Predictions(made.prediction, truth=made.truth, **ends, **details)


def test_right_intervals_hold_as_often_as_they_say():
    found = coverage(intervals(2000))
    assert found.share == 0.9
    assert found.inside.low < 0.9 < found.inside.high
    assert found.inside.rows == 2000
    assert found.inside.value + found.below.value + found.above.value == pytest.approx(1)
    assert found.width == pytest.approx(2 * 0.5 * 1.645)
    assert len(found.bins) == 1


def test_narrow_and_wide_ones_are_told_apart():
    made = regression(1000)
    half = np.where(np.arange(1000) % 2 == 0, 0.2, 2.0)
    found = coverage(
        Predictions(
            made.prediction, truth=made.truth, low=made.prediction - half, high=made.prediction + half, share=0.9
        )
    )
    assert [item.inside.rows for item in found.bins] == [200] * 5
    assert [item.width for item in found.bins] == sorted(item.width for item in found.bins)
    assert found.bins[0].inside.high < 0.5
    assert found.bins[-1].inside.value == 1.0
    assert len(coverage(intervals(30)).bins) == 1


def test_rounding_far_from_zero_makes_no_bins():
    low = np.linspace(1e9, 3e9, 1000)
    far = Predictions(low + 50.0, truth=low + 40.0, low=low, high=low + 100.1, share=0.9)
    assert np.ptp(far.high - far.low) > 0
    assert len(coverage(far).bins) == 1


def test_weights_and_groups_count():
    weight = np.where(np.arange(400) < 40, 1.0, 0.0)
    weighed = coverage(intervals(400, weight=weight))
    assert (
        weighed.inside.high - weighed.inside.low
        > coverage(intervals(400)).inside.high - coverage(intervals(400)).inside.low
    )
    grouped = coverage(intervals(400, group=np.arange(400) // 100))
    assert grouped.inside.high - grouped.inside.low > 0.3


def test_without_intervals_there_is_nothing_to_tell():
    assert coverage(regression(100)) is None
    assert coverage(intervals(100).take(np.arange(0))) is None
    assert evaluate_predictions(regression(100), Task.REGRESSION).to_dict()["coverage"] is None


def test_an_evaluation_tells_figures_and_draws_them():
    result = evaluate_predictions(intervals(600), Task.REGRESSION)
    figures = result.figures()
    assert figures["coverage_low"] < figures["coverage"] < figures["coverage_high"]
    assert figures["interval_width"] == result.coverage.width
    assert result.to_dict()["coverage"]["inside"]["rows"] == 600
    page = render(result)
    assert "Intervals for 90 % of rows" in page
    assert "Truth below" in page
    assert "Intervals" in result.coverage._repr_html_()
