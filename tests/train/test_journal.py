"""Finished trials are found again, and only under the very same circumstances."""

import json
import sys
from importlib import reload

import pytest

from clew.train.automl import train
from clew.train.estimators.own_code import code_of
from clew.train.search.fit import run_fold


@pytest.fixture
def counted(monkeypatch):
    """Count the folds that are really fitted."""
    calls = []

    def counting(configuration, folds, position, **named):
        calls.append((configuration.name, position))
        return run_fold(configuration, folds, position, **named)

    monkeypatch.setattr("clew.train.search.run.run_fold", counting)
    return calls


def test_second_run_fits_no_fold_and_ends_the_same(binary, problem_of, quick_spec, tmp_path, counted):
    spec = quick_spec(journal=tmp_path)
    first = train(binary, problem_of(binary), spec)
    assert len(counted) == 15
    second = train(binary, problem_of(binary), spec)
    assert len(counted) == 15
    assert second.model.fingerprint == first.model.fingerprint
    assert second.score == first.score


def test_killed_run_ends_like_an_undisturbed_one(binary, problem_of, quick_spec, tmp_path, monkeypatch):
    undisturbed = train(binary, problem_of(binary), quick_spec())
    spec = quick_spec(journal=tmp_path, cpus=1)

    def killed(configuration, folds, position, **named):
        if configuration.number == 2:
            raise KeyboardInterrupt
        return run_fold(configuration, folds, position, **named)

    with monkeypatch.context() as patch:
        patch.setattr("clew.train.search.run.run_fold", killed)
        with pytest.raises(KeyboardInterrupt):
            train(binary, problem_of(binary), spec)
    assert len(list(tmp_path.glob("*.json"))) == 2
    resumed = train(binary, problem_of(binary), spec)
    assert resumed.score == undisturbed.score
    assert resumed.model.fingerprint == undisturbed.model.fingerprint


def test_other_circumstances_are_other_trials(binary, regression, problem_of, quick_spec, tmp_path, counted):
    train(binary, problem_of(binary), quick_spec(journal=tmp_path))
    for dataset, changes in (
        (binary, {"seed": 1}),
        (regression, {}),
    ):
        before = len(counted)
        train(dataset, problem_of(dataset), quick_spec(journal=tmp_path, **changes))
        assert len(counted) == before + 15


def test_longer_list_reuses_the_shorter_one(binary, problem_of, quick_spec, tmp_path, counted):
    train(binary, problem_of(binary), quick_spec(journal=tmp_path, trials=2))
    assert len(counted) == 10
    train(binary, problem_of(binary), quick_spec(journal=tmp_path, trials=3))
    assert len(counted) == 15


@pytest.mark.parametrize("damage", ["scores", "description"])
def test_damaged_entry_is_fitted_again(binary, problem_of, quick_spec, tmp_path, counted, damage):
    spec = quick_spec(journal=tmp_path)
    first = train(binary, problem_of(binary), spec)
    entry = min(tmp_path.glob("*.json"))
    if damage == "scores":
        entry.with_suffix(".npz").write_bytes(b"half")
    else:
        entry.write_text(entry.read_text()[:40])
    again = train(binary, problem_of(binary), spec)
    assert len(counted) == 20
    assert again.score == first.score


def test_entry_says_what_it_is(binary, problem_of, quick_spec, tmp_path):
    train(binary, problem_of(binary), quick_spec(journal=tmp_path, trials=1))
    (entry,) = tmp_path.glob("*.json")
    told = json.loads(entry.read_text())
    assert told["configuration"]["algorithm"] == "lightgbm"
    assert {"numpy", "lightgbm", "xgboost"} <= set(told["context"]["versions"])


_OWN = """
from sklearn.naive_bayes import GaussianNB

SURE = 1e-9


def prepared(X):
    return X * 1.0


class Mine(GaussianNB):
    def fit(self, X, y):
        self.var_smoothing = SURE
        return super().fit(prepared(X), y)
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Return the writer of a module with an estimator of one's own, which loads it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(text):
        (tmp_path / "own_journalled.py").write_text(text)
        return reload(sys.modules["own_journalled"]) if "own_journalled" in sys.modules else None

    yield write
    sys.modules.pop("own_journalled", None)


def test_own_estimator_whose_code_has_changed_is_fitted_again(
    binary, problem_of, quick_spec, tmp_path, counted, written
):
    name = "own_journalled.Mine"
    spec = quick_spec(trials=1, algorithms=(name,), trust=(name,), journal=tmp_path / "journal")
    for text, fits in ((_OWN, 5), (_OWN, 5), (_OWN.replace("super().fit(prepared(X), y)", "super().fit(X, y)"), 10)):
        written(text)
        train(binary, problem_of(binary), spec)
        assert len(counted) == fits


def test_code_of_an_estimator_is_what_it_and_its_module_do(written):
    name, told = "own_journalled.Mine", []
    changed = (
        ("return X * 1.0", "return X * 2.0"),
        ("SURE = 1e-9", "SURE = 0.5"),
        ("def prepared", "\n\ndef prepared"),
    )
    for old, new in (("", ""), *changed):
        written(_OWN.replace(old, new))
        told.append(code_of(name))
    plain, helper, constant, place = told
    assert plain == place
    assert len({plain, helper, constant}) == 3
