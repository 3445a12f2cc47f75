"""A new project from a table: what would be stated about it, to be confirmed before anything is written."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import ClewError
from clew.core.schema import Kind, Role
from clew.define.domain import Domain
from clew.define.metrics import metrics_for
from clew.define.problem import Problem, define_problem
from clew.explore.statistics import TableStatistics, describe
from clew.project.init import init_project

#: Names that people give to what they want to predict, whole or as a word of a longer name.
_TARGET_WORDS = frozenset(
    (
        *("target", "label", "class", "y", "outcome", "response", "result", "status"),
        *("churn", "churned", "survived", "default", "defaulted", "fraud", "diagnosis", "risk", "species", "quality"),
        *("price", "sales", "revenue", "cost", "income", "salary", "rating", "score"),
    )
)
#: A column with more missing values than this share is a poor question.
_MOST_MISSING = 0.2


@dataclass(frozen=True, slots=True)
class Proposal:
    """A table that may become a project.

    Parameters
    ----------
    dataset : Dataset
        Its rows, with kinds and roles as inferred.
    statistics : TableStatistics
        Of all columns.
    targets : tuple of str
        Columns that could be predicted, the likeliest first.
    name : str
        A name for the project.
    """

    dataset: Dataset
    statistics: TableStatistics
    targets: tuple[str, ...]
    name: str

    def problem(self, target: str) -> Problem:
        """Return what would be decided with this target.

        Raises
        ------
        DataError
            If the column cannot be predicted.
        """
        stated = self.dataset.with_target(target)
        return define_problem(stated.frame[target], stated.schema[target])

    def metrics(self, problem: Problem) -> tuple[tuple[str, str], ...]:
        """Return the metrics that can judge a problem: name and label."""
        return tuple((metric.name, metric.label) for metric in metrics_for(problem.task))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person confirmed.

    Parameters
    ----------
    name : str
        Of the project.
    target : str
        Column to predict.
    positive : object, optional
        Label of interest.
    metric : str, optional
        What decides between models.
    question : str, optional
        In words.
    kinds, roles : mapping
        Column → kind or role, where they are other than inferred.
    """

    name: str
    target: str
    positive: object = None
    metric: str | None = None
    question: str | None = None
    kinds: Mapping[str, str] | None = None
    roles: Mapping[str, str] | None = None

    def domain(self) -> Domain:
        """Return the stated kinds and roles as a domain model."""
        facts: dict[str, dict[str, str]] = {}
        for fact, stated in (("kind", self.kinds), ("role", self.roles)):
            for column, value in (stated or {}).items():
                facts.setdefault(column, {})[fact] = value
        return Domain.from_dict({"columns": facts})


def propose(source: Path | str | Address) -> Proposal:
    """Read a table and say what a project of it could be.

    Parameters
    ----------
    source : Path, str or Address
        Whatever `clew.read` takes.

    Raises
    ------
    DataError
        If it cannot be read as a table.
    """
    address = Address.of(source)
    dataset = read(address)
    statistics = describe(dataset.frame, dataset.schema)
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(address.name).name.split(".")[0]).strip("-.") or "project"
    return Proposal(dataset, statistics, likely_targets(dataset, statistics), name[:60])


def likely_targets(dataset: Dataset, statistics: TableStatistics) -> tuple[str, ...]:
    """Return the columns that could be predicted, the likeliest first: by name, place and kind."""
    scored = [(_likelihood(dataset, statistics, name), -at, name) for at, name in enumerate(dataset.schema.names)]
    return tuple(name for score, _, name in sorted(scored, reverse=True) if score > 0)


def _likelihood(dataset: Dataset, statistics: TableStatistics, name: str) -> float:
    column, known = dataset.schema[name], statistics.columns[name]
    unfit = column.kind in {Kind.DATETIME, Kind.TEXT, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN} or column.role in {
        Role.ID,
        Role.TIME,
    }
    distinct = known.distinct or 0
    if unfit or distinct < 2:
        return 0.0
    score = 1.0
    words = {word.lower() for word in re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", name) if word}
    score += 4.0 * bool(words & _TARGET_WORDS)
    score += 2.0 * (name == dataset.schema.names[-1])
    score += 1.0 * (distinct == 2) + 0.5 * (column.kind is not Kind.NUMERIC and distinct <= 20)
    score -= 2.0 * (column.kind is not Kind.NUMERIC and distinct > 50)
    return max(score - 2.0 * (known.missing_share > _MOST_MISSING), 0.1)


def create_project(folder: Path, file: Path, confirmed: Confirmed) -> Path:
    """Make a project of a file: the file is moved into its folder, and clew.yaml written.

    Parameters
    ----------
    folder : Path
        The new project; see `clew.project.workspace.Workspace.new_folder`.
    file : Path
        The table; it stays where it is if anything goes wrong.
    confirmed : Confirmed
        What a person said about it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ClewError
        If the folder is taken, or what was confirmed does not fit the table.
    """
    place = folder / "data" / file.name
    place.parent.mkdir(parents=True)
    shutil.move(file, place)
    try:
        return state_project(folder, place, confirmed)
    except ClewError:
        shutil.move(place, file)
        shutil.rmtree(folder)
        raise


def state_project(folder: Path, source: Path | str | Address, confirmed: Confirmed) -> Path:
    """Write the clew.yaml of a project whose rows stay where they are; parameters and errors as in `create_project`."""
    init_project(
        folder,
        source,
        confirmed.target,
        positive=None if confirmed.positive is None else str(confirmed.positive),
        metric=confirmed.metric,
        question=confirmed.question or None,
        domain=confirmed.domain(),
    )
    return folder


def with_facts(proposal: Proposal, confirmed: Confirmed) -> Proposal:
    """Return the proposal with the kinds and roles that a person stated."""
    schema = confirmed.domain().apply(proposal.dataset.schema)
    return replace(proposal, dataset=replace(proposal.dataset, schema=schema))
