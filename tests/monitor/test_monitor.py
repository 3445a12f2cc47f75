import json

import numpy as np
import polars as pl
import pytest

from clew.collect.source import read
from clew.core.errors import DataError, UsageError
from clew.deploy.bundle import load, save
from clew.deploy.capture import Capture
from clew.deploy.predictor import Predictor
from clew.monitor.monitor import MonitorSpec, monitor


def captured(bundle, frame: pl.DataFrame, folder) -> None:
    """Keep rows as a server would, in requests of 50."""
    predictor = Predictor(bundle.model)
    with Capture.of(bundle, folder) as capture:
        for number, start in enumerate(range(0, len(frame), 50)):
            records = frame.slice(start, 50).to_dicts()
            capture.offer(f"{number:03d}", records, predictor.answer(records))


def test_what_was_captured_says_the_same_as_the_rows(bundle, labelled, tmp_path):
    rows = labelled(300, 5, shift=15)
    inputs = rows.drop("bought", "value")
    captured(bundle, inputs, tmp_path / "captured")
    direct, kept = monitor(bundle, inputs).to_dict(), monitor(bundle, tmp_path / "captured").to_dict()
    assert kept["drift"] == direct["drift"]
    assert kept["predictions"] == direct["predictions"]
    assert kept["violations"] == direct["violations"]
    # A dataset has inferred types: "yes" and "no" have become truth values.
    assert monitor(bundle, read(tmp_path / "captured")).to_dict() == kept
    by_order = monitor(bundle, tmp_path / "captured", labels=rows).to_dict()["performance"]
    assert by_order == monitor(bundle, rows.drop("value")).to_dict()["performance"]


def test_labels_find_their_rows_by_request(bundle, labelled, tmp_path):
    rows = labelled(200, 6)
    captured(bundle, rows.drop("bought", "value"), tmp_path / "captured")
    labels = rows.select("bought").with_columns(
        clew_request_id=pl.format("{}", (pl.int_range(pl.len()) // 50).cast(pl.String).str.zfill(3)),
        clew_row=pl.int_range(pl.len()) % 50,
    )
    expected = monitor(bundle, rows.drop("value")).to_dict()["performance"]
    mixed = labels.sample(fraction=1, shuffle=True, seed=0)
    assert monitor(bundle, tmp_path / "captured", labels=mixed).to_dict()["performance"] == expected
    some = monitor(bundle, tmp_path / "captured", labels=mixed.head(120))
    assert some.to_dict()["performance"]["accuracy"]["rows"] == 120
    with pytest.raises(DataError, match="share the same"):
        monitor(bundle, tmp_path / "captured", labels=pl.concat([labels, labels.head(1)]))


def test_labels_that_belong_to_nothing_are_refused(bundle, fresh):
    with pytest.raises(DataError, match="3 labels for 1000 rows"):
        monitor(bundle, fresh, labels=pl.DataFrame({"bought": ["yes", "no", "no"]}))
    with pytest.raises(DataError, match="no column 'bought'"):
        monitor(bundle, fresh, labels=pl.DataFrame({"answer": ["yes"] * 1000}))


def test_labels_of_the_same_length_go_by_their_order(bundle, labelled):
    rows = labelled(300, 8)
    with_labels = monitor(bundle, rows.drop("bought", "value"), labels=rows.select("bought"))
    assert with_labels.to_dict()["performance"] == monitor(bundle, rows.drop("value")).to_dict()["performance"]


def test_the_figures_are_json_and_complete(bundle, labelled):
    report = monitor(bundle, labelled(400, 9, shift=20).drop("value"))
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["rows"] == 400
    assert data["baseline_rows"] == 2000
    assert data["violated"]
    assert set(data["drift"]) == {"spend", "age", "years", "orders", "city", "code", "member"}
    spend = data["drift"]["spend"]
    assert spend["psi"]["value"] > spend["psi"]["threshold"]
    assert spend["mean"]["now"] - spend["mean"]["baseline"] == pytest.approx(20, abs=3)
    assert sum(cell["now"] for cell in spend["cells"]) + round(400 * spend["missing"]["now"]) == 400
    assert 0 <= spend["outside_seen"] < 0.1
    for item in data["violations"]:
        assert {"code", "column", "value", "threshold", "detail"} <= set(item)
    assert data["performance"]["roc_auc"]["baseline"]["value"] > 0.8
    assert {finding.code for finding in report.findings} >= {item["code"] for item in data["violations"]}


def test_what_is_estimated_without_labels_is_near_to_what_labels_say(bundle, labelled):
    rows = labelled(4000, 10).drop("value")
    report = monitor(bundle, rows)
    estimated, measured = report.estimated["roc_auc"]["value"], report.to_dict()["performance"]["roc_auc"]["value"]
    assert estimated == pytest.approx(measured, abs=0.03)


def test_a_regression_is_watched_too(number_bundle, labelled):
    same = monitor(number_bundle, labelled(800, 11).drop("bought"))
    assert not same.violations
    assert same.estimated == {}
    moved = monitor(number_bundle, labelled(800, 12, shift=30).drop("bought"))
    assert ("DR012", "prediction") in {(item.code, item.column) for item in moved.violations}
    wrong = labelled(800, 13).drop("bought").with_columns(pl.col("value") + 60)
    assert ("DR013", "rmse") in {(i.code, i.column) for i in monitor(number_bundle, wrong).violations}


def test_no_rows_are_no_error(bundle, fresh):
    report = monitor(bundle, fresh.head(0))
    assert report.rows == 0
    assert not report.violated
    assert [item.code for item in report.notices] == ["DR014"]


def test_a_missing_column_does_not_hide_the_others(bundle, fresh):
    report = monitor(bundle, fresh.drop("code").with_columns(pl.col("spend") + 30))
    codes = {(item.code, item.column) for item in report.violations}
    assert {("DR010", "code"), ("DR001", "spend")} <= codes
    assert report.predictions == ()


def test_columns_can_be_ignored_and_have_limits_of_their_own(bundle, fresh):
    moved = fresh.with_columns(pl.col("spend") + 30, pl.col("orders") + 4)
    ignored = monitor(
        bundle, moved, spec=MonitorSpec(ignore=("spend",), columns={"orders": {"psi": 99, "js": None, "ks": None}})
    )
    assert {item.column for item in ignored.violations if item.code in {"DR001", "DR002", "DR003"}} == set()
    assert "spend" not in ignored.to_dict()["drift"]


def test_a_bundle_without_statistics_cannot_be_watched(bundle, fresh, tmp_path):
    bare = load(save(bundle.model, tmp_path / "bare"))
    with pytest.raises(UsageError, match="no statistics of its training rows"):
        monitor(bare, fresh)


def test_rows_of_another_model_alone_are_refused(bundle, number_bundle, labelled, tmp_path):
    captured(bundle, labelled(60, 14).drop("bought", "value"), tmp_path / "captured")
    with pytest.raises(DataError, match="another model"):
        monitor(number_bundle, tmp_path / "captured")


def test_a_file_is_read_by_the_schema_of_the_model(bundle, labelled, tmp_path):
    """A column of which later rows show two words only is still the text that it was in training."""
    rows = labelled(300, 16).drop("bought", "value").with_columns(code=pl.lit("AA"), extra=pl.lit("x"))
    rows.write_csv(tmp_path / "later.csv")
    rows.write_parquet(tmp_path / "later.parquet")
    direct = monitor(bundle, rows).to_dict()
    assert monitor(bundle, tmp_path / "later.csv").to_dict() == direct
    assert monitor(bundle, str(tmp_path / "later.parquet")).to_dict() == direct
    assert [item["column"] for item in direct["notices"]] == ["extra"]
    rows.with_columns(pl.lit("old").alias("age")).write_csv(tmp_path / "broken.csv")
    codes = {(item.code, item.column) for item in monitor(bundle, tmp_path / "broken.csv").violations}
    assert ("DR009", "age") in codes


def test_what_is_not_compared_says_why(bundling, labelled, tmp_path):
    words = pl.Series(f"order {number} was placed by phone and paid in cash" for number in range(400))
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), eager=True).sample(
        400, with_replacement=True, seed=1
    )
    frame = labelled(400, 17).drop("value").with_columns(note=words, day=days)
    report = monitor(bundling(frame, "bought", tmp_path / "b", frame), frame)
    drift = report.to_dict()["drift"]
    assert "text" in drift["note"]["not_compared"]
    assert "datetime" in drift["day"]["not_compared"]
    assert not report.violated


