"""Long work goes on in processes of its own, tells of itself, and ends when it is told to: real processes, real rows."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer

from clew.core.errors import UsageError
from clew.project import api
from clew.project.job_kinds import KINDS, Kind
from clew.project.job_process import Watcher
from clew.project.overview import overview
from clew.project.project import Project
from clew.project.standing import standing
from clew.store import jobs as records
from clew.store.files import ProjectLock

CONFIG = """
name: cancer
problem: {target: target, positive: 0}
data: {source: rows.csv}
prepare: recipes/mine.yaml
split: {folds: 3}
train: {trials: TRIALS, algorithms: [tree], cpus: 2, seed: 3}
"""
RECIPE = "steps:\n  - {op: log, columns: [mean area]}\n"
#: More trials than anybody waits for: a job that is in the middle of training for sure.
ENDLESS = 5_000


def make(folder: Path, trials: int = ENDLESS) -> Path:
    (folder / "recipes").mkdir(parents=True)
    rows = pl.from_pandas(load_breast_cancer(as_frame=True).frame)
    rows.select("target", "mean area", "mean texture", "worst concavity").write_csv(folder / "rows.csv")
    (folder / "recipes" / "mine.yaml").write_text(RECIPE)
    (folder / "clew.yaml").write_text(CONFIG.replace("TRIALS", str(trials)))
    return folder


@pytest.fixture
def project(tmp_path):
    with Project(make(tmp_path / "cancer")) as opened:
        yield opened
        for job in opened.jobs.running():
            opened.jobs.cancel(job.id)
            opened.jobs.wait(job.id, 120)


def until(condition, seconds: float = 120.0):
    """Wait for something that must come, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found


def training(project, job: int):
    """Wait until a job is in the middle of training."""
    return until(lambda: (known := project.jobs.get(job)).active and "configurations so far" in known.message and known)


