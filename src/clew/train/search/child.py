"""One fit in a process of its own: rows, order and answer go through files that only numbers and texts are in."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import Split
from clew.core.errors import ClewError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix, MatrixLayout
from clew.store.files import no_temporary_files
from clew.train.estimators import get_estimator
from clew.train.estimators.base import Part
from clew.train.folds.preparation import Sides
from clew.train.search.fit import FitRequest, outcome_of
from clew.train.search.trial import Configuration, Outcome
from clew.train.threads import blas_threads

_LAYOUT, _SCORES, _MODEL = "layout.json", "scores.npy", "model"


def work(text: str) -> str:
    """Do what a text says: import libraries, or fit and write the outcome.

    Parameters
    ----------
    text : str
        JSON: ``{"warm": [algorithms]}``, or what `message_of` returns.

    Returns
    -------
    str
        JSON: what `outcome_from` reads, or ``{"refused": message}``.
    """
    said = json.loads(text)
    if "warm" in said:
        # Rows come as arrays, and the libraries take 30 MB more where they find pandas; CatBoost cannot do without.
        with nullcontext() if "catboost" in said["warm"] else _without("pandas"):
            for algorithm in said["warm"]:
                get_estimator(algorithm).warm()
        return "{}"
    configuration = Configuration(**said["request"].pop("configuration"))
    request = FitRequest(**said["request"] | {"configuration": configuration, "task": Task(said["request"]["task"])})
    try:
        with blas_threads(request.threads):
            outcome = outcome_of(request, _read_sides(Path(said["rows"])))
        return json.dumps(_written(outcome, Path(said["out"])))
    except ClewError as error:
        refused = error
    except OSError as error:
        refused = no_temporary_files("A fit in a process of its own", error)
    return json.dumps({"refused": refused.message, "hint": refused.hint})


def _written(outcome: Outcome, out: Path) -> dict[str, Any]:
    """Write what is large, and return the rest."""
    _save(out / _SCORES, outcome.scores)
    if outcome.estimator is not None:
        outcome.estimator.save(out / _MODEL)
    facts = {"rounds": outcome.rounds, "fit_s": outcome.fit_s, "complete": outcome.complete}
    return {**facts, "predict_ms": outcome.predict_ms}


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Let a package look as if it were not installed, unless it is imported already."""
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = cast("ModuleType", None)
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


def message_of(request: FitRequest, rows: Path, out: Path) -> str:
    """Return the text that asks for a fit.

    Parameters
    ----------
    request : FitRequest
        What is fitted, and how; parameters are JSON-ready.
    rows : Path
        Folder that `write_sides` filled.
    out : Path
        Folder for the outcome.
    """
    return json.dumps({"request": asdict(request), "rows": str(rows), "out": str(out)})


def outcome_from(request: FitRequest, said: dict[str, Any], out: Path) -> Outcome:
    """Return the outcome of a fit that was asked for and answered.

    Parameters
    ----------
    request : FitRequest
        What was fitted.
    said : mapping
        The answer.
    out : Path
        Folder of the outcome.
    """
    model = get_estimator(request.configuration.algorithm).load(out / _MODEL) if request.keep else None
    return Outcome(np.load(out / _SCORES, allow_pickle=False), **said, estimator=model)


def write_sides(sides: Sides, folder: Path) -> None:
    """Write the rows of a fit.

    Parameters
    ----------
    sides : Sides
        The rows.
    folder : Path
        Made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    learn = sides.learn
    arrays = {"numeric": learn.matrix.numeric, "codes": learn.matrix.codes, "target": learn.target}
    arrays |= {"judged_numeric": sides.judged.numeric, "judged_codes": sides.judged.codes}
    if learn.weight is not None:
        arrays["weight"] = learn.weight
    if sides.stop is not None:
        arrays |= {"train": sides.stop.train, "test": sides.stop.test}
    for name, array in arrays.items():
        _save(folder / f"{name}.npy", array)
    layouts = [learn.matrix.layout.to_dict(), sides.judged.layout.to_dict()]
    (folder / _LAYOUT).write_text(json.dumps(layouts), encoding="utf-8")


def _save(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        # Given the file itself, numpy would not say that a full disk has not taken the end.
        np.save(cast("IO[bytes]", SimpleNamespace(write=file.write)), array, allow_pickle=False)


def _read_sides(folder: Path) -> Sides:
    # Mapped, so that fits side by side share the memory; what one of them writes is its own.
    arrays = {path.stem: np.load(path, mmap_mode="c", allow_pickle=False) for path in folder.glob("*.npy")}
    layouts = json.loads((folder / _LAYOUT).read_text(encoding="utf-8"))
    learn, judged = (MatrixLayout.from_dict(layout) for layout in layouts)
    part = Part(Matrix(arrays["numeric"], arrays["codes"], learn), arrays["target"], arrays.get("weight"))
    stop = Split(arrays["train"], arrays["test"]) if "train" in arrays else None
    return Sides(part, stop, Matrix(arrays["judged_numeric"], arrays["judged_codes"], judged))
