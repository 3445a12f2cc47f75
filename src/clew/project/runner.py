"""Running stages: only what changed, safely after a kill, one run at a time.

The result of a stage is a folder that is written aside, flushed to disk and renamed into place; after that a row in the
project database makes it visible. A kill at any moment leaves either the old state or the new one; what was half
written is removed when the project is next run.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from clew.core.errors import UsageError, did_you_mean
from clew.core.fingerprint import of_bytes, of_file, of_json
from clew.core.jsonable import dumps, plain
from clew.core.progress import Progress
from clew.project.views import outcome_view
from clew.store.database import Database
from clew.store.files import sync_tree, write_atomic

#: Name of the file in a stage's folder that holds its summary.
RESULT = "result.json"
#: Results kept of each stage.
KEPT_RESULTS = 5

Context = TypeVar("Context")


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage has to say about itself.

    Parameters
    ----------
    summary : mapping
        JSON-ready; what later stages and people read.
    metrics : mapping
        Figures for the database: name → value, low, high, rows.
    inputs, outputs : tuple of str
        Nodes of the lineage that were read and made.
    products : tuple of str
        Paths, relative to the project folder, that were written elsewhere; if one is gone the stage is run again.
    """

    summary: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """How a stage ended.

    Parameters
    ----------
    name : str
        Name of the stage.
    seconds : float
        How long it took, now or when it was really run.
    cached : bool
        Whether an earlier result was still valid.
    folder : Path
        Where its files are.
    summary : mapping
        As in `StageResult`.
    fingerprint : str
        Hash of what it made; later stages depend on it.
    """

    name: str
    seconds: float
    cached: bool
    folder: Path
    summary: Mapping[str, Any]
    fingerprint: str

    def to_dict(self) -> dict[str, Any]:
        """Return name, status, seconds and whether it was cached."""
        return {"name": self.name, "status": "done", "seconds": round(self.seconds, 3), "cached": self.cached}

    def __repr__(self) -> str:
        return f"StageOutcome({self.name}, {'kept' if self.cached else 'done'}, {self.seconds:.1f} s)"

    def _repr_html_(self) -> str:
        return outcome_view(self)


@dataclass(frozen=True, slots=True)
class Stage(Generic[Context]):
    """A stage of the lifecycle.

    Parameters
    ----------
    name : str
        Name on the command line.
    needs : tuple of str
        Stages whose results it reads.
    settings : callable
        Takes the context and returns, JSON-ready, all else its result depends on.
    work : callable
        ``work(context, earlier, folder) -> StageResult``; `earlier` maps the names of earlier stages to their outcomes,
        and `folder` is where files go.
    """

    name: str
    needs: tuple[str, ...]
    settings: Callable[[Context], Any]
    work: Callable[[Context, Mapping[str, StageOutcome], Path], StageResult]


