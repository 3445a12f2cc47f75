"""The texts of a project, clew.yaml and its recipes: read, changed, undone, redone, and never overwritten unseen.

Whoever changes a text says from which version the change was made. Where the file holds another version by then, since
somebody else saved it, in the studio or with an editor, nothing is written, and the error says what they changed.
Every change is kept in the project database with the text before and after, so that it can be taken back; what another
program did to the file in between is kept as a change too.

The lock is one of the texts alone: a run reads clew.yaml at its beginning, so nobody has to wait for its end to save.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from clew.core.errors import ConfigError, ConflictError, UsageError
from clew.prepare.recipe import Recipe
from clew.prepare.text import parse
from clew.project.config import CONFIG_NAME, check_config
from clew.store.database import Database
from clew.store.edits import EditRow
from clew.store.files import ProjectLock, write_atomic

#: How long a writer waits for another one, who holds the lock for milliseconds.
_WAIT_S = 5.0
#: Versions that were read and whose texts are remembered, so that a conflict can say what changed since.
_REMEMBERED = 64
#: The most characters a text may have; the longest real clew.yaml has a hundredth of it.
MAX_CHARACTERS = 5_000_000
_RECIPE = re.compile(r"recipes/[^\W_][\w .-]{0,95}\.yaml", re.UNICODE)
_OUTSIDE = "Changed outside Clew"


@dataclass(frozen=True, slots=True)
class FileText:
    """A text as it stood at one moment.

    Parameters
    ----------
    name : str
        Name of the file, relative to the project: ``"clew.yaml"`` or ``"recipes/NAME.yaml"``.
    text : str
        The whole text, line ends as they are; empty where there is no file.
    version : str
        SHA-256 of the text; empty where there is no file.
    """

    name: str
    text: str
    version: str

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self.version != ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a text.

    Parameters
    ----------
    number : int
        Identifies the change.
    name : str
        Name of the file.
    title : str
        What the change does, in a few words.
    created : str
        UTC, ISO 8601.
    undone : bool
        Whether it was taken back.
    added, removed : int
        Lines that came and went; a changed line is one of each.
    changes : str
        The change as a unified diff.
    """

    number: int
    name: str
    title: str
    created: str
    undone: bool
    added: int
    removed: int
    changes: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class History:
    """The changes of a text, and what comes next in either direction.

    Parameters
    ----------
    edits : tuple of Edit
        Newest first.
    undo, redo : str or None
        Title of the change that undoing takes back, and of the one that redoing brings back; None where there is none.
    unmakes : bool, default False
        Whether that undoing removes the file, which others may name.
    """

    edits: tuple[Edit, ...]
    undo: str | None
    redo: str | None
    unmakes: bool = False


