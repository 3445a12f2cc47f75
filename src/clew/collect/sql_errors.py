"""What is said when a database cannot be read; passwords are taken out of the drivers' own words."""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote_plus

from clew.collect.address import SECRET_OPTION, Address
from clew.core.errors import DataError, InputError, UsageError

#: Beginning of a URL → the package that reads such databases.
PACKAGES = {
    "postgresql": "'clew[postgres]'",
    "postgres": "'clew[postgres]'",
    "duckdb": "duckdb",
    "mysql": "pymysql",
    "mariadb": "pymysql",
    "mssql": "pyodbc",
    "oracle": "oracledb",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "databricks": "databricks-sqlalchemy",
    "trino": "trino[sqlalchemy]",
    "clickhouse": "clickhouse-sqlalchemy",
    "cockroachdb": "sqlalchemy-cockroachdb",
}
#: Drivers that SQLAlchemy does not take by itself.
_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql", "oracle": "oracle+oracledb"}
#: Marks a column whose name the database gave before.
REPEATED = "\0again:"
_LONGEST = 240


def needs_package(address: Address, *, module: str | None = None) -> UsageError:
    """Return the error for a kind of database that cannot be read here."""
    scheme = address.scheme.partition("+")[0]
    package = PACKAGES.get(scheme)
    if package is None:
        near = difflib.get_close_matches(scheme, [*PACKAGES, "sqlite"], n=1)
        meant = f"Did you mean {near[0]!r}? Otherwise install" if near else "Install"
        return UsageError(
            f"There is no database of the kind {scheme!r} ({address.shown}).",
            hint=f"{meant} the package with its SQLAlchemy dialect, and write its name before ://.",
        )
    what = f"the package {module!r}" if module else f"a driver for {scheme}"
    driver = _DRIVERS.get(address.scheme)
    written = f", and write {driver}://…" if driver else ""
    return UsageError(
        f"Reading {address.shown!r} needs {what}, which is not installed.",
        hint=f"Install it: pip install {package}{written}.",
    )


def no_file(file: Path) -> DataError:
    """Return the error for a database in a file that is not there."""
    folder = file.parent
    names = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    near = difflib.get_close_matches(file.name, names, n=3, cutoff=0.5)
    hint = (
        f"Near it: {', '.join(map(repr, near))}." if near else "A relative path has three slashes: sqlite:///file.db."
    )
    return DataError(f"There is no database file {str(file)!r}.", hint=hint)


def unreachable(address: Address, error: BaseException) -> InputError:
    """Return the error for a database that cannot be opened."""
    if isinstance(error, InputError):
        return error
    return DataError(
        f"The database {address.shown!r} cannot be opened: {_reason(address, error)}.",
        hint="Check host, port, database, user and password (PGPASSWORD or ~/.pgpass keep it out of the address)."
        if address.file is None
        else "Check that it is the right file, and complete.",
    )


def refused(address: Address, error: BaseException) -> DataError:
    """Return the error for a query that a database refuses, or for rows that cannot be brought over."""
    reason = _reason(address, error)
    writes = re.search(r"read-?only|not authorized|prohibited", reason, re.IGNORECASE)
    return DataError(
        f"The database {address.shown!r} refuses to read: {reason}.",
        hint="Only reading is allowed."
        if writes
        else "Such moments can be left out: NULLIF(column, 'infinity')."
        if "year 10K" in reason or "before year" in reason
        else "Try the query in the database's own client.",
    )


def _reason(address: Address, error: BaseException) -> str:
    """Return the first lines of what the driver says, without passwords."""
    orig = getattr(error, "orig", None)
    text = re.sub(r'DECLARE "[^"]*" CURSOR FOR ', "", str(orig if orig is not None else error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # A caret that points into the query means nothing where the line above it is gone.
    said = " ".join(line for line in lines[:4] if not re.fullmatch(r"[~^]+", line)) or type(error).__name__
    for secret in _secrets(address):
        said = said.replace(secret, "***")
    return (said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…").rstrip(".!?")


def _secrets(address: Address) -> list[str]:
    """Return what must not be shown, as it stands in the address and as drivers get it."""
    rest = address.text.partition("://")[2]
    found = [match[1] for match in [re.match(r"[^:/?@]*:(.*)@", rest, re.DOTALL)] if match]
    options = [option.partition("=") for option in rest.partition("?")[2].split("&")]
    found += [value for name, _, value in options if SECRET_OPTION.search(name)]
    plain = [unquote_plus(text) for text in found]
    return sorted({text for text in (*found, *plain) if text}, key=len, reverse=True)


def one_name_each(names: Sequence[str]) -> list[str]:
    """Return the names of columns with a mark before those that come again, so that they are told apart."""
    seen: set[str] = set()
    result: list[str] = []
    for name in names:
        marked = name
        while marked in seen:
            marked = REPEATED + marked
        seen.add(marked)
        result.append(marked)
    return result
