import sqlite3
import threading

import pytest

from clew.core.errors import DataError, UsageError
from clew.store.database import Database


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "clew.db") as opened:
        yield opened


def test_a_finished_run_is_found_by_its_key(database):
    run = database.runs.start("train", "abc", {"trials": 3})
    assert database.runs.finished("train", "abc") is None
    database.runs.finish(
        run, seconds=1.5, output={"bundle": "b"}, metrics={"auc": {"value": 0.8, "low": 0.7, "high": 0.9, "rows": 50}}
    )
    found = database.runs.finished("train", "abc")
    assert (found.id, found.status, found.output) == (run, "done", {"bundle": "b"})
    assert database.runs.figures(run) == {"auc": {"value": 0.8, "low": 0.7, "high": 0.9, "rows": 50}}
    assert database.runs.finished("train", "other") is None


def test_a_run_that_never_ended_is_marked_and_not_reused(database):
    database.runs.start("train", "abc", {})
    assert database.runs.interrupt() == 1
    assert database.runs.latest()[0].status == "interrupted"
    assert database.runs.finished("train", "abc") is None


def test_model_versions_count_up_and_aliases_can_be_taken_back(database):
    assert database.models.register("flights", "bundles/a", {}, None) == 1
    assert database.models.register("flights", "bundles/b", {}, None) == 2
    assert database.models.register("flights", "bundles/b", {}, None) == 2
    database.models.set_alias("flights", "champion", 1)
    database.models.set_alias("flights", "champion", 2)
    assert database.models.get("flights", "champion").version == 2
    assert database.models.rollback("flights", "champion").version == 1
    assert database.models.get("flights", "champion").path == "bundles/a"
    with pytest.raises(UsageError, match="no earlier version"):
        database.models.rollback("flights", "champion")


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("flight", 1, "There is no model 'flight'.*Did you mean 'flights'"),
        ("flights", 7, "no version or alias '7'"),
        ("flights", "champoin", "Did you mean 'champion'"),
    ],
)
def test_an_unknown_model_is_named(database, name, version, message):
    database.models.register("flights", "bundles/a", {}, None)
    database.models.set_alias("flights", "champion", 1)
    with pytest.raises(UsageError, match=message):
        database.models.get(name, version)


@pytest.mark.parametrize("alias", ["", "1", "a b", "x;drop"])
def test_an_alias_is_a_word(database, alias):
    database.models.register("flights", "bundles/a", {}, None)
    with pytest.raises(UsageError, match="must be a word"):
        database.models.set_alias("flights", alias, 1)


def test_lineage_reaches_from_the_model_back_to_the_rows(database):
    train = database.runs.start("train", "k", {})
    database.runs.finish(train, seconds=1, output={}, inputs=["dataset:flights@1"], outputs=["model:flights@1"])
    other = database.runs.start("train", "l", {})
    database.runs.finish(other, seconds=1, output={}, inputs=["dataset:other@1"], outputs=["model:other@1"])
    nodes, links = database.lineage.of("model:flights@1")
    assert nodes == ["dataset:flights@1", "model:flights@1", f"run:{train}"]
    assert {(link["source"], link["target"]) for link in links} == {
        ("dataset:flights@1", f"run:{train}"),
        (f"run:{train}", "model:flights@1"),
    }
    with pytest.raises(UsageError, match="Nothing is known"):
        database.lineage.of("model:flights@9")


def test_a_dataset_version_is_visible_once(database):
    for _ in range(2):
        database.datasets.add("flights", 0, rows=3, fingerprint="f", source="s", path="p", columns=[])
    assert [(item["name"], item["version"]) for item in database.datasets.versions()] == [("flights", 0)]
    assert database.datasets.versions("other") == []


def test_many_writers_lose_nothing(tmp_path):
    with Database(tmp_path / "clew.db"):
        pass

    def write() -> None:
        with Database(tmp_path / "clew.db") as mine:
            for _ in range(10):
                mine.runs.finish(mine.runs.start("s", "k", {}), seconds=0, output={})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Database(tmp_path / "clew.db") as database:
        assert len(database.runs.latest()) == 40


def test_it_is_sqlite_in_wal_mode(tmp_path):
    with Database(tmp_path / "clew.db"):
        pass
    connection = sqlite3.connect(tmp_path / "clew.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_newer_database_is_refused(tmp_path):
    with Database(tmp_path / "clew.db"):
        pass
    connection = sqlite3.connect(tmp_path / "clew.db")
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    connection.commit()
    connection.close()
    with pytest.raises(DataError, match="format 99.*Upgrade"):
        Database(tmp_path / "clew.db")


def test_a_damaged_database_is_named(tmp_path):
    (tmp_path / "clew.db").write_bytes(b"this is no database, " * 100)
    with pytest.raises(DataError, match=r"clew\.db cannot be opened"):
        Database(tmp_path / "clew.db")
