"""Data Wrangler's analyses, its insights report, the widget's warnings, Autopilot's exploration and Canvas' checks."""

import re

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score
from tests.parity.page import capability, not_yet
from tests.parity.rows import codes, column, faulty, known, of_number, report, seasonal

import clew
from clew.core.finding import Severity

REPORT = "`clew profile DATA --target COL --out report.html`"


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    return report().save(tmp_path_factory.mktemp("parity") / "report.html").read_text(encoding="utf-8")


@capability(
    "1a", "Row cap of 100 000", REPORT, "Every row counts; files larger than memory pass by in batches.", better=True
)
def test_every_row_counts():
    frame = pl.DataFrame({"x": pl.int_range(150_000, eager=True)})
    seen = clew.profile(frame, minimal=True).to_dict()["columns"][0]
    assert (seen["valid"], seen["maximum"], seen["distinct"]) == (150_000, 149_999, 150_000)


@capability(
    "1a",
    "Histogram",
    REPORT,
    "For every column; open ends where a tail would flatten it, and the target's rate beside.",
)
def test_histogram(html):
    drawn = column("amount")["histogram"]
    assert sum(drawn["counts"]) <= 620
    assert drawn["open_right"]
    assert html.count("<svg") >= len(known()["columns"])


not_yet(
    "1a",
    "Histogram, scatter plot: Color by, Facet by",
    "Interactive charts belong to the studio, which is not built yet.",
)


@capability(
    "1a",
    "Table summary",
    REPORT,
    "Also quantiles, skewness, kurtosis, zeros, patterns of texts, gaps in time.",
    better=True,
)
def test_table_summary():
    amounts = faulty()["amount"]
    seen = column("amount")
    assert seen["mean"] == pytest.approx(amounts.mean())
    assert seen["std"] == pytest.approx(amounts.std())
    assert (seen["minimum"], seen["maximum"], seen["valid"]) == (amounts.min(), amounts.max(), 620)
    towns = {item["value"]: item["count"] for item in column("town")["values"]}
    assert towns == dict(faulty()["town"].value_counts().iter_rows())


@capability(
    "1a",
    "Quick model",
    REPORT,
    "Up to 10 000 rows, cross-validated, with 95 % intervals and a permutation test; repeated rows stay on one side.",
    better=True,
)
def test_quick_model():
    model = known()["insights"]["quick_model"]
    assert model["metrics"]["f1"]["low"] <= model["metrics"]["f1"]["value"] <= model["metrics"]["f1"]["high"]
    assert model["rows"] == 600
    assert model["p_value"] < 0.01
    assert max(model["gain"], key=model["gain"].get) in {"x", "twice_x", "leak"}
    assert sum(model["gain"].values()) == pytest.approx(1)


@capability(
    "1a",
    "Target leakage",
    REPORT,
    "Up to 50 000 rows rather than 1000, on rows that had no say in it; a warning from 0.98 (LK001), an error for a copy of the target (LK002).",
    better=True,
)
def test_target_leakage():
    powers = {item["feature"]: item["power"] for item in known()["associations"]}
    assert powers["x"] == pytest.approx(2 * roc_auc_score(faulty()["answer"] == "yes", faulty()["x"]) - 1, abs=0.05)
    assert powers["town"] < 0.2
    copied = clew.profile(
        faulty().with_columns(copy=pl.col("answer").replace({"yes": "1", "no": "0"})), target="answer"
    )
    assert ("LK002", "copy") in codes(copied.to_dict())


@capability("1a", "Multicollinearity: VIF", REPORT, "Shown up to 50, as there.")
def test_vif():
    vif = known()["insights"]["collinearity"]["vif"]
    assert vif["x"] == vif["twice_x"] == 50
    columns = ["amount", "x", "twice_x", "tail", "sentinel", "leak"]
    rows = faulty().unique(maintain_order=True).select(columns).to_numpy()
    by_definition = np.diag(np.linalg.inv(np.corrcoef(rows.T)))[columns.index("leak")]
    assert vif["leak"] == pytest.approx(by_definition, rel=0.1)


