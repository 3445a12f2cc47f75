import json
import re
import subprocess

import numpy as np
import polars as pl
import pytest

from clew.core.errors import DataError, UsageError
from clew.core.schema import Role
from clew.define.domain import Domain
from clew.define.problem import Task
from clew.explore import report
from clew.explore.profile import profile

EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=document.title='pwned'>"


def customers(rows=400):
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "income": rng.lognormal(10, 1, rows),
            "city": rng.choice(["Rome", "Oslo", "Lima"], rows),
            "since": pl.Series(rng.integers(10_000, 19_000, rows).astype("int32")).cast(pl.Date),
            "note": [f"note number {i} of many" for i in range(rows)],
            "same": 1,
            "churn": rng.choice(["yes", "no"], rows, p=[0.3, 0.7]),
        }
    )


@pytest.fixture(scope="module")
def known():
    return profile(customers(), target="churn")


def test_it_knows_rows_columns_findings_and_the_target(known):
    assert known.rows == 400
    assert [column.name for column in known.columns] == customers().columns
    assert (known.target, known.task) == ("churn", Task.BINARY)
    assert ("DQ001", "same") in {(item.code, item.column) for item in known.findings}
    assert known.seconds > 0
    assert {item.feature for item in known.associations} == set(customers().columns) - {"churn"}
    assert "400 rows" in repr(known)


def test_the_gravest_finding_comes_first():
    frame = customers().with_columns(copy=pl.col("churn"))
    severities = [item.severity.value for item in profile(frame, target="churn").findings]
    assert severities[0] == "error"
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_its_dictionary_is_strict_json_with_the_promised_keys(known):
    data = json.loads(json.dumps(known.to_dict(), allow_nan=False))
    assert {"rows", "columns", "findings", "seconds"} <= data.keys()
    by_name = {column["name"]: column for column in data["columns"]}
    assert {"name", "kind", "dtype", "role", "missing", "distinct"} <= by_name["age"].keys()
    assert by_name["age"]["quantiles"]["0.5"] == customers()["age"].median()
    assert by_name["churn"]["role"] == "target"
    assert by_name["city"]["values"][0]["value"] in {"Rome", "Oslo", "Lima"}
    assert {"code", "severity", "column", "detail"} <= data["findings"][0].keys()


def test_without_a_target_nothing_is_related():
    known = profile(customers())
    assert (known.target, known.task, known.associations) == (None, None, ())
    assert known.to_dict()["target"] is None


def test_the_role_of_a_column_names_the_target():
    domain = Domain.from_dict({"columns": {"churn": {"role": "target"}, "same": {"role": "exclude"}}})
    known = profile(customers(), domain=domain)
    assert known.target == "churn"
    assert known.schema["same"].role is Role.EXCLUDE
    assert ("DQ001", "same") not in {(item.code, item.column) for item in known.findings}


def test_a_domain_reaches_a_dataset_that_was_read_before(make_dataset):
    domain = Domain.from_dict({"columns": {"age": {"maximum": 50}}, "rules": ["income > 1000000"]})
    codes = {(item.code, item.column) for item in profile(make_dataset(customers()), domain=domain).findings}
    assert {("DQ016", "age"), ("DQ017", "income")} <= codes


def test_a_column_known_too_late_is_found():
    domain = Domain.from_dict({"columns": {"income": {"available_after": "1d"}}})
    for asked, late in (("0h", True), ("2d", False)):
        found = profile(customers(), target="churn", domain=domain, asked_at=asked).findings
        assert (("LK003", "income") in {(item.code, item.column) for item in found}) is late


@pytest.mark.parametrize("frame", [customers(0), customers(1), customers(2), pl.DataFrame({"x": []})])
def test_tiny_tables_are_profiled(make_dataset, frame, tmp_path):
    known = profile(make_dataset(frame), target=frame.columns[-1])
    assert known.rows == len(frame)
    json.dumps(known.to_dict(), allow_nan=False)
    known.save(tmp_path / "x.html")


def test_what_reading_found_is_not_said_twice():
    frame = customers().with_columns(income=pl.when(pl.int_range(400) == 7).then(float("inf")).otherwise("income"))
    titles = [(item.title, item.column) for item in profile(frame).findings]
    assert titles.count(("Infinite values", "income")) == 1


def test_a_target_with_one_value_is_a_finding_and_not_an_error():
    known = profile(customers(), target="same")
    assert known.task is None
    assert ("DQ015", "same") in {(item.code, item.column) for item in known.findings}


def test_a_target_that_is_not_there_is_refused():
    with pytest.raises(DataError, match=r"no column 'chrn' to be the target.*Did you mean 'churn'"):
        profile(customers(), target="chrn")


