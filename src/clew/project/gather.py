"""From the sources named in clew.yaml to one table and a stated problem."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from clew.collect.address import Address
from clew.collect.dataset import Dataset
from clew.collect.infer import infer
from clew.collect.join import join
from clew.collect.source import read
from clew.core.errors import ConfigError, DataError, did_you_mean
from clew.core.expr import parse
from clew.core.expr.columns import compute, holds
from clew.core.finding import Finding
from clew.core.progress import Progress
from clew.define.domain import Domain, Relation
from clew.define.problem import Problem, define_problem
from clew.project.config import Config
from clew.project.sources import Sources
from clew.train.codes import finding


@dataclass(frozen=True, slots=True)
class Gathered:
    """All rows of a project, ready to be kept.

    Parameters
    ----------
    dataset : Dataset
        Joined, with facts of the domain and the target; every row has a target.
    problem : Problem
        What is decided.
    findings : tuple of Finding
        What reading, joining and stating noticed.
    """

    dataset: Dataset
    problem: Problem
    findings: tuple[Finding, ...]


def tables_of(config: Config) -> dict[str, Address]:
    """Return what a project reads: name of the table → where it is; the main table comes first.

    Raises
    ------
    ConfigError
        If a file is not there.
    """
    data = config.file.data
    main = data.tables.get(data.source)
    first = config.address(main if main is not None else data)
    found = {data.source if main is not None else first.name: first}
    found |= {name: config.address(stated) for name, stated in data.tables.items() if name not in found}
    for name, address in found.items():
        check_there(f"table {name!r}", address)
    return found


def check_there(what: str, address: Address) -> None:
    """Raise `ConfigError` if a file or folder that clew.yaml names is not there."""
    if address.is_local and not address.has_glob and not Path(address.text).exists():
        raise ConfigError(
            f"The {what} should be at {address}, and nothing is there.",
            hint="Correct it in clew.yaml; relative paths start at the project folder.",
        )


def gather(config: Config, sources: Sources, progress: Progress) -> Gathered:
    """Read, join and restrict the rows, and state the problem.

    Parameters
    ----------
    config : Config
        The project.
    sources : Sources
        What brings the rows.
    progress : Progress
        Called with a message and the share that is done.

    Raises
    ------
    InputError
        If a table cannot be read, joined or used.
    """
    dataset, findings = read_rows(config, tables_of(config), sources, progress)
    dataset, problem, about = state_problem(config, dataset)
    return Gathered(dataset, problem, tuple(findings) + about)


def read_rows(
    config: Config, addresses: dict[str, Address], sources: Sources, progress: Progress
) -> tuple[Dataset, list[Finding]]:
    """Read the main table and join the others to it.

    Parameters
    ----------
    config : Config
        The project.
    addresses : dict
        Name of the table → where it is; the main table first.
    sources : Sources
        What brings the rows.
    progress : Progress
        Called with a message and the share that is done.
    """
    main, *_ = addresses
    tables: dict[str, Dataset] = {}
    for name, address in addresses.items():
        progress(f"reading {name}")
        known = tables[main].schema.names if tables else ()
        tables[name] = read(
            sources.take(address), domain=_facts_about(name, config.domain, known) if tables else config.domain
        )
    dataset = tables[main]
    findings = [finding for table in tables.values() for finding in table.findings]
    for relation in _relations(config, main, addresses):
        progress(f"joining {relation.right}")
        joined = join(dataset, tables[relation.right], relation)
        dataset = joined
        findings += [finding for finding in joined.findings if finding not in findings]
    if config.file.data.where:
        dataset = _filter(dataset, config.file.data.where)
    return dataset, findings


def _facts_about(table: str, domain: Domain, taken: Sequence[str]) -> Domain:
    """Return what the domain states about the columns of a joined table, under the names that the table itself uses."""
    columns = {name: facts for name, facts in domain.columns.items() if name not in taken}
    prefix = f"{table}_"
    columns |= {name.removeprefix(prefix): facts for name, facts in columns.items() if name.startswith(prefix)}
    return Domain(columns)


def _relations(config: Config, main: str, tables: Collection[str]) -> list[Relation]:
    stated = [relation for relation in config.domain.relations if relation.left == main]
    by_right = {relation.right: relation for relation in stated}
    wanted = config.file.data.joins
    chosen = stated if wanted is None else []
    for name in wanted or []:
        if name not in by_right:
            raise ConfigError(
                f"`data.joins` names {name!r}, and the domain states no relation from {main!r} to it.",
                hint=did_you_mean(name, sorted(by_right)),
            )
        chosen.append(by_right[name])
    for relation in chosen:
        if relation.right not in tables:
            raise ConfigError(
                f"A relation names the table {relation.right!r}, which `data.tables` does not list.",
                hint=did_you_mean(relation.right, sorted(tables)),
            )
    return chosen


def _filter(dataset: Dataset, rule: str) -> Dataset:
    kept = dataset.frame.filter(holds(dataset.frame, parse(rule), "`data.where`"))
    if kept.is_empty():
        raise DataError(f"`data.where` keeps none of the {len(dataset)} rows: {rule!r}.")
    return Dataset.of(kept, dataset.schema, dataset.source, dataset.findings)


def state_problem(config: Config, dataset: Dataset) -> tuple[Dataset, Problem, tuple[Finding, ...]]:
    """Derive the target where a rule states it, apply the domain's facts, drop rows without a target, and state it.

    Parameters
    ----------
    config : Config
        The project.
    dataset : Dataset
        The joined rows.

    Returns
    -------
    dataset : Dataset
        Rows with a target.
    problem : Problem
        What is decided.
    findings : tuple of Finding
        How many rows had no target.
    """
    stated = config.file.problem
    dataset = derive_target(config, dataset)
    schema = config.domain.apply(dataset.schema)
    dataset = Dataset.of(dataset.frame, schema, dataset.source, dataset.findings).with_target(stated.target)
    missing = dataset.frame[stated.target].null_count()
    findings: tuple[Finding, ...] = ()
    if 0 < missing < len(dataset):
        detail = f"{missing} of {len(dataset)} rows have no value of {stated.target!r} and are left out."
        findings = (finding("ME101", detail, column=stated.target, rows=missing),)
        dataset = dataset.take(dataset.frame[stated.target].is_not_null().to_numpy())
    problem = define_problem(
        dataset.frame[stated.target],
        dataset.schema[stated.target],
        task=stated.task,
        positive=stated.positive,
        metric=stated.metric,
        question=stated.question,
        success=stated.success,
        asked_at=stated.asked_at,
        costs=stated.costs,
    )
    return dataset, problem, findings


def derive_target(config: Config, dataset: Dataset) -> Dataset:
    """Add the target column that ``problem.target_rule`` defines; without a rule nothing changes.

    Raises
    ------
    ConfigError
        If the table has a column of that name already, or the rule cannot be computed.
    """
    stated = config.file.problem
    if stated.target_rule is None:
        return dataset
    if stated.target in dataset.schema:
        raise ConfigError(
            f"`problem.target_rule` would make the column {stated.target!r}, which the table has already.",
            hint="Give the target another name.",
        )
    values = compute(dataset.frame, parse(stated.target_rule), "`problem.target_rule`").alias(stated.target)
    _, added, _ = infer(values.to_frame(), Domain())
    frame = dataset.frame.with_columns(values)
    return Dataset.of(frame, dataset.schema.with_columns(*added), dataset.source, dataset.findings)
