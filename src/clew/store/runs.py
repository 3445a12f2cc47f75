"""What ran: stages with their keys, how they ended, and their figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clew.store.schema import edges, figures, runs
from clew.store.transactions import Transactions, now


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a stage.

    Parameters
    ----------
    id : int
        Counted from 1.
    stage : str
        Name of the stage or command.
    key : str
        Hash of everything the result depends on.
    status : {"running", "done", "failed", "interrupted"}
        How it stands.
    started : str
        UTC, ISO 8601.
    seconds : float or None
        How long it took.
    output : mapping
        JSON-ready summary of what came out.
    """

    id: int
    stage: str
    key: str
    status: str
    started: str
    seconds: float | None
    output: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


class Runs:
    """The runs of a project; every method is one transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def start(self, stage: str, key: str, config: Mapping[str, Any]) -> int:
        """Note that a stage begins, and return the number of the run."""
        values = {
            "stage": stage,
            "key": key,
            "status": "running",
            "started": now(),
            "config": dict(config),
            "output": {},
        }
        with self._transactions.write() as connection:
            return int(connection.execute(sa.insert(runs).values(**values)).inserted_primary_key[0])  # type: ignore[index]

    def finish(
        self,
        run: int,
        *,
        status: str = "done",
        seconds: float,
        output: Mapping[str, Any],
        metrics: Mapping[str, Mapping[str, Any]] | None = None,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
    ) -> None:
        """Note how a run ended, its figures, and what it read and made, in one transaction.

        Parameters
        ----------
        run : int
            Number of the run.
        status : str, default "done"
            ``"done"``, ``"failed"`` or ``"interrupted"``.
        seconds : float
            How long it took.
        output : mapping
            JSON-ready summary.
        metrics : mapping, optional
            Name → ``{"value", "low", "high", "rows"}``.
        inputs, outputs : sequence of str
            Nodes of the lineage, e.g. ``"dataset:flights@1"``.
        """
        with self._transactions.write() as connection:
            values = {"status": status, "seconds": seconds, "output": dict(output)}
            connection.execute(sa.update(runs).where(runs.c.id == run).values(**values))
            rows = [{"run": run, "name": name, **_figure(value)} for name, value in (metrics or {}).items()]
            if rows:
                connection.execute(sa.insert(figures), rows)
            node = f"run:{run}"
            links = [(source, "read by", node) for source in inputs] + [(node, "made", target) for target in outputs]
            if links:
                connection.execute(
                    sa.insert(edges), [{"source": a, "relation": how, "target": b, "run": run} for a, how, b in links]
                )

    def interrupt(self) -> int:
        """Mark runs that never ended as interrupted and return their number; only for the holder of the lock."""
        with self._transactions.write() as connection:
            query = sa.update(runs).where(runs.c.status == "running").values(status="interrupted")
            return int(connection.execute(query).rowcount)

    def finished(self, stage: str, key: str) -> Run | None:
        """Return the latest successful run of a stage with this key, if there is one."""
        query = sa.select(runs).where(runs.c.stage == stage, runs.c.key == key, runs.c.status == "done")
        with self._transactions.read() as connection:
            row = connection.execute(query.order_by(runs.c.id.desc()).limit(1)).first()
        return _run(row) if row else None

    def latest(self, limit: int = 100) -> list[Run]:
        """Return the latest runs, newest first."""
        with self._transactions.read() as connection:
            return [_run(row) for row in connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(limit))]

    def newest(self) -> dict[str, tuple[Run, Mapping[str, Any]]]:
        """Return the latest run of each stage, and the settings with which it began."""
        latest = sa.select(sa.func.max(runs.c.id)).group_by(runs.c.stage)
        with self._transactions.read() as connection:
            found = connection.execute(sa.select(runs).where(runs.c.id.in_(latest)).order_by(runs.c.id)).all()
        return {row.stage: (_run(row), row.config) for row in found}

    def last_done(self) -> dict[str, Run]:
        """Return the latest run of each stage that ended well."""
        latest = sa.select(sa.func.max(runs.c.id)).where(runs.c.status == "done").group_by(runs.c.stage)
        with self._transactions.read() as connection:
            found = connection.execute(sa.select(runs).where(runs.c.id.in_(latest)).order_by(runs.c.id)).all()
        return {row.stage: _run(row) for row in found}

    def figures(self, run: int) -> dict[str, dict[str, Any]]:
        """Return the figures of a run: name → value, low, high, rows."""
        query = sa.select(figures).where(figures.c.run == run).order_by(figures.c.name)
        with self._transactions.read() as connection:
            return {row["name"]: _figure(dict(row)) for row in connection.execute(query).mappings()}


def _run(row: Any) -> Run:
    return Run(row.id, row.stage, row.key, row.status, row.started, row.seconds, row.output)


def _figure(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.get(key) for key in ("value", "low", "high", "rows")}
