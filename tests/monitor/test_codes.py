"""Every code of monitoring: rows for which it fires, and rows for which it does not."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.deploy.capture import Capture
from clew.deploy.predictor import Predictor
from clew.monitor.codes import CODES
from clew.monitor.monitor import MonitorReport, MonitorSpec, monitor

Found = set[tuple[str, str | None]]


def found(report: MonitorReport) -> Found:
    return {(item.code, item.column) for item in (*report.violations, *report.notices)}


def change(frame: pl.DataFrame, share: float, **columns: object) -> pl.DataFrame:
    """Give a share of the rows another value."""
    hit = pl.int_range(pl.len()) < share * len(frame)
    return frame.with_columns(
        pl.when(hit).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in columns.items()
    )


@pytest.fixture(scope="session")
def quiet(bundle, fresh) -> Found:
    """What is said about rows like those of the training: nothing."""
    return found(monitor(bundle, fresh))


def test_rows_like_those_of_the_training_violate_nothing(quiet):
    assert quiet == set()


@pytest.mark.parametrize(
    ("code", "column", "broken"),
    [
        ("DR001", "spend", lambda f: f.with_columns(pl.col("spend") + 30)),
        ("DR001", "city", lambda f: change(f, 0.6, city="Köln")),
        ("DR001", "member", lambda f: change(f, 0.7, member=True)),
        ("DR002", "spend", lambda f: f.with_columns(pl.col("spend") + 10)),
        ("DR003", "spend", lambda f: f.with_columns(pl.col("spend") + 8)),
        ("DR003", "orders", lambda f: f.with_columns(pl.col("orders") + 1)),
        ("DR004", "city", lambda f: change(f, 0.4, city="Köln")),
        ("DR005", "age", lambda f: change(f, 0.15, age=None)),
        ("DR005", "spend", lambda f: f.with_columns(pl.col("spend").fill_null(50))),
        ("DR006", "city", lambda f: change(f, 0.2, city="Trier")),
        ("DR007", "age", lambda f: change(f, 0.05, age=150)),
        ("DR007", "city", lambda f: change(f, 0.05, city="Atlantis")),
        ("DR007", "code", lambda f: change(f, 0.05, code="a1")),
        ("DR007", "member", lambda f: change(f, 0.05, member=None)),
        ("DR008", "first order after birth", lambda f: change(f, 0.001, years=99)),
        ("DR008", "orders are few", lambda f: change(f, 0.05, orders=60)),
        ("DR009", "age", lambda f: change(f.with_columns(pl.col("age").cast(pl.String)), 0.001, age="old")),
        ("DR010", "code", lambda f: f.drop("code")),
        ("DR011", "shoe size", lambda f: f.with_columns(pl.lit(43).alias("shoe size"))),
        ("DR012", "probability_yes", lambda f: f.with_columns(pl.col("spend") + 40)),
        ("DR012", "prediction", lambda f: f.with_columns(pl.col("spend") + 40)),
        ("DR014", None, lambda f: f.head(5)),
    ],
)
def test_a_change_is_noticed(bundle, fresh, quiet, code, column, broken: Callable[[pl.DataFrame], pl.DataFrame]):
    assert (code, column) not in quiet
    report = monitor(bundle, broken(fresh))
    assert (code, column) in found(report)
    item = next(item for item in (*report.violations, *report.notices) if (item.code, item.column) == (code, column))
    if item.value is not None and item.threshold is not None and code != "DR014":
        assert item.value > item.threshold
    assert item.detail


@pytest.mark.parametrize(
    ("code", "column", "harmless"),
    [
        ("DR001", "spend", lambda f: f.with_columns(pl.col("spend") + 2)),
        ("DR002", "spend", lambda f: f.with_columns(pl.col("spend") + 2)),
        ("DR003", "spend", lambda f: f.with_columns(pl.col("spend") + 2)),
        ("DR004", "city", lambda f: change(f, 0.05, city="Köln")),
        ("DR005", "age", lambda f: change(f, 0.03, age=None)),
        ("DR006", "city", lambda f: change(f, 0.05, city="Trier")),
        ("DR007", "age", lambda f: change(f, 0.005, age=150)),
        ("DR008", "orders are few", lambda f: change(f, 0.005, orders=60)),
        ("DR009", "age", lambda f: f.with_columns(pl.col("age").cast(pl.String))),
        ("DR011", "bought", lambda f: f.with_columns(bought=pl.lit("yes"))),
    ],
)
def test_a_small_change_is_left_alone(bundle, fresh, code, column, harmless):
    assert (code, column) not in found(monitor(bundle, harmless(fresh)))


def test_dr013_performance_that_dropped(bundle, labelled):
    same, turned = (
        labelled(1500, 3),
        labelled(1500, 4).with_columns(
            bought=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("no")).otherwise("bought")
        ),
    )
    assert "DR013" not in {code for code, _ in found(monitor(bundle, same))}
    report = monitor(bundle, turned)
    assert ("DR013", "roc_auc") in found(report)
    assert report.violated
    # Without an evaluation, what training estimated is what later rows are held against.
    unjudged = replace(bundle, evaluation={})
    assert ("DR013", "roc_auc") in found(monitor(unjudged, turned))
    assert "DR013" not in {code for code, _ in found(monitor(unjudged, same))}


def test_dr015_rows_of_another_model_and_dr016_no_baseline_of_predictions(bundle, fresh, tmp_path):
    records = fresh.head(50).to_dicts()
    answer = Predictor(bundle.model).answer(records)
    other = replace(bundle, manifest=replace(bundle.manifest, model_id="another"))
    for answering in (bundle, other):
        with Capture.of(answering, tmp_path / "captured") as capture:
            capture.offer(answering.id[:8], records, answer)
    report = monitor(bundle, tmp_path / "captured")
    assert ("DR015", None) in found(report)
    assert report.rows == 50
    assert ("DR016", None) not in found(report)
    assert ("DR016", None) in found(monitor(replace(bundle, prediction_baseline=None), fresh))


def test_an_unknown_column_violates_only_if_that_is_asked_for(bundle, fresh):
    wider = fresh.with_columns(extra=pl.lit(1))
    assert not monitor(bundle, wider).violated
    assert monitor(bundle, wider, spec=MonitorSpec(extra_columns=True)).violated


def test_a_check_that_is_switched_off_is_silent(bundle, fresh):
    off = MonitorSpec(
        psi=None, js=None, ks=None, cramers_v=None, missing=None, new_values=None, outside=None, rules=None,
        unreadable=None, prediction=None, performance=None,
    )  # fmt: skip
    wild = change(fresh, 0.9, spend=1e6, city="Atlantis", age=None, years=999)
    assert monitor(bundle, wild).violated
    assert not monitor(bundle, wild, spec=off).violated


def test_every_code_and_limit_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "lifecycle" / "monitor.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (DR\d{3}) ", page, re.MULTILINE)) == set(CODES)
    for name, value in re.findall(r"`(\w+)` ([\d.]+) \|$", page, re.MULTILINE):
        assert getattr(MonitorSpec(), name) == float(value), name


def test_every_code_is_explained():
    for code, (title, _, explanation) in CODES.items():
        assert code.startswith("DR")
        assert title
        assert explanation.endswith(".")


def test_the_number_of_rows_does_not_make_noise(bundle, labelled):
    """Report by report: rows of any number that have not changed violate nothing."""
    for rows in (30, 60, 120, 200, 3000):
        frame = labelled(rows, seed=rows).drop("bought", "value")
        assert not monitor(bundle, frame).violations, rows
    assert np.isfinite(monitor(bundle, frame).columns[0].measures[0].value)