@capability("1a", "Multicollinearity: PCA", REPORT, "With the effective number of columns.")
def test_pca_variances():
    found = known()["insights"]["collinearity"]
    assert found["pca_variances"] == sorted(found["pca_variances"], reverse=True)
    assert sum(found["pca_variances"]) == pytest.approx(1)
    assert found["effective_columns"] < len(found["vif"])


@capability(
    "1a",
    "Multicollinearity: Lasso",
    REPORT,
    "A finding (DQ025) names what could go, with the step that removes it.",
    better=True,
)
def test_lasso():
    weights = known()["insights"]["collinearity"]["lasso"]
    assert weights["amount"] == 0
    assert weights["leak"] > 0
    assert ("DQ025", None) in codes(known())


@capability(
    "1a",
    "Anomaly detection (time series)",
    REPORT,
    "STL on robust residuals; the period is found; DQ028 names moments and rows.",
    better=True,
)
def test_anomalies_in_time():
    (series,) = seasonal()["insights"]["seasonal"]
    assert series["period"] == 7
    assert series["anomalies"][0]["row"] == 120
    assert ("DQ028", "sold") in codes(seasonal())


@capability(
    "1a", "Seasonal-trend decomposition", REPORT, "Says how much of the variance is season and how much is trend."
)
def test_decomposition():
    (series,) = seasonal()["insights"]["seasonal"]
    assert series["seasonal"] > 0.5
    assert 0 <= series["trending"] <= 1


not_yet(
    "1a",
    "Bias report",
    "Metrics before training come with the deeper evaluation; the scorecard tells how subgroups are covered.",
)
not_yet(
    "1a",
    "Custom visualisation",
    "Charts of one's own saved with a recipe are planned next; a profile is plain data to draw from (`to_dict()`).",
)


@capability(
    "1a",
    "Feature correlation",
    REPORT,
    "Spearman, correlation ratio (eta) or Cramér's V by the types of two columns, with intervals.",
    better=True,
)
def test_correlation():
    pairs = {tuple(sorted(item["columns"])): item for item in known()["correlations"]["pairs"]}
    pair = pairs["twice_x", "x"]
    assert pair["measure"] == "spearman"
    assert pair["value"] == pytest.approx(faulty().select(pl.corr("x", "twice_x", method="spearman")).item(), abs=1e-3)
    assert pair["low"] < pair["value"] < pair["high"]


not_yet("1a", "Saved per step", "A recipe does not keep analyses; `clew recipe preview` shows any step's effect anew.")


@capability(
    "1b",
    "How it is created",
    REPORT,
    "The task is inferred; one HTML file that needs nothing else; `--format json` for machines.",
)
def test_report_is_one_file(html):
    assert not re.search(r'(?:src|href)="https?://', html)
    assert known()["task"] == "binary"


@capability(
    "1b",
    "Summary",
    REPORT,
    "Every finding has a code, a severity, evidence rows and, where one exists, the step that mends it.",
    better=True,
)
def test_summary():
    found = report().findings
    assert {item.severity for item in found} <= set(Severity)
    drop = next(item for item in found if item.code == "DQ001")
    assert drop.to_dict()["remedy"]["op"] == "drop"


@capability("1b", "Target column: classification", REPORT, "Rows where it is missing or invalid are named.")
def test_target_of_classes():
    target = known()["insights"]["target"]
    assert {item["label"]: item["rows"] for item in target["labels"]} == dict(
        faulty()["answer"].value_counts().iter_rows()
    )
    assert target["missing"] == 0


@capability("1b", "Target column: regression", REPORT, "Outlier rows by the documented rule.")
def test_target_of_numbers():
    target = of_number()["insights"]["target"]
    assert [item["row"] for item in target["outlier_rows"][:4]] == [0, 1, 2, 3]
    assert {code for code, _ in codes(of_number())} >= {"DQ023", "DQ024"}


@capability(
    "1b",
    "Quick model: metrics of a classification",
    REPORT,
    "Each with an interval and its number of rows.",
    better=True,
)
def test_metrics_of_classes():
    model = known()["insights"]["quick_model"]
    assert set(model["metrics"]) >= {"accuracy", "balanced_accuracy", "roc_auc", "precision", "recall", "f1"}
    assert sum(item["rows"] for item in model["confusion"]) == 600
    assert {item["label"] for item in model["classes"]} == {"yes", "no"}


