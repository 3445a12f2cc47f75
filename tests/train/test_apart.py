"""Fits in a process that can be ended: the same outcome, and an end in time."""

import contextlib
import os
import resource
import signal
import threading
import time
from pathlib import Path

import pytest

from clew.collect.dataset import Dataset
from clew.collect.split import SplitSpec
from clew.core.errors import DataError
from clew.core.process import Children
from clew.prepare.recipe import Recipe
from clew.train.folds.preparation import Folds
from clew.train.folds.rows import rows_of
from clew.train.folds.splits import all_splits
from clew.train.search.apart import EndableFits, needs_ending
from clew.train.search.fit import FitRequest, outcome_of, refit_member, refit_request, run_fold
from clew.train.search.trial import Configuration, Trial

pytestmark = pytest.mark.skipif(not Children.available(), reason="this system cannot fork")
PLAIN = Recipe(())


@pytest.fixture(scope="module")
def apart():
    with EndableFits(60.0) as made:
        yield made


def _folds(dataset, problem) -> Folds:
    rows = rows_of(dataset, problem)
    return Folds(rows, PLAIN, all_splits(rows, SplitSpec(), 0, validation=None), SplitSpec(), seed=0)


def test_what_a_deadline_may_not_end_is_known():
    assert needs_ending("svm", {}, 500, 10, 2, 60)
    assert not needs_ending("lightgbm", {}, 500, 10, 2, 60)
    assert needs_ending("catboost", {}, 500, 10_000, 2, 60)
    assert not needs_ending("catboost", {}, 500, 10_000, 2, 3600)
    assert needs_ending("lightgbm", {}, 3_000, 1_000, 50, 60)
    assert not needs_ending("some.package.Class", {}, 500, 10, 2, 60)


def test_libraries_that_were_imported_before_learn_from_numbers_alone(make_table, problem_of):
    dataset = make_table("binary")
    dataset = Dataset.of(dataset.frame.drop("c"), dataset.schema.drop(["c"]), "made up")
    problem = problem_of(dataset)
    folds = _folds(dataset, problem)
    with EndableFits(60.0) as apart:
        apart.warm(["catboost", "lightgbm", "xgboost"])
        for algorithm in ("catboost", "lightgbm", "xgboost"):
            request = FitRequest(Configuration(0, algorithm, {}, 7), problem.task, 2, 1, None)
            there = apart.outcome(request, folds[0].sides, until=time.monotonic() + 60)
            assert there.scores.tobytes() == outcome_of(request, folds[0].sides).scores.tobytes()


@pytest.mark.parametrize(
    ("algorithm", "task"), [("svm", "binary"), ("lightgbm", "multiclass"), ("linear", "regression")]
)
def test_outcome_is_the_same_as_here(algorithm, task, make_table, problem_of, apart):
    dataset = make_table(task)
    problem = problem_of(dataset)
    folds = _folds(dataset, problem)
    request = FitRequest(Configuration(0, algorithm, {}, 7), problem.task, folds.rows.classes, 1, None, keep=True)
    here = outcome_of(request, folds[1].sides)
    there = apart.outcome(request, folds[1].sides, until=time.monotonic() + 60)
    assert there.scores.tobytes() == here.scores.tobytes()
    assert there.rounds == here.rounds
    matrix = folds[1].judged
    assert there.estimator.predict(matrix).tobytes() == here.estimator.predict(matrix).tobytes()


def test_fit_that_takes_too_long_is_a_failed_configuration(binary, problem_of, apart):
    folds = _folds(binary, problem_of(binary))
    never = Configuration(0, "svm", {}, 0)
    with pytest.raises(DataError, match="was ended after"):
        run_fold(never, folds, 0, threads=1, deadline=time.monotonic(), apart=apart)


def test_refusal_of_a_library_comes_back(binary, problem_of, apart):
    folds = _folds(binary, problem_of(binary))
    request = FitRequest(Configuration(0, "lightgbm", {"num_leaves": 1}, 0), folds.rows.problem.task, 2, 1, None)
    with pytest.raises(DataError, match="LightGBM refused"):
        apart.outcome(request, folds[0].sides, until=time.monotonic() + 60)


def test_refit_runs_there_too(binary, problem_of, apart):
    folds = _folds(binary, problem_of(binary))
    until = time.monotonic() + 60
    svm = Configuration(0, "svm", {}, 0)
    outcome = run_fold(svm, folds, 0, threads=1, deadline=until, apart=apart)
    assert outcome.estimator is not None
    told = {"task": folds.rows.problem.task, "classes": 2, "threads": 1}
    trial, learn = Trial(svm, (outcome,)), folds[0].prepared.learn
    there = refit_member(refit_request(trial, **told, deadline=until), learn, apart)
    here = refit_member(refit_request(trial, **told, deadline=None), learn, None)
    assert there.predict(learn.matrix).tobytes() == here.predict(learn.matrix).tobytes()


def test_fit_that_is_killed_is_a_failed_configuration(binary, problem_of):
    folds = _folds(binary, problem_of(binary))
    over = threading.Event()
    killer = threading.Thread(target=_kill_children, args=(over,))
    with EndableFits(60.0) as apart:
        killer.start()
        with pytest.raises(DataError, match="was killed, or failed, after .* before its time"):
            run_fold(Configuration(0, "svm", {}, 0), folds, 0, threads=1, deadline=time.monotonic() + 60, apart=apart)
        over.set()
    killer.join()


def _kill_children(over: threading.Event) -> None:
    while not over.is_set():
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid() and b"clew.core.process" in (folder / "cmdline").read_bytes():
                    os.kill(int(folder.name), signal.SIGKILL)
        time.sleep(0.03)


@pytest.mark.parametrize("algorithm", ["svm", "catboost", "lightgbm", "xgboost", "hist_gradient_boosting"])
def test_what_waits_is_let_go_of_and_started_anew(algorithm, binary, problem_of):
    folds, until = _folds(binary, problem_of(binary)), time.monotonic() + 60
    configuration = Configuration(0, algorithm, {}, 0)
    request = FitRequest(configuration, folds.rows.problem.task, 2, 1, until)
    with EndableFits(60.0) as apart:
        apart.warm([algorithm])
        first = apart.outcome(request, folds[0].sides, until=until)
        apart.release()
        assert apart._children._process is None
        second = apart.outcome(request, folds[0].sides, until=until)
    assert (first.scores == second.scores).all()


def test_disk_that_is_full_is_a_failed_configuration(binary, problem_of):
    folds, until = _folds(binary, problem_of(binary)), time.monotonic() + 60
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with EndableFits(60.0) as apart:
        apart.warm(["svm"])
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
            with pytest.raises(DataError, match="could not keep files in .*, the folder for temporary files.*TMPDIR"):
                run_fold(Configuration(0, "svm", {}, 0), folds, 0, threads=1, deadline=until, apart=apart)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
        assert list(apart._children.folder.iterdir()) == []
        assert run_fold(Configuration(0, "svm", {}, 0), folds, 0, threads=1, deadline=until, apart=apart).complete


def test_no_folder_for_temporary_files_is_a_failed_configuration(binary, problem_of, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    folds, until = _folds(binary, problem_of(binary)), time.monotonic() + 60
    with EndableFits(60.0) as apart:
        apart.warm(["svm"])
        for algorithm, where in (("svm", apart), ("catboost", None)):
            with pytest.raises(DataError, match="could not keep files in .*gone"):
                run_fold(Configuration(0, algorithm, {}, 0), folds, 0, threads=1, deadline=until, apart=where)
