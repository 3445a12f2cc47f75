"""Fitted things in a folder of their own: plain JSON and arrays, whole or not there, checked before they are read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clew.core.errors import ArtifactError, DataError
from clew.core.jsonable import dumps
from clew.store.artifacts import verify, write_manifest
from clew.store.folders import existing, replacing

#: Version of what is written; older versions stay readable.
FORMAT = 1


@contextmanager
def writing(folder: Path | str, marker: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Write a folder aside and put it in its place when the block ends; if the block fails, nothing changes.

    Parameters
    ----------
    folder : Path or str
        The folder to make or replace.
    marker : str
        JSON file that says what the folder holds; another folder is never replaced.

    Yields
    ------
    (Path, dict)
        An empty folder, and the facts that the block fills and that go into the marker.

    Raises
    ------
    UsageError
        If something else is there.
    DataError
        If the disk is full or the place cannot be written to.
    """
    facts: dict[str, Any] = {"format": FORMAT}
    try:
        with replacing(Path(folder), marker=marker) as aside:
            yield aside, facts
            (aside / marker).write_text(dumps(facts, indent=1), encoding="utf-8")
            write_manifest(aside)
    except OSError as error:
        raise DataError(
            f"{str(folder)!r} cannot be written: {error.strerror}.", hint="Check the folder, the rights and the space."
        ) from error


@contextmanager
def reading(folder: Path | str, marker: str, what: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Check a folder that `writing` made, and refuse what the block cannot make sense of.

    Parameters
    ----------
    folder : Path or str
        The folder.
    marker : str
        As there.
    what : str
        What it is to hold, for the message.

    Yields
    ------
    (Path, mapping)
        The folder to read from, and the facts.

    Raises
    ------
    ArtifactError
        If it is none, was changed after it was written, is of a newer format, or holds facts that make no sense.
    """
    place = existing(Path(folder))
    if not (place / marker).is_file():
        raise ArtifactError(f"{folder} holds no {what}: it has no {marker}.", hint="Name the folder that was saved.")
    verify(place)
    try:
        facts = json.loads((place / marker).read_text(encoding="utf-8"))
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise ArtifactError(
                f"{folder} is of format {facts.get('format') if isinstance(facts, dict) else None!r}, and this version "
                f"of Clew reads {FORMAT}.",
                hint="Install the version that wrote it, or fit again.",
            )
        yield place, facts
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ArtifactError(
            f"{folder} holds no {what} that can be read: {said}.",
            hint="Install the version that wrote it, or fit again.",
        ) from error


def expect(what: str, *, fits: bool) -> None:
    """Refuse a stored part that does not fit the others.

    Raises
    ------
    ValueError
        If it does not; `reading` turns that into an error about the folder.
    """
    if not fits:
        raise ValueError(f"{what} do not fit the rest")
