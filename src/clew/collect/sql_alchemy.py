"""Databases that SQLAlchemy knows: PostgreSQL, SQLite, and whatever has a dialect and a driver installed."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

import polars as pl

from clew.collect.address import Address
from clew.collect.sql_errors import needs_package, no_file, one_name_each, refused, unreachable
from clew.collect.sql_values import declared_column, postgres_column
from clew.core.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select
    from sqlalchemy.engine import URL

#: Seconds after which a database that does not answer is given up; PostgreSQL's library tries twice.
CONNECT_TIMEOUT_S = 4
_VIEW = "_clew_result"
_Maker: TypeAlias = Callable[[str, Sequence[Any]], pl.Series]
#: What reading needs of SQLite; everything else is denied while rows are read.
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


def open_sqlalchemy(address: Address) -> "SqlDatabase":
    """Open a database for reading.

    Parameters
    ----------
    address : Address
        Its URL.

    Raises
    ------
    UsageError
        If there is no such kind of database, or its driver is not installed.
    DataError
        If it is not there or does not answer.
    """
    from sqlalchemy import create_engine, exc, pool

    url = _url(address)
    backend = url.get_backend_name()
    options: dict[str, Any] = {"poolclass": pool.NullPool}
    if backend == "sqlite":
        options["creator"] = lambda: _sqlite(address)
    elif backend in {"postgresql", "mysql", "mariadb"} and "connect_timeout" not in url.query:
        options["connect_args"] = {"connect_timeout": CONNECT_TIMEOUT_S}
    try:
        engine = create_engine(url, **options)
    except exc.NoSuchModuleError:
        raise needs_package(address) from None
    except ModuleNotFoundError as error:
        raise needs_package(address, module=error.name) from None
    if backend == "postgresql":
        engine = engine.execution_options(postgresql_readonly=True)
    try:
        connection = engine.connect()
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise unreachable(address, error) from None
    return SqlDatabase(address, connection)


def _url(address: Address) -> "URL":
    from sqlalchemy import exc, make_url

    if address.text.partition("://")[2].partition("?")[0].count("@") > 1:
        # What follows the first @ would be taken for the host, and end up in messages.
        raise UsageError(
            f"The user or the password in {address.shown!r} holds an @.",
            hint="Write it as %40 (: as %3A, / as %2F).",
        )
    try:
        url = make_url(address.text)
    except (exc.ArgumentError, ValueError):
        raise UsageError(
            f"{address.shown!r} is no URL of a database.",
            hint="Write e.g. postgresql://USER@HOST/DATABASE, with odd characters of a password as %XX.",
        ) from None
    name = url.drivername.lower()
    # SQLAlchemy 2.0 takes psycopg2 for a plain postgresql://, 2.1 psycopg; others write postgres://.
    return url.set(drivername="postgresql+psycopg" if name in {"postgresql", "postgres"} else name)


def _sqlite(address: Address) -> sqlite3.Connection:
    file = address.file
    if file is None:
        return sqlite3.connect(":memory:", check_same_thread=False)
    if not file.is_file():
        raise no_file(file)
    uri = f"file:{quote(str(file.absolute()))}?mode=ro"
    driver = sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=CONNECT_TIMEOUT_S)
    driver.execute("SELECT count(*) FROM sqlite_master").fetchone()  # looks whether it is a database at all
    return driver


class SqlDatabase:
    """A database in a transaction that only reads and is never committed.

    Parameters
    ----------
    address : Address
        For messages.
    connection : sqlalchemy.Connection
        The open connection.
    """

    def __init__(self, address: Address, connection: "Connection") -> None:
        self._address = address
        self._connection = connection
        self._dialect = connection.dialect.name

    def tables(self) -> list[str]:
        """Return the names of tables and views; those outside the default schema as ``schema.name``."""
        from sqlalchemy import exc, inspect

        inspector = inspect(self._connection)
        try:
            found = list(inspector.get_table_names()) + list(inspector.get_view_names())
            if self._dialect == "postgresql":
                found += inspector.get_materialized_view_names()
            schema = str(self._address.table).partition(".")[0]
            if self._address.table and "." in self._address.table and schema in inspector.get_schema_names():
                names = inspector.get_table_names(schema) + inspector.get_view_names(schema)
                found += [f"{schema}.{name}" for name in names]
        except exc.DBAPIError as error:
            raise refused(self._address, error) from None
        return found

    def select(self, table: str) -> str:
        """Return the SELECT of a whole table that is there, in the order of its primary key if it has one."""
        from sqlalchemy import column, exc, inspect, literal_column, select
        from sqlalchemy import table as table_of

        inspector = inspect(self._connection)
        schema, name = None, table
        if table not in [*inspector.get_table_names(), *inspector.get_view_names()] and "." in table:
            schema, _, name = table.partition(".")
        try:
            keys = inspector.get_pk_constraint(name, schema).get("constrained_columns") or []
        except (exc.NoSuchTableError, exc.DBAPIError):
            keys = []  # a view
        query: Select[Any] = select(literal_column("*")).select_from(table_of(name, schema=schema))
        dialect = self._connection.dialect
        text = str(query.order_by(*(column(key) for key in keys)).compile(dialect=dialect))
        # Where parameters are written with %, SQLAlchemy doubles it in names; none are sent here.
        return text.replace("%%", "%") if dialect.paramstyle in {"format", "pyformat"} else text

    def batches(self, query: str, rows: int) -> Iterator[pl.DataFrame]:
        """Yield the result of a SELECT in batches of this many rows; at least one, which may be empty."""
        from sqlalchemy import exc

        try:
            declared = self._prepare(query)
            # Without parameters, so that no driver takes % or : in the text for a place to fill.
            options = {"yield_per": rows, "no_parameters": True}
            with self._connection.execution_options(**options).exec_driver_sql(query) as result:
                names = one_name_each(list(map(str, result.keys())))
                make = self._makers(getattr(result.cursor, "description", None) or [None] * len(names), declared)
                first = True
                while (batch := result.fetchmany(rows)) or first:
                    first = False
                    columns = list(zip(*batch, strict=True)) if batch else [()] * len(names)
                    yield pl.DataFrame(
                        [made(name, values) for made, name, values in zip(make, names, columns, strict=True)]
                    )
        except (exc.SQLAlchemyError, self._connection.dialect.loaded_dbapi.Error) as error:
            raise refused(self._address, error) from None
        except (ValueError, OverflowError, pl.exceptions.PolarsError) as error:
            raise refused(self._address, error) from None

    def _prepare(self, query: str) -> dict[int, str]:
        """Forbid writing, fix what order and types depend on, and return what SQLite declares of the columns."""
        if self._dialect == "postgresql":
            # Large tables are read from where another scan is; and moments come in the zone of the session.
            for setting in ("SET LOCAL synchronize_seqscans = off", "SET LOCAL TIME ZONE 'UTC'"):
                self._connection.exec_driver_sql(setting)
        if self._dialect != "sqlite":
            return {}
        driver: Any = self._connection.connection.dbapi_connection
        declared = _declared(driver, query)
        driver.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY)
        return declared

    def _makers(self, description: Sequence[Any], declared: Mapping[int, str]) -> list[_Maker]:
        """Return what makes a column of its name and values, for each column of the result."""
        if self._dialect == "postgresql":
            return [partial(postgres_column, described=described) for described in description]
        return [partial(declared_column, declared=declared.get(i, "")) for i in range(len(description))]

    def close(self) -> None:
        """Give up the transaction and the connection."""
        self._connection.close()
        self._connection.engine.dispose()


def _declared(driver: sqlite3.Connection, query: str) -> dict[int, str]:
    """Return the declared types of a result's columns, by position; empty where one comes from no column.

    SQLite tells them for the columns of a view, so the query is made a view that lives in this connection only.
    """
    driver.execute(f"CREATE TEMP VIEW {_VIEW} AS {query}")
    found = driver.execute(f"PRAGMA table_info({_VIEW})").fetchall()
    return {int(row[0]): str(row[2]).upper() for row in found}