class Edits:
    """The texts of one project; safe for several threads and processes.

    Parameters
    ----------
    folder : Path
        The project.
    database : callable
        Gives the project database; asked only when a change is made or looked up, since a clew.yaml that breaks its
        rules names no database, and must be readable all the same.
    """

    def __init__(self, folder: Path, database: Callable[[], Database]) -> None:
        self._folder = folder
        self._database = database
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._seen_lock = Lock()

    def read(self, name: str) -> FileText:
        """Return a text as it stands now.

        Raises
        ------
        UsageError
            If the name is not one of a project's texts.
        ConfigError
            If the file is no UTF-8.
        """
        path = self._path(name)
        try:
            # As bytes: reading as text would turn the line ends of Windows into others.
            text = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return FileText(name, "", "")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{name} is not UTF-8 text: byte {error.start} cannot be read.") from None
        found = FileText(name, text, _version(text))
        self._remember(found)
        return found

    def write(self, name: str, text: str, *, expected: str, title: str) -> FileText:
        """Put a text in the place of the version that it was made from.

        Parameters
        ----------
        name : str
            ``"clew.yaml"`` or ``"recipes/NAME.yaml"``.
        text : str
            The new text.
        expected : str
            Version of the text that the change was made from; ``""`` for a new file.
        title : str
            What the change does, in a few words, for the history.

        Returns
        -------
        FileText
            The text that stands there now; a text that is there already makes no change.

        Raises
        ------
        ConflictError
            If the file holds another version than `expected`.
        ConfigError
            If the text is no clew.yaml, or no recipe, that could be read.
        UsageError
            If the name is not one of a project's texts.
        """
        self._path(name)
        self._check(name, text)
        with self._held():
            current = self._as_expected(name, expected)
            if current.exists and current.text == text:
                return current
            write_atomic(self._folder / name, text)
            after = FileText(name, text, _version(text))
            self._remember(after)
            # The row comes last: a change without one, after a crash, is met as one that was made elsewhere.
            known = self._outside(current)
            self._database().edits.add(name, [*known, (title[:200], _stored(current), text)])
        return after

    def undo(self, name: str, *, expected: str) -> FileText:
        """Take back the latest change of a text.

        Where another program changed the file since, its change is the latest.

        Parameters
        ----------
        name : str
            The file.
        expected : str
            Version that is to be undone.

        Raises
        ------
        ConflictError
            If the file holds another version than `expected`.
        UsageError
            If there is nothing to take back.
        """
        with self._held():
            current = self._as_expected(name, expected)
            log = self._database().edits
            if outside := self._outside(current):
                log.add(name, outside)
            row = log.to_undo(name)
            if row is None:
                raise UsageError(f"There is no change of {name} to undo.")
            return self._put(name, row.before, row.id, undone=True)

    def redo(self, name: str, *, expected: str) -> FileText:
        """Bring back the change of a text that was taken back last.

        Parameters
        ----------
        name : str
            The file.
        expected : str
            Version to which the change is to be made again.

        Raises
        ------
        ConflictError
            If the file holds another version than `expected`.
        UsageError
            If nothing was taken back, or something was changed since.
        """
        with self._held():
            current = self._as_expected(name, expected)
            row = self._to_redo(current)
            if row is None:
                raise UsageError(
                    f"There is no change of {name} to redo.",
                    hint="A change can be redone until another one is made.",
                )
            return self._put(name, row.after, row.id, undone=False)

    def history(self, name: str) -> History:
        """Return the changes of a text, newest first, and what undoing and redoing would do now.

        Raises
        ------
        UsageError
            If the name is not one of a project's texts.
        """
        current = self.read(name)
        log = self._database().edits
        edits = tuple(_edit(row) for row in reversed(log.of(name)))
        top = log.to_undo(name)
        outside = bool(self._outside(current))
        undo = _OUTSIDE if outside else top.title if top else None
        unmakes = not outside and top is not None and top.before is None
        redo = self._to_redo(current)
        return History(edits, undo, redo.title if redo else None, unmakes)

    def recipes(self) -> tuple[str, ...]:
        """Return the names of the project's recipe files, sorted."""
        found = (f"recipes/{path.name}" for path in (self._folder / "recipes").glob("*.yaml"))
        return tuple(sorted(name for name in found if _RECIPE.fullmatch(name)))

    def _path(self, name: str) -> Path:
        if name != CONFIG_NAME and (not _RECIPE.fullmatch(name) or ".." in name):
            raise UsageError(
                f"{name!r} is none of a project's texts.",
                hint=f"They are {CONFIG_NAME} and recipes/NAME.yaml, a NAME of letters, digits, spaces, '_', '.', '-'.",
            )
        path = self._folder / name
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise UsageError(f"{name!r} leads out of the project through a link.", hint="Replace the link by a file.")
        return path

    def _check(self, name: str, text: str) -> None:
        if len(text) > MAX_CHARACTERS:
            raise UsageError(f"{name} would have {len(text):,} characters; {MAX_CHARACTERS:,} are allowed.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ConfigError(f"{name} is no UTF-8 text: character {error.start} is half of a pair.") from None
        if name == CONFIG_NAME:
            check_config(text, self._folder)
            return
        try:
            steps = parse(text)
            # A recipe with parameters, or one that starts from another, is read where it lies.
            if not isinstance(steps, dict) and "${" not in text:
                Recipe.from_dict(steps)
        except ConfigError as error:
            raise ConfigError(f"{name}: {error.message}", hint=error.hint) from None

    def _held(self) -> Any:
        return ProjectLock(self._folder / ".clew" / "edits.lock", what="saving a text").acquire(_WAIT_S)

    def _as_expected(self, name: str, expected: str) -> FileText:
        current = self.read(name)
        if current.version == expected:
            return current
        seen = self._text_of(name, expected)
        changes = "" if seen is None else difference(name, seen, current.text)
        if not current.exists:
            did = "was removed"
        elif not expected:
            did = "was made"
        else:
            did = "was changed"
        raise ConflictError(
            f"{name} {did} by somebody else since you read it, so nothing was saved.",
            hint="Look at what changed, and make your change again on the text as it stands now.",
            current=current,
            changes=changes,
        )

    def _outside(self, current: FileText) -> list[tuple[str, str | None, str | None]]:
        """Return the change that somebody made to the file without us since our last one, as a row to be noted."""
        rows = self._database().edits.of(current.name)
        if not rows:
            return []
        counting = [row for row in rows if row.undone is None]
        known = counting[-1].after if counting else max(rows, key=lambda row: row.undone or 0).before
        return [] if known == _stored(current) else [(_OUTSIDE, known, _stored(current))]

    def _to_redo(self, current: FileText) -> EditRow | None:
        row = self._database().edits.to_redo(current.name)
        return row if row is not None and row.before == _stored(current) else None

    def _put(self, name: str, text: str | None, number: int, *, undone: bool) -> FileText:
        path = self._folder / name
        if text is None:
            path.unlink()
        else:
            write_atomic(path, text)
        self._database().edits.mark(number, undone=undone)
        return self.read(name)

    def _remember(self, read: FileText) -> None:
        with self._seen_lock:
            self._seen[read.version] = read.text
            self._seen.move_to_end(read.version)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def _text_of(self, name: str, version: str) -> str | None:
        """Return the text of a version that was read here, or that the history holds."""
        if not version:
            return ""
        with self._seen_lock:
            if version in self._seen:
                return self._seen[version]
        texts = (text for row in self._database().edits.of(name) for text in (row.before, row.after))
        return next((text for text in texts if text is not None and _version(text) == version), None)


def difference(name: str, before: str, after: str) -> str:
    """Return what changed between two texts as a unified diff; empty where nothing did.

    Parameters
    ----------
    name : str
        Name of the file, for the head.
    before, after : str
        The texts.
    """
    lines = unified_diff(before.splitlines(), after.splitlines(), name, name, "before", "now", lineterm="")
    return "\n".join(lines)


def _edit(row: EditRow) -> Edit:
    changes = difference(row.file, row.before or "", row.after or "")
    body = changes.split("\n")[2:]
    added, removed = (sum(line.startswith(sign) for line in body) for sign in "+-")
    return Edit(row.id, row.file, row.title, row.created, row.undone is not None, added, removed, changes)


def _version(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _stored(found: FileText) -> str | None:
    return found.text if found.exists else None
