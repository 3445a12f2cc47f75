"""``clew cluster``, ``clew anomalies`` and ``clew reduce``: what was read, what comes next, and rows that come later."""

import json

import numpy as np
import polars as pl
import pytest

from clew.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    group = np.arange(120) % 2
    table = {"row_id": np.arange(120), "x": group * 9 + random.normal(size=120), "y": random.normal(size=120)}
    pl.DataFrame(table).write_csv("rows.csv")
    return tmp_path


def run(command: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(command)
    written = capsys.readouterr()
    return int(ended.value.code or 0), written.out, written.err


@pytest.mark.parametrize("command", [["cluster", "--k", "2"], ["anomalies", "--top", "1"], ["reduce"]])
def test_what_reading_noticed_is_told(folder, capsys, command):
    name, *options = command
    code, said, _ = run([name, "rows.csv", *options, "--report", "page.html", "--format", "json"], capsys)
    assert code == 0
    assert "DQ109" in {finding["code"] for finding in json.loads(said)["findings"]}
    assert "DQ109" in (folder / "page.html").read_text(encoding="utf-8")


def test_the_next_command_can_be_run_as_it_stands(folder, capsys):
    code, _, err = run(["cluster", "rows.csv", "--k", "2", "--save", "my clusters"], capsys)
    assert code == 0
    assert "clew cluster NEW_ROWS --fitted 'my clusters' --out result.csv" in err


def test_columns_that_are_not_compared_stop_no_later_rows(folder, capsys):
    run(["anomalies", "rows.csv", "--columns", "x", "--save", "kept"], capsys)
    (folder / "later.csv").write_text("x,y,note\n1,none,a\n9,4,b\n")
    code, _, err = run(["anomalies", "later.csv", "--fitted", "kept", "--out", "scored.csv"], capsys)
    assert code == 0, err
    scored = pl.read_csv("scored.csv", infer_schema=False)
    assert scored.columns == ["x", "y", "note", "anomaly_score", "anomalous"]
    assert scored["y"].to_list() == ["none", "4"]


def test_more_clusters_than_can_be_tried_are_refused(folder, capsys):
    code, _, err = run(["cluster", "rows.csv", "--k-max", "51"], capsys)
    assert code == 2
    assert "50" in err
