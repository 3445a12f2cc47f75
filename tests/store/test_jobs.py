"""What the project database knows of long work."""

import sqlite3

import pytest

from clew.core.errors import UsageError
from clew.store import jobs as module
from clew.store.database import Database
from clew.store.jobs import JobError


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "clew.db") as opened:
        yield opened


@pytest.fixture
def records(database):
    return database.jobs


def age(database, job: int, seconds: int) -> None:
    """Let a job have been silent for some time."""
    with sqlite3.connect(database.address) as connection:
        query = "UPDATE jobs SET heartbeat = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', ?) WHERE id = ?"
        connection.execute(query, (f"-{seconds} seconds", job))
    connection.close()


def test_a_job_from_the_wish_to_the_result(records):
    job = records.add("run", "Explore", {"stage": "explore"})
    assert (job.id, job.status, job.active, job.seconds) == (1, "queued", True, 0.0)
    assert records.begin(job.id, process=42)
    assert not records.beat(job.id, "reading", 0.25)
    known = records.get(job.id)
    assert (known.status, known.message, known.done, known.process) == ("running", "reading", 0.25, 42)
    assert records.running() == [known]
    assert records.end(job.id, "done", result={"rows": 3})
    known = records.get(job.id)
    assert (known.status, known.done, known.result, known.error) == ("done", 1.0, {"rows": 3}, None)
    assert known.seconds >= 0
    assert known.ended is not None
    assert records.running() == []
    assert known.to_dict()["arguments"] == {"stage": "explore"}


def test_why_a_job_failed_is_kept(records):
    job = records.add("run", "All", {})
    records.begin(job.id, 1)
    records.end(job.id, "failed", error=JobError("There is no file.", "Name another."))
    known = records.get(job.id)
    assert (known.status, known.error) == ("failed", JobError("There is no file.", "Name another."))
    assert known.to_dict()["error"] == {"message": "There is no file.", "hint": "Name another."}


def test_a_sign_of_life_says_whether_somebody_wishes_the_end(records):
    job = records.add("run", "All", {})
    records.begin(job.id, 1)
    assert not records.beat(job.id)
    records.wish_cancel(job.id)
    assert records.get(job.id).cancelling
    assert records.beat(job.id, "still here")
    records.end(job.id, "cancelled")
    assert not records.get(job.id).cancelling


def test_what_has_ended_stays_as_it_ended(records):
    job = records.add("run", "All", {})
    assert records.begin(job.id, 1)
    assert not records.begin(job.id, 2), "nobody takes on what is taken on"
    assert records.end(job.id, "done", result={})
    before = records.get(job.id)
    assert not records.end(job.id, "failed", error=JobError("late"))
    records.beat(job.id, "late", 0.1)
    records.wish_cancel(job.id)
    assert records.get(job.id) == before


def test_a_silent_job_reads_as_interrupted_and_one_that_wakes_goes_on(database, records):
    job = records.add("run", "All", {})
    records.begin(job.id, 1)
    age(database, job.id, 9)
    assert records.get(job.id).status == "running"
    age(database, job.id, 3600)
    known = records.get(job.id)
    assert (known.status, known.error) == ("interrupted", module.DIED)
    assert records.running() == []
    records.beat(job.id, "the machine slept", 0.5)
    assert records.get(job.id).status == "running"


def test_a_job_that_nobody_began_is_given_longer(database, records):
    job = records.add("run", "All", {})
    age(database, job.id, 20)
    assert records.get(job.id).status == "queued"
    age(database, job.id, 60)
    assert records.get(job.id).status == "interrupted"


def test_a_silent_job_that_was_to_end_has_ended(database, records):
    job = records.add("run", "All", {})
    records.begin(job.id, 1)
    records.wish_cancel(job.id)
    age(database, job.id, 60)
    assert records.get(job.id).status == "cancelled"


def test_the_latest_come_first(records):
    for title in "abc":
        records.add("run", title, {})
    assert [job.title for job in records.latest(2)] == ["c", "b"]


def test_an_unknown_job_is_named(records):
    with pytest.raises(UsageError, match="no job 7"):
        records.get(7)


def test_a_database_of_the_second_format_is_brought_up(tmp_path):
    with Database(tmp_path / "clew.db") as new:
        new.runs.start("train", "k", {})
    with sqlite3.connect(tmp_path / "clew.db") as old:
        old.execute("DROP TABLE jobs")
        old.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
    old.close()
    with Database(tmp_path / "clew.db") as database:
        assert database.jobs.add("run", "All", {}).id == 1
        assert database.runs.latest()[0].stage == "train"
