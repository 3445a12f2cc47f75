"""The journal of a tuning: one file, one line per finished fit and per finished trial.

A tuning that was ended, in whatever way, is simply run again: what is tried depends on nothing but the seed and what
earlier trials told, so the same fits are asked for, and those in the journal need no second time. A last line that was
not written to its end is cut off, and one that is damaged is passed over.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clew.core.errors import DataError, UsageError
from clew.core.fingerprint import of_json
from clew.core.jsonable import plain
from clew.store.files import ProjectLock, write_atomic
from clew.train.tune.fit import FoldRequest, FoldResult
from clew.train.tune.result import TunedTrial, trial_from

FORMAT = 1
#: Words for what has to be the same, for people.
_WORDS = {
    "data": "other rows",
    "validation": "other validation data",
    "recipe": "another recipe",
    "tables": "other tables of the recipe",
    "problem": "another problem",
    "split": "other folds",
    "seed": "another seed",
    "versions": "another version of Clew or of what it learns with",
    "part": "another part of the rows",
    "metric": "another function of the metric",
}


class TuneJournal:
    """What was done so far; `open_journal` makes one that nobody else writes to.

    Parameters
    ----------
    path : Path
        The file; it is made if need be.
    context : mapping
        JSON-ready: what decides a fit's figures besides its order.
    manner : mapping
        JSON-ready: how trials are chosen and ended. Those that the file holds of another manner are not of this tuning.

    Raises
    ------
    UsageError
        If the file is of a tuning with another context, or a line says nothing that a tuning writes.
    DataError
        If the file is no journal.
    """

    def __init__(self, path: Path, context: Mapping[str, Any], manner: Mapping[str, Any]) -> None:
        self._path = path
        self._context = _plain(context)
        self._manner = of_json(manner)[:16]
        self._fits: dict[str, FoldResult] = {}
        self.trials: dict[int, TunedTrial] = {}
        if path.exists() and path.stat().st_size:
            self._read()
        else:
            # Whole or not there: a journal whose first line is cut would be taken for something else.
            write_atomic(path, json.dumps({"clew_tune": FORMAT, "context": self._context}) + "\n")

    def find(self, request: FoldRequest) -> FoldResult | None:
        """Return what a fit told, if it was done before."""
        return self._fits.get(key_of(request))

    def keep(self, request: FoldRequest, result: FoldResult) -> None:
        """Keep what a fit told; one that the clock ended is not kept."""
        if not result.late:
            key = key_of(request)
            self._fits[key] = result
            self._write({"fit": key, "told": asdict(result)}, sync=False)

    def keep_trial(self, trial: TunedTrial) -> None:
        """Keep a finished trial."""
        known = self.trials.get(trial.number)
        if known is None or plain(known.to_dict()) != plain(trial.to_dict()):
            self.trials[trial.number] = trial
            self._write({"trial": trial.to_dict(), "manner": self._manner}, sync=True)

    def _write(self, line: Mapping[str, Any], *, sync: bool) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(plain(line), separators=(",", ":")) + "\n")
                file.flush()
                if sync:
                    os.fsync(file.fileno())
        except OSError as error:
            raise DataError(
                f"The journal {self._path} cannot be written: {error.strerror}.",
                hint="Make room, and run the same again: what was finished is kept.",
            ) from error

    def _read(self) -> None:
        read = _read(self._path)
        if read is None:
            raise DataError(f"{self._path} is no journal of a tuning.", hint="Name another folder.")
        self._check(read.context)
        self._fits = read.fits
        self.trials = {number: trial for (manner, number), trial in read.trials.items() if manner == self._manner}
        _cut(self._path)

    def _check(self, found: Mapping[str, Any]) -> None:
        other = [name for name in self._context if found.get(name) != self._context[name]]
        if other:
            words = ", ".join(_WORDS.get(name, name) for name in other)
            raise UsageError(
                f"{self._path.parent} holds a tuning of {words}.", hint="Name another folder, or remove this one."
            )


@contextmanager
def open_journal(place: Path, context: Mapping[str, Any], manner: Mapping[str, Any]) -> Iterator[TuneJournal]:
    """Open the journal of a tuning, which no other process can open until the block ends.

    Parameters
    ----------
    place : Path
        A file ``….jsonl``, or a folder, in which the tuning has a file of its own; made if need be.
    context, manner
        As in `TuneJournal`.

    Raises
    ------
    BusyError
        If somebody else is writing to it.
    """
    path = place if place.suffix == ".jsonl" else place / f"tuning_{of_json(context)[:16]}.jsonl"
    with ProjectLock(path.with_name(f".{path.name}.lock"), "tuning").acquire():
        yield TuneJournal(path, context, manner)


def journal_of(folder: Path) -> Path:
    """Return the journal of an earlier tuning: the one in what ``clew tune --out`` wrote, or the file named itself."""
    return folder / "journal.jsonl" if folder.is_dir() else folder


def read_trials(folder: Path) -> tuple[Mapping[str, Any], list[TunedTrial]]:
    """Read the trials of an earlier tuning.

    Parameters
    ----------
    folder : Path
        What ``clew tune --out`` wrote, or the journal itself.

    Returns
    -------
    mapping, list of TunedTrial
        Its context, and its trials in the order of their numbers.

    Raises
    ------
    UsageError
        If there is none, or a line says nothing that a tuning writes.
    """
    path = journal_of(folder)
    if not path.is_file():
        raise UsageError(f"There is no tuning in {folder}.", hint="Name what `clew tune --out` wrote.")
    read = _read(path)
    if read is None:
        raise UsageError(f"{path} is no journal of a tuning.", hint="Name what `clew tune --out` wrote.")
    return read.context, sorted(read.trials.values(), key=lambda trial: trial.number)


def key_of(request: FoldRequest) -> str:
    """Return the name of a fit."""
    configuration = request.configuration
    return of_json(
        {
            "algorithm": configuration.algorithm,
            "params": dict(configuration.params),
            "seed": configuration.seed,
            "position": request.position,
            "recipe": request.recipe,
            "rows": request.rows,
            "rounds": request.rounds,
            "metrics": list(request.metrics),
            "threads": request.threads,
        }
    )[:32]


@dataclass(frozen=True)
class _Read:
    """What a journal says: fits by name, and trials by manner and number."""

    context: Mapping[str, Any]
    fits: dict[str, FoldResult] = field(default_factory=dict)
    trials: dict[tuple[str | None, int], TunedTrial] = field(default_factory=dict)


def _read(path: Path) -> _Read | None:
    """Read a journal; None where the file is none."""
    lines = _lines(path)
    first, head = next(lines, (0, {}))
    if first != 1 or head.get("clew_tune") != FORMAT or not isinstance(head.get("context"), dict):
        return None
    read = _Read(head["context"])
    for number, line in lines:
        try:
            if "fit" in line:
                read.fits[line["fit"]] = _fit_from(line["told"])
            elif "trial" in line:
                trial = trial_from(line["trial"])
                read.trials[line.get("manner"), trial.number] = trial
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"Line {number} of {path} says nothing that a tuning writes: {type(error).__name__}: {error}.",
                hint="Remove the line: what it told is then found anew.",
            ) from None
    return read


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number and the content of each line; without those that are damaged, or were not written to their end.

    What a damaged line told is found anew.
    """
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            if raw.endswith(b"\n") and isinstance(line, dict):
                yield number, line


def _cut(path: Path) -> None:
    """Cut off a last line that was not written to its end, as the process was ended."""
    with path.open("rb+") as file:
        whole = 0
        for raw in file:
            whole += len(raw) if raw.endswith(b"\n") else 0
        file.truncate(whole)


def _fit_from(entry: Mapping[str, Any]) -> FoldResult:
    figures = {name: math.nan if value is None else float(value) for name, value in entry["figures"].items()}
    return FoldResult(**{**entry, "figures": figures})


def _plain(context: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(context, default=str, sort_keys=True))
