import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from clew.core.schema import Kind
from clew.define.problem import Task
from clew.explore import target_views as module
from clew.explore.associations import associations
from clew.explore.statistics import describe
from clew.explore.target_views import target_views


def people(rows=2000):
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, rows)
    size = rng.choice(["S", "M", "L"], rows, p=[0.5, 0.3, 0.2])
    bought = rng.random(rows) < 0.1 + (age > 60) * 0.3 + (size == "M") * 0.3
    return pl.DataFrame(
        {
            "age": age,
            "size": size,
            "height": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(170, 8, rows) + bought * 9),
            "since": np.datetime64("2020-01-01", "us") + (bought * 1e13 + rng.random(rows) * 1e13).astype("timedelta64[us]"),
            "member": bought ^ (rng.random(rows) < 0.2),
            "note": [f"note {i % 700} of many {b}" for i, b in enumerate(bought)],
            "noise": rng.normal(size=rows),
            "list": [[1]] * rows,
            "bought": np.where(bought, "yes", "no"),
            "spent": bought * 50 + age + rng.normal(size=rows),
        }
    )  # fmt: skip


@pytest.fixture
def views(make_schema):
    def look(frame, target, task, **facts):
        schema = make_schema(frame, target, **facts)
        power = associations(frame, schema, target, task)
        found = target_views(frame, schema, describe(frame, schema), task, power)
        return {view.feature: view for view in found}

    return look


def test_the_rate_in_each_bin_is_that_of_its_rows(views):
    frame = people()
    view = views(frame, "bought", Task.BINARY)["size"]
    assert (view.label, view.rows) == ("yes", 2000)
    assert view.overall == pytest.approx((frame["bought"] == "yes").mean())
    assert view.bins[0].label == "M"  # the highest rate first
    for item in view.bins:
        part = frame.filter(pl.col("size") == item.label)
        share = (part["bought"] == "yes").mean()
        low, high = stats.binomtest(int(share * len(part) + 0.5), len(part)).proportion_ci(method="wilson")
        assert (item.rows, item.value) == (len(part), pytest.approx(share))
        assert (item.low, item.high) == (pytest.approx(low), pytest.approx(high))


def test_the_mean_in_each_bin_has_students_interval(views):
    frame = people()
    view = views(frame, "spent", Task.REGRESSION)["size"]
    assert view.label is None
    for item in view.bins:
        part = frame.filter(pl.col("size") == item.label)["spent"].to_numpy()
        expected = stats.ttest_1samp(part, 0).confidence_interval()
        assert item.value == pytest.approx(part.mean())
        assert (item.low, item.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_numbers_are_cut_into_tenths_and_what_is_missing_is_shown_apart(views):
    frame = people()
    view = views(frame, "bought", Task.BINARY)["height"]
    assert [item.label for item in view.bins][-1] == "missing"
    assert sum(item.rows for item in view.bins) == 2000
    assert all(150 <= item.rows <= 240 for item in view.bins)
    values = [item.value for item in view.bins[:-1]]
    assert values[0] < view.overall < values[-1]


def test_bins_of_whole_numbers_name_what_they_hold(views):
    frame = people()
    view = views(frame, "bought", Task.BINARY)["age"]
    assert view.bins[0].label.startswith("up to ")
    low, high = map(int, view.bins[1].label.split(" to "))
    inside = frame.filter(pl.col("age").is_between(low, high))
    assert view.bins[1].rows == len(inside)
    assert int(view.bins[0].label.removeprefix("up to ")) == low - 1


def test_moments_and_truth_values_have_bins_too(views):
    found = views(people(), "bought", Task.BINARY)
    assert found["since"].bins[0].label.startswith("up to 2020-")
    assert {item.label for item in found["member"].bins} == {"True", "False"}


def test_only_features_that_say_something_get_a_view(views, monkeypatch):
    found = views(people(), "bought", Task.BINARY)
    assert not {"noise", "list", "bought"} & set(found)
    powers = [view.power for view in found.values()]
    assert powers == sorted(powers, reverse=True)
    assert min(powers) >= module.LEAST_POWER
    monkeypatch.setattr(module, "MAX_VIEWS", 2)
    assert len(views(people(), "bought", Task.BINARY)) == 2


def test_text_gets_none(views):
    assert "note" in views(people(), "bought", Task.BINARY)
    assert "note" not in views(people(), "bought", Task.BINARY, note={"kind": Kind.TEXT})


def test_of_many_labels_the_one_is_shown_that_differs_most(views):
    rng = np.random.default_rng(1)
    group = rng.choice(["a", "b"], 900)
    target = np.where((group == "a") & (rng.random(900) < 0.6), "gold", rng.choice(["tin", "lead"], 900))
    view = views(pl.DataFrame({"group": group, "y": target}), "y", Task.MULTICLASS)["group"]
    assert view.label == "gold"
    assert view.bins[0].label == "a"


def test_an_order_is_kept_and_rare_values_come_last(views):
    frame = people()
    view = views(frame, "bought", Task.BINARY, size={"order": ("S", "M", "L"), "kind": Kind.ORDINAL})["size"]
    assert [item.label for item in view.bins] == ["S", "M", "L"]
    rng = np.random.default_rng(2)
    many = frame.with_columns(
        shop=pl.Series(rng.integers(0, 40, 2000) + (frame["bought"] == "yes").to_numpy() * 20).cast(pl.String)
    )
    view = views(many, "bought", Task.BINARY)["shop"]
    assert view.bins[-1].label == f"{many['shop'].n_unique() - 11} others"
    values = [item.value for item in view.bins[:-1]]
    assert values == sorted(values, reverse=True)


def test_rows_without_a_target_take_no_part(views):
    frame = people().with_columns(
        bought=pl.when(pl.int_range(2000) < 100).then(None).otherwise("bought"),
        spent=pl.when(pl.int_range(2000) < 100).then(float("nan")).otherwise("spent"),
    )
    assert views(frame, "bought", Task.BINARY)["size"].rows == 1900
    assert views(frame, "spent", Task.REGRESSION)["size"].rows == 1900


def test_a_bin_of_one_row_has_a_mean_and_no_interval(make_schema):
    frame = pl.DataFrame({"x": ["a"] * 30 + ["b"], "y": np.arange(31.0)})
    schema = make_schema(frame, "y")
    power = [replace(item, power=0.5) for item in associations(frame, schema, "y", Task.REGRESSION)]
    (view,) = target_views(frame, schema, describe(frame, schema), Task.REGRESSION, power)
    assert [(item.label, item.low is None) for item in view.bins] == [("b", True), ("a", False)]
    json.dumps(view.to_dict(), allow_nan=False)


def test_without_a_target_there_is_none(make_schema):
    frame = people(50)
    schema = make_schema(frame)
    assert target_views(frame, schema, describe(frame, schema), Task.BINARY, ()) == ()
