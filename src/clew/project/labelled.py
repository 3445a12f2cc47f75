"""Labelled rows, and the problem that they pose, from what a caller states about a table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError, did_you_mean
from clew.core.schema import Role
from clew.define.problem import Problem, define_problem


def with_roles(dataset: Dataset, roles: Mapping[str, str], target: str) -> Dataset:
    """Give columns roles other than that of the target.

    Parameters
    ----------
    dataset : Dataset
        The rows.
    roles : mapping
        Role (weight, group, time) → column.
    target : str
        The target, which can have no other role.

    Raises
    ------
    UsageError
        If a column is not there, or has two roles.
    """
    schema = dataset.schema
    taken = {target: "target"}
    for role, column in roles.items():
        check_known(dataset, column)
        if column in taken:
            raise UsageError(
                f"The column {column!r} cannot be {role} and {taken[column]} at once.", hint="Name another column."
            )
        taken[column] = role
        if role == Role.WEIGHT:  # a row has one weight, and what is said last holds
            others = [known.name for known in schema.by_role(Role.WEIGHT) if known.name != column]
            for name in others:
                schema = schema.with_facts(name, role=Role.FEATURE)
        schema = schema.with_facts(column, role=Role(role))
    return replace(dataset, schema=schema)


def with_problem(dataset: Dataset, target: str, **stated: Any) -> tuple[Dataset, Problem]:
    """Give a column the role of the target, and return the problem that it poses.

    Parameters
    ----------
    dataset : Dataset
        The rows.
    target : str
        The column.
    **stated : object
        ``task``, ``positive`` and ``metric``, where they are not to be inferred.

    Raises
    ------
    UsageError
        If the column is not there, or what is stated makes no sense.
    """
    check_known(dataset, target)
    dataset = dataset.with_target(target)
    return dataset, define_problem(dataset.frame[target], dataset.schema[target], **stated)


def check_known(dataset: Dataset, column: str | None) -> None:
    """Raise `UsageError` if a column is named that is not there."""
    if column is not None and column not in dataset.schema:
        raise UsageError(f"There is no column {column!r}.", hint=did_you_mean(column, dataset.schema.names))
