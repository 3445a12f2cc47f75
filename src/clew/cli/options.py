"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="A file (csv, tsv, parquet, json, jsonl, xlsx, arrow, delta) or project:NAME."),
]
Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A bundle folder, models:/NAME@ALIAS or models:/NAME/VERSION.")
]
Target = Annotated[str, typer.Option("--target", metavar="COLUMN", help="Column to predict.")]
MaybeTarget = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="Column to predict.")]
DomainFile = Annotated[
    Path | None, typer.Option("--domain", metavar="FILE", help="A domain model in YAML: facts about the columns.")
]
Trust = Annotated[
    str | None, typer.Option("--trust", metavar="NAME[,NAME]", help="Types outside the allow-list that may be loaded.")
]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="Where to write.")]
MaybeOut = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the HTML report.")]
Cpus = Annotated[int | None, typer.Option("--cpus", min=1, help="Processors to use [default: all].")]


def names(text: str | None) -> tuple[str, ...] | None:
    """Split a comma-separated option."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())
