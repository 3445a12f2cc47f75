"""DuckDB files: read by DuckDB itself, which hands out Arrow."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import polars as pl

from clew.collect.address import Address
from clew.collect.sql_errors import needs_package, no_file, one_name_each, refused, unreachable
from clew.core.errors import UsageError

#: Types that Polars does not know; they come as DuckDB spells them.
_AS_TEXT = ("INTERVAL", "BIT", "TIME WITH TIME ZONE", "MAP", "UNION", "UHUGEINT")


def open_duckdb(address: Address) -> "DuckDatabase":
    """Open a DuckDB file for reading.

    Raises
    ------
    UsageError
        If DuckDB is not installed.
    DataError
        If there is no such file, or it is none of DuckDB's.
    """
    if find_spec("duckdb") is None:
        raise needs_package(address)
    import duckdb

    file = address.file
    if file is None:
        raise UsageError(f"{address.shown!r} names no file.", hint="Write duckdb:///FILE.")
    if not file.is_file():
        raise no_file(file)
    try:
        connection = duckdb.connect(str(file), read_only=True)
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        raise unreachable(address, error) from None
    return DuckDatabase(address, connection)


class DuckDatabase:
    """A DuckDB file, opened for reading only.

    Parameters
    ----------
    address : Address
        For messages.
    connection : duckdb.DuckDBPyConnection
        The open connection.
    """

    def __init__(self, address: Address, connection: Any) -> None:
        self._address = address
        self._connection = connection

    def tables(self) -> list[str]:
        """Return the names of tables and views; those outside the default schema as ``schema.name``."""
        found = self._connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        ).fetchall()
        return [name if schema == "main" else f"{schema}.{name}" for schema, name in found]

    def select(self, table: str) -> str:
        """Return the SELECT of a whole table that is there; DuckDB keeps the order in which rows came."""
        schema, name = ("main", table)
        if table not in [item for item in self.tables() if "." not in item] and "." in table:
            schema, _, name = table.partition(".")
        return f"SELECT * FROM {_identifier(schema)}.{_identifier(name)}"  # noqa: S608 - quoted, and known to be there

    def batches(self, query: str, rows: int) -> Iterator[pl.DataFrame]:
        """Yield the result of a SELECT in batches of this many rows; at least one, which may be empty."""
        import duckdb

        try:
            statements = duckdb.extract_statements(query)
            if [str(item.type).rpartition(".")[2] for item in statements] != ["SELECT"]:
                raise UsageError("The query is not one SELECT, and only reading is allowed.", hint="Send one SELECT.")
            relation = self._connection.sql(query)
            names = one_name_each(list(relation.columns))
            text = [i for i, kind in enumerate(relation.types) if str(kind).startswith(_AS_TEXT)]
            if text and names == list(relation.columns):
                casts = ", ".join(f"{_identifier(names[i])}::VARCHAR AS {_identifier(names[i])}" for i in text)
                relation = relation.project(f"* REPLACE ({casts})")
            reader = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader
            empty = True
            for batch in reader(rows):
                empty = False
                yield _frame(batch, names)
            if empty:
                yield pl.DataFrame({name: [] for name in names})
        except duckdb.Error as error:
            raise refused(self._address, error) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _frame(batch: Any, names: list[str]) -> pl.DataFrame:
    columns = [pl.Series(name, batch.column(i)) for i, name in enumerate(names)]
    return pl.DataFrame(columns)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
