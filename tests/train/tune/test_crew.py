"""Threads, processes and a Dask cluster give the same trials."""

import contextlib
import gc
import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from clew.core.errors import DataError, UsageError
from clew.define.custom_metric import metric
from clew.prepare.recipe import Recipe
from clew.train.job import job_of
from clew.train.search.trial import Configuration
from clew.train.spec import TrainSpec
from clew.train.tune.crew import crew_of
from clew.train.tune.fit import FoldRequest
from clew.train.tune.prepared import PreparedFolds
from clew.train.tune.spec import Strategy

_CHANGES = {"strategy": Strategy.BAYESIAN, "trials": 12, "algorithms": ("lightgbm",), "space": {"num_leaves": {"low": 3, "high": 30}, "n_estimators": 20}}  # fmt: skip


@pytest.mark.full
def test_processes_give_the_same_trials(look_for, shown):
    assert shown(look_for(**_CHANGES, compute="processes", cpus=2)) == shown(look_for(**_CHANGES))


@pytest.mark.full
def test_a_metric_that_no_module_holds_reaches_other_processes(look_for, shown):
    def wrong(truth, told):
        return float(np.mean(truth != told))

    changes = {"task": "multiclass", "trials": 3, "metric": metric(wrong, name="wrong", greater_is_better=False)}
    assert shown(look_for(**changes, compute="processes", cpus=2)) == shown(look_for(**changes))


@pytest.mark.full
def test_a_killed_process_is_replaced(look_for, shown):
    from joblib.externals.loky import get_reusable_executor

    with crew_of("processes", 2) as crew:
        for pid in [get_reusable_executor(max_workers=2).submit(os.getpid).result()]:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        del crew
    assert shown(look_for(**_CHANGES, compute="processes", cpus=2)) == shown(look_for(**_CHANGES))


_DEADLY = """
import os, signal
from sklearn.tree import DecisionTreeClassifier

class Deadly(DecisionTreeClassifier):
    def fit(self, X, y):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.full
def test_a_fit_that_is_lost_with_its_processes_ends_the_run_and_is_not_kept(look_for, tmp_path, monkeypatch):
    (tmp_path / "deadly.py").write_text(_DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    changes = {
        "algorithms": ("deadly.Deadly",),
        "trust": ("deadly.Deadly",),
        "space": {"max_depth": [2, 3]},
        "trials": 1,
    }
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(DataError, match=r"ended 3 times.*run the same again"):
        look_for(**changes, compute="processes", cpus=1, journal=journal)
    assert len(journal.read_bytes().splitlines()) == 1


@pytest.fixture
def prepared(make_table, problem_of):
    """Return a fold."""
    data = make_table()
    job = job_of(data, problem_of(data), TrainSpec(trials=1, recipe=Recipe(())), validation=None, started=0.0)
    return PreparedFolds(job.folds).get(Recipe(()), 0)


def test_rows_are_written_for_processes_once_and_only_as_long_as_somebody_needs_them(prepared):
    with crew_of("processes", 1) as crew:
        place = crew.place(prepared)
        assert crew.place(prepared).path == place.path
        path = place.path
        assert path.stat().st_size > 0
        copied = replace(prepared)
        other = crew.place(copied).path
        assert other.exists()
        del copied
        gc.collect()
        assert not other.exists()
        assert path.exists()
    assert not path.parent.exists()


def test_rows_that_cannot_be_written_are_no_failed_trial(prepared):
    with crew_of("processes", 1) as crew:
        crew._folder.rmdir()
        with pytest.raises(DataError, match=r"cannot be written to .*\. Hint: Make room there"):
            crew.place(prepared)


def test_a_scheduler_that_is_not_there_is_named():
    with (
        pytest.raises(UsageError, match=r"No Dask scheduler answers at 127\.0\.0\.1:9"),
        crew_of("dask://127.0.0.1:9", 1),
    ):
        pass


@contextlib.contextmanager
def _cluster(workers):
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None, processes=True) as cluster:
        yield cluster


@pytest.mark.full
@pytest.mark.filterwarnings("default")
def test_two_workers_of_a_cluster_give_the_same_trials_as_one_process(look_for, shown):
    with _cluster(2) as cluster:
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        for strategy in (Strategy.BAYESIAN, Strategy.HYPERBAND):
            changes = {**_CHANGES, "strategy": strategy}
            assert shown(look_for(**changes, compute=address)) == shown(look_for(**changes))
        result = look_for(**{**_CHANGES, "strategy": Strategy.HYPERBAND}, asynchronous=True, compute=address)
        assert len(result.trials) == 12
        with crew_of(address, 1) as crew:
            assert crew.workers == 2


@pytest.mark.full
@pytest.mark.filterwarnings("default")
def test_a_worker_with_other_versions_is_refused_whenever_it_comes(prepared):
    configuration = Configuration(0, "tree", {"max_depth": 2}, 0)
    request = FoldRequest(configuration, 0, "", 1.0, 1.0, ("roc_auc",), 1)
    with _cluster(1) as cluster, crew_of(cluster.scheduler_address.replace("tcp://", "dask://"), 1) as crew:
        assert crew.result(crew.submit(crew.place(prepared), request)).figures["roc_auc"] > 0.5
        crew._versions = {**crew._versions, "polars": "0.1"}
        with pytest.raises(UsageError, match=r"has polars .* \(here 0\.1\)"):
            crew.result(crew.submit(crew.place(prepared), request))


@pytest.mark.full
@pytest.mark.filterwarnings("default")
def test_a_cluster_without_workers_is_not_waited_for_beyond_the_end(look_for, make_table, tmp_path):
    data, journal = make_table(rows=3000), tmp_path / "journal.jsonl"
    with _cluster(1) as cluster:
        address = cluster.scheduler_address.replace("tcp://", "dask://")

        def leave():
            while not journal.exists() or len(journal.read_bytes().splitlines()) < 15:
                time.sleep(0.01)
            cluster.scale(0)

        leaving = threading.Thread(target=leave)
        leaving.start()
        found = look_for(data=data, **{**_CHANGES, "trials": None}, time_limit_s=6.0, compute=address, journal=journal)
        leaving.join()
    assert "seconds were over" in found.ended
    assert found.trials


@pytest.mark.full
@pytest.mark.filterwarnings("default")
def test_a_worker_of_a_cluster_that_is_killed_changes_nothing(look_for, shown, make_table, tmp_path):
    data, journal = make_table(rows=3000), tmp_path / "journal.jsonl"
    with _cluster(2) as cluster:
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        victim = next(iter(cluster.workers.values())).pid

        def kill():
            while not journal.exists() or len(journal.read_bytes().splitlines()) < 5:
                time.sleep(0.01)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        found = look_for(data=data, **_CHANGES, compute=address, journal=journal)
        killer.join()
        assert shown(found) == shown(look_for(data=data, **_CHANGES))
