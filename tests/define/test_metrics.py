"""Each metric equals scikit-learn's on generated data, and follows its stated rule where that has none."""

import math
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from clew.core.errors import UsageError
from clew.core.predictions import Predictions
from clew.define.metrics import METRICS, get_metric, metrics_for
from clew.define.problem import Task

LABELS = ("red", "green", "blue", "grey")
REFERENCE_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@st.composite
def classified(draw, classes):
    """Predictions with ties, weights and, as chance has it, missing classes; labels independent of probabilities."""
    rows = draw(st.integers(1, 25))
    codes = st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows)
    truth, prediction = draw(codes), draw(codes)
    points = draw(
        st.lists(st.lists(st.integers(0, 3), min_size=classes, max_size=classes), min_size=rows, max_size=rows)
    )
    probabilities = np.array(points, dtype=float) + (np.array(points).sum(axis=1, keepdims=True) == 0)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    weight = draw(st.none() | st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.25]), min_size=rows, max_size=rows))
    labels = LABELS[:classes]
    return Predictions(
        objects([labels[code] for code in prediction]),
        probabilities,
        labels,
        labels[1] if classes == 2 else None,
        objects([labels[code] for code in truth]),
        weight=None if weight is None else np.array(weight),
    )


@st.composite
def measured(draw):
    """Predictions of numbers, of a truth that varies by more than rounding."""
    rows = draw(st.integers(2, 25))
    numbers = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=rows, max_size=rows)
    truth, prediction = np.array(draw(numbers)), np.array(draw(numbers))
    weight = draw(st.none() | st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.25]), min_size=rows, max_size=rows))
    assume(np.ptp(truth) > 1e-3)
    return Predictions(prediction, truth=truth, weight=None if weight is None else np.array(weight))


def sklearn_labels(name, predictions, **options):
    truth, prediction = predictions.truth.astype(str), predictions.prediction.astype(str)
    function = getattr(reference, f"{name}_score")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where a class is missing, which is the point here
        return function(truth, prediction, sample_weight=predictions.weight, **options)


def sklearn_ranks(name, predictions):
    """Mean over the classes that have both positive and negative rows; the positive one alone in a binary task."""
    function = {"roc_auc": reference.roc_auc_score, "pr_auc": reference.average_precision_score}[name]
    chosen = [predictions.positive] if predictions.positive else predictions.classes
    figures = []
    for label in chosen:
        mask = predictions.truth == label
        if 0 < mask.sum() < len(mask):
            score = predictions.probabilities[:, predictions.classes.index(label)]
            figures.append(function(mask, score, sample_weight=predictions.weight))
    return np.mean(figures) if figures else math.nan


def check(name, predictions, expected):
    assert METRICS[name](predictions) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@settings(deadline=None, max_examples=80)
@given(predictions=classified(2))
def test_binary_metrics_equal_scikit_learn(predictions):
    for name in ("accuracy", "balanced_accuracy"):
        check(name, predictions, sklearn_labels(name, predictions))
    positive = {"pos_label": "green", "labels": ["green"], "average": "micro"}
    truly, said = predictions.truth == "green", predictions.prediction == "green"
    undefined = {"precision": False, "recall": not truly.any(), "f1": not (truly | said).any()}
    for name, nothing in undefined.items():
        check(name, predictions, math.nan if nothing else sklearn_labels(name, predictions, **positive))
    for name in ("roc_auc", "pr_auc"):
        check(name, predictions, sklearn_ranks(name, predictions))


@settings(deadline=None, max_examples=60)
@given(predictions=classified(4))
def test_multiclass_metrics_equal_scikit_learn(predictions):
    for name in ("accuracy", "balanced_accuracy"):
        check(name, predictions, sklearn_labels(name, predictions))
    for name in ("precision", "recall", "f1"):
        check(name, predictions, sklearn_labels(name, predictions, average="macro", zero_division=0))
    for name in ("roc_auc", "pr_auc"):
        check(name, predictions, sklearn_ranks(name, predictions))


