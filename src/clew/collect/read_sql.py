"""Rows of a database: the result of one SELECT, or a table.

Nothing is ever written: the query is checked, the database is opened for reading as far as it knows how, and the
transaction is rolled back. Rows come in batches, so that memory holds the result and one batch.
"""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from clew.collect.address import Address, check_options
from clew.collect.raw import Raw, check_rows, named
from clew.collect.select_only import check_select
from clew.collect.sql_alchemy import open_sqlalchemy
from clew.collect.sql_duckdb import open_duckdb
from clew.collect.sql_errors import REPEATED
from clew.collect.unify import stacked
from clew.core.errors import DataError, did_you_mean

#: Rows that are brought over at a time.
BATCH_ROWS = 50_000


class Database(Protocol):
    """An open database."""

    def tables(self) -> list[str]:
        """Return the names of tables and views; those outside the default schema as ``schema.name``."""

    def select(self, table: str) -> str:
        """Return the SELECT of a whole table that is there, in the order of its primary key if it has one."""

    def batches(self, query: str, rows: int) -> Iterator[pl.DataFrame]:
        """Yield the result of a SELECT in batches of this many rows; at least one, which may be empty."""

    def close(self) -> None:
        """Give up the transaction and the connection."""


def read_sql(address: Address) -> Raw:
    """Read a table or the result of a query.

    Parameters
    ----------
    address : Address
        URL of the database, and `query` or `table`.

    Returns
    -------
    Raw
        The rows in the order in which the database gives them: that of the query's ORDER BY, that of a table's primary
        key.

    Raises
    ------
    UsageError
        If the query is not one SELECT, or the driver of the database is not installed.
    DataError
        If the database cannot be reached, refuses the query, or the result is empty.
    """
    check_options(address)
    if address.query is not None:
        check_select(address.query)
    database = open_duckdb(address) if address.scheme.startswith("duckdb") else open_sqlalchemy(address)
    try:
        query = address.query if address.query is not None else _whole(database, address)
        batches = list(database.batches(query, BATCH_ROWS))
    finally:
        database.close()
    if address.query is not None:
        what, hint = "The result of the query", "Check its conditions."
    else:
        what, hint = f"The table {address.table!r}", "Check that it is the right one."
    filled = [batch for batch in batches if batch.height] or batches[:1]
    _check_names(filled[0], what)
    raw = named(stacked({f"batch {number}": batch for number, batch in enumerate(filled, start=1)}), what)
    check_rows(raw, hint=hint)
    return raw


def _whole(database: Database, address: Address) -> str:
    table = str(address.table)
    known = database.tables()
    if table not in known:
        raise DataError(f"The database {address.shown!r} has no table {table!r}.", hint=did_you_mean(table, known))
    return database.select(table)


def _check_names(batch: pl.DataFrame, what: str) -> None:
    """Batches number their columns where the database gives a name twice; say so in the database's own words."""
    repeated = [name for name in batch.columns if name.startswith(REPEATED)]
    if repeated:
        name = repeated[0].replace(REPEATED, "")
        raise DataError(
            f"{what} has the column {name!r} more than once; names must be unique.",
            hint="Name one of them otherwise: SELECT a.id, b.id AS other_id …",
        )
