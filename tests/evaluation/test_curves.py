import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference
from tests.evaluation.made import binary, from_scores, multiclass

from clew.define.metrics import METRICS
from clew.evaluation.curves import MAX_CURVES, MAX_POINTS, THRESHOLDS, curves, threshold_table


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.booleans(), st.integers(0, 5), st.sampled_from([0.5, 1.0, 2.0])), min_size=2, max_size=40
    )
)
def test_points_equal_scikit_learn(rows):
    truth, steps, weight = (np.array(part) for part in zip(*rows, strict=True))
    predictions = from_scores(truth, steps / 5, weight=weight)
    found = curves(predictions)
    if truth.all() or not truth.any():
        assert found.roc == found.pr == ()
        return
    x, y, thresholds = reference.roc_curve(truth, steps / 5, sample_weight=weight, drop_intermediate=False)
    roc = found.roc[0]
    assert (roc.x, roc.y) == (pytest.approx(x), pytest.approx(y))
    assert roc.thresholds.tolist() == thresholds.tolist()
    precision, recall, _ = reference.precision_recall_curve(truth, steps / 5, sample_weight=weight)
    # scikit-learn goes from the lowest threshold up and adds a point of its own at the end.
    assert found.pr[0].x == pytest.approx(recall[-2::-1])
    assert found.pr[0].y == pytest.approx(precision[-2::-1])


def test_few_points_keep_the_area_of_many():
    predictions = binary(20_000)
    found = curves(predictions)
    for curve in (*found.roc, *found.pr):
        assert len(curve.x) <= MAX_POINTS + 2
        assert (np.diff(curve.thresholds) < 0).all()
    roc = found.roc[0]
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(METRICS["roc_auc"](predictions), abs=1e-3)


def test_a_multiclass_task_has_a_curve_for_each_class_the_most_frequent_first():
    predictions = multiclass(900, classes=MAX_CURVES + 2)
    found = curves(predictions)
    assert len(found.roc) == len(found.pr) == MAX_CURVES
    rows = [int((predictions.truth == curve.label).sum()) for curve in found.roc]
    assert rows == sorted(rows, reverse=True)


def test_rows_without_weight_do_not_show():
    predictions = from_scores([1, 0, 1, 0], [0.9, 0.8, 0.6, 0.2], weight=np.array([0.0, 1.0, 1.0, 1.0]))
    assert curves(predictions).pr[0].y.tolist() == pytest.approx([0, 1 / 2, 1 / 3])


def test_the_table_says_what_each_threshold_would_do():
    predictions = binary(500)
    table = threshold_table(predictions, chosen=0.37)
    assert [line.threshold for line in table] == sorted({*THRESHOLDS, 0.37})
    assert [line.threshold for line in table if line.chosen] == [0.37]
    score = predictions.probabilities[:, 1]
    for line in table:
        said = from_scores(predictions.truth == "yes", score, threshold=line.threshold)
        for name in ("precision", "recall", "f1"):
            figure = getattr(line, name)
            if name != "precision" or (score >= line.threshold).any():
                assert figure.value == pytest.approx(METRICS[name](said)), (name, line.threshold)
                assert figure.low <= figure.value <= figure.high
        assert line.predicted.value == pytest.approx((score >= line.threshold).mean())
        assert line.precision.rows == (score >= line.threshold).sum()


def test_json_has_no_infinite_threshold():
    assert curves(binary(50)).to_dict()["roc"][0]["thresholds"][0] is None


def test_missing_probabilities_leave_no_curve():
    predictions = from_scores([1, 0, 1], [0.9, np.nan, 0.4])
    assert curves(predictions).roc == ()
