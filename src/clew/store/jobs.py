"""Long work as rows: what is wanted, how far it is, whether it is alive, and how it ended.

A job's own process writes here, and whoever looks reads here; so a job outlives the tab and the server that began it.
A process that dies without a word cannot say so. It is known by its silence: it signs every second, and a job whose
last sign is old *reads* as interrupted. Nothing is written then, so a machine that slept loses no job that goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clew.core.errors import UsageError
from clew.store.schema import jobs
from clew.store.transactions import Transactions, now

#: A job that has given no sign of life for so long is taken for dead.
SILENT_S = 10.0
#: A process that has just been started may take its time on a busy machine.
START_S = 30.0
#: Characters of a message that are kept.
_MESSAGE = 500

ACTIVE = ("queued", "running")


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job did not reach its end.

    Parameters
    ----------
    message : str
        What is wrong.
    hint : str or None
        The way out.
    """

    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Long work, as it stands.

    Parameters
    ----------
    id : int
        Counted from 1.
    kind : str
        What is done, e.g. ``"run"``.
    title : str
        The same for people.
    arguments : mapping
        JSON-ready.
    status : {"queued", "running", "done", "failed", "cancelled", "interrupted"}
        How it stands. Interrupted is what ended without a word: it was killed, or the machine went down.
    message : str
        What it was last busy with.
    done : float or None
        Share of the whole, 0 to 1; None where nobody knows.
    cancelling : bool
        Whether somebody wishes it to end.
    created : str
        UTC, ISO 8601.
    started, ended : str or None
        The same.
    process : int or None
        Number of the process that watches over the work.
    result : mapping or None
        JSON-ready; of a job that is done.
    error : JobError or None
        Of a job that failed or was interrupted.
    """

    id: int
    kind: str
    title: str
    arguments: Mapping[str, Any]
    status: str
    message: str
    done: float | None
    cancelling: bool
    created: str
    started: str | None
    ended: str | None
    process: int | None
    result: Mapping[str, Any] | None
    error: JobError | None

    @property
    def active(self) -> bool:
        """Whether it waits or works."""
        return self.status in ACTIVE

    @property
    def seconds(self) -> float:
        """How long it took, or has been at work; 0 before it has begun."""
        if self.started is None:
            return 0.0
        return _seconds_between(self.started, self.ended or now())

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the seconds as JSON-ready values."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "error"}
        error = {"message": self.error.message, "hint": self.error.hint} if self.error else None
        return fields | {"arguments": dict(self.arguments), "error": error, "seconds": round(self.seconds, 3)}


#: What is known of a job that fell silent.
DIED = JobError(
    "The job ended without a word: its process was killed, or the machine went down.",
    "Run it again; what was finished is kept.",
)


class JobRecords:
    """The jobs of a project; every method is one transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(self, kind: str, title: str, arguments: Mapping[str, Any]) -> Job:
        """Note a wish for work, and return it, queued."""
        moment = now()
        values = {
            "kind": kind,
            "title": title,
            "arguments": dict(arguments),
            "status": "queued",
            "message": "starting",
            "cancel": False,
            "created": moment,
            "heartbeat": moment,
        }
        with self._transactions.write() as connection:
            number = connection.execute(sa.insert(jobs).values(**values)).inserted_primary_key[0]  # type: ignore[index]
            return _job(connection.execute(sa.select(jobs).where(jobs.c.id == number)).one())

    def get(self, job: int) -> Job:
        """Return a job.

        Raises
        ------
        UsageError
            If there is none of that number.
        """
        with self._transactions.read() as connection:
            row = connection.execute(sa.select(jobs).where(jobs.c.id == job)).first()
        if row is None:
            raise UsageError(f"The project has no job {job!r}.", hint="Look at the list of jobs.")
        return _job(row)

    def latest(self, limit: int = 50) -> list[Job]:
        """Return the latest jobs, newest first."""
        with self._transactions.read() as connection:
            return [_job(row) for row in connection.execute(sa.select(jobs).order_by(jobs.c.id.desc()).limit(limit))]

    def running(self) -> list[Job]:
        """Return the jobs that wait or work, newest first."""
        query = sa.select(jobs).where(jobs.c.status.in_(ACTIVE)).order_by(jobs.c.id.desc())
        with self._transactions.read() as connection:
            return [job for job in map(_job, connection.execute(query)) if job.active]

    def begin(self, job: int, process: int) -> bool:
        """Note that a process takes a queued job on; False where somebody has done so, or the job has ended."""
        moment = now()
        values = {"status": "running", "started": moment, "heartbeat": moment, "process": process}
        return self._change(job, ("queued",), values)

    def beat(self, job: int, message: str | None = None, done: float | None = None) -> bool:
        """Give a sign of life and return whether somebody wishes the job to end.

        Parameters
        ----------
        job : int
            The job.
        message : str, optional
            What it is busy with; without it only the sign of life is noted.
        done : float, optional
            Share of the whole, noted with the message.
        """
        values: dict[str, Any] = {"heartbeat": now()}
        if message is not None:
            values |= {"message": message[:_MESSAGE], "done": done}
        self._change(job, ("running",), values)
        return self.cancel_wished(job)

    def cancel_wished(self, job: int) -> bool:
        """Return whether somebody wishes the job to end."""
        with self._transactions.read() as connection:
            return bool(connection.scalar(sa.select(jobs.c.cancel).where(jobs.c.id == job)))

    def wish_cancel(self, job: int) -> None:
        """Note the wish that a job ends; nothing where it has ended."""
        self._change(job, ACTIVE, {"cancel": True})

    def end(
        self,
        job: int,
        status: str,
        *,
        result: Mapping[str, Any] | None = None,
        error: JobError | None = None,
    ) -> bool:
        """Note how a job ended; False where it had ended before.

        Parameters
        ----------
        job : int
            The job.
        status : str
            ``"done"``, ``"failed"``, ``"cancelled"`` or ``"interrupted"``.
        result : mapping, optional
            JSON-ready.
        error : JobError, optional
            Why it did not reach its end.
        """
        moment = now()
        values: dict[str, Any] = {"status": status, "ended": moment, "heartbeat": moment}
        if status == "done":
            values |= {"done": 1.0, "result": dict(result or {})}
        if error is not None:
            values["error"] = {"message": error.message, "hint": error.hint}
        return self._change(job, ACTIVE, values)

    def _change(self, job: int, statuses: tuple[str, ...], values: Mapping[str, Any]) -> bool:
        query = sa.update(jobs).where(jobs.c.id == job, jobs.c.status.in_(statuses)).values(**values)
        with self._transactions.write() as connection:
            return connection.execute(query).rowcount == 1


def _job(row: Any) -> Job:
    status, ended, error = row.status, row.ended, JobError(**row.error) if row.error else None
    silent = _seconds_between(row.heartbeat, now())
    if (status == "running" and silent > SILENT_S) or (status == "queued" and silent > START_S):
        status, ended = ("cancelled" if row.cancel else "interrupted"), row.heartbeat
        error = None if row.cancel else DIED
    return Job(
        id=row.id,
        kind=row.kind,
        title=row.title,
        arguments=row.arguments,
        status=status,
        message=row.message,
        done=row.done,
        cancelling=bool(row.cancel) and status in ACTIVE,
        created=row.created,
        started=row.started,
        ended=ended,
        process=row.process,
        result=row.result,
        error=error,
    )


def _seconds_between(start: str, stop: str) -> float:
    moments = [datetime.fromisoformat(text).astimezone(UTC) for text in (start, stop)]
    return (moments[1] - moments[0]).total_seconds()
