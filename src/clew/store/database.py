"""The project database: runs, dataset versions, model versions and lineage in one transaction domain.

SQLAlchemy Core over SQLite in WAL mode (the default, a file in the project folder) or any other address that
SQLAlchemy understands. Files and Delta commits are written first; a row here makes them visible.
"""

from pathlib import Path
from typing import Self

import sqlalchemy as sa

from clew.core.errors import DataError
from clew.store.datasets import Datasets
from clew.store.edits import EditLog
from clew.store.jobs import JobRecords
from clew.store.lineage import Lineage
from clew.store.models import Models
from clew.store.runs import Runs
from clew.store.schema import FORMAT, MIGRATIONS, meta, metadata
from clew.store.transactions import Transactions


class Database:
    """The project's memory; use it as a context manager, or call `close`.

    Parameters
    ----------
    address : str or Path
        A file for SQLite, or a database URL.

    Attributes
    ----------
    runs, datasets, models, lineage, edits, jobs
        Its parts.
    address : str or Path
        As it was given.

    Raises
    ------
    DataError
        If the database cannot be opened, or was written by a newer Clew.
    """

    def __init__(self, address: str | Path) -> None:
        self.address = address
        self._transactions = Transactions(address)
        try:
            self._migrate()
        except sa.exc.DBAPIError as error:
            self.close()
            raise DataError(
                f"The project database {address} cannot be opened: {error.orig}.",
                hint="If the file is damaged, move it away; `clew run` builds a new one.",
            ) from error
        self.runs = Runs(self._transactions)
        self.datasets = Datasets(self._transactions)
        self.models = Models(self._transactions)
        self.lineage = Lineage(self._transactions)
        self.edits = EditLog(self._transactions)
        self.jobs = JobRecords(self._transactions)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transactions.close()

    def _migrate(self) -> None:
        with self._transactions.write() as connection:
            metadata.create_all(connection)
            found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "format"))
            if found is None:
                connection.execute(sa.insert(meta).values(key="format", value=str(FORMAT)))
            elif int(found) > FORMAT:
                raise DataError(
                    f"The project database has format {found}, and this Clew knows up to {FORMAT}.",
                    hint="Upgrade clew.",
                )
            elif int(found) < FORMAT:
                for version in range(int(found) + 1, FORMAT + 1):
                    for statement in MIGRATIONS[version]:
                        connection.exec_driver_sql(statement)
                connection.execute(sa.update(meta).where(meta.c.key == "format").values(value=str(FORMAT)))
