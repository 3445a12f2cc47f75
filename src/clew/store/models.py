"""Registered models: versions, and aliases whose history can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clew.core.errors import UsageError, did_you_mean
from clew.store.schema import aliases, models
from clew.store.transactions import Transactions, now


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered model.

    Parameters
    ----------
    name : str
        Name of the model.
    version : int
        Counted from 1.
    path : str
        Its bundle, relative to the project folder.
    aliases : tuple of str
        Names that point to it, e.g. ``"champion"``.
    metrics : mapping
        Name → value, low, high, rows.
    created : str
        UTC, ISO 8601.
    run : int or None
        The run that made it.
    """

    name: str
    version: int
    path: str
    aliases: tuple[str, ...]
    metrics: Mapping[str, Any]
    created: str
    run: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "aliases": list(self.aliases)}


class Models:
    """The model registry of a project; every method is one transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def register(self, name: str, path: str, metrics: Mapping[str, Any], run: int | None) -> int:
        """Register a bundle as the next version of a model and return the version.

        A bundle that is registered already keeps its version.
        """
        with self._transactions.write() as connection:
            known = sa.select(models.c.version).where(models.c.name == name, models.c.path == path)
            version = connection.scalar(known)
            if version is None:
                last = connection.scalar(sa.select(sa.func.max(models.c.version)).where(models.c.name == name))
                version = (last or 0) + 1
                values = {"name": name, "version": version, "path": path, "metrics": dict(metrics)}
                connection.execute(sa.insert(models).values(**values, run=run, created=now()))
            return int(version)

    def versions(self, name: str | None = None) -> list[ModelVersion]:
        """Return registered versions, by name and version."""
        query = sa.select(models).order_by(models.c.name, models.c.version)
        if name is not None:
            query = query.where(models.c.name == name)
        with self._transactions.read() as connection:
            points: dict[tuple[str, int], list[str]] = {}
            for row in connection.execute(_current_aliases()):
                points.setdefault((row.name, row.version), []).append(row.alias)
            return [
                ModelVersion(
                    row.name,
                    row.version,
                    row.path,
                    tuple(sorted(points.get((row.name, row.version), ()))),
                    row.metrics,
                    row.created,
                    row.run,
                )
                for row in connection.execute(query)
            ]

    def get(self, name: str, version: int | str) -> ModelVersion:
        """Return one version, by number or alias.

        Raises
        ------
        UsageError
            If there is no such model, version or alias.
        """
        known = self.versions(name)
        if not known:
            names = sorted({item.name for item in self.versions()})
            raise UsageError(f"There is no model {name!r} in this project.", hint=did_you_mean(name, names))
        for item in known:
            if version == item.version or str(version) in item.aliases or str(version) == str(item.version):
                return item
        choices = [str(item.version) for item in known] + sorted({alias for item in known for alias in item.aliases})
        raise UsageError(
            f"The model {name!r} has no version or alias {str(version)!r}.", hint=did_you_mean(str(version), choices)
        )

    def set_alias(self, name: str, alias: str, version: int | str) -> ModelVersion:
        """Point an alias to a version; the history is kept for `rollback`.

        Raises
        ------
        UsageError
            If the alias is no plain word, or the version does not exist.
        """
        if not alias.replace("-", "").replace("_", "").isalnum() or alias.isdigit():
            raise UsageError(f"The alias {alias!r} must be a word of letters, digits, '-' or '_'.")
        found = self.get(name, version)
        with self._transactions.write() as connection:
            connection.execute(sa.insert(aliases).values(name=name, alias=alias, version=found.version, created=now()))
        return self.get(name, found.version)

    def rollback(self, name: str, alias: str) -> ModelVersion:
        """Point an alias to the version it had before.

        Raises
        ------
        UsageError
            If the alias never pointed to another version.
        """
        with self._transactions.write() as connection:
            query = sa.select(aliases).where(aliases.c.name == name, aliases.c.alias == alias)
            history = connection.execute(query.order_by(aliases.c.id.desc())).all()
            if len(history) < 2:
                raise UsageError(f"The alias {alias!r} of the model {name!r} has no earlier version to return to.")
            connection.execute(sa.delete(aliases).where(aliases.c.id == history[0].id))
        return self.get(name, history[1].version)


def _current_aliases() -> sa.Select[Any]:
    latest = sa.select(sa.func.max(aliases.c.id)).group_by(aliases.c.name, aliases.c.alias)
    return sa.select(aliases).where(aliases.c.id.in_(latest))
