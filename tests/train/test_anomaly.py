"""Anomalies: odd rows come first, with the columns that make them so; a row is scored as in a table."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import IsolationForest as TheirForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor as TheirFactor
from sklearn.utils.estimator_checks import parametrize_with_checks

import clew
from clew.core.errors import ArtifactError, DataError, UsageError
from clew.core.schema import Column, Kind
from clew.store.artifacts import load_arrays, save_arrays, write_manifest
from clew.train.anomaly.anomalies import anomalies
from clew.train.anomaly.anomaly_detector import AnomalyDetector
from clew.train.anomaly.density import LocalOutlierFactor
from clew.train.anomaly.detector import MARKER, Detector
from clew.train.anomaly.isolation import IsolationForest
from clew.train.anomaly.scorer import most_rows
from clew.train.anomaly.spec import ALGORITHMS, AnomalySpec
from clew.train.anomaly.threshold import threshold
from clew.train.points.usual import Usual


@parametrize_with_checks([AnomalyDetector(algorithm="lof", shown=2)])
def test_contract(estimator, check):
    check(estimator)


@pytest.mark.full
@parametrize_with_checks([AnomalyDetector()])
def test_contract_of_the_forest(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def orders():
    """Orders, of which row 7 costs too much, row 8 comes from nowhere, and row 9 weighs little for what it costs."""
    random = np.random.default_rng(0)
    cost = random.normal(100, 10, 400)
    frame = pl.DataFrame(
        {
            "id": [f"A{n:05d}" for n in range(400)],
            "cost": cost,
            "weight": cost / 10 + random.normal(0, 0.1, 400),
            "country": random.choice(["FR", "DE", "IT"], 400).tolist(),
        }
    )
    rows = frame.to_dicts()
    rows[7]["cost"] = 900.0
    rows[8]["country"] = "Atlantis"
    rows[9] |= {"cost": 118.0, "weight": 8.3}
    return clew.read(pl.DataFrame(rows, schema=frame.schema))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_odd_rows_come_first_with_their_reasons(orders, algorithm):
    found = anomalies(orders, AnomalySpec(algorithm))
    first = {item.row: item for item in found.anomalies}
    assert first[7].anomalous
    assert first[7].reasons[0].column == "cost"
    assert first[7].reasons[0].value == 900.0
    assert first[7].reasons[0].usual.startswith("above all other rows, median 9")
    assert found.share < 0.06
    if algorithm == "robust_covariance":  # which alone looks at columns together, and at numbers only
        assert {reason.column for reason in first[9].reasons} & {"cost", "weight"}
        assert "'country'" in {finding.code: finding.detail for finding in found.findings}["ME140"]
    else:
        assert first[8].reasons[0].column == "country"
        assert first[8].reasons[0].usual == "in 0.2 % of the rows"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_row_and_a_table_get_the_same_and_so_does_what_was_saved(orders, algorithm, tmp_path):
    found = anomalies(orders, AnomalySpec(algorithm))
    again = Detector.load(found.detector.save(tmp_path / "detector"))
    assert (again.score(orders) == found.scores).all()
    rows = orders.frame.to_dicts()
    assert [again.score_row(row) for row in rows] == found.scores.tolist()
    assert again.explain(orders) == found.anomalies
    assert again.explain_row(rows[7]).reasons == next(item.reasons for item in found.anomalies if item.row == 7)


def test_isolation_forest_scores_as_the_library_does():
    X = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32).astype(np.float64)
    theirs = TheirForest(n_estimators=100, max_samples=256, random_state=3).fit(X.astype(np.float32))
    np.testing.assert_allclose(
        IsolationForest.fit(X, 3).score(X), -theirs.score_samples(X.astype(np.float32)), rtol=1e-9
    )


def test_local_outlier_factor_is_close_to_the_librarys():
    X = np.random.default_rng(0).normal(size=(300, 4))
    theirs = -TheirFactor(n_neighbors=20).fit(X).negative_outlier_factor_
    np.testing.assert_allclose(np.exp(LocalOutlierFactor.fit(X, 20).score(X)), theirs, rtol=0.02)


def test_equal_rows_are_not_odd():
    values = np.concatenate([np.zeros((200, 2)), np.random.default_rng(0).normal(3, 1, (100, 2)), [[30.0, 30.0]]])
    model = AnomalyDetector(algorithm="lof").fit(values)
    assert (model.predict(values)[:200] == 1).all()
    assert model.predict(values)[-1] == -1


def test_gaps_and_numbers_beyond_all_bounds_are_odd():
    values = [*range(60), None, 1e300, float("inf")]
    frame = pl.DataFrame({"a": values, "b": [n % 7 for n in range(63)]}, schema={"a": pl.Float64, "b": pl.Int64})
    found = anomalies(clew.read(frame))
    assert {item.row for item in found.anomalies[:3]} == {60, 61, 62}
    assert [item.reasons[0].column for item in found.anomalies[:3]] == ["a"] * 3


def test_the_threshold():
    scores = np.random.default_rng(0).normal(size=20_000)
    assert threshold(scores, 0.1) == pytest.approx(1.28, abs=0.03)
    assert threshold(scores, None) == pytest.approx(3.5, abs=0.1)
    heavy = np.random.default_rng(0).standard_cauchy(20_000)
    assert (heavy > threshold(heavy, None)).mean() <= 0.05
    assert not (np.ones(50) > threshold(np.ones(50), None)).any()
    assert threshold(np.array([1.0] * 49 + [2.0]), None) < 2  # one row unlike many equal ones


def test_no_more_than_a_twentieth_is_anomalous():
    few = np.append(np.linspace(0, 0.1, 9), 9.0)
    assert (few > threshold(few, None)).sum() == 0  # one of ten would be a tenth
    assert (np.tile(few, 2) > threshold(np.tile(few, 2), None)).sum() == 0
    many = np.append(np.linspace(0, 0.1, 19), 9.0)
    assert (many > threshold(many, None)).sum() == 1


@pytest.mark.parametrize(("share", "rows", "count"), [(0.1, 10, 1), (0.29, 100, 29), (0.01, 20, 1), (0.5, 3, 1)])
def test_contamination_says_how_many(share, rows, count):
    scores = np.random.default_rng(0).normal(size=rows)
    assert (scores > threshold(scores, share)).sum() == count


def test_contamination_is_the_share_of_anomalous_rows(orders):
    assert anomalies(orders, AnomalySpec(contamination=0.1)).count == 40


def test_a_share_that_ties_do_not_allow_is_told():
    frame = pl.DataFrame({"a": [0.0] * 80 + [9.0] * 20, "b": [0.0, 1.0] * 50})
    found = anomalies(clew.read(frame), AnomalySpec(contamination=0.05))
    assert found.count == 0
    codes = {finding.code: finding for finding in found.findings}
    assert "ME144" not in codes
    assert codes["ME146"].evidence == {"anomalous": 0, "wanted": 5}
    assert "0 of 100 rows are anomalous, and 5.0 % were asked for" in codes["ME146"].detail
    apart = pl.DataFrame({"a": np.random.default_rng(0).normal(size=100)})
    assert anomalies(clew.read(apart), AnomalySpec(contamination=0.05)).findings == ()


def test_the_reasons_of_a_row_do_not_depend_on_the_others_shown():
    random = np.random.default_rng(0)
    usual = pl.DataFrame(random.normal(size=(100, 210)), schema=[f"x{n}" for n in range(210)])
    detector = anomalies(clew.read(usual), AnomalySpec("lof")).detector
    odd = usual.row(0, named=True) | {"x209": 20.0}
    wild = dict.fromkeys(usual.columns[:205], 90.0) | dict.fromkeys(usual.columns[205:], 0.0)
    together = {item.row: item.reasons for item in detector.explain(pl.DataFrame([odd, wild]))}
    assert together[0][0].column == "x209"
    assert together[0] == detector.explain_row(odd).reasons
    assert together[1] == detector.explain_row(wild).reasons


def test_wide_rows_are_bounded(monkeypatch):
    wide = clew.read(pl.DataFrame(np.random.default_rng(0).normal(size=(250, 101))))
    with pytest.raises(DataError, match="robust_covariance looks at up to 100 numbers.*101.*--columns"):
        anomalies(wide, AnomalySpec("robust_covariance"))
    assert [most_rows("lof", terms) for terms in (1, 25, 100, 10_000)] == [20_000, 20_000, 10_000, 1_000]
    monkeypatch.setattr("clew.train.anomaly.scorer._DIFFERENCES", 101 * 200**2)
    (told,) = [f for f in anomalies(wide, AnomalySpec("lof")).findings if f.code == "ME141"]
    assert told.evidence == {"rows": 250, "learnt": 200}


def test_why_a_covariance_leaves_a_column_out_is_true():
    random = np.random.default_rng(0)
    columns = {f"c{n}": random.integers(0, 4, 200) for n in range(5)}
    mostly = np.where(np.arange(200) < 120, 0.0, random.normal(size=200))
    found = anomalies(
        clew.read(pl.DataFrame({**columns, "x": random.normal(size=200), "mostly": mostly})),
        AnomalySpec("robust_covariance"),
    )
    told = [finding.detail for finding in found.findings if finding.code == "ME140"]
    assert told == [
        "A covariance cannot speak of columns with fewer than 10 different values: 'c0', 'c1', 'c2' and 2 more.",
        "A covariance cannot speak of columns with one value in half of the rows or more: 'mostly'.",
    ]


def test_nothing_odd_is_said():
    grid = np.stack(np.meshgrid(np.arange(12.0), np.arange(12.0)), axis=-1).reshape(-1, 2)
    found = AnomalyDetector(algorithm="robust_covariance").fit(grid).result_
    assert found.count == 0
    assert "ME144" in {finding.code for finding in found.findings}
    assert len(found.anomalies) == 20


def test_a_target_takes_no_part(orders):
    told = orders.frame.with_columns(late=pl.Series(["no"] * 399 + ["yes"]))
    data = clew.read(told).with_target("late")
    found = anomalies(data, AnomalySpec(contamination=0.01))
    assert "late" not in found.detector.points.compared
    assert (found.scores == anomalies(orders, AnomalySpec(contamination=0.01)).scores).all()


def test_missing_moments_and_unseen_values_get_words(orders):
    since = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 17, 15), "1h", eager=True)
    data = clew.read(orders.frame.with_columns(since=since[:400]))
    detector = anomalies(data).detector
    row = data.frame.row(0, named=True)
    (reason,) = detector.explain_row(row | {"country": "Utopia"}).reasons[:1]
    assert (reason.column, reason.usual) == ("country", "in no other row")
    usual = detector.usual["since"]
    assert usual.compared(row["since"]).startswith("before all")
    assert usual.compared(None) == "missing, as in 0 % of the rows"


def test_attacks_are_odder_than_the_usual(real_tables):
    data = clew.read(real_tables / "tables" / "mammography.parquet").with_target("cls")
    frequent = data.frame["cls"].value_counts(sort=True)[0, 0]
    rare = (data.frame["cls"] != frequent).to_numpy()
    assert roc_auc_score(rare, -anomalies(data).scores) > 0.8


def test_how_many_rows_are_explained_is_checked(orders):
    model = AnomalyDetector(algorithm="lof", shown=0).fit(orders)
    assert len(model.explain(orders, most=2)) == 2
    for most in (-1, "x", None):
        with pytest.raises(UsageError, match="`most` is"):
            model.explain(orders, most=most)


def test_labelled_rows_and_report(orders, tmp_path):
    found = anomalies(orders)
    labelled = found.detector.label(orders)
    assert (labelled["anomaly_score"].to_numpy() == found.scores).all()
    assert labelled["anomalous"].sum() == found.count
    page = found.save(tmp_path / "anomalies.html").read_text(encoding="utf-8")
    assert "Atlantis" in page
    assert "https://" not in page
    told = json.loads(json.dumps(found.to_dict()))
    assert {"row", "score", "reasons"} <= set(told["anomalies"][0])


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"algorithm": "isolation forest"}, "no algorithm.*isolation_forest"),
        ({"contamination": 0.0}, "above 0 and up to 0.5"),
        ({"contamination": 0.7}, "above 0 and up to 0.5"),
        ({"neighbours": 5}, "is for lof"),
        ({"seed": -1}, "`seed` is -1"),
        ({"algorithm": "lof", "neighbours": 0}, "whole number from 1 on"),
    ],
)
def test_what_makes_no_sense_is_refused(facts, says):
    with pytest.raises(UsageError, match=says):
        AnomalySpec(**facts)


def test_rows_that_cannot_be_scored(orders):
    with pytest.raises(DataError, match="tells rows apart"):
        anomalies(clew.read(pl.DataFrame({"a": [1, 1, 1]})))
    few = clew.read(pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.5, 1.0, 2.5]}))
    with pytest.raises(DataError, match="robust_covariance needs"):
        anomalies(few, AnomalySpec("robust_covariance"))
    assert len(anomalies(few, AnomalySpec("lof")).scores) == 3


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="holds no detector"):
        Detector.load(tmp_path)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_facts_that_make_no_sense_are_refused(orders, algorithm, tmp_path):
    folder = anomalies(orders, AnomalySpec(algorithm)).detector.save(tmp_path / "detector")
    facts, arrays = json.loads((folder / MARKER).read_text()), load_arrays(folder / "scorer.npz")
    part = {"isolation_forest": "feature", "lof": "known", "robust_covariance": "used"}[algorithm]
    wrong = arrays[part][:, 1:] if algorithm == "lof" else arrays[part] + 50

    def refused(says: str, **changed: object) -> None:
        (folder / MARKER).write_text(json.dumps(facts | changed))
        write_manifest(folder)
        with pytest.raises(ArtifactError, match=f"holds no detector that can be read: .*{says}"):
            Detector.load(folder)

    refused("'best' is not a valid", algorithm="best")
    refused("the scores do not fit", threshold=float("inf"))
    refused("str", threshold="high")
    save_arrays(folder / "scorer.npz", {**arrays, part: wrong})
    refused("the scores do not fit")
    other = "lof" if algorithm != "lof" else "isolation_forest"
    refused("lacks", algorithm=other)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("value", [None, float("inf"), 1e39])
def test_a_gap_that_was_never_seen_is_odd(algorithm, value):
    frame = pl.DataFrame({"amount": np.linspace(1.0, 100.0, 300), "other": np.random.default_rng(0).normal(size=300)})
    detector = anomalies(clew.read(frame), AnomalySpec(algorithm, contamination=0.02)).detector
    usual = detector.score_row({"amount": 50.0, "other": 0.0})
    odd = detector.score_row({"amount": value, "other": 0.0})
    assert odd < usual
    assert odd < np.quantile(detector.score(frame), 0.1)


def test_a_row_is_explained_as_it_is_read():
    random = np.random.default_rng(0)
    days = np.datetime64("2024-01-01") + random.integers(0, 30, 200).astype("timedelta64[D]")
    frame = pl.DataFrame({"day": pl.Series(days).cast(pl.Date), "amount": random.normal(size=200).round(3)})
    detector = anomalies(clew.read(frame)).detector
    told = detector.explain_row({"day": "2031-05-01", "amount": "12000"})
    assert {reason.column for reason in told.reasons} <= {"day", "amount"}
    assert told.score == detector.score_row({"day": "2031-05-01", "amount": "12000"})


def test_words_about_a_number_are_true():
    known = Usual.of(pl.Series(np.arange(10_000.0)), Column("x", "Float64", Kind.NUMERIC))
    assert known.compared(9_999.0).startswith("above all other rows")
    assert known.compared(9_990.0).startswith("above 99.5 %")
    assert known.compared(0.0).startswith("below all other rows")
    assert known.compared(9.0).startswith("below 99.5 %")
    assert known.compared(8_000.0).startswith(("above 79.5 %", "above 80.0 %"))
    few = Usual.of(pl.Series([*range(361), *[400] * 39], dtype=pl.Float64), Column("x", "Float64", Kind.NUMERIC))
    assert few.compared(400.0).startswith("above 90.0 % of the rows,")
    assert few.compared(401.0).startswith("above all other rows,")
    assert few.compared(0.0).startswith("below all other rows,")
    assert Usual.from_dict(few.to_dict()) == few
    older = {name: value for name, value in few.to_dict().items() if name != "ends"}
    assert Usual.from_dict(older).compared(400.0) == few.compared(400.0)
    gaps = Usual.of(pl.Series([*range(100), *[None] * 100], dtype=pl.Float64), Column("x", "Float64", Kind.NUMERIC))
    assert gaps.compared(98.0).startswith("above 98.5 % of the rows that have one, median 49.5")
    capped = Usual.of(pl.Series(np.minimum(np.arange(10_000.0), 7_000.0)), Column("x", "Float64", Kind.NUMERIC))
    assert capped.compared(7_000.0).startswith(("above 69.5 %", "above 70.0 %"))
    assert capped.compared(7_001.0).startswith("above all other rows")


def test_labels_that_tie_at_the_end_are_those_that_come_first():
    labels = pl.Series([f"c{n:03d}" for n in range(250)])
    known = Usual.of(labels.sample(fraction=1, shuffle=True, seed=1), Column("x", "String", Kind.CATEGORICAL))
    assert list(known.labels) == labels.head(200).to_list()


def test_one_wild_value_does_not_end_the_covariance():
    values = np.append(np.random.default_rng(0).normal(size=999), 1e9)
    other = np.random.default_rng(1).normal(size=1000)
    frame = pl.DataFrame({"x": values, "y": other})
    result = anomalies(clew.read(frame), AnomalySpec("robust_covariance", contamination=0.01))
    scores = result.detector.score(frame)
    assert int(np.argmin(scores)) == 999
    assert np.unique(scores[:999]).size > 900


def test_numbers_of_numpy_are_numbers_and_texts_are_refused():
    AnomalySpec("lof", neighbours=np.int64(5), contamination=np.float64(0.1))
    with pytest.raises(UsageError, match="`contamination` is 'auto'"):
        AnomalySpec(contamination="auto")
