"""Stages are run when something they depend on changed, and a kill leaves nothing half done."""

from pathlib import Path

import pytest

from clew.core.errors import UsageError
from clew.core.progress import silent
from clew.project.runner import Runner, Stage, StageResult
from clew.store.database import Database


class Work:
    """Counts how often each stage was run; the settings of both can be changed."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.number = 1
        self.word = "a"
        self.broken = False


def _first(context, earlier, folder: Path) -> StageResult:
    context.ran.append("first")
    (folder / "number.txt").write_text(str(context.number // 10))
    return StageResult({"size": context.number // 10}, outputs=("number:1",))


def _second(context, earlier, folder: Path) -> StageResult:
    context.ran.append("second")
    (folder / "half.txt").write_text("half")
    if context.broken:
        raise ValueError("broken")
    size = int((earlier["first"].folder / "number.txt").read_text())
    return StageResult({"text": context.word * size}, products=("product.txt",), inputs=("number:1",))


STAGES = (
    Stage("first", (), lambda context: context.number, _first),
    Stage("second", ("first",), lambda context: context.word, _second),
)


@pytest.fixture
def run(tmp_path):
    database = Database(tmp_path / "clew.db")
    home = tmp_path / ".clew"
    home.mkdir()
    (tmp_path / "product.txt").write_text("there")

    def again(context, **options):
        context.ran.clear()
        runner = Runner(home, database, silent)
        runner.clean()
        outcomes = runner.run(STAGES, context, **options)
        return {outcome.name: outcome for outcome in outcomes}

    again.home = home
    again.database = database
    yield again
    database.close()


def test_what_has_not_changed_is_not_run_again(run):
    work = Work()
    work.number = 30
    assert run(work)["second"].summary == {"text": "aaa"}
    assert work.ran == ["first", "second"]
    outcomes = run(work)
    assert work.ran == []
    assert outcomes["second"].cached
    assert outcomes["second"].summary == {"text": "aaa"}


def test_only_what_depends_on_a_change_is_run(run):
    work = Work()
    run(work)
    work.word = "b"
    run(work)
    assert work.ran == ["second"]
    work.number = 50
    run(work)
    assert work.ran == ["first", "second"]


def test_a_change_that_makes_no_difference_goes_no_further(run):
    work = Work()
    work.number = 31
    run(work)
    work.number = 32
    run(work)
    assert work.ran == ["first"]


def test_going_back_to_an_earlier_setting_is_free(run):
    work = Work()
    run(work)
    work.word = "b"
    run(work)
    work.word = "a"
    run(work)
    assert work.ran == []


def test_a_damaged_or_missing_result_is_made_again(run):
    work = Work()
    folder = run(work)["first"].folder
    (folder / "number.txt").write_text("99")
    assert run(work)["first"].summary == {"size": 0}
    assert work.ran == ["first"]
    (run.home.parent / "product.txt").unlink()
    run(work)
    assert work.ran == ["second"]


def test_a_stage_that_fails_leaves_the_database_honest_and_no_files(run):
    work = Work()
    work.broken = True
    with pytest.raises(ValueError, match="broken"):
        run(work)
    assert [(item.stage, item.status) for item in run.database.runs.latest()] == [
        ("second", "failed"),
        ("first", "done"),
    ]
    assert list((run.home / "partial").iterdir()) == []
    work.broken = False
    run(work)
    assert work.ran == ["second"]


def test_force_runs_again_up_to_a_stage(run):
    work = Work()
    run(work)
    run(work, force=True)
    assert work.ran == ["first", "second"]
    run(work, until="first", force=True)
    assert work.ran == ["first"]
    with pytest.raises(UsageError, match="no stage 'thrid'"):
        run(work, until="thrid")


def test_older_results_are_forgotten_after_a_while(run):
    work = Work()
    for number in range(12):
        work.number = number * 10
        run(work)
    assert len(list((run.home / "stages" / "first").iterdir())) == 5
