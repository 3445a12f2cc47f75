"""A table as a file or frame gives it, before its columns are judged; and the rules for names."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from clew.collect.codes import finding
from clew.collect.missing import SPACE
from clew.core.errors import DataError
from clew.core.finding import Finding

#: Column names that are numbers, but most likely years that were spread over columns.
_YEARS = re.compile("(?:19|20)[0-9]{2}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Raw:
    """A table as it was read.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows; text where the file knows no types.
    findings : tuple of Finding
        What was noticed.
    unnamed : tuple of str
        Names given to columns that had none.
    what : str
        The file or frame, for messages.
    """

    frame: pl.DataFrame
    findings: tuple[Finding, ...] = ()
    unnamed: tuple[str, ...] = ()
    what: str = "The table"


def clean_names(names: Sequence[str], what: str) -> tuple[list[str], list[str]]:
    """Check the names of columns, and give a name to those that have none.

    White space around a name is dropped. A column without a name is called by its position, ``column_1`` for the first.

    Parameters
    ----------
    names : sequence of str
        As they stand in the file.
    what : str
        The file or frame, for the message.

    Returns
    -------
    names : list of str
        Unique names.
    unnamed : list of str
        Those that were made up.

    Raises
    ------
    DataError
        If two names are equal, or one is ``*`` or like ``^…$``, which the data frame library takes for a pattern.
    """
    cleaned = [name.strip(SPACE) for name in names]
    pattern = next((name for name in cleaned if name == "*" or (name.startswith("^") and name.endswith("$"))), None)
    if pattern is not None:
        raise DataError(
            f"{what} has the column {pattern!r}, which reads as a pattern of names (* or ^…$).",
            hint="Rename the column.",
        )
    taken = {name.lower() for name in cleaned}
    unnamed: list[str] = []
    for position, name in enumerate(cleaned):
        if not name:
            made = f"column_{position + 1}"
            while made in taken:
                made += "_"
            taken.add(made)
            cleaned[position] = made
            unnamed.append(made)
    counts = Counter(cleaned)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        shown = ", ".join(f"{name!r} ({counts[name]} times)" for name in repeated[:5])
        raise DataError(f"{what} repeats the column {shown}; names must be unique.", hint="Rename or drop the copies.")
    return cleaned, unnamed


def named(frame: pl.DataFrame, what: str, names: Sequence[str] | None = None) -> Raw:
    """Check and clean the names of a table.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    what : str
        The file or frame, for the message.
    names : sequence of str, optional
        The header of a file that people write (CSV, Excel); by default the names of `frame`.

    Raises
    ------
    DataError
        If there are no columns, or names are equal; in a header also if two differ in capital letters only,
        for there it is nearly always a slip, while a program that writes a typed file means what it writes.
    """
    if frame.width == 0:
        raise DataError(f"{what} has no columns.", hint="Check that it is the right one, and complete.")
    given = list(names if names is not None else frame.columns)
    cleaned, unnamed = clean_names(given, what)
    alike = _alike(cleaned)
    if names is not None and alike:
        shown = " and ".join(map(repr, alike[0]))
        raise DataError(
            f"{what} has the columns {shown}, which differ only in case.", hint="Rename one of them in the header."
        )
    if cleaned != frame.columns:
        frame = frame.rename(dict(zip(frame.columns, cleaned, strict=True)))
    return Raw(frame, _about_header(cleaned), tuple(unnamed), what)


def check_rows(raw: Raw, *, hint: str = "Add rows, or check the export.") -> None:
    """Refuse a table without rows.

    Raises
    ------
    DataError
        If it has none.
    """
    if raw.frame.height == 0:
        names = raw.frame.columns
        shown = ", ".join(repr(name) for name in names[:5]) + (" …" if len(names) > 5 else "")
        raise DataError(f"{raw.what} has a header ({shown}) and no rows.", hint=hint)


def _about_header(names: Sequence[str]) -> tuple[Finding, ...]:
    return (*_about_capitals(names), *_about_numbers(names))


def _alike(names: Sequence[str]) -> list[list[str]]:
    """Return the groups of names that differ in capital letters only."""
    by_lower: dict[str, list[str]] = {}
    for name in names:
        by_lower.setdefault(name.lower(), []).append(name)
    return [group for group in by_lower.values() if len(group) > 1]


def _about_capitals(names: Sequence[str]) -> tuple[Finding, ...]:
    alike = _alike(names)
    shown = "; ".join(" and ".join(map(repr, group)) for group in alike[:3])
    return (finding("DQ118", f"The columns {shown} differ in capital letters only.", names=alike),) if alike else ()


def _about_numbers(names: Sequence[str]) -> tuple[Finding, ...]:
    numbers = [name for name in names if _NUMBER.fullmatch(name) and not _YEARS.fullmatch(name)]
    if len(numbers) * 2 < len(names) or not numbers:
        return ()
    detail = f"{len(numbers)} of {len(names)} names are numbers, e.g. {numbers[0]!r}."
    return (finding("DQ112", detail, names=list(names[:10])),)
