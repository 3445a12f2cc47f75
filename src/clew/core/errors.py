"""Every error Clew raises on purpose.

::

    ClewError
    ├── InputError            what came in cannot be used (exit code 2, HTTP 4xx)
    │   ├── UsageError        a wrong option, argument or combination
    │   ├── ConfigError       clew.yaml, a recipe or a domain file breaks a rule
    │   ├── DataError         a file or table that cannot be read or used
    │   │   └── SchemaError   columns or values other than the declared ones; lists the cells
    │   ├── RecipeError       a step that cannot do its work on these columns
    │   └── ArtifactError     a bundle or fitted part that is damaged, or of a type that is not trusted
    ├── BusyError             somebody else holds the project's lock (exit code 2)
    └── ConflictError         somebody else changed a file in the meantime; says what they changed (exit code 2)

A message names the thing, the rule, what came, and the way out; the way out is also kept apart in ``hint``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


class ClewError(Exception):
    """Base of every error that Clew raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong: the thing, the rule, what came.
    hint : str, optional
        The way out, shown after the message.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} Hint: {self.hint}" if self.hint else self.message


class InputError(ClewError):
    """What came in cannot be used; changing the input helps."""


class UsageError(InputError):
    """An option, an argument or a combination of them is wrong."""


class ConfigError(InputError):
    """A configuration, recipe or domain file breaks a rule."""


class DataError(InputError):
    """A file or table cannot be read or used."""


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One cell that is not what the schema declares.

    Parameters
    ----------
    row : int
        Position of the row, counted from 0; -1 where the whole column is meant.
    column : str
        Name of the column.
    problem : str
        The broken rule, in a few words.
    got, expected : str
        What came, and what would have been right.
    """

    row: int
    column: str
    problem: str
    got: str
    expected: str

    def to_dict(self) -> dict[str, Any]:
        """Return the five fields as a plain dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


class SchemaError(DataError):
    """Columns or values are other than the declared ones.

    Parameters
    ----------
    message : str
        As for `ClewError`.
    hint : str, optional
        As for `ClewError`.
    problems : sequence of CellProblem, optional
        The offending cells, the first hundred at most.
    count : int, optional
        How many there are; by default those that are listed.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, problems: Sequence[CellProblem] = (), count: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)
        self.count = len(self.problems) if count is None else count


class RecipeError(InputError):
    """A step cannot do its work on these columns."""


class ArtifactError(InputError):
    """A stored part is damaged, or of a type that is not trusted."""


class BusyError(ClewError):
    """Somebody else is working on the same project."""


class ConflictError(ClewError):
    """Somebody else changed what this change was made from; nothing was written.

    Parameters
    ----------
    message : str
        As for `ClewError`.
    hint : str, optional
        As for `ClewError`.
    current : object
        What is there now; for a file of a project a `clew.project.edits.FileText`.
    changes : str
        What the other person or program did, as a unified diff; empty where what was there before is not known.
    """

    def __init__(self, message: str, *, hint: str | None = None, current: Any = None, changes: str = "") -> None:
        super().__init__(message, hint=hint)
        self.current = current
        self.changes = changes


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest known name, or list what there is.

    Parameters
    ----------
    name : str
        The unknown name.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        A sentence for `ClewError.hint`.
    """
    names = list(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    near = get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {lowered[near[0]]!r}?"
    shown = ", ".join(repr(candidate) for candidate in names[:12])
    return f"There is {shown}{' …' if len(names) > 12 else ''}." if names else "There are none."
