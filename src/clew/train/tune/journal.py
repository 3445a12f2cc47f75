"""The journal of a tuning: one file, one line per finished fit and per finished trial.

A tuning that was ended, in whatever way, is simply run again: what is tried depends on nothing but the seed and what
earlier trials told, so the same fits are asked for, and those in the journal need no second time. A last line that was
not written to its end is cut off.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from clew.core.errors import DataError, UsageError
from clew.core.fingerprint import of_json
from clew.core.jsonable import plain
from clew.store.files import write_atomic
from clew.train.search.journal import versions
from clew.train.tune.fit import FoldRequest, FoldResult

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
    "versions": "other versions of the libraries",
    "part": "another part of the rows",
    "metric": "another function of the metric",
}


class TuneJournal:
    """What was done so far.

    Parameters
    ----------
    path : Path
        The file; it is made if need be, and its folder too.
    context : mapping
        JSON-ready: what decides a fit's figures besides its order.

    Raises
    ------
    UsageError
        If the file is of a tuning with another context; the message says what differs.
    DataError
        If the file is no journal.
    """

    def __init__(self, path: Path, context: Mapping[str, Any]) -> None:
        self._path = path
        self._context = json.loads(json.dumps({**context, "versions": _versions()}, default=str, sort_keys=True))
        self._fits: dict[str, FoldResult] = {}
        self.trials: dict[int, dict[str, Any]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size:
            self._read()
        else:
            # Whole or not there: a journal whose first line is cut would be taken for something else.
            write_atomic(path, json.dumps({"clew_tune": FORMAT, "context": self._context}) + "\n")

    def find(self, order: FoldRequest) -> FoldResult | None:
        """Return what a fit told, if it was done before."""
        return self._fits.get(key_of(order))

    def keep(self, order: FoldRequest, told: FoldResult) -> None:
        """Keep what a fit told; one that the clock ended is not kept."""
        if not told.late:
            key = key_of(order)
            self._fits[key] = told
            self._write({"fit": key, "told": asdict(told)}, sync=False)

    def keep_trial(self, told: Mapping[str, Any]) -> None:
        """Keep a finished trial."""
        known = json.loads(json.dumps(plain(told)))
        if self.trials.get(known["number"]) != known:
            self.trials[known["number"]] = known
            self._write({"trial": known}, sync=True)

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
        whole, lines = 0, []
        for length, line in _lines(self._path):
            lines.append(line)
            whole += length
        if not lines:
            raise DataError(f"{self._path} is no journal of a tuning.", hint="Name another folder.")
        if whole < self._path.stat().st_size:  # the process was ended while it wrote
            os.truncate(self._path, whole)
        head = lines[0]
        if head.get("clew_tune") != FORMAT:
            raise DataError(f"{self._path} is no journal of a tuning.", hint="Name another folder.")
        self._check(head["context"])
        for line in lines[1:]:
            if "fit" in line:
                told = line["told"]
                figures = {name: math.nan if value is None else value for name, value in told["figures"].items()}
                self._fits[line["fit"]] = FoldResult(**{**told, "figures": figures})
            elif "trial" in line:
                self.trials[line["trial"]["number"]] = line["trial"]

    def _check(self, found: Mapping[str, Any]) -> None:
        other = [name for name in self._context if found.get(name) != self._context[name]]
        if other:
            words = ", ".join(_WORDS.get(name, name) for name in other)
            raise UsageError(
                f"{self._path.parent} holds a tuning of {words}.", hint="Name another folder, or remove this one."
            )


def journal_in(place: Path, context: Mapping[str, Any]) -> Path:
    """Return the file of a tuning's journal: the one named, or in a folder one of its own.

    Parameters
    ----------
    place : Path
        A file ``….jsonl``, or a folder.
    context : mapping
        What decides a fit's figures besides its order.
    """
    if place.suffix == ".jsonl":
        return place
    return place / f"tuning_{of_json({**context, 'versions': _versions()})[:16]}.jsonl"


def read_trials(folder: Path) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """Read the trials of an earlier tuning.

    Parameters
    ----------
    folder : Path
        What ``clew tune --out`` wrote, or the journal itself.

    Returns
    -------
    mapping, list of dict
        Its context, and its trials in the order of their numbers.

    Raises
    ------
    UsageError
        If there is none.
    """
    path = folder / "journal.jsonl" if folder.is_dir() else folder
    if not path.is_file():
        raise UsageError(f"There is no tuning in {folder}.", hint="Name what `clew tune --out` wrote.")
    lines = [line for _, line in _lines(path)]
    if not lines or lines[0].get("clew_tune") != FORMAT:
        raise UsageError(f"{path} is no journal of a tuning.", hint="Name what `clew tune --out` wrote.")
    trials = {line["trial"]["number"]: line["trial"] for line in lines[1:] if "trial" in line}
    return lines[0]["context"], [trials[number] for number in sorted(trials)]


def key_of(order: FoldRequest) -> str:
    """Return the name of a fit."""
    configuration = order.configuration
    return of_json(
        {
            "algorithm": configuration.algorithm,
            "params": dict(configuration.params),
            "seed": configuration.seed,
            "position": order.position,
            "recipe": order.recipe,
            "rows": order.rows,
            "rounds": order.rounds,
            "metrics": list(order.metrics),
            "threads": order.threads,
        }
    )[:32]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the length in bytes and the content of each whole line, up to the first that cannot be read."""
    with path.open("rb") as file:
        for raw in file:
            try:
                line = json.loads(raw)
            except ValueError:
                return
            if not raw.endswith(b"\n") or not isinstance(line, dict):
                return
            yield len(raw), line


def _versions() -> dict[str, str]:
    return {**versions(), "optuna": version("optuna"), "cmaes": version("cmaes")}
