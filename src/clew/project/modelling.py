"""Editing the domain model of a project: what is stated, the rows that it is held against, and what people typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import ConfigError, InputError
from clew.core.schema import Column
from clew.define.domain import AsOf, Domain, Relation
from clew.explore.families import Family, family_of
from clew.explore.violations import Checked, check_column, check_keys
from clew.project.config import CONFIG_NAME
from clew.project.edits import FileText
from clew.project.gather import tables_of
from clew.project.project import Project
from clew.project.workspace import Workspace
from clew.project.yamltext.change import read as read_yaml_text


@dataclass(frozen=True, slots=True)
class Stated:
    """The domain model as clew.yaml states it.

    Parameters
    ----------
    file : FileText
        The text that it was read from; what is changed is changed in this version.
    columns : mapping
        Column → facts, as written.
    rules : tuple of mapping
        ``name``, ``rule`` and ``severity`` of each rule.
    relations : tuple of Relation
        How tables belong together.
    """

    file: FileText
    columns: Mapping[str, Mapping[str, Any]]
    rules: tuple[Mapping[str, Any], ...]
    relations: tuple[Relation, ...]


def stated(project: Project) -> Stated:
    """Read the domain model of a project.

    Raises
    ------
    ConfigError
        If clew.yaml breaks a rule.
    """
    file = project.edits.read(CONFIG_NAME)
    section = (read_yaml_text(file.text, name=CONFIG_NAME) or {}).get("domain") or {}
    columns = {str(name): dict(facts or {}) for name, facts in (section.get("columns") or {}).items()}
    rules = [{"rule": item} if isinstance(item, str) else dict(item) for item in section.get("rules") or ()]
    named = [{"name": item["rule"], "severity": "warning", **item} for item in rules]
    domain = Domain.from_dict({"relations": section.get("relations") or ()})
    return Stated(file, columns, tuple(named), domain.relations)


def rows_to_check(workspace: Workspace, name: str) -> Dataset | None:
    """Return the rows of a project that statements are held against: those kept last; None where none are kept yet."""
    project = workspace.project(name)
    kept = {item["name"] for item in project.database.datasets.versions()}
    return workspace.dataset(name) if project.config.name in kept else None


def tables(project: Project) -> dict[str, Dataset]:
    """Read the tables that relations are about; the main table comes first.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    return {name: read(address) for name, address in tables_of(project.config).items()}


def check_columns(data: Dataset, columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Checked]:
    """Hold what is stated about columns against the rows; columns that the rows do not have are errors."""
    return {name: check_column(data, name, facts) for name, facts in columns.items()}


def check_relations(data: Mapping[str, Dataset], relations: Sequence[Relation]) -> list[Checked]:
    """Hold relations against their tables."""
    found = []
    for relation in relations:
        absent = [name for name in (relation.left, relation.right) if name not in data]
        if absent:
            error = ConfigError(f"There is no table {absent[0]!r}.", hint="Name it under `data.tables`.")
            found.append(Checked(error=error))
        else:
            found.append(check_keys(data[relation.left], data[relation.right], relation))
    return found


def difference_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be stated so that facts become others: fact → value, None for one to be taken back."""
    changed = {fact: value for fact, value in after.items() if value is not None and before.get(fact) != value}
    gone = [fact for fact in before if fact in after and after[fact] is None]
    return changed | dict.fromkeys(gone)


def listed(text: str, column: Column | None) -> list[Any] | None:
    """Return the values that somebody typed, one a line; numbers where the column holds numbers.

    Parameters
    ----------
    text : str
        The lines.
    column : Column or None
        The column that they are about.
    """
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    numbers = column is not None and family_of(column.dtype) is Family.NUMBER
    return [_number(line) if numbers else line for line in lines] or None


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def relation_of(
    left: str, right: str, keys: str, kind: str, as_of: Mapping[str, str] | None = None
) -> tuple[Relation | None, InputError | None]:
    """Return the relation that somebody typed, or why it is none.

    Parameters
    ----------
    left, right : str
        The tables.
    keys : str
        A pair of columns a line: ``dest = faa``, or one name that both have.
    kind : str
        How many rows match.
    as_of : mapping, optional
        ``left``, ``right``, ``offset`` and ``tolerance``; empty texts count as not stated.
    """
    pairs: dict[str, str] = {}
    for line in filter(None, map(str.strip, keys.splitlines())):
        mine, _, theirs = (part.strip() for part in line.partition("="))
        pairs[mine] = theirs or mine
    moments = {key: value.strip() for key, value in (as_of or {}).items() if value.strip()}
    data = {"left": left, "right": right, "on": pairs, "kind": kind} | ({"as_of": moments} if moments else {})
    try:
        if not pairs and not moments:
            raise ConfigError("A relation needs a key.", hint="Write the columns of both tables: `dest = faa`.")
        return Domain.from_dict({"relations": [data]}).relations[0], None
    except InputError as error:
        return None, error


def keys_text(relation: Relation) -> str:
    """Return the keys of a relation as they are typed."""
    return "\n".join(left if left == right else f"{left} = {right}" for left, right in relation.on.items())


def as_of_fields(as_of: AsOf | None) -> dict[str, str]:
    """Return the moments of a relation as they are typed."""
    values = (as_of.left, as_of.right, as_of.offset, as_of.tolerance or "") if as_of else ("", "", "", "")
    return dict(zip(("left", "right", "offset", "tolerance"), values, strict=True))
