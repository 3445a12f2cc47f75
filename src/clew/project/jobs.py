"""Long work in processes of its own: begun here, watched from anywhere, alive when the tab or the server is gone.

A job is a row of the project database and two processes. The watcher (`clew.project.job_process`) starts the worker
(`clew.project.job_work`), tells the database what it says, and ends it where somebody wishes so. It holds nothing
heavy, so that neither a library that keeps Python busy nor one that crashes can keep it from telling the truth.
Processes are handled as POSIX systems do.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.core.errors import DataError, UsageError
from clew.project.job_kinds import check_arguments
from clew.store.database import Database
from clew.store.jobs import Job, JobError

__all__ = ["Job", "JobError", "Jobs"]

#: Seconds between two looks at a job that is waited for.
_LOOK_S = 0.1


class Jobs:
    """The jobs of a project; safe to use from several threads.

    Parameters
    ----------
    folder : Path
        The project.
    database : Database
        The project database.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder.resolve()
        self._database = database

    def start(self, kind: str, title: str, arguments: Mapping[str, Any] | None = None) -> Job:
        """Begin long work and return at once.

        Parameters
        ----------
        kind : str
            One of `clew.project.job_kinds.KINDS`: ``"run"`` with ``stage`` and ``force``, or ``"prepare"`` with
            ``recipe``, ``dataset``, ``out``, and optionally ``version``, ``target``, ``fitted``, ``engine``.
        title : str
            What people are told of it.
        arguments : mapping, optional
            JSON-ready arguments of the kind.

        Raises
        ------
        UsageError
            If the kind does not exist or takes other arguments, or the project is not there any more.
        DataError
            If no process can be started.
        """
        if not self._folder.is_dir():
            raise UsageError(f"The project folder {self._folder} is not there any more.", hint="Put it back.")
        job = self._database.jobs.add(kind, title, check_arguments(kind, arguments or {}))
        try:
            self._spawn(job)
        except OSError as error:
            told = JobError(
                f"The job's process cannot be started: {error.strerror}.", "Check the space and the rights."
            )
            self._database.jobs.end(job.id, "failed", error=told)
            raise DataError(told.message, hint=told.hint) from error
        return job

    def get(self, job: int) -> Job:
        """Return a job as it stands.

        Raises
        ------
        UsageError
            If there is none of that number.
        """
        return self._database.jobs.get(job)

    def latest(self, limit: int = 50) -> list[Job]:
        """Return the latest jobs, newest first."""
        return self._database.jobs.latest(limit)

    def running(self) -> list[Job]:
        """Return the jobs that wait or work, newest first."""
        return self._database.jobs.running()

    def cancel(self, job: int) -> Job:
        """Wish that a job ends, with all the processes it has begun; nothing where it has ended.

        Returns
        -------
        Job
            As it stands now; it ends within seconds.
        """
        if self.get(job).active:
            self._database.jobs.wish_cancel(job)
        return self.get(job)

    def again(self, job: int) -> Job:
        """Begin the same work once more; what an earlier job finished is kept and not done again.

        Raises
        ------
        UsageError
            If the job is still at work.
        """
        known = self.get(job)
        if known.active:
            raise UsageError(f"Job {job} ({known.title}) is still at work.", hint="Wait for it, or cancel it first.")
        return self.start(known.kind, known.title, known.arguments)

    def wait(self, job: int, timeout_s: float | None = None) -> Job:
        """Wait until a job has ended.

        Parameters
        ----------
        job : int
            The job.
        timeout_s : float, optional
            Seconds to wait at most; without it as long as it takes.

        Returns
        -------
        Job
            As it stands then; still active where the time was too short.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while (known := self.get(job)).active and (until is None or time.monotonic() < until):
            time.sleep(_LOOK_S)
        return known

    def log(self, job: int) -> Path:
        """Return the file with what a job wrote beside its progress; there is none where all went well."""
        return log_of(self._folder, job)

    def _spawn(self, job: Job) -> None:
        log = self.log(job.id)
        log.parent.mkdir(parents=True, exist_ok=True)
        # -P: the present folder may be somebody's project, and nothing in it is to be taken for a Python module.
        command = [sys.executable, "-P", "-m", "clew.project.job_process", str(self._folder), str(job.id)]
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
            )
        assert process.stdin is not None  # noqa: S101 - it was asked for
        with process.stdin as pipe:
            # Not on the command line, which everybody on the machine can read: an address may hold a password.
            pipe.write(json.dumps({"database": _absolute(self._database.address)}).encode())
        # A process that has ended stays in the system's table until it is waited for.
        threading.Thread(target=process.wait, name=f"clew-job-{job.id}", daemon=True).start()


def log_of(folder: Path, job: int) -> Path:
    """Return the log file of a job."""
    return folder / ".clew" / "jobs" / f"{job:06d}.log"


def _absolute(address: str | Path) -> str:
    return str(address) if "://" in str(address) else os.path.abspath(address)  # noqa: PTH100 - links stay as they are
