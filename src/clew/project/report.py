"""The overview of a project: what was asked, what came out, whether it may be used, and where everything lies."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clew.core.html import Html, Section, badge, element, join, page, pairs, prose, table, tiles
from clew.core.readable import number
from clew.define.metrics import METRICS
from clew.project.config import Config
from clew.project.runner import StageOutcome
from clew.store.files import write_atomic

#: Where the page is written, relative to the project folder.
OVERVIEW = Path("reports") / "index.html"
_REPORTS = {
    "explore": "What is in the rows",
    "train": "What the tuning tried",
    "evaluate": "How good the model is",
    "monitor": "What changed later",
}


def write_overview(config: Config, outcomes: Sequence[StageOutcome]) -> Path:
    """Write the overview page of a run and return its path.

    Parameters
    ----------
    config : Config
        The project.
    outcomes : sequence of StageOutcome
        The stages that have a result, in order.
    """
    path = config.folder / OVERVIEW
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, render_overview(config, outcomes))
    return path


def render_overview(config: Config, outcomes: Sequence[StageOutcome]) -> str:
    """Return the overview as an HTML document; see `write_overview`."""
    found = {outcome.name: outcome.summary for outcome in outcomes}
    sections = [Section("stages", "The thread", _stages(outcomes), lead="Every stage, and what came out of it.")]
    if "evaluate" in found:
        sections.insert(0, Section("answer", "The answer", _answer(found), lead=_question(config)))
    if "train" in found:
        sections.append(
            Section(
                "models",
                "Models compared",
                _leaderboard(found["train"]),
                lead=f"Judged by {found['train']['score_from']}.",
            )
        )
    if "prepare" in found:
        sections.append(
            Section("recipe", "The recipe", _recipe(found["prepare"]), lead="Each step, and why it is there.")
        )
    return page(config.name, sections, subtitle=_question(config))


def _question(config: Config) -> str:
    problem = config.file.problem
    return problem.question or f"Predict {problem.target}."


def _answer(found: Mapping[str, Mapping[str, Any]]) -> Html:
    evaluated = found["evaluate"]
    metric = found["collect"]["problem"]["metric"]
    first = [metric, *(name for name in evaluated["metrics"] if name != metric)][:4]
    figures = tiles([_tile(name, evaluated["metrics"][name]) for name in first if name in evaluated["metrics"]])
    rows = []
    for gate in evaluated["gates"]:
        verdict = badge("passed", "good") if gate["passed"] else badge("not passed", "error")
        rows.append([gate["name"], gate["rule"], gate["value"], verdict])
    gates = table(["Gate", "Condition", "Measured", ""], rows) if rows else element("p", "No gate is stated.")
    deployed = found.get("deploy")
    where = None
    if deployed:
        version = f"{deployed['model']}, version {deployed['version']} ({deployed['alias'] or 'no alias'})"
        where = pairs({"Model": version, "Bundle": deployed["bundle"]})
    return join(part for part in (figures, gates, where) if part is not None)


def _tile(name: str, figure: Mapping[str, Any]) -> tuple[str, object, str]:
    note = f"{number(figure['low'])} to {number(figure['high'])} (95 %), {number(figure['rows'])} rows"
    return METRICS[name].label, number(figure["value"]), note


def _stages(outcomes: Sequence[StageOutcome]) -> Html:
    rows = []
    for outcome in outcomes:
        link = outcome.summary.get("report") or outcome.summary.get("tuning", {}).get("report")
        shown = element("a", _REPORTS[outcome.name], href=Path(link).name) if link else ""
        state = badge("kept", "quiet") if outcome.cached else badge("done", "good")
        rows.append([outcome.name, state, f"{outcome.seconds:.1f} s", _in_words(outcome.name, outcome.summary), shown])
    return table(["Stage", "", "Took", "Result", "Report"], rows)


def _in_words(name: str, summary: Mapping[str, Any]) -> str:
    if name == "collect":
        return f"{number(summary['rows'])} rows, {number(summary['judging_rows'])} of them kept to judge"
    if name == "explore":
        return f"{_many(len(summary['findings']), 'finding')} in the rows that learn"
    if name == "prepare":
        return f"{_many(len(summary['steps']), 'step')}{', suggested' if summary['suggested'] else ''}"
    if name == "train":
        models = _many(len(summary["leaderboard"]), "model")
        return f"{models}; {METRICS[summary['metric']].label} {number(summary['score']['value'])}"
    if name == "evaluate":
        passed = sum(gate["passed"] for gate in summary["gates"])
        return f"{_many(len(summary['gates']), 'gate')}, {passed} passed" if summary["gates"] else "no gate is stated"
    if name == "deploy":
        return f"{summary['model']}, version {summary['version']}, {summary['alias'] or 'no alias'}"
    if name == "serve":
        same = "the same as" if summary["equal"] else "NOT the same as"
        return f"{number(summary['rows'])} rows answered over HTTP, {same} the batch prediction"
    if name == "monitor":
        return f"{_many(len(summary['violations']), 'violation')} in {number(summary['rows'])} rows"
    return ""


def _many(count: int, word: str) -> str:
    return f"{number(count)} {word}{'' if count == 1 else 's'}"


def _leaderboard(summary: Mapping[str, Any]) -> Html:
    rows = [
        [row["model"], row["score"], row["fit_s"], row["predict_ms"], row["weight"]] for row in summary["leaderboard"]
    ]
    return table(["Model", METRICS[summary["metric"]].label, "Fit, s", "One row, ms", "Weight"], rows)


def _recipe(summary: Mapping[str, Any]) -> Html:
    if not summary["steps"]:
        return element("p", "No step is needed: the algorithms take these columns as they are.")
    rows = [[_step(step), _columns(step.get("columns") or ()), prose(step["reason"])] for step in summary["steps"]]
    return table(["Step", "Columns", "Why"], rows)


def _step(step: Mapping[str, Any]) -> str:
    return f"{step['op']} (switched off)" if step.get("disabled") else str(step["op"])


def _columns(stated: str | Sequence[str]) -> str:
    return stated if isinstance(stated, str) else ", ".join(map(str, stated))