@settings(deadline=None, max_examples=60)
@given(predictions=classified(2) | classified(4))
def test_losses_equal_scikit_learn(predictions):
    truth, given_, weight = predictions.truth.astype(str), predictions.probabilities, predictions.weight
    order = np.argsort(predictions.classes)
    labels = sorted(predictions.classes)
    check("log_loss", predictions, reference.log_loss(truth, given_[:, order], sample_weight=weight, labels=labels))
    options = {"sample_weight": weight, "labels": labels}
    if len(labels) == 2:
        expected = reference.brier_score_loss(truth, given_[:, 1], pos_label="green", **options)
    else:
        expected = reference.brier_score_loss(truth, given_[:, order], scale_by_half=False, **options)
    check("brier", predictions, expected)


@settings(deadline=None, max_examples=80)
@given(predictions=measured())
def test_errors_equal_scikit_learn(predictions):
    truth, prediction, weight = predictions.truth, predictions.prediction, predictions.weight
    check("mae", predictions, reference.mean_absolute_error(truth, prediction, sample_weight=weight))
    check("rmse", predictions, reference.root_mean_squared_error(truth, prediction, sample_weight=weight))
    check("r2", predictions, reference.r2_score(truth, prediction, sample_weight=weight))
    counted = truth != 0
    expected = reference.mean_absolute_percentage_error(
        truth[counted], prediction[counted], sample_weight=None if weight is None else weight[counted]
    )
    check("mape", predictions, expected)


@settings(deadline=None, max_examples=60)
@given(predictions=classified(2) | classified(4), times=st.lists(st.integers(0, 3), min_size=25, max_size=25))
def test_a_weight_is_a_number_of_copies(predictions, times):
    counts = np.array(times[: len(predictions)])
    assume(counts.sum() > 0)
    plain = Predictions(
        predictions.prediction,
        predictions.probabilities,
        predictions.classes,
        predictions.positive,
        predictions.truth,
        weight=counts.astype(float),
    )
    copies = plain.take(np.repeat(np.arange(len(counts)), counts))
    copies = Predictions(copies.prediction, copies.probabilities, copies.classes, copies.positive, copies.truth)
    for metric in metrics_for(Task.BINARY):
        assert metric(plain) == pytest.approx(metric(copies), nan_ok=True), metric.name


@settings(deadline=None, max_examples=40)
@given(predictions=classified(4))
def test_integer_labels_give_the_same_as_their_names(predictions):
    code = {label: position for position, label in enumerate(predictions.classes)}
    as_integers = Predictions(
        np.array([code[label] for label in predictions.prediction]),
        predictions.probabilities,
        (0, 1, 2, 3),
        None,
        np.array([code[label] for label in predictions.truth]),
        weight=predictions.weight,
    )
    for metric in metrics_for(Task.MULTICLASS):
        assert metric(as_integers) == pytest.approx(metric(predictions), nan_ok=True), metric.name


def binary(truth, positive_probability, threshold=0.5):
    score = np.array(positive_probability, dtype=float)
    return Predictions(
        objects(["yes" if value >= threshold else "no" for value in score]),
        np.column_stack([1 - score, score]),
        ("no", "yes"),
        "yes",
        objects(list(truth)),
    )


def test_one_class_in_the_truth_is_nan_where_the_metric_compares_classes():
    figures = {m.name: m(binary(["no"] * 4, [0.1, 0.2, 0.6, 0.3])) for m in metrics_for(Task.BINARY)}
    assert {name for name, value in figures.items() if math.isnan(value)} == {"roc_auc", "pr_auc", "recall"}
    assert figures["accuracy"] == figures["balanced_accuracy"] == 0.75
    assert figures["precision"] == figures["f1"] == 0.0


def test_nothing_predicted_positive_makes_precision_zero():
    predictions = binary(["no", "yes", "no"], [0.1, 0.4, 0.2])
    assert METRICS["precision"](predictions) == 0.0
    assert METRICS["recall"](predictions) == 0.0
    assert METRICS["f1"](predictions) == 0.0


