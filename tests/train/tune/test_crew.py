"""Threads, processes and a Dask cluster give the same trials."""

import contextlib
import os
import signal
import time

import numpy as np
import pytest

from clew.core.errors import UsageError
from clew.define.custom_metric import metric
from clew.train.tune.crew import crew_of
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


@pytest.mark.full
@pytest.mark.filterwarnings("default")
def test_a_worker_of_a_cluster_that_is_killed_changes_nothing(look_for, shown, make_table, tmp_path):
    import threading

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
