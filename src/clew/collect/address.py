"""What DATA names: a file, a folder, a glob, an object of an S3 store, or the result of a database.

An address may carry a password. It is never shown: `Address.shown`, `str` and `repr` put ``***`` in its place, and only
what opens the address reads `Address.text`.
"""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from clew.core.errors import UsageError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_S3 = frozenset({"s3", "s3a", "s3n"})
#: Addresses that look like one of ours, and that nothing here can open.
_ELSEWHERE = frozenset(
    {"http", "https", "ftp", "ftps", "sftp", "file", "gs", "gcs", "az", "abfs", "abfss", "adl", "hdfs", "hf", "dbfs"}
)
_GLOB = re.compile(r"[*?\[]")
_COMPRESSED = (".gz", ".zst")
_LONGEST_QUERY = 160
#: What may be stated besides an address.
OPTIONS = ("query", "table", "filename_column", "encoding", "delimiter", "sheet")
#: Those that say how a file is to be read.
OF_FILES = ("filename_column", "encoding", "delimiter", "sheet")
#: Options of drivers that carry what must not be shown.
SECRET_OPTION = re.compile(r"pass|pwd|secret|token|key|credential|odbc_connect", re.IGNORECASE)
#: What stands for the password of a database in a clew.yaml: an environment variable.
PASSWORD = "${CLEW_PASSWORD}"  # noqa: S105 - the name of a variable, and no password


@dataclass(frozen=True, repr=False)
class Address:
    """Where rows are, and which of them are meant.

    Parameters
    ----------
    text : str
        A path, a glob, ``s3://bucket/key``, or the URL of a database. May hold a password; show `shown` instead.
    query : str, optional
        One SELECT, for a database.
    table : str, optional
        A table or view, for a database.
    filename_column : str, optional
        Name of a column to add that says from which file a row came.
    encoding, delimiter : str, optional
        Of delimited text; by default found out.
    sheet : str, optional
        Sheet of a workbook; by default the first.
    """

    text: str
    query: str | None = None
    table: str | None = None
    filename_column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @classmethod
    def of(cls, data: "str | Path | Address", **options: str | None) -> Self:
        """Return an address of whatever names one.

        Parameters
        ----------
        data : str, Path or Address
            What was given.
        **options : str, optional
            Any of `OPTIONS`; those that are None change nothing.
        """
        given = {name: value for name, value in options.items() if value is not None}
        address = data if isinstance(data, cls) else cls(str(data))
        return replace(address, **given)

    @property
    def scheme(self) -> str:
        """What stands before ``://``, in small letters; empty for a path."""
        found = _SCHEME.match(self.text)
        return found[1].lower() if found else ""

    @property
    def is_s3(self) -> bool:
        """Whether it lies in an S3 store."""
        return self.scheme in _S3

    @property
    def is_database(self) -> bool:
        """Whether it is the URL of a database."""
        return bool(self.scheme) and not self.is_s3 and self.scheme not in _ELSEWHERE

    @property
    def is_local(self) -> bool:
        """Whether it is a path or a glob of this machine."""
        return not self.scheme

    @property
    def has_glob(self) -> bool:
        """Whether it holds ``*``, ``?`` or ``[``."""
        return not self.is_database and _GLOB.search(self.text) is not None

    @property
    def shown(self) -> str:
        """The address without what is secret in it."""
        found = _SCHEME.match(self.text)
        if found is None:
            return self.text
        scheme, rest = found.groups()
        if self.is_s3:
            first, slash, key = rest.partition("/")
            return f"{scheme}://***@{first.rpartition('@')[2]}{slash}{key}" if "@" in first else self.text
        # Passwords may hold any character, so everything between the first colon and the last @ is one.
        secret = re.match(r"([^:/?@]*):(.*)@([^@]*)$", rest, re.DOTALL)
        if secret:
            rest = f"{secret[1]}:***@{secret[3]}"
        # Drivers also take passwords, keys and tokens as options.
        return f"{scheme}://{rest.partition('?')[0]}"

    @property
    def source(self) -> str:
        """What a dataset says about where it came from."""
        if self.table is not None:
            return f"{self.shown}, table {self.table}"
        return f"{self.shown}, query {_short(self.query)}" if self.query is not None else self.shown

    @property
    def name(self) -> str:
        """A short name for the table."""
        if self.table is not None:
            return self.table
        path = self.shown.rstrip("/")
        parts = [part for part in re.split(r"[/\\]", path) if part]
        while len(parts) > 1 and _GLOB.search(parts[-1]):
            parts.pop()
        last = parts[-1] if parts else path
        for ending in _COMPRESSED:
            last = last.removesuffix(ending)
        return Path(last).stem or last

    def at(self, folder: Path) -> Self:
        """Return the address with a relative path, also that of a database in a file, starting at a folder."""
        if self.is_local:
            path = Path(self.text).expanduser()
            return self if path.is_absolute() else replace(self, text=str(folder / path))
        file = _database_file(self.text)
        if file is None or Path(file).is_absolute():
            return self
        return replace(self, text=self.text.replace(f":///{file}", f":///{(folder / file).absolute()}", 1))

    def portable(self, folder: Path) -> str:
        """Return the address as a file may keep it: with `PASSWORD` for a password, and a relative path in a database.

        Parameters
        ----------
        folder : Path
            Where the file lies, from which relative paths start.
        """
        file = self.file
        if file is not None:
            relative = Path(os.path.relpath(file.absolute(), folder)).as_posix()
            return self.text.replace(f":///{_database_file(self.text)}", f":///{relative}", 1)
        if not self.is_database:
            return self.shown
        options = [option for option in self.text.rpartition("@")[2].partition("?")[2].split("&") if option]
        harmless = "&".join(option for option in options if not SECRET_OPTION.search(option.partition("=")[0]))
        return self.shown.replace(":***@", f":{PASSWORD}@", 1) + (f"?{harmless}" if harmless else "")

    @property
    def file(self) -> Path | None:
        """The file of a database that is one; None for every other address."""
        found = _database_file(self.text)
        return Path(found) if found else None

    @property
    def command(self) -> str:
        """The address as words of a command line, for a hint about the next command."""
        words = [self.shown]
        for name, value in self.options.items():
            words += [f"--{name.replace('_', '-')}", value]
        return shlex.join(words)

    @property
    def options(self) -> dict[str, str]:
        """What is stated besides the address itself."""
        stated = {name: getattr(self, name) for name in OPTIONS}
        return {name: value for name, value in stated.items() if value is not None}

    def to_dict(self) -> dict[str, str]:
        """Return what is set, without secrets, as JSON-ready values."""
        return {"source": self.shown, **self.options}

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Address({self.source!r})"