def alive(session: int) -> dict[int, int]:
    """Return the processes of a session that have not ended, each with its parent."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, _, of = (place / "stat").read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(of) == session and state != "Z":
            found[int(place.name)] = int(parent)
    return found


def zombies() -> list[str]:
    """Return the names of children of ours that have ended and were not waited for."""
    states = [place.read_text() for place in Path("/proc/self/task").glob("*/children")]
    children = [child for text in states for child in text.split()]
    return [child for child in children if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"]


def worker_of(job) -> int:
    """Return the process that does the work."""
    return until(lambda: next((own for own, parent in alive(job.process).items() if parent == job.process), None))


def test_a_project_is_run_to_a_stage_and_tells_of_it(project):
    job = project.jobs.start("run", "Explore the rows", {"stage": "explore"})
    assert (job.status, job.title, job.active) == ("queued", "Explore the rows", True)
    said = [until(lambda: (known := project.jobs.get(job.id)).done is not None and known)]
    while said[-1].active:
        known = project.jobs.get(job.id)
        said += [known] if (known.message, known.done) != (said[-1].message, said[-1].done) else []
        time.sleep(0.01)
    assert any(item.message.startswith("explore (3 of 3): ") for item in said)
    done = [item.done for item in said]
    assert done == sorted(done)
    assert len(set(done)) > 2, "it was seen on its way"
    ended = project.jobs.wait(job.id)
    assert (ended.status, ended.done, ended.error) == ("done", 1.0, None)
    assert [stage["name"] for stage in ended.result["stages"]] == ["define", "collect", "explore"]
    assert (project.folder / "reports" / "profile.html").is_file()
    until(lambda: not alive(ended.process))
    until(lambda: not zombies())
    assert list((project.home / "jobs").iterdir()) == [], "a log is kept only where something went wrong"


def test_cancelled_in_the_middle_of_training_nothing_is_left(project):
    job = training(project, project.jobs.start("run", "All", {}).id)
    assert len(alive(job.process)) >= 2
    assert project.jobs.running() == [project.jobs.get(job.id)]
    assert project.jobs.cancel(job.id).cancelling
    ended = project.jobs.wait(job.id, 120)
    assert (ended.status, ended.error, ended.active) == ("cancelled", None, False)
    until(lambda: not alive(job.process))
    until(lambda: not zombies())
    assert project.database.runs.latest(1)[0].status == "interrupted"
    assert list(project.home.glob("partial/*")) == []
    assert standing(project)["train"] == "interrupted"
    assert "train was interrupted" in [item.title for item in overview(project).attention]
    with ProjectLock(project.home / "lock").acquire():
        pass  # nobody holds it
    assert project.jobs.cancel(job.id) == ended, "what has ended cannot be cancelled"


def test_a_killed_job_is_interrupted_and_done_again(project, monkeypatch):
    job = training(project, project.jobs.start("run", "All", {}).id)
    with pytest.raises(UsageError, match=r"Job 1 \(All\) is still at work"):
        project.jobs.again(job.id)
    os.kill(job.process, signal.SIGKILL)
    until(lambda: not alive(job.process))  # the work does not go on unwatched
    with monkeypatch.context() as clock:
        clock.setattr(records, "SILENT_S", 1.0)
        ended = project.jobs.wait(job.id, 120)
        assert (ended.status, ended.error) == ("interrupted", records.DIED)
        (project.folder / "clew.yaml").write_text(CONFIG.replace("TRIALS", "2"))
        again = project.jobs.again(job.id)
    again = project.jobs.wait(again.id, 120)
    assert (again.status, again.title, again.error) == ("done", "All", None)
    stages = {stage["name"]: stage["cached"] for stage in again.result["stages"]}
    assert stages["collect"], "what was finished is kept"
    assert not stages["train"]
    assert {run.status for run in project.database.runs.latest()} == {"done", "interrupted"}


def test_work_that_the_system_kills_is_told_at_once(project):
    job = training(project, project.jobs.start("run", "All", {}).id)
    os.kill(worker_of(job), signal.SIGKILL)
    ended = project.jobs.wait(job.id, 120)
    assert ended.status == "interrupted"
    assert "memory" in ended.error.message
    assert project.database.runs.latest(1)[0].status == "interrupted"
    assert list(project.home.glob("partial/*")) == []


def test_a_system_that_goes_down_interrupts(project):
    job = training(project, project.jobs.start("run", "All", {}).id)
    os.kill(job.process, signal.SIGTERM)
    ended = project.jobs.wait(job.id, 120)
    assert (ended.status, ended.error.hint) == ("interrupted", "Run it again.")
    until(lambda: not alive(job.process))


def test_a_job_outlives_the_process_that_began_it(project):
    begin = "import sys; from clew.project.project import Project\n"
    begin += "with Project(sys.argv[1]) as p: print(p.jobs.start('run', 'Collect', {'stage': 'collect'}).id)"
    done = subprocess.run(
        [sys.executable, "-c", begin, str(project.folder)], capture_output=True, text=True, check=True
    )
    job = project.jobs.get(int(done.stdout))
    assert job.active
    assert project.jobs.wait(job.id, 120).status == "done"


def test_two_jobs_on_one_project_work_one_after_the_other(project):
    first = training(project, project.jobs.start("run", "All", {}).id)
    second = project.jobs.start("run", "Collect", {"stage": "collect"})
    waiting = until(lambda: (known := project.jobs.get(second.id)).message.startswith("waiting for") and known)
    assert f"clew run to end: process {worker_of(first)}, since " in waiting.message
    assert [job.id for job in project.jobs.running()] == [second.id, first.id]
    project.jobs.cancel(first.id)
    assert project.jobs.wait(second.id, 120).status == "done"


def test_a_job_that_waits_can_be_cancelled_alone(project):
    first = training(project, project.jobs.start("run", "All", {}).id)
    second = project.jobs.start("run", "Collect", {"stage": "collect"})
    until(lambda: project.jobs.get(second.id).message.startswith("waiting for"))
    project.jobs.cancel(second.id)
    assert project.jobs.wait(second.id, 120).status == "cancelled"
    assert project.jobs.get(first.id).status == "running"
    assert project.database.runs.latest(1)[0].status == "running", "the run of the other job is left alone"


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("rum", {}, "no job of the kind 'rum'.*Did you mean 'run'"),
        ("run", {"stages": "train"}, "takes no 'stages'.*Did you mean 'stage'"),
        ("run", {"force": "yes"}, "'force' of a job must be bool, got 'yes'"),
        ("run", {"trust": ["os.system"]}, "takes no 'trust'"),
        ("prepare", {"recipe": "a.yaml", "out": "b.csv"}, "needs 'dataset'"),
        ("prepare", {"recipe": "a.yaml", "out": "b.csv", "dataset": "d", "version": True}, "must be int, got True"),
    ],
)
def test_a_wrong_order_is_refused_before_anything_begins(project, kind, arguments, message):
    with pytest.raises(UsageError, match=message):
        project.jobs.start(kind, "Wrong", arguments)
    assert project.jobs.latest() == []


@pytest.mark.parametrize(
    ("config", "arguments", "message", "hint"),
    [
        (CONFIG, {"stage": "trian"}, "There is no stage 'trian'.", "Did you mean 'train'?"),
        (CONFIG.replace("rows.csv", "row.csv"), {}, "row.csv", None),
        (CONFIG.replace("folds", "fold"), {}, "unknown key 'split.fold'", "Did you mean 'folds'?"),
        ("name: [", {}, "clew.yaml is no YAML at line", None),
    ],
)
def test_what_the_user_can_mend_is_told_with_the_way_out(project, config, arguments, message, hint):
    assert project.jobs.latest() == []
    (project.folder / "clew.yaml").write_text(config.replace("TRIALS", "2"))
    ended = project.jobs.wait(project.jobs.start("run", "All", arguments).id, 120)
    assert ended.status == "failed"
    assert message in ended.error.message
    assert hint is None or ended.error.hint == hint
    assert "Traceback" not in str(ended.to_dict())


def test_rows_are_prepared_into_the_project(project):
    project.run(stage="collect")
    arguments = {"recipe": "recipes/mine.yaml", "dataset": "cancer", "out": "prepared/rows.parquet"}
    ended = project.jobs.wait(project.jobs.start("prepare", "Prepare", arguments).id, 120)
    assert ended.status == "done", ended.error
    assert (ended.result["rows_out"], ended.result["out"]) == (569, "prepared/rows.parquet")
    recipe, out = project.folder / "recipes" / "mine.yaml", project.folder / "by_hand.parquet"
    api.prepare(project.dataset("cancer"), recipe=recipe, out=out, target="target")
    assert pl.read_parquet(project.folder / "prepared" / "rows.parquet").equals(pl.read_parquet(out))
    again = project.jobs.wait(project.jobs.again(ended.id).id, 120)
    assert again.status == "done", "what a job wrote, it may write again"


@pytest.mark.parametrize(
    ("key", "place", "message"),
    [
        ("out", "../elsewhere.csv", "no place in the project folder"),
        ("out", "/tmp/elsewhere.csv", "no place in the project folder"),  # noqa: S108 - nothing is written
        ("out", ".clew/rows.csv", "hidden or kept by Clew"),
        ("out", "rows.csv", "exists, and only files in prepared/ are written over"),
        ("fitted", "recipes", "exists, and only files in prepared/ are written over"),
        ("recipe", "../mine.yaml", "no place in the project folder"),
        ("dataset", "cancre", "Did you mean 'cancer'"),
    ],
)
def test_rows_are_prepared_into_no_other_place(project, key, place, message):
    from clew.project.job_prepare import work

    project.run(stage="collect")
    before = (project.folder / "rows.csv").read_bytes()
    arguments = {"recipe": "recipes/mine.yaml", "dataset": "cancer", "out": "prepared/rows.csv", key: place}
    with pytest.raises(UsageError, match=message):
        work(project.folder, arguments, lambda *_: None)
    assert (project.folder / "rows.csv").read_bytes() == before


NESTING = """
import os, subprocess, sys, time

