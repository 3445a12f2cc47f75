"""The kinds of jobs: what each takes, and the module that does the work.

Modules are named and not imported, so that a job's process loads only what its own kind needs, and whoever starts one
loads none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clew.core.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Parameters
    ----------
    module : str
        Has ``work(folder, arguments, progress) -> dict``; what it returns is the job's result.
    takes : mapping of str to type
        Its arguments and their types. None stands for one that is left out.
    needs : frozenset of str
        Those that cannot be left out.
    """

    module: str
    takes: Mapping[str, type]
    needs: frozenset[str] = field(default_factory=frozenset)


KINDS: Mapping[str, Kind] = {
    "run": Kind("clew.project.job_run", {"stage": str, "force": bool}),
    "prepare": Kind(
        "clew.project.job_prepare",
        {"recipe": str, "dataset": str, "version": int, "out": str, "target": str, "fitted": str, "engine": str},
        frozenset({"recipe", "dataset", "out"}),
    ),
}


def kind_of(name: str) -> Kind:
    """Return a kind by its name.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in KINDS:
        raise UsageError(f"There is no job of the kind {name!r}.", hint=did_you_mean(name, KINDS))
    return KINDS[name]


def check_arguments(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Check what a job is given before its process starts, and return it without what is None.

    Parameters
    ----------
    name : str
        The kind.
    arguments : mapping
        Its arguments.

    Raises
    ------
    UsageError
        If the kind does not exist, or an argument is unknown, missing or of another type.
    """
    kind = kind_of(name)
    stated = {key: value for key, value in arguments.items() if value is not None}
    for key, value in stated.items():
        if key not in kind.takes:
            raise UsageError(f"A job of the kind {name!r} takes no {key!r}.", hint=did_you_mean(key, kind.takes))
        wanted = kind.takes[key]
        # True is an int for Python, but no version for people.
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise UsageError(f"The argument {key!r} of a job must be {wanted.__name__}, got {value!r}.")
    if missing := sorted(kind.needs - set(stated)):
        raise UsageError(f"A job of the kind {name!r} needs {', '.join(map(repr, missing))}.")
    return stated