def test_the_same_seed_gives_the_same(known):
    again = profile(customers(), target="churn").to_dict()
    assert {**again, "seconds": 0} == {**known.to_dict(), "seconds": 0}


def test_progress_goes_from_nothing_to_all():
    told = []
    profile(customers(), target="churn", progress=lambda message, done=None: told.append((message, done)))
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
    assert ("describing age", 0.0) in told


def test_the_page_is_one_file_that_needs_nothing_else(known, tmp_path):
    place = known.save(tmp_path / "deep" / "report.html")
    text = place.read_text(encoding="utf-8")
    for word in ("Profile of", "Findings", "Predictive power", "DQ001", *customers().columns):
        assert word in text
    assert text.count("<svg") == 7
    addresses = set(re.findall(r"(?:https?:)?//[a-zA-Z][^\"'\s<>]*", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names of formats
    assert not re.search(r"<link|<iframe|@import|url\(|<img|src=", text)
    assert len(text) < 400_000


def test_what_comes_from_data_is_harmless(tmp_path):
    frame = customers().rename({"city": EVIL, "same": "</style><b>"}).with_columns(pl.lit(EVIL).alias("label"))
    frame = frame.with_columns(
        pl.when(pl.int_range(400) % 2 == 0).then(pl.lit(EVIL)).otherwise(pl.lit("x")).alias("churn")
    )
    text = profile(frame, target="churn").save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "</style><b>" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_folders_do_not_show_on_the_page(tmp_path):
    path = tmp_path / "secret place" / "table.csv"
    path.parent.mkdir()
    customers(30).write_csv(path)
    text = profile(path).save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert "Profile of table.csv" in text
    assert "secret place" not in text


def test_a_wide_table_draws_the_columns_that_matter(monkeypatch, tmp_path):
    monkeypatch.setattr(report, "MAX_CHARTS", 2)
    frame = customers().with_columns(
        telling=pl.col("churn").replace_strict({"yes": 1.0, "no": 0.0}) + pl.col("age") / 90
    )
    text = profile(frame, target="churn").save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert "Of 8 columns 2 are drawn" in text


def test_only_a_page_can_be_saved(known, tmp_path):
    with pytest.raises(UsageError, match="'report.pdf' is none"):
        known.save(tmp_path / "report.pdf")


def test_it_shows_itself_in_a_notebook(known):
    shown = known._repr_html_()
    assert shown.startswith("<iframe")
    assert "DQ001" in shown
    assert "<script" not in shown


def test_the_page_opens_in_a_browser(chromium, known, tmp_path):
    frame = customers().rename({"city": EVIL})
    place = profile(frame, target="churn").save(tmp_path / "x.html")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command = [
        chromium,
        *flags,
        f"--user-data-dir={tmp_path / 'browser'}",
        "--enable-logging=stderr",
        "--dump-dom",
        place.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "<title>Profile of" in done.stdout
    assert re.search(r'<button[^>]*aria-label="Switch to the (light|dark) theme"', done.stdout), "the script ran"
    assert "CONSOLE" not in done.stderr, "the browser complained"


@pytest.mark.parametrize(
    ("name", "target", "expected", "absent"),
    [
        ("mushrooms", "type", {("DQ001", "veil_type")}, {("DQ010", "odor")}),
        ("okcupid_stem", "stem", {("DQ005", "income")}, {("DQ005", "age"), ("DQ005", "height")}),
        ("bank_marketing", "y", {("DQ005", "pdays"), ("DQ009", "cons.conf.idx")}, {("LK001", "duration")}),
        ("adult", "income", {("DQ009", "education_num"), ("DQ008", None)}, {("DQ004", "fnlwgt")}),
        ("cardio", "cardio", {("DQ012", "ap_hi")}, {("DQ004", "age")}),
    ],
)
def test_real_tables_have_the_findings_that_are_known_of_them(real_tables, name, target, expected, absent):
    known = profile(real_tables / "tables" / f"{name}.parquet", target=target)
    found = {(item.code, item.column) for item in known.findings}
    assert expected <= found
    assert not absent & found


def test_a_minimal_profile_leaves_out_what_relates_columns_and_rows(tmp_path):
    whole, known = (profile(customers(), target="churn", minimal=minimal) for minimal in (False, True))
    assert known.statistics == whole.statistics
    assert known.associations == whole.associations
    assert known.missing == whole.missing
    assert known.correlations.pairs == ()
    assert known.insights.quick_model is None
    assert known.to_dict()["scorecard"] == {}
    codes = {(item.code, item.column) for item in known.findings}
    assert ("DQ001", "same") in codes
    assert codes <= {(item.code, item.column) for item in whole.findings}
    text = known.save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert not re.search('id="(?:scorecard|correlations|quick-model)"', text)
    assert 'id="columns"' in text
