import os
import signal
import subprocess
import sys

import pytest

from clew.core.errors import BusyError
from clew.store.files import ProjectLock, sync_tree, write_atomic

HOLD = """
import sys, time
from pathlib import Path
from clew.store.files import ProjectLock
with ProjectLock(Path(sys.argv[1]), what="a long run").acquire():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / ".clew" / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    write_atomic(path, "first")
    write_atomic(path, b"second")
    assert path.read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_atomic(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\ud800")
    assert path.read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_tree_can_be_flushed(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.txt").write_text("c")
    sync_tree(tmp_path)
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "c"


def test_a_second_holder_is_told_who_has_it(tmp_path, holder):
    mine = ProjectLock(tmp_path / ".clew" / "lock", "mine")
    with pytest.raises(BusyError, match=rf"held by process {holder.pid} \(a long run, since 20"), mine.acquire(0.2):
        pass


def test_the_lock_of_a_killed_holder_is_free(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    mine = ProjectLock(tmp_path / ".clew" / "lock", "mine")
    with mine.acquire(5):
        assert mine.holder()["what"] == "mine"


def test_it_can_be_taken_again_after_use_but_not_twice(tmp_path):
    lock = ProjectLock(tmp_path / "lock", "mine")
    for _ in range(2):
        with lock.acquire():
            with pytest.raises(BusyError), ProjectLock(tmp_path / "lock").acquire():
                pass
        assert lock.holder() is None
