"""Files that are whole or not there, and the lock that keeps two writers apart."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import clew
from clew.core.errors import BusyError, DataError, UsageError
from clew.store.files import ProjectLock, sync_tree, write_atomic
from clew.store.folders import check_place

HOLD = """
import sys, time
from pathlib import Path
from clew.store.files import ProjectLock
with ProjectLock(Path(sys.argv[1]), what="training").acquire():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("data", "content"), [("größer", "größer".encode()), (b"\0\xff", b"\0\xff"), ("", b"")])
def test_a_file_is_written_with_its_folders(tmp_path, data, content):
    path = tmp_path / "a" / "b" / "file"
    write_atomic(path, data)
    assert path.read_bytes() == content
    assert [item.name for item in path.parent.iterdir()] == ["file"], "nothing else is left"


def test_an_old_file_is_replaced_and_keeps_its_rights(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    write_atomic(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\ud800")
    with pytest.raises(DataError, match="cannot be written"):
        write_atomic(path / "below a file", "new")
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_a_folder_takes_no_file_of_its_name(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        write_atomic(tmp_path / "taken", "text")
    assert [item.name for item in tmp_path.iterdir()] == ["taken"]


def test_a_tree_is_forced_to_the_disk(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    sync_tree(tmp_path)
    sync_tree(tmp_path, deep=False)


def test_the_lock_excludes_even_within_one_process(tmp_path):
    path = tmp_path / "deep" / "lock"
    with ProjectLock(path, what="first").acquire():
        with pytest.raises(BusyError, match=rf"process {os.getpid()} \(first, since 20"), ProjectLock(path).acquire():
            pass
        assert ProjectLock(path).holder()["what"] == "first"
    with ProjectLock(path).acquire():
        pass
    assert ProjectLock(path).holder() is None


def test_the_lock_is_given_back_after_an_error(tmp_path):
    lock = ProjectLock(tmp_path / "lock")
    with pytest.raises(ZeroDivisionError), lock.acquire():
        1 / 0  # noqa: B018
    with lock.acquire():
        pass


@pytest.fixture
def holder(tmp_path):
    """Start another process that holds the lock."""
    environment = {**os.environ, "PYTHONPATH": str(Path(clew.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_another_process_is_named_and_its_death_frees_the_lock(tmp_path, holder):
    lock = ProjectLock(tmp_path / "lock")
    with pytest.raises(BusyError, match=rf"process {holder.pid} \(training"), lock.acquire():
        pass
    holder.send_signal(signal.SIGKILL)
    with lock.acquire(wait_s=20):
        assert lock.holder()["pid"] == os.getpid()


def test_waiting_ends_at_the_time_limit(tmp_path, holder):
    began = time.monotonic()
    with pytest.raises(BusyError), ProjectLock(tmp_path / "lock").acquire(wait_s=0.3):
        pass
    assert time.monotonic() - began >= 0.3


def test_folder_below_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="it is a file"):
        check_place(tmp_path / "file" / "below" / "bundle", marker="bundle.json")
    check_place(tmp_path / "new" / "below" / "bundle", marker="bundle.json")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that the kernel makes")
def test_folder_where_nothing_can_be_made_is_refused():
    with pytest.raises(UsageError, match="Nothing can be written to /proc"):
        check_place(Path("/proc/bundle"), marker="bundle.json")
