"""Every change of a text that people edit: what it was, what it became, and whether it was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clew.store.schema import edits
from clew.store.transactions import Transactions, now

#: Changes of one file that are kept; the oldest go first.
KEPT = 500


@dataclass(frozen=True, slots=True)
class EditRow:
    """One change of one file.

    Parameters
    ----------
    id : int
        Counted from 1, over all files.
    file : str
        Name of the file, relative to the project.
    title : str
        What the change does, in a few words.
    before, after : str or None
        The whole text; None where there was, or is, no file.
    created : str
        UTC, ISO 8601.
    undone : int or None
        None while the change counts; otherwise a number that is higher the later it was taken back.
    """

    id: int
    file: str
    title: str
    before: str | None
    after: str | None
    created: str
    undone: int | None


class EditLog:
    """The changes of a project's files; every method is one transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(self, file: str, changes: Sequence[tuple[str, str | None, str | None]]) -> None:
        """Note changes of a file, oldest first; those that were taken back can no longer be redone then.

        Parameters
        ----------
        file : str
            The file.
        changes : sequence of (str, str or None, str or None)
            Title, text before, text after.
        """
        with self._transactions.write() as connection:
            for title, before, after in changes:
                values = {"file": file, "title": title, "before": before, "after": after, "created": now()}
                connection.execute(sa.insert(edits).values(**values))
            newest = sa.select(edits.c.id).where(edits.c.file == file).order_by(edits.c.id.desc())
            oldest = connection.scalar(newest.limit(1).offset(KEPT - 1))
            if oldest is not None:
                connection.execute(sa.delete(edits).where(edits.c.file == file, edits.c.id < oldest))

    def of(self, file: str) -> list[EditRow]:
        """Return the changes of a file, oldest first."""
        query = sa.select(edits).where(edits.c.file == file).order_by(edits.c.id)
        with self._transactions.read() as connection:
            return [_row(row) for row in connection.execute(query)]

    def to_undo(self, file: str) -> EditRow | None:
        """Return the latest change of a file that counts."""
        query = sa.select(edits).where(edits.c.file == file, edits.c.undone.is_(None))
        return self._first(query.order_by(edits.c.id.desc()))

    def to_redo(self, file: str) -> EditRow | None:
        """Return the change of a file that was taken back last, if nothing was changed since."""
        counting = sa.select(sa.func.max(edits.c.id)).where(edits.c.file == file, edits.c.undone.is_(None))
        later = edits.c.id > sa.func.coalesce(counting.scalar_subquery(), 0)
        query = sa.select(edits).where(edits.c.file == file, edits.c.undone.is_not(None), later)
        return self._first(query.order_by(edits.c.undone.desc()))

    def mark(self, number: int, *, undone: bool) -> None:
        """Note that a change was taken back, or counts again."""
        with self._transactions.write() as connection:
            latest = connection.scalar(sa.select(sa.func.max(edits.c.undone))) or 0
            value = latest + 1 if undone else None
            connection.execute(sa.update(edits).where(edits.c.id == number).values(undone=value))

    def _first(self, query: sa.Select[Any]) -> EditRow | None:
        with self._transactions.read() as connection:
            row = connection.execute(query.limit(1)).first()
        return _row(row) if row else None


def _row(row: Any) -> EditRow:
    return EditRow(row.id, row.file, row.title, row.before, row.after, row.created, row.undone)