def test_neither_positive_nor_predicted_so_is_nan_for_f1():
    assert math.isnan(METRICS["f1"](binary(["no", "no"], [0.1, 0.2])))


def test_a_sure_mistake_costs_36_nats_instead_of_infinity():
    assert METRICS["log_loss"](binary(["yes"], [0.0])) == pytest.approx(36.04, abs=0.01)


def test_a_constant_truth_has_no_r2():
    assert math.isnan(METRICS["r2"](Predictions(np.array([1.0, 2.0, 3.0]), truth=np.array([0.1, 0.1, 0.1]))))
    assert math.isnan(METRICS["r2"](Predictions(np.array([1.0]), truth=np.array([1.0]))))


def test_r2_keeps_its_digits_far_from_zero():
    truth = 1e9 + np.array([0.0, 1.0, 2.0, 3.0])
    assert METRICS["r2"](Predictions(truth + 0.5, truth=truth)) == pytest.approx(1 - 4 * 0.25 / 5)


def test_a_constant_truth_is_seen_through_rounding():
    truth, weight = np.array([0.1, 0.3, 0.7, 1.1]), np.random.default_rng(0).random((200, 4))
    for row in weight:
        row[np.arange(4) != 3] = 0
        assert math.isnan(METRICS["r2"](Predictions(truth + 1, truth=truth, weight=row)))


def test_more_labels_than_pairs_are_counted_for_equal_scikit_learn():
    random = np.random.default_rng(0)
    names = objects([f"label {code:02}" for code in range(80)])
    truth, prediction = names[random.integers(0, 80, 500)], names[random.integers(0, 80, 500)]
    predictions = Predictions(prediction, classes=tuple(names), truth=truth)
    for name in ("precision", "recall", "f1"):
        check(name, predictions, sklearn_labels(name, predictions, average="macro", zero_division=0))


def test_mape_leaves_out_rows_whose_truth_is_zero():
    assert METRICS["mape"](Predictions(np.array([5.0, 110.0]), truth=np.array([0.0, 100.0]))) == pytest.approx(0.1)
    assert math.isnan(METRICS["mape"](Predictions(np.array([5.0]), truth=np.array([0.0]))))


@pytest.mark.parametrize("task", list(Task))
def test_no_rows_or_no_weight_is_nan(task):
    predictions = Predictions(np.array([1.0, 2.0]), truth=np.array([1.0, 3.0]), weight=np.zeros(2))
    if task.is_classification:
        predictions = Predictions(
            np.array([0, 1]), np.full((2, 2), 0.5), (0, 1), 1 if task is Task.BINARY else None, np.array([0, 1]),
            weight=np.zeros(2),
        )  # fmt: skip
    for metric in metrics_for(task):
        if (metric.name, task) != ("precision", Task.BINARY):
            assert math.isnan(metric(predictions)), metric.name
            assert math.isnan(metric(predictions.take(np.zeros(2, dtype=bool)))), metric.name


def test_a_probability_that_is_nan_makes_the_figure_nan():
    predictions = binary(["yes", "no", "no"], [0.5, np.nan, 0.1])
    assert all(math.isnan(METRICS[name](predictions)) for name in ("roc_auc", "pr_auc", "log_loss", "brier"))


def test_a_label_that_the_model_does_not_know_counts_as_missed():
    given_ = np.array([[0.7, 0.3], [0.2, 0.8], [0.6, 0.4]])
    predictions = Predictions(objects(["a", "b", "a"]), given_, ("a", "b"), None, objects(["a", "b", "new"]))
    assert METRICS["accuracy"](predictions) == pytest.approx(2 / 3)
    assert METRICS["balanced_accuracy"](predictions) == pytest.approx(2 / 3)
    assert METRICS["log_loss"](predictions) > 10
    assert METRICS["brier"](predictions) == pytest.approx((2 * 0.09 + 2 * 0.04 + 0.36 + 0.16 + 1) / 3)
    # "a" and "b" are told apart from the rest perfectly; "new" is never given a probability.
    assert METRICS["roc_auc"](predictions) == pytest.approx((1 + 1 + 0.5) / 3)


