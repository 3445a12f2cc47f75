"""What a job came to, in sentences."""

from collections.abc import Mapping
from typing import Any

from clew.core.readable import number
from clew.store.jobs import Job


def outcome(job: Job) -> tuple[str, ...]:
    """Return what a job that is done came to.

    Parameters
    ----------
    job : Job
        Any job; nothing is said of one that is not done.
    """
    if job.result is None:
        return ()
    return _PHRASES[job.kind](job.result) if job.kind in _PHRASES else ()


def _run(result: Mapping[str, Any]) -> tuple[str, ...]:
    ran = [stage["name"] for stage in result["stages"] if not stage["cached"]]
    kept = len(result["stages"]) - len(ran)
    if not ran:
        told = ["Nothing had changed; every result is still valid."]
    else:
        told = [f"Ran {', '.join(ran)}" + (f"; {kept} kept, as nothing they depend on had changed." if kept else ".")]
    missed = [gate["name"] for gate in result["gates"] if not gate["passed"]]
    if missed:
        told.append(f"Not every gate is passed: {', '.join(missed)}.")
    elif result["gates"]:
        told.append("Every gate is passed.")
    if result["violations"]:
        told.append(f"{result['violations']} limits of monitoring are broken.")
    return tuple(told)


def _prepare(result: Mapping[str, Any]) -> tuple[str, ...]:
    rows, columns = number(result["rows_out"]), len(result["columns_out"])
    return (f"{number(result['rows_in'])} rows in, {rows} rows and {columns} columns out: {result['out']}.",)


_PHRASES = {"run": _run, "prepare": _prepare}