@capability("1b", "Quick model: metrics of a regression", REPORT)
def test_metrics_of_numbers():
    metrics = of_number()["insights"]["quick_model"]["metrics"]
    assert set(metrics) >= {"r2", "mse", "mae", "rmse", "max_error", "median_absolute_error"}
    assert metrics["rmse"]["value"] == pytest.approx(metrics["mse"]["value"] ** 0.5)


@capability("1b", "Feature summary: prediction power", REPORT, "Cross-validated, 0 for chance and 1 for perfect alone.")
def test_prediction_power():
    powers = [item["power"] for item in known()["associations"]]
    assert powers == sorted(powers, reverse=True)
    assert all(0 <= power <= 1 for power in powers)


@capability("1b", "Samples: anomalous rows", REPORT, "With the columns that make a row strange.", better=True)
def test_anomalous_rows():
    found = known()["insights"]["anomalous_rows"]
    assert [item["score"] for item in found["rows"]] == sorted(item["score"] for item in found["rows"])
    assert all(item["reasons"] for item in found["rows"])


@capability(
    "1b",
    "Samples: duplicate rows",
    REPORT,
    "DQ008; near duplicates and contradictions too; models keep copies on one side.",
    better=True,
)
def test_duplicate_rows():
    found = known()["insights"]["duplicate_rows"]
    assert found["again"] == 20
    assert found["share"] == pytest.approx(20 / 620)
    assert found["frequent"][0]["times"] == 2


@capability("1b", "Definitions", REPORT, "Each term is explained where it stands.")
def test_definitions(html):
    for word in ("skewness", "quick model", "Scorecard"):
        assert word.lower() in html.lower()


@capability(
    "1b",
    "Feature types",
    REPORT,
    "Numeric, categorical, binary, text and datetime; also ordinal, id, nested and image.",
    better=True,
)
def test_feature_types():
    types = {item["name"]: item["type"] for item in known()["columns"]}
    expected = {"amount": "numeric", "town": "categorical", "flag": "binary", "note": "text", "when": "datetime"}
    assert expected.items() <= types.items()


