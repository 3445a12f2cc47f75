"""A project at a glance: what needs attention, the latest figures, and what ran."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clew.core.finding import Severity
from clew.define.metrics import METRICS
from clew.project.project import Project
from clew.project.results import StageSummary, latest_results
from clew.project.standing import Standing, standing
from clew.store.runs import Run

_FIGURES = 4
_RUNS = 10


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that a person should look at.

    Parameters
    ----------
    severity : Severity
        How much it matters.
    title, detail : str
        What it is.
    place : str
        Page of the studio, and stage of a run, where one sees more.
    """

    severity: Severity
    title: str
    detail: str
    place: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the latest evaluation.

    Parameters
    ----------
    name, label : str
        Of the metric.
    value, low, high : float or None
        The figure with its 95 % interval.
    rows : int or None
        Rows that it was measured on.
    """

    name: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """A project at a glance.

    Parameters
    ----------
    standing : mapping of str to Standing
        How each stage stands, in order.
    attention : tuple of Attention
        The gravest first.
    figures : tuple of Figure
        Of the latest evaluation, the deciding metric first.
    runs : tuple of Run
        The latest, newest first.
    results : mapping of str to StageSummary
        What the stages had to say.
    """

    standing: Mapping[str, Standing]
    attention: tuple[Attention, ...]
    figures: tuple[Figure, ...]
    runs: tuple[Run, ...]
    results: Mapping[str, StageSummary]


def overview(project: Project) -> Overview:
    """Look at a project without reading its rows.

    Parameters
    ----------
    project : Project
        An open one.

    Raises
    ------
    ConfigError
        If clew.yaml breaks a rule.
    """
    stands = standing(project)
    results = latest_results(project)
    runs = tuple(project.database.runs.latest(_RUNS))
    found = [*_failed(stands, runs), *_judged(results), *_seen(results), *_stale(stands)]
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    attention = tuple(sorted(found, key=lambda item: order.index(item.severity)))
    return Overview(stands, attention, _figures(results), runs, results)


def _failed(stands: Mapping[str, Standing], runs: Sequence[Run]) -> list[Attention]:
    found = []
    for stage, stand in stands.items():
        last = next((run for run in runs if run.stage == stage), None)
        if stand is Standing.FAILED and last is not None:
            said = str(last.output.get("error", "")).partition(": ")[2] or "It did not say why; run it again."
            found.append(Attention(Severity.ERROR, f"{stage} did not end well", said, stage))
        elif stand is Standing.INTERRUPTED:
            said = "It was cancelled or killed; run it again, and what was finished is kept."
            found.append(Attention(Severity.WARNING, f"{stage} was interrupted", said, stage))
    return found


def _judged(results: Mapping[str, StageSummary]) -> list[Attention]:
    found = []
    if "evaluate" in results:
        for gate in results["evaluate"].summary.get("gates", ()):
            if not gate["passed"]:
                measured = "unknown" if gate["value"] is None else f"{gate['value']:.4g}"
                detail = f"{gate['rule']}; measured {measured}."
                found.append(Attention(Severity.ERROR, f"The gate {gate['name']} is not passed", detail, "evaluate"))
    if "monitor" in results and (violations := results["monitor"].summary.get("violations", ())):
        detail = f"Later rows break {_many(len(violations), 'limit')}."
        found.append(Attention(Severity.WARNING, "Later rows are not like the training rows", detail, "monitor"))
    return found


def _seen(results: Mapping[str, StageSummary]) -> list[Attention]:
    if "explore" not in results:
        return []
    found = []
    findings = results["explore"].summary.get("findings", ())
    for severity in (Severity.ERROR, Severity.WARNING):
        graded = [item for item in findings if item["severity"] == severity.value]
        if graded:
            titles = list(dict.fromkeys(item["title"] for item in graded))
            shown = "; ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
            count = _many(len(graded), f"{severity.value} finding" if severity is Severity.WARNING else "grave finding")
            found.append(Attention(severity, f"{count} in the rows", f"{shown}.", "explore"))
    return found


def _stale(stands: Mapping[str, Standing]) -> list[Attention]:
    stale = [stage for stage, stand in stands.items() if stand is Standing.OUTDATED]
    if not stale:
        return []
    detail = f"{', '.join(stale)}: something they depend on has changed."
    return [Attention(Severity.INFO, f"{_many(len(stale), 'stage')} out of date", detail, stale[0])]


def _figures(results: Mapping[str, StageSummary]) -> tuple[Figure, ...]:
    if "evaluate" not in results:
        return ()
    metrics: Mapping[str, Mapping[str, Any]] = results["evaluate"].summary["metrics"]
    deciding = [str(results["collect"].summary["problem"]["metric"])] if "collect" in results else []
    names = [name for name in (*deciding, *metrics) if name in metrics]
    return tuple(
        Figure(name, METRICS[name].label, *(metrics[name].get(key) for key in ("value", "low", "high", "rows")))
        for name in list(dict.fromkeys(names))[:_FIGURES]
        if name in METRICS
    )


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