class Runner(Generic[Context]):
    """Runs stages in order over one project folder; the caller holds the project's lock.

    Parameters
    ----------
    home : Path
        The machine's part of the project folder, ``.clew``.
    database : Database
        The project database.
    progress : Progress
        Who is told which stage begins.
    """

    def __init__(self, home: Path, database: Database, progress: Progress) -> None:
        self._home = home
        self._database = database
        self._progress = progress

    def clean(self) -> None:
        """Remove what an interrupted run left behind: half-written folders and runs that never ended."""
        shutil.rmtree(self._home / "partial", ignore_errors=True)
        self._database.runs.interrupt()

    def run(
        self, stages: Sequence[Stage[Context]], context: Context, *, until: str | None = None, force: bool = False
    ) -> list[StageOutcome]:
        """Run what has changed.

        Parameters
        ----------
        stages : sequence of Stage
            All stages, in order.
        context : object
            Handed to the stages.
        until : str, optional
            Last stage to run; by default all are run.
        force : bool, default False
            Run `until` again, or every stage if it is not given, even if nothing changed.

        Raises
        ------
        UsageError
            If there is no stage named `until`.
        """
        names = [stage.name for stage in stages]
        if until is not None and until not in names:
            raise UsageError(f"There is no stage {until!r}.", hint=did_you_mean(until, names))
        outcomes: dict[str, StageOutcome] = {}
        wanted = stages if until is None else stages[: names.index(until) + 1]
        for number, stage in enumerate(wanted, start=1):
            self._progress(f"{stage.name} ({number} of {len(wanted)})")
            forced = force and until in {None, stage.name}
            outcomes[stage.name] = self._one(stage, context, outcomes, forced=forced)
        return list(outcomes.values())

    def _one(
        self, stage: Stage[Context], context: Context, earlier: Mapping[str, StageOutcome], *, forced: bool
    ) -> StageOutcome:
        settings = plain(stage.settings(context))
        needed = {name: earlier[name].fingerprint for name in stage.needs if name in earlier}
        key = of_json({"stage": stage.name, "settings": settings, "needs": needed, "code": code_version()})
        if not forced and (found := self._finished(stage.name, key)):
            return found
        run = self._database.runs.start(stage.name, key, {"settings": settings})
        started = time.monotonic()
        partial = self._home / "partial" / f"{stage.name}-{run}"
        partial.mkdir(parents=True)
        try:
            result = stage.work(context, earlier, partial)
        except BaseException as error:
            message = {"error": f"{type(error).__name__}: {error}"}
            # Ctrl-C, or a cancelled job, is no mistake of the stage.
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            self._database.runs.finish(run, status=status, seconds=time.monotonic() - started, output=message)
            shutil.rmtree(partial, ignore_errors=True)
            raise
        write_atomic(partial / RESULT, dumps(result.summary, indent=1))
        folder = self._place(stage.name, run, partial)
        seconds = time.monotonic() - started
        output = {"folder": folder.name, "fingerprint": _fingerprint(folder), "products": list(result.products)}
        self._database.runs.finish(
            run,
            seconds=seconds,
            output=output,
            metrics=result.metrics,
            inputs=result.inputs,
            outputs=result.outputs,
        )
        _forget_older(folder)
        return StageOutcome(
            stage.name,
            seconds,
            cached=False,
            folder=folder,
            summary=plain(result.summary),
            fingerprint=str(output["fingerprint"]),
        )

    def _place(self, stage: str, run: int, partial: Path) -> Path:
        sync_tree(partial)
        folder = self._home / "stages" / stage / f"{run:06d}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        # A folder of that number can only stem from a run whose database is gone.
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        sync_tree(folder.parent, deep=False)
        return folder

    def _finished(self, stage: str, key: str) -> StageOutcome | None:
        run = self._database.runs.finished(stage, key)
        if run is None:
            return None
        folder = self._home / "stages" / stage / str(run.output["folder"])
        if not (folder / RESULT).is_file() or _fingerprint(folder) != run.output["fingerprint"]:
            return None
        if not all((self._home.parent / product).exists() for product in run.output["products"]):
            return None
        summary = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        return StageOutcome(
            stage,
            run.seconds or 0.0,
            cached=True,
            folder=folder,
            summary=summary,
            fingerprint=str(run.output["fingerprint"]),
        )


def _forget_older(newest: Path) -> None:
    """Keep the latest results of a stage: going back to an earlier setting is quick, and disk use is bounded."""
    folders = sorted(path for path in newest.parent.iterdir() if path != newest)
    for old in folders[: max(0, len(folders) - KEPT_RESULTS + 1)]:
        shutil.rmtree(old, ignore_errors=True)


def _fingerprint(folder: Path) -> str:
    """Hash every file of a stage's folder; reports for people do not count."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".html")
    return of_json({path.relative_to(folder).as_posix(): of_file(path) for path in files})


@cache
def code_version() -> str:
    """Return a hash of Clew's own source, so that results of other code are not taken for current."""
    package = Path(__file__).parent.parent
    files = sorted(package.rglob("*.py"))
    return of_bytes(b"".join(of_file(path).encode() for path in files))