@capability(
    "1b", "Missing", REPORT, "Null-like words, empty texts and blanks, also in numbers; each reading is told (DQ101)."
)
def test_missing(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,x\nNA,\n3,  \nnull,y\n", encoding="utf-8")
    seen = clew.profile(clew.read(path), minimal=True).to_dict()["columns"]
    assert [item["missing"] for item in seen] == [2, 2]


@capability(
    "1b", "Valid and invalid values", REPORT, "Invalid are missing values and those that are not of the column's type."
)
def test_valid_values():
    assert column("gaps")["invalid"] == column("gaps")["missing"] == faulty()["gaps"].null_count()
    assert column("gaps")["valid"] + column("gaps")["invalid"] == 620


@capability(
    "1b",
    "Outlier threshold: median ± 5 RSTD",
    REPORT,
    "RSTD is the standard deviation of the values clipped to the 5th and 95th percentile.",
)
def test_outlier_threshold():
    amounts = faulty()["amount"].to_numpy()
    spread = np.clip(amounts, *np.quantile(amounts, [0.05, 0.95])).std(ddof=1)
    low, high = np.median(amounts) - 5 * spread, np.median(amounts) + 5 * spread
    assert column("amount")["robust_range"] == pytest.approx([low, high], rel=0.01)
    assert column("amount")["robust_outliers"] == ((amounts < low) | (amounts > high)).sum()


@capability(
    "1b",
    "Skew threshold: absolute skewness > 3",
    REPORT,
    "DQ011 from 2 onwards, where the inner 98 % are skewed too, so that it is a tail and no wild value.",
    better=True,
)
def test_skew_threshold():
    assert abs(column("tail")["skewness"]) > 3
    assert ("DQ011", "tail") in codes(known())
    assert ("DQ011", "x") not in codes(known())


@capability("1b", "Kurtosis", REPORT, "Told as excess over that of a normal distribution (Pearson's less 3).")
def test_kurtosis():
    amounts = faulty()["amount"]
    assert column("amount")["kurtosis"] == pytest.approx(amounts.kurtosis(), rel=0.02)


@capability(
    "1b",
    "Text patterns",
    REPORT,
    "Token classes with lengths, the share that matches, a regular expression, and examples of the others.",
    better=True,
)
def test_text_patterns():
    found = column("plate")["text_patterns"]
    assert found["patterns"][0]["pattern"] == "AB-{digits:5}"
    assert found["patterns"][0]["share"] == 1
    assert re.fullmatch(found["patterns"][0]["regex"], "AB-00017")


@capability("1c", "Widget instead of a table in a notebook", "`clew.profile(frame)` as the last line of a cell")
def test_notebook():
    shown = report()._repr_html_()
    assert "twice_x" in shown
    assert "DQ025" in shown


@capability(
    "1c",
    "Scale: 10 000 rows for insights",
    "`clew.profile(frame)`",
    "All rows; what models look at is bounded and says how many rows it saw.",
    better=True,
)
def test_scale():
    assert known()["sample"] is None
    assert known()["insights"]["quick_model"]["sampled_from"] == 600


@capability("1c", "Column header chart and quality bar", REPORT)
def test_quality_bar():
    assert {"valid", "missing", "invalid", "unreadable"} <= set(column("amount"))


@capability("1c", "Warning levels", REPORT, "Info, warning and error, by what is at stake.")
def test_levels():
    assert [level.value for level in Severity] == ["info", "warning", "error"]


@capability(
    "1c",
    "Missing values; disguised missing values; constant column; ID column; high cardinality",
    REPORT,
    "DQ007; DQ005 and DQ006; DQ001 to DQ003; DQ004; DQ010.",
)
def test_warnings_of_columns():
    found = codes(known())
    assert found >= {
        ("DQ007", "gaps"),
        ("DQ005", "sentinel"),
        ("DQ006", "hidden"),
        ("DQ001", "constant"),
        ("DQ010", "plate"),
    }
    ids = pl.DataFrame({"parcel": [f"P{i * 7919 % 100_003:06d}" for i in range(300)], "y": ["a", "b"] * 150})
    assert codes(clew.profile(ids, target="y", minimal=True).to_dict()) & {("DQ004", "parcel"), ("DQ109", "parcel")}


@capability(
    "1c",
    "Target: mixed types; frequent label; too few instances; imbalance; too many classes",
    REPORT,
    "DQ021, DQ022, DQ019, DQ014, DQ020, with the documented thresholds.",
)
def test_warnings_of_the_target():
    def of(values):
        frame = pl.DataFrame({"x": pl.int_range(len(values), eager=True).shuffle(seed=0), "y": values}, strict=False)
        return {code for code, _ in codes(clew.profile(frame, target="y").to_dict())}

    assert "DQ019" in of(["a", "b", "c"] * 100 + ["rare"] * 4)
    assert "DQ014" in of(["a"] * 990 + ["b"] * 10)
    assert "DQ020" in of([f"class {i}" for i in range(150)] * 12)
    assert "DQ022" in of([0.0] * 400 + [float(i) + 0.5 for i in range(400)])
    assert "DQ021" in of([str(i) + ".5" for i in range(300)] + ["broken"] * 5)


@capability(
    "1c",
    "Suggested fixes",
    "remedies of findings; `clew suggest`",
    "Steps of a recipe that is refitted in each fold, rather than edits of one table.",
    better=True,
)
def test_fixes():
    remedies = {item.code: item.to_dict().get("remedy") for item in report().findings}
    assert remedies["DQ007"]["op"] in {"fill_missing", "missing_indicator"}
    assert remedies["DQ012"]["op"] == "clip_outliers"


not_yet(
    "1c",
    "Sorting and highlighting of problem rows",
    "Findings name example rows; a table to sort belongs to the studio.",
)


@capability(
    "1c",
    "Apply and export code",
    "`clew recipe export fitted --to python`",
    "Polars code of a whole recipe, SQL, or a notebook.",
    better=True,
)
def test_export_code():
    from clew.prepare.recipe import Recipe

    fitted = Recipe.from_yaml("- {op: clip_outliers, columns: amount}").learn(faulty().select("amount"))
    scope = {}
    exec(fitted.to_python(), scope)  # noqa: S102 - it is what users run
    assert scope["prepare"](faulty().select("amount")).equals(fitted.transform(faulty().select("amount")))


@capability("1d", "Dataset Summary", REPORT)
def test_dataset_summary():
    assert (known()["rows"], known()["repeated_rows"], known()["target"], known()["task"]) == (
        620,
        20,
        "answer",
        "binary",
    )


@capability("1d", "Target Analysis", REPORT)
def test_target_analysis():
    target = next(item for item in of_number()["columns"] if item["name"] == "price")
    assert {"mean", "minimum", "maximum", "skewness", "kurtosis", "distinct", "missing", "invalid", "histogram"} <= set(
        target
    )
    assert {"quantiles", "robust_outliers"} <= set(target)


@capability("1d", "Data Sample", REPORT, "First and strange rows; `clew recipe preview` shows rows of any step.")
def test_data_sample(html):
    assert "AB-0" in html


@capability("1d", "Feature Summary", REPORT, "All features, not ten.")
def test_feature_summary():
    assert len(known()["associations"]) >= 11


@capability("1d", "Duplicate Rows", REPORT, "All rows rather than 10 000.", better=True)
def test_duplicates_of_all_rows():
    assert known()["repeated_rows_exact"]


@capability(
    "1d",
    "Cross-Column Statistics",
    REPORT,
    "Pearson beside the rank correlation, and columns of all types.",
    better=True,
)
def test_cross_column_statistics():
    pair = next(item for item in known()["correlations"]["pairs"] if set(item["columns"]) == {"x", "twice_x"})
    assert pair["pearson"] == pytest.approx(faulty().select(pl.corr("x", "twice_x")).item(), abs=1e-6)


@capability("1d", "Anomalous Rows", REPORT)
def test_isolation_forest():
    assert known()["insights"]["anomalous_rows"]["scored"] == 620


@capability(
    "1d",
    "Missing Values, Cardinality, Descriptive Statistics",
    REPORT,
    "Also which columns are missing together.",
    better=True,
)
def test_missing_patterns():
    patterns = known()["missing_patterns"]
    assert patterns["rows"] == 620
    assert patterns["complete_rows"] + sum(c["rows"] for c in patterns["combinations"] if c["columns"]) == 620


@capability("1d", "Insight boxes", REPORT, "DQ024 skewed target, DQ008 duplicates, DQ023 outliers, DQ020 many labels.")
def test_insight_boxes():
    assert {"DQ008"} <= {code for code, _ in codes(known())}
    assert {"DQ023", "DQ024"} <= {code for code, _ in codes(of_number())}


@capability(
    "1e",
    "Correlation matrix",
    REPORT,
    "More than 15 columns; numbers, categories and mixed pairs; mutual information stands beside.",
    better=True,
)
def test_matrix_of_mixed_types():
    measures = {item["measure"] for item in known()["correlations"]["pairs"]}
    assert len(measures) >= 2


not_yet("1e", "Charts to compose: scatter, bar, box", "Interactive charts belong to the studio.")


@capability(
    "1e",
    "Validate data",
    "`clew profile DATA --target COL`",
    "Model type, missing target, too many labels, no complete row; reading tells of names it had to change.",
)
def test_validation(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a, b ,y\n" + "".join(f"{i},{i},\n" for i in range(30)), encoding="utf-8")
    found = clew.profile(clew.read(path), target="y").to_dict()
    assert "DQ015" in {code for code, _ in codes(found)}
    assert "DQ020" in {
        code
        for code, _ in codes(
            clew.profile(
                pl.DataFrame({"x": range(600), "y": [f"n{i % 200}" for i in range(600)]}), target="y"
            ).to_dict()
        )
    }


@capability(
    "1e", "Build speed", "`clew train --time-limit 60`", "A limit that you state, on your own machine.", better=True
)
def test_limit_is_stated():
    model = clew.AutoClassifier(trials=1, algorithms=("tree",), cpus=1).fit(
        faulty().select("x", "answer"), target="answer"
    )
    assert model.result_.fit_s > 0
