"""Finished trials on disk, so that a search that was ended can go on where it was."""

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from clew.core.errors import ArtifactError, UsageError
from clew.core.fingerprint import of_bytes, of_json
from clew.core.version import VERSION
from clew.store.artifacts import load_arrays, pack_arrays
from clew.store.files import write_atomic
from clew.train.estimators.own_code import code_of
from clew.train.search.trial import Configuration, Outcome, Trial

_FORMAT = 1
_LIBRARIES = ("numpy", "scipy", "polars", "scikit-learn", "lightgbm", "catboost")


class Journal:
    """A folder with one entry per finished trial.

    An entry is found again only under the same rows, recipe, folds, parameters, seed, threads and versions, which
    include the code of estimators of the user's own; all of them are in its name. The scores are written first, and the
    description, with their hash, second: half an entry is none.

    Parameters
    ----------
    folder : Path
        Made if need be.
    context : mapping
        JSON-ready: all that decides a trial's outcome besides its configuration, `versions` among it.

    Raises
    ------
    UsageError
        If the folder cannot be made.
    """

    def __init__(self, folder: Path, context: Mapping[str, Any]) -> None:
        self._folder = folder
        self._context = {"format": _FORMAT, **context}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"No journal can be kept in {folder}: {error.strerror}.", hint="Name another folder."
            ) from error

    def find(self, configuration: Configuration) -> Trial | None:
        """Return the trial of a configuration, if it was finished before; a damaged entry is none."""
        stem = self._folder / self._key(configuration)
        try:
            told = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
            if of_bytes(stem.with_suffix(".npz").read_bytes()) != told["scores"]:
                return None
            arrays = load_arrays(stem.with_suffix(".npz"))
            outcomes = tuple(
                Outcome(arrays[str(position)], **fold, complete=True) for position, fold in enumerate(told["folds"])
            )
        except (OSError, ValueError, KeyError, TypeError, ArtifactError):
            return None
        return Trial(configuration, outcomes)

    def write(self, trial: Trial) -> None:
        """Keep a finished trial; one that the clock cut short is not kept."""
        if not trial.complete:
            return
        stem = self._folder / self._key(trial.configuration)
        scores = pack_arrays({str(position): fold.scores for position, fold in enumerate(trial.outcomes)})
        told = {
            "configuration": _described(trial.configuration),
            "context": self._context,
            "scores": of_bytes(scores),
            "folds": [
                {"rounds": fold.rounds, "fit_s": fold.fit_s, "predict_ms": fold.predict_ms} for fold in trial.outcomes
            ],
        }
        write_atomic(stem.with_suffix(".npz"), scores)
        write_atomic(stem.with_suffix(".json"), json.dumps(told, indent=1, default=str))

    def _key(self, configuration: Configuration) -> str:
        return of_json({"context": self._context, "configuration": _described(configuration)})[:32]


def versions(classes: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of Clew and of the libraries that a fitted model depends on, and what own classes do.

    Parameters
    ----------
    classes : iterable of str, default ()
        Of the user's own, spelt ``"package.module.Class"``: each gets a name for its code (see `code_of`), and its
        package the version under which it was installed, if it was. Names of Clew's algorithms may stand among them.
    """
    import xgboost

    found = {"clew": VERSION, **{name: version(name) for name in _LIBRARIES}}
    # Two distributions offer xgboost; the module knows which version is there.
    found["xgboost"] = str(xgboost.__version__)
    own = sorted(name for name in set(classes) if "." in name and not name.startswith("sklearn."))
    distributions = packages_distributions() if own else {}
    for name in own:
        found |= {package: version(package) for package in distributions.get(name.partition(".")[0], ())}
        found[name] = code_of(name)
    return found


def _described(configuration: Configuration) -> dict[str, Any]:
    return {
        "algorithm": configuration.algorithm,
        "params": dict(configuration.params),
        "seed": configuration.seed,
    }
