"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from clew.collect.address import Address
from clew.core.errors import UsageError

_DATA_HELP = (
    "A file (csv, tsv, parquet, json, jsonl, xlsx, arrow, delta), a folder or a glob of files, s3://…, the URL of a "
    "database, or project:NAME."
)


def address(text: str) -> Address:
    """Read DATA as it stands on the command line; its name is what the help page shows as its type."""
    return Address(text)


#: A command with a parameter `data` of this type also takes --query, --table and --filename-column.
Data = Annotated[Address, typer.Argument(metavar="DATA", parser=address, help=_DATA_HELP)]
DataOption = Annotated[Address, typer.Option("--data", metavar="DATA", parser=address, help=_DATA_HELP)]
Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A bundle folder, models:/NAME@ALIAS or models:/NAME/VERSION.")
]
Target = Annotated[str, typer.Option("--target", metavar="COLUMN", help="Column to predict.")]
MaybeTarget = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="Column to predict.")]
DomainFile = Annotated[
    Path | None, typer.Option("--domain", metavar="FILE", help="A domain model in YAML: facts about the columns.")
]
Trust = Annotated[
    str | None,
    typer.Option("--trust", metavar="NAME[,NAME]", help="Classes, functions and metrics outside Clew that may run."),
]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="Where to write.")]
MaybeOut = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the HTML report.")]
Cpus = Annotated[int | None, typer.Option("--cpus", min=1, help="Processors to use (default: all).")]


class TaskName(StrEnum):
    """Kinds of answers."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


TaskOption = Annotated[TaskName | None, typer.Option("--task", help="Overrides the inferred task.")]


def names(text: str | None) -> tuple[str, ...] | None:
    """Split a comma-separated option."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def files_only(text: str, flag: str) -> Address:
    """Return a second DATA of a command, which has no query of its own.

    Raises
    ------
    UsageError
        If it is a database.
    """
    address = Address(text)
    if address.is_database:
        raise UsageError(
            f"{flag} names the database {address.shown!r}, and --query and --table are for the first DATA.",
            hint="Keep its rows first: clew data add DATABASE --query 'SELECT …' --name NAME; then name project:NAME.",
        )
    return address