def bundle_rows(bundle) -> pl.DataFrame:
    """Rows with the columns of a bundle, all alike."""
    values = {"spend": 50.0, "age": 40, "years": 3, "orders": 2, "city": "Ulm", "code": "AA", "member": True}
    return pl.DataFrame([values] * 100)


def test_a_constant_column_has_drifted(bundle):
    report = monitor(bundle, bundle_rows(bundle))
    assert {item.column for item in report.violations if item.code == "DR001"} >= {"spend", "city", "member"}


def test_the_report_is_one_page_that_escapes_what_comes_from_data(bundle, fresh, tmp_path):
    evil = fresh.with_columns(
        pl.when(pl.int_range(pl.len()) % 2 == 0)
        .then(pl.lit("<script>alert(1)</script>"))
        .otherwise("city")
        .alias("city")
    )
    path = monitor(bundle, evil.with_columns(pl.col("spend") + 30)).save(tmp_path / "deep" / "report.html")
    page = path.read_text(encoding="utf-8")
    assert "<svg" in page
    assert "DR001" in page
    assert "spend" in page
    assert "<script>alert" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_quiet_report_can_be_saved_too(bundle, fresh, tmp_path):
    page = monitor(bundle, fresh).save(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "within limits" in page


def test_the_rows_are_not_changed(bundle, fresh):
    before = fresh.clone()
    monitor(bundle, fresh)
    assert fresh.equals(before)


def test_the_same_rows_give_the_same_report(bundle, labelled):
    rows = labelled(300, 15).drop("value")
    assert monitor(bundle, rows).to_dict() == monitor(bundle, rows).to_dict()
    assert np.isfinite(monitor(bundle, rows).performance[0].now.low)
