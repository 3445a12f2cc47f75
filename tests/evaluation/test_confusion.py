import numpy as np
import pytest
from sklearn import metrics as reference
from tests.evaluation.made import binary, multiclass, objects

from clew.core.predictions import Predictions
from clew.evaluation.confusion import MAX_LABELS, confusion


def test_counts_equal_scikit_learn():
    predictions = multiclass(300)
    found = confusion(predictions)
    expected = reference.confusion_matrix(
        predictions.truth.astype(str), predictions.prediction.astype(str), labels=list(predictions.classes)
    )
    assert found.labels == ("c0", "c1", "c2")
    assert found.counts.tolist() == expected.tolist()
    assert found.shares.sum(axis=1) == pytest.approx(np.ones(3))
    assert not found.weighted


def test_weights_are_added_up():
    weight = np.linspace(0.5, 2, 200)
    predictions = binary(200, weight=weight)
    found = confusion(predictions)
    both = (predictions.truth == "yes") & (predictions.prediction == "yes")
    assert found.weighted
    assert found.counts[1, 1] == pytest.approx(weight[both].sum())


def test_each_class_has_precision_and_recall_with_limits():
    predictions = multiclass(300)
    truth, said = predictions.truth.astype(str), predictions.prediction.astype(str)
    precision, recall, _, rows = reference.precision_recall_fscore_support(truth, said)
    for position, figures in enumerate(confusion(predictions).classes):
        assert figures.precision.value == pytest.approx(precision[position])
        assert figures.recall.value == pytest.approx(recall[position])
        assert figures.recall.low < figures.recall.value < figures.recall.high
        assert figures.rows == figures.recall.rows == rows[position]


def test_a_class_that_does_not_occur_has_no_shares():
    predictions = Predictions(objects("aa"), None, ("a", "b"), None, objects("aa"))
    found = confusion(predictions).to_dict()
    assert found["counts"] == [[2, 0], [0, 0]]
    assert found["shares"] == [[1.0, 0.0], [None, None]]
    assert found["classes"][1]["recall"] == {"value": None, "low": None, "high": None, "rows": 0}


def test_a_label_that_the_model_does_not_know_gets_a_line():
    predictions = Predictions(objects("aab"), None, ("a", "b"), None, objects("abx"))
    assert confusion(predictions).labels == ("a", "b", "x")
    assert confusion(predictions).counts.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_many_labels_are_merged_but_no_row_is_lost():
    labels = objects(f"label {code:03}" for code in range(120))
    random = np.random.default_rng(0)
    truth = np.minimum(random.geometric(0.03, 2000) - 1, 119)
    predictions = Predictions(labels[random.integers(0, 120, 2000)], None, tuple(labels), None, labels[truth])
    found = confusion(predictions)
    assert len(found.labels) == MAX_LABELS - 1
    assert found.merged == 120 - len(found.labels)
    assert found.counts.shape == (MAX_LABELS, MAX_LABELS)
    assert found.counts.sum() == 2000
    assert "label 000" in found.labels
    assert list(found.labels) == sorted(found.labels)
