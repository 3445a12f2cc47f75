import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.evaluation.made import MADE, binary, dataset, objects, regression, rule, sales, sales_chance

from clew.core.errors import DataError, SchemaError, UsageError
from clew.core.finding import Severity
from clew.core.predictions import Predictions
from clew.define.metrics import METRICS, metrics_for
from clew.define.problem import DEFAULT_METRIC, Task
from clew.define.uncertainty import bootstrap
from clew.evaluation.evaluation import evaluate, evaluate_predictions


def chance(data, **details):
    return rule(data, "paid", ("amount", "bought", "noise"), sales_chance, **details)


def test_a_model_is_judged_on_labelled_rows():
    data = sales()
    result = evaluate(chance(data), data)
    assert result.metrics["roc_auc"].low > 0.8
    assert result.metric == "roc_auc"
    assert result.target == "paid"
    assert [line.threshold for line in result.thresholds if line.chosen] == [0.5]
    assert [item.feature for item in result.importance.features] == ["amount", "bought", "noise"]
    assert len(result) == 600


@pytest.mark.parametrize("task", list(Task))
def test_every_metric_of_the_task_has_its_bootstrap_interval(task):
    predictions = MADE[task](300)
    result = evaluate_predictions(predictions, task, seed=5)
    assert list(result.metrics) == [metric.name for metric in metrics_for(task)]
    for name, interval in result.metrics.items():
        assert interval == bootstrap(METRICS[name], predictions, seed=5)
    assert result.metric == DEFAULT_METRIC[task]


@pytest.mark.parametrize("task", list(Task))
def test_each_task_has_its_parts(task):
    result = evaluate_predictions(MADE[task](300), task)
    measured = {
        name: bool(getattr(result, name)) for name in ("confusion", "curves", "calibration", "thresholds", "residuals")
    }
    assert measured == {
        "confusion": task.is_classification,
        "curves": task.is_classification,
        "calibration": task.is_classification,
        "thresholds": task is Task.BINARY,
        "residuals": task is Task.REGRESSION,
    }


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("rows", [1, 2, 5, 40])
def test_few_rows_are_judged_without_a_crash(task, rows):
    result = evaluate_predictions(MADE[task](rows), task)
    assert "ME001" in [finding.code for finding in result.findings]
    json.dumps(result.to_dict(), allow_nan=False)
    assert repr(result).startswith("Evaluation(")


def test_one_class_and_a_constant_truth_are_judged_without_a_crash():
    one_class = replace(binary(200), truth=objects(["no"] * 200))
    constant = replace(regression(200), truth=np.full(200, 3.0))
    first = evaluate_predictions(one_class, Task.BINARY)
    second = evaluate_predictions(constant, Task.REGRESSION)
    assert first.to_dict()["metrics"]["roc_auc"]["value"] is None
    assert first.curves.roc == ()
    assert second.to_dict()["metrics"]["r2"]["value"] is None


def test_labels_alone_can_be_judged():
    predictions = replace(binary(300), probabilities=None)
    result = evaluate_predictions(predictions, Task.BINARY, metric="f1")
    assert list(result.metrics) == ["accuracy", "balanced_accuracy", "precision", "recall", "f1"]
    assert result.curves is result.calibration is None
    assert result.thresholds == ()


def test_a_metric_that_cannot_be_measured_is_refused_as_the_one_that_decides():
    with pytest.raises(UsageError, match=r"needs them.*accuracy"):
        evaluate_predictions(replace(binary(300), probabilities=None), Task.BINARY)


