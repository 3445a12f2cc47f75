"""Work in processes that can be ended."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clew.core.process import Children


def work(text: str) -> str:
    """Do what the text says; runs in a child."""
    if text == "sleep":
        time.sleep(60)
    if text == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if text == "fail":
        raise ValueError("out of order")
    if text == "pids":
        return f"{os.getpid()} {os.getppid()}"
    return text.upper()


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)


@pytest.fixture
def children():
    with Children("test_process:work") as made:
        yield made


def _soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def _ends(pid: int) -> bool:
    """Return whether a process is gone, or soon will be."""
    until = _soon(20)
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_answer_comes_back_also_side_by_side(children):
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: children.run(text, until=_soon()), "abcd")) == list("ABCD")


@pytest.mark.parametrize("text", ["sleep", "die"])
def test_work_that_is_ended_has_no_answer_and_the_next_has(children, text):
    assert children.run("warm", until=_soon()) == "WARM"
    assert children.run(text, until=_soon(0.3 if text == "sleep" else 60)) is None
    assert children.run("next", until=_soon()) == "NEXT"


def test_process_that_was_killed_is_started_again(children):
    server = int(children.run("pids", until=_soon()).split()[1])
    os.kill(server, signal.SIGKILL)
    assert _ends(server)
    assert children.run("next", until=_soon()) == "NEXT"


def test_folder_for_temporary_files_may_have_any_name(children, monkeypatch, tmp_path):
    (tmp_path / ("long" * 30)).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("long" * 30)))
    assert children.run("abc", until=_soon()) == "ABC"


def test_work_that_fails_has_no_answer(children, capfd):
    assert children.run("fail", until=_soon()) is None
    assert "out of order" in capfd.readouterr().err


def test_time_that_is_over_is_not_begun(children):
    assert children.run("late", until=time.monotonic() - 1) is None


def test_no_process_and_no_folder_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Children("test_process:work") as children:
        child, server = (int(pid) for pid in children.run("pids", until=_soon()).split())
        assert child != server != os.getpid()
        os.kill(server, 0)  # is there
        (children.folder / "rows").touch()
    assert _ends(child)
    assert _ends(server)
    assert list(tmp_path.iterdir()) == []


_ASKING = """
import sys, time
sys.path.insert(0, sys.argv[1])
from clew.core.process import Children
children = Children("test_process:work")
(children.folder / "rows").touch()
print(children.run("pids", until=time.monotonic() + 60).split()[1], flush=True)
children.run("sleep", until=time.monotonic() + 60)
"""


def test_no_process_and_no_folder_is_left_by_one_that_was_killed(tmp_path):
    command, there = [sys.executable, "-c", _ASKING, str(Path(__file__).parent)], os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=there) as asking:
        server = int(asking.stdout.readline())
        assert [len(list(folder.iterdir())) for folder in tmp_path.iterdir()] == [1]
        asking.kill()
    assert _ends(server)
    assert list(tmp_path.iterdir()) == []