def check_options(address: Address) -> None:
    """Refuse options that do not fit the address.

    Raises
    ------
    UsageError
        If a query or a table is named for files, none or both for a database, or how to read files for a database.
    """
    wanted = [name for name in ("query", "table") if getattr(address, name) is not None]
    if not address.is_database and wanted:
        raise UsageError(
            f"`{wanted[0]}` is for databases, and {address.shown!r} is none.",
            hint="Name the database as in postgresql://host/database or sqlite:///file.db, or leave it away.",
        )
    if address.is_database and len(wanted) != 1:
        came = "both came" if wanted else "none came"
        raise UsageError(
            f"{address.shown!r} is a database: it takes a query or a table, and {came}.",
            hint="Say what to read: --table NAME, or --query 'SELECT …' (in Python table=… or query=…).",
        )
    stated = next((name for name in OF_FILES if getattr(address, name) is not None), None)
    if address.is_database and stated is not None:
        raise UsageError(f"`{stated}` is for files, and a database has none.", hint="Leave it away.")


def address_from(stated: str | Mapping[str, Any]) -> Address:
    """Return the address that a configuration states: a text, or a mapping as `Address.to_dict` gives it."""
    if isinstance(stated, str):
        return Address(stated)
    options = {name: stated.get(name) for name in OPTIONS}
    return Address.of(str(stated["source"]), **options)


def _database_file(text: str) -> str | None:
    """Return the path in ``sqlite:///path`` or ``duckdb:///path``."""
    found = re.match(r"(?:sqlite|duckdb)(?:\+\w+)?:///([^?]+)", text, re.IGNORECASE)
    return None if found is None or found[1] == ":memory:" else found[1]


def _short(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= _LONGEST_QUERY else words[: _LONGEST_QUERY - 1] + "…"