def test_weights_and_groups_are_honoured():
    predictions = binary(400)
    plain = evaluate_predictions(predictions, Task.BINARY)
    weighted = evaluate_predictions(replace(predictions, weight=np.linspace(0.1, 3, 400)), Task.BINARY)
    grouped = evaluate_predictions(replace(predictions, group=np.arange(400) // 20), Task.BINARY)
    assert weighted.metrics["accuracy"].value != plain.metrics["accuracy"].value
    assert grouped.metrics["accuracy"].value == plain.metrics["accuracy"].value
    assert grouped.metrics["accuracy"] != plain.metrics["accuracy"]
    assert weighted.confusion.weighted


def test_figures_are_flat_numbers_for_gates():
    result = evaluate_predictions(binary(300), Task.BINARY)
    figures = result.figures()
    assert figures["roc_auc_low"] < figures["roc_auc"] < figures["roc_auc_high"]
    assert figures["rows"] == 300
    assert figures["rows_dropped"] == 0
    assert figures["baseline_roc_auc"] == 0.5
    assert figures["gain"] == pytest.approx(figures["roc_auc"] - 0.5)
    assert {"calibration_error", "calibration_error_low", "calibration_error_high"} <= figures.keys()
    assert figures["findings_error"] == sum(finding.severity is Severity.ERROR for finding in result.findings)
    assert all(isinstance(value, int | float) and not isinstance(value, np.generic) for value in figures.values())
    assert "mean_residual_low" in evaluate_predictions(regression(300), Task.REGRESSION).figures()


def test_the_dictionary_has_the_promised_keys():
    data = sales(300)
    result = evaluate(chance(data), data).to_dict()
    assert result["metrics"]["roc_auc"].keys() == {"value", "low", "high", "rows"}
    assert result["importance"][0].keys() == {"feature", "value", "low", "high"}
    assert result["confusion"].keys() >= {"labels", "counts", "shares"}
    assert result["calibration"].keys() == {"of", "error", "chance", "bins"}
    assert isinstance(result["findings"], list)
    assert "fairness" not in result
    assert result == json.loads(json.dumps(result, allow_nan=False))


def test_what_was_not_measured_is_none():
    data = sales(300)
    result = evaluate(chance(data), data, importance=False).to_dict()
    assert result["importance"] is result["importance_rows"] is result["residuals"] is None


def test_rows_without_target_are_left_out_and_counted():
    data = sales(300)
    gappy = dataset(data.frame.with_columns(paid=pl.when(pl.int_range(300) >= 40).then("paid")))
    result = evaluate(chance(data), gappy)
    whole = evaluate(chance(data), dataset(data.frame[40:]))
    assert (len(result), result.dropped) == (260, 40)
    assert result.metrics["roc_auc"] == whole.metrics["roc_auc"]
    assert result.predictions.row_id[0] == 40
    assert "ME006" in [finding.code for finding in result.findings]
    assert result.figures()["rows_dropped"] == 40


def test_a_table_without_target_is_refused_with_a_way_out():
    data = sales(50)
    with pytest.raises(SchemaError, match=r"'paid' is no column.*Hint: Give rows that have it"):
        evaluate(chance(data), dataset(data.frame.drop("paid")))


def test_a_table_whose_target_is_empty_is_refused():
    data = sales(50)
    empty = dataset(data.frame.with_columns(paid=pl.lit(None, pl.String)))
    with pytest.raises(DataError, match="'paid' is missing in every row"):
        evaluate(chance(data), empty)


def test_predictions_without_truth_or_weight_are_refused():
    with pytest.raises(UsageError, match="carry no truth"):
        evaluate_predictions(replace(binary(30), truth=None), Task.BINARY)
    with pytest.raises(DataError, match="weight of every row is 0"):
        evaluate_predictions(replace(binary(30), weight=np.zeros(30)), Task.BINARY)
    with pytest.raises(DataError, match="truth is missing in every row"):
        evaluate_predictions(Predictions(np.ones(3), truth=np.full(3, np.nan)), Task.REGRESSION)


def test_the_same_seed_gives_the_same_result():
    data = sales(300)
    assert evaluate(chance(data), data, seed=3).to_dict() == evaluate(chance(data), data, seed=3).to_dict()
    assert evaluate(chance(data), data, seed=3).to_dict() != evaluate(chance(data), data, seed=4).to_dict()


def test_progress_ends_at_the_whole():
    data = sales(200)
    told = []
    evaluate(chance(data), data, progress=lambda _, done=None: told.append(done))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_predictions_that_are_not_finite_do_not_stop_the_rest():
    predictions = regression(200)
    predictions.prediction[3] = np.nan
    result = evaluate_predictions(predictions, Task.REGRESSION)
    assert math.isnan(result.metrics["rmse"].value)
    assert result.residuals is None
