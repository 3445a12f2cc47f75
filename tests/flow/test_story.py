"""The whole lifecycle as one story: the same numbers from Python, from the command line and over HTTP."""

import json
from urllib.request import Request, urlopen

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer

import clew
from clew.cli import main
from clew.project.client import running_server

CONFIG = """
name: cancer
problem: {question: Is the tumour malignant?, target: target, positive: 0, success: roc_auc_low >= 0.9}
data: {source: rows.csv}
domain:
  columns:
    mean radius: {unit: mm, minimum: 0}
  rules:
    - {name: the worst is no better than the mean, rule: "`worst radius` >= `mean radius`"}
train: {trials: 4, algorithms: [linear, lightgbm], cpus: 1}
monitor: {data: later.csv}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    frame = pl.from_pandas(load_breast_cancer(as_frame=True).frame)
    frame.head(450).write_csv(folder / "rows.csv")
    later = frame.tail(119).with_columns(pl.col("mean radius") * 3)
    later.write_csv(folder / "later.csv")
    (folder / "clew.yaml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def first(folder):
    with clew.Project(folder) as project:
        return project.run()


def test_every_stage_is_done_and_leaves_what_it_promises(folder, first):
    assert [stage.name for stage in first.stages] == [
        "define", "collect", "explore", "prepare", "train", "evaluate", "deploy", "monitor",
    ]  # fmt: skip
    for name in ("index", "profile", "evaluation", "monitor"):
        assert (folder / "reports" / f"{name}.html").stat().st_size > 10_000
    assert (first.bundle / "bundle.json").is_file()
    gates = first.to_dict()["gates"]
    assert [gate["name"] for gate in gates] == ["success"]
    assert gates[0]["passed"] is (first.to_dict()["metrics"]["roc_auc"]["low"] >= 0.9)


def test_the_drift_that_was_made_is_found(first):
    columns = {violation["column"] for violation in first.stage("monitor").summary["violations"]}
    assert "mean radius" in columns


def test_a_second_run_does_nothing_and_says_the_same(folder, first):
    with clew.Project(folder) as project:
        second = project.run()
    assert all(stage.cached for stage in second.stages)
    assert second.to_dict()["metrics"] == first.to_dict()["metrics"]


def test_the_bundle_judged_by_hand_has_the_figures_of_the_run(first):
    evaluated = first.stage("evaluate").summary["metrics"]
    bundle = clew.load(first.bundle)
    assert bundle.evaluation["metrics"] == evaluated


def test_python_command_line_and_http_give_the_same_answers(folder, first, capsys):
    rows = pl.read_csv(folder / "later.csv")
    bundle = clew.load(first.bundle)
    python = bundle.predict(rows).positive_probability
    with pytest.raises(SystemExit) as ended:
        main(["predict", "models:/cancer@champion", str(folder / "later.csv"), "--project", str(folder),
              "--out", str(folder / "p.parquet"), "--quiet"])  # fmt: skip
    assert ended.value.code == 0, capsys.readouterr().err
    command = pl.read_parquet(folder / "p.parquet")
    one_by_one = [bundle.predict_row(row).probabilities[0] for row in rows.iter_rows(named=True)]
    with running_server(first.bundle, folder / "captured") as address:
        body = json.dumps({"dataframe_records": rows.to_dicts()}).encode()
        request = Request(
            f"{address}/invocations?detail=1", data=body, headers={"Content-Type": "application/json"}
        )  # fmt: skip
        served = [item["probabilities"]["0"] for item in json.load(urlopen(request))["predictions"]]
        assert urlopen(f"{address}/ping").status == 200
    np.testing.assert_array_equal(python, one_by_one)
    np.testing.assert_array_equal(python, command["probability_0"].to_numpy())
    np.testing.assert_array_equal(python, served)
    captured = clew.read(folder / "captured")
    assert len(captured) == len(rows)


def test_lineage_leads_from_the_model_to_the_file(folder, first):
    with clew.Project(folder) as project:
        nodes, _ = project.database.lineage.of("model:cancer@1")
    assert "dataset:cancer@0" in nodes
    assert "source:rows" in nodes
