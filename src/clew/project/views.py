"""A project and its runs for a notebook."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from clew.core.errors import ClewError
from clew.core.excerpt import cut, lines, many, names
from clew.core.html import Html, badge, element, fragment, join, pairs, table, tiles
from clew.core.readable import number
from clew.define.metrics import METRICS

if TYPE_CHECKING:
    from clew.project.learning import Learning
    from clew.project.project import Project, ProjectRun
    from clew.project.runner import StageOutcome

_TONES = {"done": "good", "failed": "error", "interrupted": "warning", "running": "info"}
#: Runs among which the latest of each stage is looked for.
_LOOKED = 100


def project_view(project: "Project") -> str:
    """Return the question, what has been run, and the registered models; nothing is run or made for it."""
    try:
        parts = list(_project(project))
    except ClewError as error:
        # A project that cannot be read can still be looked at: what is wrong is what there is to see.
        parts = [element("p", badge("cannot be read", "error"), " ", str(error))]
    return fragment(*parts, title="Project")


def _project(project: "Project") -> Iterator[Html]:
    config = project.config
    problem = config.file.problem
    yield element("h3", config.name)
    yield element("p", problem.question or f"Predict {problem.target}.", class_="lead")
    stated: dict[str, object] = {
        "folder": element("code", project.folder.resolve()),
        "target": element("code", problem.target),
    }
    if problem.success:
        stated["success"] = element("code", problem.success)
    if config.domain.columns:
        stated["facts about"] = names(list(config.domain.columns))
    stated["recipe"] = names([s.op for s in config.recipe.steps]) if config.recipe else "suggested from the rows"
    yield pairs(stated)
    if not project.started:
        yield element("p", "Nothing has been run yet: ", element("code", "project.run()"), ".", class_="empty")
        return
    yield _latest(project)
    versions = project.database.models.versions()
    if versions:
        shown = (
            (
                f"{item.name}, version {item.version}",
                join((badge(a, "good") for a in item.aliases), " "),
                _moment(item.created),
            )
            for item in reversed(versions)
        )
        yield lines(("Model", "", "Registered"), shown, len(versions), "version")


def _latest(project: "Project") -> Html:
    latest: dict[str, Any] = {}
    for run in project.database.runs.latest(_LOOKED):
        latest.setdefault(run.stage, run)
    listed = sorted(latest.values(), key=lambda run: run.id)
    rows = [
        (run.stage, badge(run.status, _TONES.get(run.status, "quiet")), _took(run.seconds), _moment(run.started))
        for run in listed
    ]
    return table(("Stage", "Latest run", "Took", "Started"), rows)


def learning_view(known: "Learning") -> str:
    """Return the question and the rows that learn."""
    parts = {
        "learn": many(len(known.positions), "row"),
        "of": element("code", f"{known.name}@{known.version}"),
        "target": element("code", known.problem.target),
        "task": badge(known.problem.task.value, "info"),
    }
    listed = lines(("Column",), ([name] for name in known.dataset.schema.names), len(known.dataset.schema), "column")
    return fragment(element("h3", "Rows that learn"), pairs(parts), listed, title="Rows that learn")


def run_view(done: "ProjectRun") -> str:
    """Return the stages, the figures, the gates, and where things lie."""
    said = done.to_dict()
    first = _deciding_first(done, said["metrics"])
    rows = [
        (item.name, badge("kept") if item.cached else badge("done", "good"), _took(item.seconds))
        for item in done.stages
    ]
    gates = [
        (
            gate["name"],
            element("code", gate["rule"]),
            gate["value"],
            badge("passed", "good") if gate["passed"] else badge("not passed", "error"),
        )
        for gate in said["gates"]
    ]
    places = {name: element("code", said[name]) for name in ("report", "bundle") if said[name]}
    return fragment(
        element("h3", "Run of a project"),
        tiles(_tile(name, figure) for name, figure in first) if first else None,
        table(("Stage", "", "Took"), rows),
        table(("Gate", "Condition", "Measured", ""), gates) if gates else None,
        pairs({**places, "violations of the monitor": number(said["violations"])} if said["violations"] else places),
        title="Run of a project",
    )


def _deciding_first(done: "ProjectRun", figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    collected = done.stage("collect")
    metric = collected.summary["problem"]["metric"] if collected else None
    return sorted(figures.items(), key=lambda item: item[0] != metric)[:4]


def _tile(name: str, figure: Mapping[str, Any]) -> tuple[str, object, str]:
    limits = f"95 %: {number(figure['low'])} to {number(figure['high'])}; {number(figure['rows'])} rows"
    return METRICS[name].label if name in METRICS else name, number(figure["value"]), limits


def outcome_view(outcome: "StageOutcome") -> str:
    """Return how a stage ended, and the figures of its summary."""
    state = badge("kept") if outcome.cached else badge("done", "good")
    return fragment(
        element("h3", join((f"Stage {outcome.name} ", state))),
        element("p", f"{_took(outcome.seconds)}, in {outcome.folder}", class_="lead"),
        pairs((name.replace("_", " "), _short(value)) for name, value in outcome.summary.items()),
        title=f"Stage {outcome.name}",
    )


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | None):
        return number(value)
    if isinstance(value, list | tuple):
        return f"{len(value):,} listed"
    if isinstance(value, Mapping):
        return ", ".join(map(cut, list(value)[:6])) + (" …" if len(value) > 6 else "")
    return cut(value)


def _moment(text: str) -> str:
    return f"{text[:16].replace('T', ' ')} UTC"


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
