"""Opening the project database and working in transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

#: How long a writer waits for another one.
BUSY_TIMEOUT_S = 30.0


class Transactions:
    """Connections to one database; safe for several processes and threads.

    Parameters
    ----------
    address : str or Path
        A file for SQLite, or a database URL.
    """

    def __init__(self, address: str | Path) -> None:
        url = str(address) if "://" in str(address) else f"sqlite:///{address}"
        self._engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S} if "sqlite" in url else {})
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _configure_sqlite)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection for reading."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes all become visible at the end, or none of them."""
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "sqlite":
                # Taking the write lock at once lets a second writer wait instead of failing half-way.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def now() -> str:
    """Return the moment in UTC as an ISO 8601 text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _configure_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions itself, see Transactions.write
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