def work(folder, arguments, progress):
    print("a library that talks")
    if arguments["how"] == "raise":
        raise ValueError("<b>no</b>")
    if arguments["how"] == "crash":
        os.abort()
    sleepers = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) for _ in range(2)]
    progress(" ".join(str(item.pid) for item in sleepers), 0.5)
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            if arguments["how"] != "deaf":
                raise
"""


@pytest.fixture
def watched(project, tmp_path, monkeypatch):
    """Let a kind of the test's own be watched over in a thread, and return how to begin it."""
    (tmp_path / "nesting.py").write_text(NESTING)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.setitem(KINDS, "nest", Kind("nesting", {"how": str}))
    threads = []

    def begin(how: str) -> int:
        job = project.database.jobs.add("nest", "Nest", {"how": how})
        threads.append(threading.Thread(target=Watcher(project.database, project.folder, job.id).see_through))
        threads[-1].start()
        return job.id

    yield begin
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("how", ["obedient", "deaf"])
def test_processes_that_the_work_began_end_with_it(project, watched, how):
    job = watched(how)
    message = until(lambda: (known := project.jobs.get(job)).done is not None and known.message)
    sleepers = [int(pid) for pid in message.split()]
    assert all(Path(f"/proc/{pid}").exists() for pid in sleepers)
    project.jobs.cancel(job)
    assert project.jobs.wait(job, 120).status == "cancelled"
    until(lambda: not any(ended_not(pid) for pid in sleepers))


def ended_not(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_fault_of_ours_is_told_without_its_traceback(project, watched):
    ended = project.jobs.wait(watched("raise"), 120)
    assert (ended.status, ended.error.message) == ("failed", "Clew failed: ValueError: <b>no</b>.")
    assert ended.error.hint == "The details are in .clew/jobs/000001.log."


def test_a_crash_is_told_with_its_signal(project, watched):
    ended = project.jobs.wait(watched("crash"), 120)
    assert (ended.status, ended.error.message) == ("interrupted", "The process that did the work crashed (SIGABRT).")


def test_a_wish_that_comes_first_keeps_the_work_from_beginning(project):
    job = project.database.jobs.add("run", "All", {})
    project.jobs.cancel(job.id)
    Watcher(project.database, project.folder, job.id).see_through()
    ended = project.jobs.get(job.id)
    assert (ended.status, ended.message) == ("cancelled", "starting")


def test_a_job_is_taken_on_once(project):
    job = project.database.jobs.add("run", "All", {"stage": "define"})
    project.database.jobs.begin(job.id, process=1)
    Watcher(project.database, project.folder, job.id).see_through()
    assert project.jobs.get(job.id).process == 1


def test_the_watcher_loads_nothing_heavy():
    code = "import sys, clew.project.job_process, clew.project.job_work\n"
    code += "print(*sorted({'polars', 'pandas', 'sklearn', 'pydantic', 'pyarrow', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_module_in_the_present_folder_is_not_taken_for_ours(project, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    ended = project.jobs.wait(project.jobs.start("run", "Define", {"stage": "define"}).id, 120)
    assert ended.status == "done", ended.error
