"""What the stage `explore` found, with the rows behind it, for whoever shows it: read from the latest result.

Only the rows that learn are looked at, here as there: what is seen shapes decisions, and those must not see the rows
that judge in the end.
"""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from clew.collect.dataset import Dataset
from clew.core.errors import DataError
from clew.explore.comparison import Comparison, Side, compare
from clew.explore.details import types_of
from clew.explore.statistics import describe
from clew.explore.stored import StoredProfile
from clew.project.config import Config
from clew.project.learning import Learning, learning_rows
from clew.project.project import Project
from clew.project.results import StageSummary, latest_results
from clew.project.standing import Standing, standing

#: Name of the file in the stage's folder that holds the profile.
PROFILE = "profile.json"
#: Learning rows that are kept at hand, so that every picture of a page need not read them again.
_KEPT = 2


@dataclass(frozen=True)
class Explored:
    """The latest result of the stage.

    Parameters
    ----------
    profile : StoredProfile
        What was found.
    run : int
        Number of the run.
    started : str
        UTC, ISO 8601.
    standing : Standing
        Whether it is still what a run would find, told without reading a row.
    dataset, version : str and int
        The dataset version that was looked at; -1 where its rows were collected again since.
    rows, judging_rows : int
        Rows of that version, and those of them that were kept for the final judgement.
    report : str, optional
        Address of the whole report, relative to the project folder.
    """

    profile: StoredProfile
    run: int
    started: str
    standing: Standing
    dataset: str
    version: int
    rows: int
    judging_rows: int
    report: str | None

    @property
    def has_rows(self) -> bool:
        """Whether the very rows that were looked at are there."""
        return self.version >= 0


def explored(project: Project) -> Explored | None:
    """Read what the stage found last; None where it has not ended well yet.

    Parameters
    ----------
    project : Project
        An open one.

    Raises
    ------
    DataError
        If the result was written by another version of Clew, or is damaged.
    ConfigError
        If clew.yaml breaks a rule.
    """
    results = latest_results(project)
    found = results.get("explore")
    if found is None:
        return None
    collected = _behind(results)
    summary = collected.summary if collected else {}
    return Explored(
        _read(found.folder / PROFILE),
        found.run,
        found.started,
        standing(project)["explore"],
        str(summary.get("dataset", project.config.name)),
        int(summary.get("version", -1)),
        int(summary.get("rows", 0)),
        int(summary.get("judging_rows", 0)),
        found.summary.get("report"),
    )


def _read(path: Path) -> StoredProfile:
    try:
        return StoredProfile.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The result of exploring cannot be read: {path.name} is damaged or of another version ({error!r}).",
            hint="Explore the rows again.",
        ) from error


def _behind(results: dict[str, StageSummary]) -> StageSummary | None:
    """Return the result of collecting that exploring looked at; None where rows were collected again since."""
    collected, found = results.get("collect"), results["explore"]
    return collected if collected is not None and collected.run < found.run else None


class LearningRows:
    """The rows that exploring looked at, of the projects that were asked about last; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Path, tuple[Config, Learning]] = OrderedDict()

    def of(self, project: Project) -> Learning:
        """Return the rows that learn, with the target.

        Parameters
        ----------
        project : Project
            An open one.

        Raises
        ------
        DataError
            If nothing was explored yet, or rows were collected again since.
        """
        results = latest_results(project)
        collected = _behind(results) if "explore" in results else None
        if collected is None:
            raise DataError(
                "The rows that were explored are not at hand: other ones were collected since.",
                hint="Explore the rows again.",
            )
        config = project.config
        with self._lock:
            kept = self._kept.get(collected.folder)
            if kept is not None and kept[0] is config:
                self._kept.move_to_end(collected.folder)
                return kept[1]
        learning = learning_rows(project)
        with self._lock:
            self._kept[collected.folder] = (config, learning)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return learning


def compare_datasets(data: Dataset, other: Dataset) -> Comparison:
    """Put two dataset versions side by side.

    Parameters
    ----------
    data : Dataset
        The version that is the measure.
    other : Dataset
        The one that is held against it.
    """
    return compare(_side(data), _side(other))


def _side(data: Dataset) -> Side:
    statistics = describe(data.frame, data.schema)
    source = data.source if data.version is None else f"{data.name}, version {data.version}"
    return Side(source, data.schema, statistics, types_of(data.frame, data.schema, statistics))
