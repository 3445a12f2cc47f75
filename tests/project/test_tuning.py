"""Tuning from the outside: Python, the command line's folder, and a project."""

import json
import shlex

import numpy as np
import polars as pl
import pytest

import clew
from clew.cli import main
from clew.core.errors import BusyError, ConfigError, UsageError
from clew.project.config import load_config
from clew.store.files import ProjectLock
from clew.train.tune.spec import Strategy, TuneSpec

CONFIG = """\
clew: 1
name: bars
problem: {target: y}
data: {source: rows.csv}
prepare: [{op: fill_missing, columns: "kind:numeric"}]
split: {folds: 2}
train:
  algorithms: [tree]
  trials: 6
  cpus: 1
  tune:
    strategy: random
    space: {max_depth: {low: 1, high: 6}}
"""


@pytest.fixture
def rows(tmp_path):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 240))
    frame = pl.DataFrame({"a": a, "b": b, "y": np.where(a * b + 0.3 * random.normal(size=240) > 0, "yes", "no")})
    frame.write_csv(tmp_path / "rows.csv")
    return tmp_path / "rows.csv"


def look_for(rows, **changes):
    usual = {"target": "y", "algorithm": "tree", "strategy": "random", "space": {"max_depth": [1, 3, 5]}, "trials": 4}
    return clew.tune(rows, **{**usual, "recipe": clew.Recipe(()), "cpus": 1, **changes})


def test_the_folder_holds_what_a_training_takes(rows, tmp_path):
    result = look_for(rows, out=tmp_path / "tuning")
    folder = tmp_path / "tuning"
    told = json.loads((folder / "result.json").read_text())
    assert told["best"]["params"] == dict(result.best.params) == json.loads((folder / "best.json").read_text())
    assert clew.Recipe.from_file(folder / "recipe.yaml") == result.pipeline.recipe
    bundle = clew.load(folder / "bundle")
    assert dict(bundle.model.members[0].params) == dict(result.best.params)
    page = (folder / "report.html").read_text()
    assert all(part in page for part in ("History", "Together", "One by one", "max_depth"))
    again = look_for(rows, out=folder)
    assert again.fits == 0
    assert [t.to_dict() for t in again.trials] == [t.to_dict() for t in result.trials]


def test_a_model_of_another_combination_is_not_left_beside_the_best(rows, tmp_path):
    look_for(rows, out=tmp_path / "tuning")
    with pytest.raises(UsageError, match="is the model of an earlier run"):
        look_for(rows, out=tmp_path / "tuning", refit=False)
    with pytest.raises(UsageError, match="cannot be an earlier one"):
        look_for(rows, out=tmp_path / "tuning", warm_start=tmp_path / "tuning", strategy="bayesian")


def test_the_next_command_is_quoted_and_says_what_was_said(rows, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pl.read_csv(rows).with_columns(pl.col("a").rank("ordinal").alias("at")).rename({"y": "is it"})
    frame.write_csv(tmp_path / "my rows.csv")
    (tmp_path / "space.json").write_text('{"max_depth": [1, 3]}')
    told = "--algorithm tree --space space.json --trials 2 --cpus 1 --no-refit --out t --metric f1 --time-column at"
    with pytest.raises(SystemExit, match="0"):
        main(["tune", "my rows.csv", "--target", "is it", *told.split(), "--seed", "3"])
    [command] = capsys.readouterr().err.strip().splitlines()[-1:]
    words = shlex.split(command)
    assert words[:5] == ["clew", "train", "my rows.csv", "--target", "is it"]
    stated = dict(zip(words[3::2], words[4::2], strict=True))
    assert stated == {
        "--target": "is it", "--algorithms": "tree", "--params": "t/best.json", "--recipe": "t/recipe.yaml",
        "--metric": "f1", "--time-column": "at", "--cpus": "1", "--seed": "3", "--out": "bundle",
    }  # fmt: skip
    with pytest.raises(SystemExit, match="0"):
        main(words[1:])


def test_a_folder_in_use_or_of_something_else_is_left_alone(rows, tmp_path):
    with ProjectLock(tmp_path / "tuning" / ".lock", "tuning").acquire(), pytest.raises(BusyError):
        look_for(rows, out=tmp_path / "tuning")
    with pytest.raises(UsageError, match="needs a folder"):
        look_for(rows, out=rows)
    (tmp_path / "other" / "bundle").mkdir(parents=True)
    (tmp_path / "other" / "bundle" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="bundle"):
        look_for(rows, out=tmp_path / "other")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"space": [1]}, "`space` is a list"),
        ({"target": 1}, "There is no column 1"),
        ({"strategy": "annealing"}, "no strategy 'annealing'"),
        ({"algorithm": "trees"}, "Did you mean 'tree'"),
        ({"stopping": "hard"}, "There is 'none', 'median'"),
        ({"patiense": 3}, "Did you mean 'patience'"),
        ({"target": "z"}, "no column 'z'"),
        ({"space": "nothing.yaml"}, "nothing.yaml cannot be read"),
        ({"metric": "somebody:else"}, "If you trust it"),
        ({"warm_start": "nowhere"}, "There is no tuning in nowhere"),
    ],
)
def test_wrong_words_are_answered_with_right_ones(rows, changes, said):
    with pytest.raises(UsageError, match=said):
        look_for(rows, **changes)


def test_a_project_tunes_and_goes_on_with_the_best(rows):
    (rows.parent / "clew.yaml").write_text(CONFIG)
    with clew.Project(rows.parent) as project:
        done = project.run(stage="train").stage("train")
        again = project.run(stage="train").stage("train")
    told = done.summary["tuning"]
    assert told["trials"] == 6
    assert (rows.parent / told["report"]).is_file()
    assert 'href="tuning.html"' in (rows.parent / "reports" / "index.html").read_text(encoding="utf-8")
    model = clew.load(done.folder / "bundle").model
    assert dict(model.members[0].params) == told["best"]["params"]
    assert again.cached


def test_a_project_that_tunes_names_an_algorithm(rows):
    (rows.parent / "clew.yaml").write_text(CONFIG.replace("  algorithms: [tree]\n", ""))
    with pytest.raises(ConfigError, match="none is"):
        load_config(rows.parent)


def test_a_score_alone_does_not_keep_a_tuning_going():
    assert TuneSpec(("tree",), target_score=2.0).limit == 50
    assert TuneSpec(("tree",), target_score=2.0, trials=7).limit == 7
    assert TuneSpec(("tree",), patience=5).limit is None
    assert TuneSpec(("tree",), strategy="grid").limit is None


def test_choices_are_taken_by_their_names():
    assert TuneSpec(("tree",), strategy="grid", stopping="none").strategy is Strategy.GRID
    with pytest.raises(UsageError, match="There is no stopping 'mean'"):
        TuneSpec(("tree",), stopping="mean")
    TuneSpec(("tree",), seed=np.int64(3), trials=np.int32(4)).check()


def test_refused_before_it_began_it_leaves_no_folder(rows, tmp_path):
    with pytest.raises(UsageError, match="no algorithm 'nosuch'"):
        look_for(rows, algorithm="nosuch", space=None, out=tmp_path / "tuning")
    assert not (tmp_path / "tuning").exists()
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="no algorithm 'nosuch'"):
        look_for(rows, algorithm="nosuch", space=None, out=kept)
    assert (kept / "mine.txt").read_text() == "mine"
