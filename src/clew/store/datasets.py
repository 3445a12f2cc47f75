"""Which versions of rows a project keeps."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from clew.store.schema import datasets
from clew.store.transactions import Transactions, now


class Datasets:
    """The dataset versions of a project; every method is one transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(
        self,
        name: str,
        version: int,
        *,
        rows: int,
        fingerprint: str,
        source: str,
        path: str,
        columns: Sequence[Mapping[str, Any]],
    ) -> None:
        """Make a written dataset version visible; writing it twice changes nothing.

        Parameters
        ----------
        name, version
            Of the table.
        rows : int
            How many it has.
        fingerprint, source : str
            Of the content, and where it came from.
        path : str
            Folder of the table, relative to the project.
        columns : sequence of mapping
            The schema in JSON-ready form.
        """
        values: dict[str, Any] = {
            "name": name,
            "version": version,
            "rows": rows,
            "fingerprint": fingerprint,
            "source": source,
        }
        with self._transactions.write() as connection:
            known = sa.select(datasets.c.version).where(datasets.c.name == name, datasets.c.version == version)
            if connection.scalar(known) is None:
                values |= {"path": path, "created": now(), "columns": list(columns)}
                connection.execute(sa.insert(datasets).values(**values))

    def versions(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return dataset versions, oldest first: name, version, rows, fingerprint, source, path, created, columns.

        Those that a database of format 1 had kept have None for their columns.
        """
        query = sa.select(datasets).order_by(datasets.c.name, datasets.c.version)
        if name is not None:
            query = query.where(datasets.c.name == name)
        with self._transactions.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
