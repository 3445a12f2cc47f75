"""A project folder: its configuration, its memory, and running it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from clew.collect.dataset import Dataset
from clew.collect.infer import infer
from clew.collect.source import read
from clew.core.errors import UsageError, did_you_mean
from clew.core.finding import Finding
from clew.core.progress import InSteps, Progress, silent
from clew.core.schema import Schema
from clew.project.config import Config, load_config
from clew.project.edits import Edits
from clew.project.jobs import Jobs
from clew.project.report import write_overview
from clew.project.runner import Runner, Stage, StageOutcome
from clew.project.stages import DEFAULT_TIME_LIMIT_S, USUAL_SECONDS, Context, stages_of
from clew.project.views import project_view, run_view
from clew.store.database import Database
from clew.store.files import ProjectLock
from clew.store.tables import Tables


@dataclass(frozen=True, slots=True)
class ProjectRun:
    """What a run of a project did.

    Parameters
    ----------
    stages : tuple of StageOutcome
        In order.
    folder : Path
        The project folder.
    report : Path or None
        The overview page.
    """

    stages: tuple[StageOutcome, ...]
    folder: Path
    report: Path | None

    def stage(self, name: str) -> StageOutcome | None:
        """Return the outcome of a stage, if it was run."""
        return next((outcome for outcome in self.stages if outcome.name == name), None)

    @property
    def bundle(self) -> Path | None:
        """Folder of the deployed bundle."""
        deployed = self.stage("deploy")
        return self.folder / deployed.summary["bundle"] if deployed else None

    def to_dict(self) -> dict[str, Any]:
        """Return stages, gates, figures and paths as JSON-ready values."""
        evaluated, watched = self.stage("evaluate"), self.stage("monitor")
        return {
            "stages": [outcome.to_dict() for outcome in self.stages],
            "gates": list(evaluated.summary["gates"]) if evaluated else [],
            "metrics": dict(evaluated.summary["metrics"]) if evaluated else {},
            "violations": len(watched.summary["violations"]) if watched else 0,
            "bundle": str(self.bundle) if self.bundle else None,
            "report": str(self.report) if self.report else None,
        }

    def __repr__(self) -> str:
        gates = self.to_dict()["gates"]
        passed = f", {sum(gate['passed'] for gate in gates)} of {len(gates)} gates passed" if gates else ""
        return f"ProjectRun({', '.join(outcome.name for outcome in self.stages)}{passed})"

    def _repr_html_(self) -> str:
        return run_view(self)


class Project:
    """A folder with a clew.yaml; use it as a context manager, or call `close`.

    Parameters
    ----------
    folder : path-like
        The project folder.

    Raises
    ------
    ConfigError
        If clew.yaml is not there or breaks a rule.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._config: tuple[Config, frozenset[tuple[Path, int, int]]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        return project_view(self)

    def close(self) -> None:
        """Close the project database; jobs that run go on."""
        self.__dict__.pop("jobs", None)
        if "database" in self.__dict__:
            self.database.close()
            del self.__dict__["database"]

    @property
    def config(self) -> Config:
        """The checked clew.yaml; read again after it, or a recipe beside it or in ``recipes/``, was changed."""
        # Looked at before they are read: what changes meanwhile is read once more, and not missed.
        state = _state_of_texts(self.folder)
        if self._config is None or self._config[1] != state:
            self._config = (load_config(self.folder), state)
        return self._config[0]

    @property
    def home(self) -> Path:
        """The machine's part of the folder."""
        return self.folder / ".clew"

    @cached_property
    def database(self) -> Database:
        """The project's memory."""
        stated = self.config.file.storage.database
        self.home.mkdir(exist_ok=True)
        return Database(stated or self.home / "clew.db")

    @cached_property
    def edits(self) -> Edits:
        """The texts of the project: changed with a history, and never over somebody else's change."""
        return Edits(self.folder, lambda: self.database)

    @cached_property
    def jobs(self) -> Jobs:
        """Long work in processes of its own, which goes on when this one ends."""
        return Jobs(self.folder, self.database)

    @property
    def started(self) -> bool:
        """Whether the project has a memory yet: anything was run or kept."""
        return bool(self.config.file.storage.database) or (self.home / "clew.db").is_file()

    @property
    def tables(self) -> Tables:
        """The project's versions of rows."""
        return Tables(self.home / "tables")

    def run(
        self,
        *,
        stage: str | None = None,
        force: bool = False,
        wait_s: float = 0.0,
        trust: Sequence[str] = (),
        progress: Progress = silent,
    ) -> ProjectRun:
        """Run what has changed since the last run.

        Parameters
        ----------
        stage : str, optional
            Last stage to run; by default all are run.
        force : bool, default False
            Run `stage` (or everything) again even if nothing changed.
        wait_s : float, default 0
            Seconds to wait for another run of this project to end.
        trust : sequence of str, default ()
            Names of code that is no part of Clew and that steps of the recipe may run. A project never says so itself:
            it may come from somebody else.
        progress : Progress, optional
            Called with a message and the share that is done.

        Raises
        ------
        BusyError
            If another run holds the project.
        InputError
            If the configuration or the data cannot be used.
        """
        config = self.config
        self.home.mkdir(exist_ok=True)
        with ProjectLock(self.home / "lock", what="clew run").acquire(wait_s, progress):
            stages = stages_of(config)
            told = InSteps(progress, self._expected_seconds(config, stages, stage))
            runner: Runner[Context] = Runner(self.home, self.database, told.begin)
            runner.clean()
            context = Context(config, self.database, self.tables, told, trust=tuple(trust))
            outcomes = runner.run(stages, context, until=stage, force=force)
        report = write_overview(config, outcomes)
        return ProjectRun(tuple(outcomes), self.folder, report)

    def _expected_seconds(self, config: Config, stages: Sequence[Stage[Context]], until: str | None) -> list[float]:
        """Return how long each stage up to the last one took when it was last run, or what is usual."""
        names = [stage.name for stage in stages]
        names = names[: names.index(until) + 1] if until in names else names
        usual = USUAL_SECONDS | {"train": config.file.train.time_limit_s or DEFAULT_TIME_LIMIT_S}
        last = {run.stage: run.seconds for run in reversed(self.database.runs.latest()) if run.status == "done"}
        return [max(last.get(name) or usual[name], 0.01) for name in names]

    def datasets(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return the versions of the project's datasets, or of one of them, oldest first.

        Raises
        ------
        UsageError
            If there is no dataset of that name.
        """
        found = self.database.datasets.versions(name)
        if name is not None and not found:
            raise self._no_dataset(name)
        return found

    def _no_dataset(self, name: str) -> UsageError:
        names = sorted({item["name"] for item in self.database.datasets.versions()})
        return UsageError(f"The project has no dataset {name!r}.", hint=did_you_mean(name, names))

    def dataset(self, name: str, version: int | None = None) -> Dataset:
        """Read a dataset version; by default the latest.

        Raises
        ------
        UsageError
            If there is no such dataset or version.
        """
        known = self.datasets(name)
        chosen = known[-1]["version"] if version is None else version
        found = next((item for item in known if item["version"] == chosen), None)
        if found is None:
            shown = ", ".join(str(item["version"]) for item in known)
            raise UsageError(f"The dataset {name!r} has no version {version}.", hint=f"There are {shown}.")
        frame = self.tables.read(name, chosen)
        findings: tuple[Finding, ...] = ()
        if found["columns"] is None:  # kept by a project database of format 1
            frame, schema, findings = infer(frame, self.config.domain)
        else:
            schema = self.config.domain.apply(Schema.from_dict(found["columns"]), missing="ignore")
        return Dataset(frame, schema, found["source"], findings, name, chosen, known_fingerprint=found["fingerprint"])

    def add_dataset(self, name: str, data: Dataset, *, append: bool = False) -> dict[str, Any]:
        """Keep rows as a new version of a dataset.

        Parameters
        ----------
        name : str
            Name of the dataset.
        data : Dataset
            The rows.
        append : bool, default False
            Add the rows to those of the latest version; their cells are read as its columns say.

        Raises
        ------
        DataError
            If rows to append have other columns, or cells that do not fit.
        """
        with ProjectLock(self.home / "lock", what="clew data add").acquire(0.0):
            if append and name in self.tables.names():
                kept = self.dataset(name)
                version = self.tables.write(name, _like(kept, data).frame, mode="append", message=data.source)
                whole = Dataset.of(self.tables.read(name, version), kept.schema, data.source)
            else:
                version = self.tables.write(name, data.frame, message=data.source)
                whole = data
            self.database.datasets.add(
                name,
                version,
                rows=len(whole),
                fingerprint=whole.fingerprint,
                source=data.source,
                path=f".clew/tables/{name}",
                columns=whole.schema.to_dict(),
            )
        return next(item for item in self.database.datasets.versions(name) if item["version"] == version)

    def diff(self, name: str, before: int, after: int, *, keys: Sequence[str] | None = None) -> dict[str, Any]:
        """Count what was added, removed and changed between two versions of a dataset."""
        for version in (before, after):
            self.dataset(name, version)
        result = self.tables.diff(name, before, after, keys=list(keys) if keys else None)
        return {"name": name, "added": result.added, "removed": result.removed, "changed": result.changed}

    def bundle_path(self, name: str, version: str) -> Path:
        """Return the bundle folder of a registered model, by version or alias."""
        return self.folder / self.database.models.get(name, version).path


def _state_of_texts(folder: Path) -> frozenset[tuple[Path, int, int]]:
    """Return what tells whether one of the texts that say what the project does was changed."""
    texts = [*folder.glob("*.yaml"), *(folder / "recipes").glob("*.yaml")]
    stats = [(path, path.stat()) for path in texts if path.exists()]
    return frozenset((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def _like(kept: Dataset, rows: Dataset) -> Dataset:
    """Read rows by the schema of those that they are added to; superfluous columns are left for the table to refuse."""
    superfluous = set(rows.schema.names) - set(kept.schema.names)
    return rows if superfluous else read(rows, schema=kept.schema)
