"""Which parameters an algorithm takes: names, their other spellings, and what Clew sets itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.errors import UsageError, did_you_mean
from clew.define.problem import Task

#: Rounds without improvement that end the learning.
PATIENCE = "early_stopping_rounds"
#: Where an algorithm learns: ``"cpu"`` or ``"cuda"``.
DEVICE = "device"
DEVICES = ("cpu", "cuda")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Parameters by their spellings.

    Parameters
    ----------
    names : mapping of str to str
        Every spelling that is taken, and the name under which the algorithm keeps it.
    stated : mapping of str to str
        Every spelling of what Clew sets itself, and how Clew is told.
    """

    names: Mapping[str, str]
    stated: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, label: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters under the names that the algorithm keeps.

        Parameters
        ----------
        label : str
            What people call the algorithm.
        params : mapping
            As they were given.

        Raises
        ------
        UsageError
            If there is no such parameter, Clew sets it itself, or one is given under two spellings.
        """
        found: dict[str, Any] = {}
        spelt: dict[str, str] = {}
        for given, value in params.items():
            if given in self.stated:
                raise UsageError(f"{label}'s {given!r} is set by Clew itself.", hint=self.stated[given])
            if given not in self.names:
                raise UsageError(f"{label} has no parameter {given!r}.", hint=did_you_mean(given, self.names))
            name = self.names[given]
            if name in found:
                raise UsageError(
                    f"{spelt[name]!r} and {given!r} are one parameter of {label}, and both are given.",
                    hint="Leave one of them out.",
                )
            found[name], spelt[name] = value, given
        return found


def patience_of(params: dict[str, Any], otherwise: int) -> int:
    """Take the rounds without improvement that end the learning out of the parameters.

    Parameters
    ----------
    params : dict
        Of the algorithm; changed.
    otherwise : int
        Where none are named, or 0.

    Raises
    ------
    UsageError
        If it is no whole number from 0 upwards.
    """
    named = params.pop(PATIENCE, None)
    if named is None:
        return otherwise
    if isinstance(named, bool) or not isinstance(named, int) or named < 0:
        raise UsageError(f"`{PATIENCE}` is {named!r}.", hint="Use a whole number, e.g. 50; 0 never stops early.")
    return named or otherwise


def objective_of(params: dict[str, Any], label: str, name: str, known: tuple[str, ...]) -> str:
    """Take the objective out of the parameters.

    Parameters
    ----------
    params : dict
        Of the algorithm; changed.
    label : str
        What people call the algorithm.
    name : str
        What the library calls its objective.
    known : tuple of str
        Objectives whose answers are probabilities, or numbers on the scale of the target, of this task, the usual one
        first; options behind a colon are the library's to judge.

    Raises
    ------
    UsageError
        If it is another one.
    """
    named = params.pop(name, None)
    if named is None:
        return known[0]
    if not isinstance(named, str) or (named not in known and named.split(":")[0] not in known):
        raise UsageError(f"{label}'s {name} {named!r} gives no answer of this task.", hint=f"Use {', '.join(known)}.")
    return named


def class_weight_of(params: dict[str, Any], label: str, task: Task) -> dict[str, str]:
    """Take the weights of classes out of the parameters of an estimator of scikit-learn.

    Parameters
    ----------
    params : dict
        Of the algorithm; changed.
    label : str
        What people call the algorithm.
    task : Task
        Kind of answer.

    Returns
    -------
    dict
        ``class_weight`` as the library takes it; nothing where all classes count as they are.

    Raises
    ------
    UsageError
        If they are stated in another way, or there are no classes.
    """
    named = params.pop("class_weight", None)
    if named is None:
        return {}
    if not task.is_classification:
        raise UsageError(f"`class_weight` of {label} is {named!r}, and a regression has no classes.")
    if named != "balanced":
        raise UsageError(
            f"`class_weight` of {label} is {named!r}, and it takes 'balanced'.",
            hint="Other weights of classes are weights of rows: give a column the role `weight`, --weight.",
        )
    return {"class_weight": "balanced"}


def refuse_dart(booster: object, *, stops: bool) -> None:
    """Refuse to stop early where later rounds change the weight of earlier trees.

    Parameters
    ----------
    booster : object
        Kind of boosting that is named.
    stops : bool
        Whether rows that are not learnt from say when to stop.

    Raises
    ------
    UsageError
        If both are so.
    """
    if booster == "dart" and stops:
        raise UsageError(
            "Boosting of kind 'dart' changes earlier trees in each round, so it cannot go back to the best one.",
            hint="To use it, name the rounds, e.g. n_estimators=300.",
        )


def device_of(params: dict[str, Any]) -> str:
    """Take the device out of the parameters.

    Parameters
    ----------
    params : dict
        Of the algorithm; changed.

    Returns
    -------
    str
        ``"cpu"`` or ``"cuda"``.

    Raises
    ------
    UsageError
        If it is another one.
    """
    device = params.pop(DEVICE, "cpu")
    if device not in DEVICES:
        raise UsageError(f"There is no device {device!r}.", hint="Use 'cpu' or 'cuda'.")
    return str(device)
