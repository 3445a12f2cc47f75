"""Options that the commands which learn without a target share."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from clew.cli.options import names
from clew.core.errors import UsageError

Columns = Annotated[
    str | None, typer.Option(metavar="A[,B]", help="Columns to compare rows by (default: all but identifiers).")
]
Left = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="A column that takes no part.")]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", metavar="FILE", help="Recipe (default: suggested).")]
RowsOut = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the rows with the result.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Where to write the HTML report.")]
Save = Annotated[Path | None, typer.Option("--save", metavar="DIR", help="Where to keep what --fitted reads.")]
Fitted = Annotated[Path | None, typer.Option("--fitted", metavar="DIR", help="Apply what was kept, and learn nothing.")]


def compared(columns: str | None, target: str | None) -> tuple[str, ...] | None:
    """Return the columns that ``--columns`` names."""
    named = names(columns)
    if named == ():
        raise UsageError("--columns names no column.", hint="Leave it out to compare rows by all of them.")
    if named is not None and target in named:
        raise UsageError(
            f"--columns compares rows by {target!r}, and --target says that it takes no part.",
            hint="Name it in one of them.",
        )
    return named


def only_applied(**options: tuple[object, object]) -> None:
    """Refuse options about learning beside ``--fitted``.

    Parameters
    ----------
    **options : (object, object)
        Value and default of each.
    """
    for name, (value, default) in options.items():
        if value != default:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} is about what is learnt, and --fitted learns nothing.", hint=f"Leave {flag} out.")


def following(
    name: str, data: str, report: Path | None, save: Path | None, fitted: Path | None, seed: int, **options: object
) -> tuple[str, ...]:
    """Return the commands worth trying after one of the three, about the same analysis.

    Parameters
    ----------
    name, data : str
        The command, and how its rows are named.
    report, save, fitted : Path, optional
        As they were given.
    seed : int
        Of the analysis.
    **options : object
        What the analysis was asked for; None where the default holds.
    """
    if fitted is not None:
        return ()
    named = spelt(**options, seed=unless(0, seed))
    seen = () if report is not None else (f"clew {name} {data}{named} --report {name}.html",)
    kept = f"clew {name} NEW_ROWS{spelt(fitted=save)} --out result.csv"
    return (*seen, kept) if save is not None else (*seen, f"clew {name} {data}{named} --save {name}")


def unless(default: object, value: object) -> object:
    """Return a value, or None where it is the default."""
    return None if value == default else value


def spelt(**options: object) -> str:
    """Return options as they stand on a command line, with a space in front; None is left out."""
    words = [(f"--{name.replace('_', '-')}", str(value)) for name, value in options.items() if value is not None]
    return "".join(f" {flag} {shlex.quote(value)}" for flag, value in words)
