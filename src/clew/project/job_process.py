"""``python -m clew.project.job_process FOLDER ID``: watches over the work of one job, and tells the project database.

The work is done by a child in a process group of its own. What it says about its progress is written at most five times
a second, a sign of life every second. Where somebody wishes the job to end, the child is asked first, so that it can
tidy up, and then its whole group is killed. If this process dies, the child notices and ends too.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.core.errors import BusyError
from clew.project.job_kinds import kind_of
from clew.project.jobs import log_of
from clew.store.database import Database
from clew.store.files import ProjectLock
from clew.store.jobs import Job, JobError

#: Seconds between two looks, and between two signs of life.
TICK_S, BEAT_S = 0.2, 1.0
#: How long work that is to end may tidy up.
GRACE_S = 3.0


class Work:
    """The process that does the work, and what it has said.

    Parameters
    ----------
    folder : Path
        The project.
    job : Job
        What is to be done.
    """

    def __init__(self, folder: Path, job: Job) -> None:
        command = [sys.executable, "-P", "-m", "clew.project.job_work"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, process_group=0)  # noqa: S603 - our own
        order = {"folder": str(folder), "module": kind_of(job.kind).module, "arguments": dict(job.arguments)}
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        # The pipe stays open: its end tells the work that nobody watches over it any more.
        with contextlib.suppress(BrokenPipeError):  # it died at once, and is told below
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        self.news: tuple[str, float | None] | None = None
        self.last_word: Mapping[str, Any] = {}
        self.silent = threading.Event()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        for line in self._process.stdout:
            said = json.loads(line)
            if "progress" in said:
                self.news = (said["progress"], said["done"])
            else:
                self.last_word = said
                break
        self.silent.set()

    @property
    def over(self) -> bool:
        """Whether it has said its last word, or is gone."""
        return self.silent.is_set() or self._process.poll() is not None

    def ask_to_end(self) -> None:
        """Interrupt it as Ctrl-C would."""
        self._process.send_signal(signal.SIGINT)

    def finish(self) -> int:
        """Let it tidy up for a moment, end whatever is left of its group, and return its exit code."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        with contextlib.suppress(ProcessLookupError):  # nothing is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()  # with its group gone, nobody holds the other end
        with contextlib.suppress(BrokenPipeError), self._process:  # closes the pipes
            pass
        return self._process.returncode


class Watcher:
    """Sees a job to its end.

    Parameters
    ----------
    database : Database
        The project database.
    folder : Path
        The project.
    job : int
        The job.
    """

    def __init__(self, database: Database, folder: Path, job: int) -> None:
        self._database = database
        self._jobs = database.jobs
        self._folder = folder
        self._id = job
        self._told_to_stop = threading.Event()

    def stop(self, *_: object) -> None:
        """End the work soon; for the system's signals."""
        self._told_to_stop.set()

    def see_through(self) -> None:
        """Start the work, tell of it, and note how it ended."""
        if not self._jobs.begin(self._id, os.getpid()):
            return
        if self._jobs.cancel_wished(self._id):
            self._jobs.end(self._id, "cancelled")
            return
        work = Work(self._folder, self._jobs.get(self._id))
        try:
            cancelled = self._watch(work)
            ended = self._note_word(work)
        finally:
            code = work.finish()
        if not (ended or self._note_word(work)):
            self._note_silence(code, cancelled=cancelled)

    def _watch(self, work: Work) -> bool:
        """Tell of the work until it ends or is to end; return whether somebody wished so."""
        told, beaten = work.news, time.monotonic()
        while not work.over:
            work.silent.wait(TICK_S)
            news = work.news
            if news is not None and news != told:
                wished = self._jobs.beat(self._id, *news)
            elif time.monotonic() - beaten >= BEAT_S:
                wished = self._jobs.beat(self._id)
            else:
                wished = self._jobs.cancel_wished(self._id)
                if not (wished or self._told_to_stop.is_set()):
                    continue
            told, beaten = news, time.monotonic()
            if wished or self._told_to_stop.is_set():
                work.ask_to_end()
                return wished
        return False

    def _note_word(self, work: Work) -> bool:
        """Note the last word of the work; False where it has not said one."""
        word = work.last_word
        if word and work.news is not None:
            self._jobs.beat(self._id, *work.news)
        if "result" in word:
            self._jobs.end(self._id, "done", result=word["result"])
        elif "error" in word:
            self._jobs.end(self._id, "failed", error=JobError(**word["error"]))
        elif "fault" in word:
            error = JobError(f"Clew failed: {word['fault']}.", f"The details are in {self._log}.")
            self._jobs.end(self._id, "failed", error=error)
        return bool(word)

    def _note_silence(self, code: int, *, cancelled: bool) -> None:
        """Note the end of work that said no last word."""
        self._tidy()
        if cancelled:
            self._jobs.end(self._id, "cancelled")
        else:
            self._jobs.end(self._id, "interrupted", error=self._why(code))

    @property
    def _log(self) -> Path:
        return log_of(self._folder, self._id).relative_to(self._folder)

    def _why(self, code: int) -> JobError:
        if self._told_to_stop.is_set():
            return JobError("The system ended the job, as when the machine is shut down.", "Run it again.")
        if code == -signal.SIGKILL:
            return JobError(
                "The system killed the process that did the work; most often memory has run out.",
                "Free memory or take fewer rows, and run it again; what was finished is kept.",
            )
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return JobError(f"The process that did the work crashed ({name}).", f"The details are in {self._log}.")

    def _tidy(self) -> None:
        """Do what the next run would do first: forget half-written results and runs that never ended."""
        home = self._folder / ".clew"
        # Whoever holds the lock has tidied up when it got it.
        with contextlib.suppress(BusyError), ProjectLock(home / "lock", what="tidying up").acquire(TICK_S):
            shutil.rmtree(home / "partial", ignore_errors=True)
            self._database.runs.interrupt()


def main(folder: Path, job: int, address: str) -> None:
    """Watch over one job.

    Parameters
    ----------
    folder : Path
        The project.
    job : int
        The job.
    address : str
        Of the project database.
    """
    with Database(address) as database:
        watcher = Watcher(database, folder, job)
        signal.signal(signal.SIGTERM, watcher.stop)
        watcher.see_through()
        ended_well = database.jobs.get(job).status in {"done", "cancelled"}
    log = log_of(folder, job)
    if ended_well or log.stat().st_size == 0:
        log.unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), json.load(sys.stdin)["database"])