def test_boolean_and_mixed_number_labels_are_matched_by_value():
    prediction, truth = objects([True, False, True]), objects([1, 0.0, False])
    predictions = Predictions(prediction, classes=(False, True), positive=True, truth=truth)
    assert METRICS["accuracy"](predictions) == pytest.approx(2 / 3)
    assert METRICS["precision"](predictions) == 0.5


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_missing_truth_is_refused_with_a_way_out(metric):
    predictions = Predictions(np.array([1.0, 0.0]), np.full((2, 2), 0.5), (0, 1), 1)
    with pytest.raises(UsageError, match=r"carry no truth.*Hint: Predict on labelled rows"):
        metric(predictions)


@pytest.mark.parametrize("name", ["roc_auc", "pr_auc", "log_loss", "brier"])
def test_missing_probabilities_are_refused(name):
    with pytest.raises(UsageError, match=r"carry no probabilities.*accuracy"):
        METRICS[name](Predictions(objects(["a"]), None, ("a", "b"), "b", objects(["a"])))


def test_wrong_shapes_and_values_are_refused():
    two = objects(["a", "b"])
    good = {"classes": ("a", "b"), "truth": two}
    with pytest.raises(UsageError, match="`truth` has 1 values for 2"):
        METRICS["accuracy"](Predictions(two, classes=("a", "b"), truth=two[:1]))
    with pytest.raises(UsageError, match=r"`probabilities` has shape \(2, 3\)"):
        METRICS["log_loss"](Predictions(two, np.full((2, 3), 1 / 3), **good))
    with pytest.raises(UsageError, match=r"`weight` has shape \(3,\)"):
        METRICS["accuracy"](Predictions(two, weight=np.ones(3), **good))
    with pytest.raises(UsageError, match="negative, missing or infinite"):
        METRICS["accuracy"](Predictions(two, weight=np.array([1.0, np.nan]), **good))
    with pytest.raises(UsageError, match="'c' is none of the classes"):
        METRICS["accuracy"](Predictions(two, positive="c", **good))
    with pytest.raises(UsageError, match="missing in some rows"):
        METRICS["accuracy"](Predictions(two, classes=("a", "b"), truth=objects(["a", None])))
    with pytest.raises(UsageError, match="missing in some rows"):
        METRICS["mae"](Predictions(np.ones(2), truth=np.array([1.0, np.nan])))
    with pytest.raises(UsageError, match="regression are numbers"):
        METRICS["mae"](Predictions(two, truth=two))


def test_a_metric_is_found_by_name_and_task():
    assert get_metric("roc_auc", Task.BINARY) is METRICS["roc_auc"]
    with pytest.raises(UsageError, match=r"no metric 'roc-auc'.*Did you mean 'roc_auc'"):
        get_metric("roc-auc", Task.BINARY)
    with pytest.raises(UsageError, match=r"'rmse' cannot judge a binary task.*'accuracy'"):
        get_metric("rmse", Task.BINARY)


def test_better_follows_the_direction_and_never_prefers_nan():
    assert METRICS["roc_auc"].better(0.8, 0.7)
    assert METRICS["rmse"].better(0.7, 0.8)
    for metric in METRICS.values():
        assert metric.better(0.5, math.nan)
        assert not metric.better(math.nan, 0.5)
        assert not metric.better(math.nan, math.nan)


def test_each_task_has_its_metrics():
    assert [m.name for m in metrics_for(Task.REGRESSION)] == ["mae", "rmse", "r2", "mape"]
    assert metrics_for(Task.BINARY) == metrics_for(Task.MULTICLASS)
    assert {m.name for task in Task for m in metrics_for(task)} == set(METRICS)


def test_the_reference_page_documents_exactly_the_metrics_there_are():
    headings = re.findall(r"^### `(\w+)`", REFERENCE_PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings == list(METRICS)
