"""The one place where commands speak: data on stdout, talk and progress on stderr."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from clew.core.jsonable import dumps
from clew.core.readable import number

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

#: Where nobody watches a terminal, progress is a line at most this often.
LINE_EVERY_S = 5.0


class Format(StrEnum):
    """How the answer is written."""

    HUMAN = "human"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say.

    Parameters
    ----------
    data : mapping
        The one data object, as promised in the interfaces.
    show : callable
        Writes the same for people.
    code : int, default 0
        Exit code: 0, or 1 where a gate or monitor was violated.
    next : tuple of str
        Commands worth trying now.
    """

    data: Mapping[str, Any]
    show: Callable[["Console"], None]
    code: int = 0
    next: tuple[str, ...] = ()


class Output:
    """Writes answers, messages and progress.

    Parameters
    ----------
    format : Format
        How answers are written.
    quiet : bool
        Whether talk and progress are left out; errors are always shown.
    """

    def __init__(self, format: Format, *, quiet: bool) -> None:  # noqa: A002 - named as the option
        self.format = format
        self.quiet = quiet
        self._status: Status | None = None
        self._last_line = 0.0
        self._last_message = ""

    def answer(self, answer: Answer) -> None:
        """Write an answer to stdout and the hint for the next command to stderr."""
        self.close()
        if self.format is Format.JSON:
            sys.stdout.write(dumps(answer.data) + "\n")
        else:
            answer.show(console(sys.stdout))
        if answer.next and not self.quiet:
            label = "Next:" if len(answer.next) == 1 else "Next, try:"
            sys.stderr.write(f"\n{label}\n" + "".join(f"  {command}\n" for command in answer.next))

    def error(self, message: str, **details: Any) -> None:
        """Write an error to stderr, and as an object to stdout where JSON is wanted."""
        self.close()
        sys.stderr.write(f"Error: {message}\n")
        if self.format is Format.JSON:
            sys.stdout.write(dumps({"error": message, **details}) + "\n")

    def say(self, message: str) -> None:
        """Write a line of talk to stderr."""
        if not self.quiet:
            self.close()
            sys.stderr.write(message + "\n")

    def progress(self, message: str, done: float | None = None) -> None:
        """Show that work is alive; follows `clew.core.progress.Progress`."""
        if self.quiet:
            return
        share = f" {done:4.0%}" if done is not None else ""
        if sys.stderr.isatty():
            if self._status is None:
                self._status = console(sys.stderr).status("")
                self._status.start()
            self._status.update(f"{_escape(message)}{share}")
            return
        now = time.monotonic()
        if now - self._last_line >= LINE_EVERY_S and message != self._last_message:
            sys.stderr.write(f"… {message}{share}\n")
            sys.stderr.flush()
            self._last_line, self._last_message = now, message

    def close(self) -> None:
        """End a running progress display."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def console(stream: Any) -> "Console":
    """Return a console on a stream; texts from data are never read as markup."""
    from rich.console import Console

    width = None if stream.isatty() else 120
    return Console(file=stream, highlight=False, markup=False, width=width, emoji=False)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def show_table(
    target: "Console", headings: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None
) -> None:
    """Write a table for people: numbers to the right, texts as they are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for index, heading in enumerate(headings):
        numeric = bool(rows) and all(isinstance(row[index], int | float | type(None)) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(figure(value)) for value in row))
    target.print(table)


def figure(value: Any) -> str:
    """Return a cell as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float | None) else str(value)
