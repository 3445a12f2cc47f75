import numpy as np
import polars as pl
import pytest
from tests.evaluation.made import dataset, rule, sales, sales_chance

from clew.define.metrics import METRICS
from clew.evaluation.importance import MAX_ROWS, _extent, permutation_importance


def measured(data, model, *, metric="roc_auc", **options):
    predictions = model.predict(data.frame)
    return permutation_importance(model, data.frame, predictions, np.arange(len(data)), METRICS[metric], **options)


def chance(data, **details):
    return rule(data, "paid", ("amount", "bought", "noise"), sales_chance, **details)


def test_columns_that_decide_are_told_from_noise():
    data = sales()
    found = measured(data, chance(data))
    assert [item.feature for item in found.features] == ["amount", "bought", "noise"]
    amount, bought, noise = found.features
    assert amount.low > bought.value > bought.low > 0
    # A column that the model does not read cannot matter: nothing is random about that.
    assert (noise.value, noise.low, noise.high) == (0, 0, 0)
    assert (found.metric, found.rows, found.repeats) == ("roc_auc", 600, 5)


def test_a_column_is_shuffled_before_its_parts_are_derived():
    data = sales(300)
    seen = []

    def formula(frame):
        seen.append(frame.select("bought", month=pl.col("bought").dt.month(), year=pl.col("bought").dt.year()))
        return sales_chance(frame)

    measured(data, chance(data).__class__(data.schema, chance(data).problem, ("bought",), formula))
    shuffled = seen[-1].head(300)
    assert sorted(shuffled["bought"]) == sorted(data.frame["bought"])
    assert shuffled["bought"].to_list() != data.frame["bought"].to_list()
    assert (shuffled["month"] == shuffled["bought"].dt.month()).all()


def test_the_loss_is_positive_for_metrics_that_fall_too():
    data = sales()
    found = measured(data, chance(data), metric="log_loss")
    assert found.features[0].feature == "amount"
    assert 0 < found.features[0].low < found.features[0].value < found.features[0].high


def test_the_seed_decides_alone():
    data = sales(300)
    one, same, other = (measured(data, chance(data), seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_the_limits_hold_the_loss_on_many_rows():
    many = sales(20_000, seed=99)
    true = {item.feature: item.value for item in measured(many, chance(many)).features}
    inside = 0
    for seed in range(40):
        data = sales(200, seed=seed)
        amount = next(item for item in measured(data, chance(data), seed=seed).features if item.feature == "amount")
        inside += amount.low <= true["amount"] <= amount.high
    assert 34 <= inside <= 40


def test_a_sample_is_measured_of_many_rows():
    data = sales(MAX_ROWS + 500)
    assert measured(data, chance(data)).rows == MAX_ROWS


def test_wide_tables_are_measured_on_fewer_rows_and_repeats():
    assert _extent(20, 3_000) == (3_000, 5)
    assert _extent(20, 50_000) == (5_000, 5)
    assert _extent(50, 50_000) == (2_400, 5)
    assert _extent(300, 50_000) == (1_000, 2)
    assert _extent(5_000, 50_000) == (1_000, 2)
    assert _extent(0, 50_000) == (5_000, 5)


def test_a_model_that_looks_at_neighbours_sees_all_rows_in_order():
    frame = pl.DataFrame({"level": np.random.default_rng(0).normal(size=MAX_ROWS + 1_000)})
    frame = frame.with_columns(demand=pl.col("level").shift(1).fill_null(0.0))
    data, lengths = dataset(frame), set()

    def before(table):
        lengths.add(table.height)
        return table["level"].shift(1).fill_null(0.0).to_numpy()

    model = rule(data, "demand", ("level",), before, online=False)
    found = measured(data, model, metric="rmse")
    assert found.rows == MAX_ROWS
    # Had it not seen the row before each, the model would err without any shuffling.
    assert found.features[0].value == pytest.approx(np.sqrt(2), abs=0.05)
    assert lengths == {MAX_ROWS + 1_000}


def test_rows_that_cannot_be_judged_are_not_measured():
    data = sales(300)
    model = chance(data)
    predictions = model.predict(data.frame)
    rows = np.arange(0, 300, 2)
    found = permutation_importance(model, data.frame, predictions.take(rows), rows, METRICS["roc_auc"], seed=0)
    assert found.rows == 150


def test_progress_is_told_column_by_column():
    data = sales(200)
    told = []
    measured(data, chance(data), progress=lambda message, done=None: told.append((message, done)))
    assert told == [
        ("importance of amount", 0.0),
        ("importance of bought", pytest.approx(1 / 3)),
        ("importance of noise", pytest.approx(2 / 3)),
    ]
