from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from clew.core.schema import Role
from clew.explore.checks.repeated import repeated_rows
from clew.explore.probe.crossfit import cross_fit
from clew.explore.probe.power import power_of
from clew.explore.probe.question import MAX_ROWS, ask
from clew.explore.probe.quick_model import quick_model

RNG = np.random.default_rng(0)


def customers(rows=600):
    age, income = RNG.normal(40, 12, rows), RNG.lognormal(10, 1, rows)
    town = RNG.choice(["Rome", "Oslo", "Lima"], rows)
    risk = (age - 40) / 12 + (town == "Rome") + RNG.normal(0, 0.7, rows)
    churn = np.where(risk > 0.5, "yes", "no")
    return pl.DataFrame({"age": age, "income": income, "town": town, "churn": churn})


def asked(table):
    question = ask(table)
    return question, cross_fit(question)


def test_every_row_is_judged_by_a_model_that_did_not_see_it(make_table):
    question, fitted = asked(make_table(customers(), target="churn"))
    assert fitted.rows.tolist() == list(range(600))
    for split in fitted.splits:
        assert not set(split.train) & set(split.test)
        assert len(split.test) == 120
        # Classes are stratified within a row.
        share = question.answers.mean()
        assert abs(question.answers[split.test].sum() - 120 * share) <= 1


def test_its_figures_are_those_of_its_predictions(make_table):
    question, fitted = asked(make_table(customers(), target="churn"))
    model = quick_model(question, fitted)
    yes = (question.truth == "yes").astype(int)
    assert model.metrics["roc_auc"].value == pytest.approx(roc_auc_score(yes, fitted.values[:, 1]))
    assert model.metrics["roc_auc"].low < model.metrics["roc_auc"].value < model.metrics["roc_auc"].high
    assert model.power.value == pytest.approx(2 * model.metrics["roc_auc"].value - 1)
    counted = confusion_matrix(question.truth, fitted.predictions(question).prediction, labels=["no", "yes"])
    pairs = {(item["truth"], item["prediction"]): item["rows"] for item in model.confusion}
    assert [[pairs.get((a, b), 0) for b in ("no", "yes")] for a in ("no", "yes")] == counted.tolist()
    by_label = {item["label"]: item for item in model.classes}
    assert by_label["yes"]["recall"] == pytest.approx(counted[1, 1] / counted[1].sum())
    assert model.positive == "yes"
    assert next(iter(model.gain)) in {"age", "town"}


def test_a_number_is_judged_by_all_the_errors_that_people_ask_for(make_table):
    frame = customers().with_columns(pay=pl.col("age") * 100 + pl.Series(RNG.normal(0, 50, 600)))
    question, fitted = asked(make_table(frame, target="pay"))
    metrics = quick_model(question, fitted).metrics
    error = np.abs(fitted.values - question.answers)
    assert metrics["r2"].value > 0.95
    assert metrics["mse"].value == pytest.approx(metrics["rmse"].value ** 2)
    assert metrics["median_absolute_error"].value == pytest.approx(np.median(error))
    assert metrics["max_error"].value == error.max()
    assert metrics["max_error"].to_dict()["low"] is None


def test_with_a_time_the_latest_fifth_judges(make_table):
    frame = customers().with_columns(at=pl.Series([datetime(2024, 1, 1) + timedelta(hours=i) for i in range(600)]))
    question, fitted = asked(make_table(frame, target="churn", at={"role": Role.TIME}))
    assert fitted.rows.tolist() == list(range(480, 600))
    assert quick_model(question, fitted).forward
    assert len(cross_fit(question, shuffled=True).rows) == 600


def test_rows_of_a_group_stay_together(make_table):
    frame = customers().with_columns(house=pl.Series(np.arange(600) // 4))
    question, fitted = asked(make_table(frame, target="churn", house={"role": Role.GROUP}))
    groups = question.structure.groups
    for split in fitted.splits:
        assert not set(groups[split.train]) & set(groups[split.test])


def test_a_large_table_is_sampled_and_the_same_seed_gives_the_same(make_table):
    table = make_table(customers(MAX_ROWS + 2000), target="churn")
    first, again = ask(table, seed=3), ask(table, seed=3)
    assert len(first) == MAX_ROWS
    assert first.sample.of == MAX_ROWS + 2000
    assert first.sample.rows.tolist() == again.sample.rows.tolist() != ask(table, seed=4).sample.rows.tolist()
    np.testing.assert_array_equal(cross_fit(first, seed=3).values, cross_fit(again, seed=3).values)


def test_repeated_rows_are_asked_once(make_table):
    frame = customers()
    twice = make_table(pl.concat([frame, frame]), target="churn")
    assert len(ask(twice, repeated=repeated_rows(twice.frame))) == 600


@pytest.mark.parametrize(
    "frame",
    [customers(40), customers().select("churn"), customers().with_columns(churn=pl.lit("no"))],
    ids=["too few rows", "no feature", "one answer"],
)
def test_what_carries_no_model_is_no_question(make_table, frame):
    assert ask(make_table(frame, target="churn")) is None
    assert ask(make_table(customers())) is None


@pytest.mark.parametrize("answer", ["label", "number"])
def test_shuffled_targets_stay_within_chance(make_table, answer):
    beyond = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        target = random.choice(["a", "b", "c"], 300) if answer == "label" else random.normal(size=300)
        frame = pl.DataFrame({"x": random.normal(size=300), "z": random.normal(size=300), "y": target})
        question, fitted = asked(make_table(frame, target="y"))
        beyond += power_of(fitted.predictions(question)).beyond_chance > 0
    assert beyond <= 2  # one in 20 is meant to be
