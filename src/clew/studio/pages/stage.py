"""A stage whose own page is still to come: what it came to, its report, and running it."""

from asyncio import to_thread
from functools import partial

from nicegui import ui

from clew.core.html import table, tiles
from clew.core.readable import number
from clew.define.metrics import METRICS
from clew.project.results import StageSummary, latest_results
from clew.studio.studio import Page, Studio
from clew.studio.thread import PLACES, report_address
from clew.studio.widgets.follow import follow
from clew.studio.widgets.html import html_of
from clew.studio.widgets.links import link_to
from clew.studio.widgets.messages import empty
from clew.studio.widgets.moments import ago
from clew.studio.widgets.run import run_button

#: Stages that are shown here.
STAGES = ("train", "evaluate", "deploy", "monitor")
_WAY = {
    "train": "Training compares models within the limit that clew.yaml states, and keeps the best ensemble.",
    "evaluate": "Evaluation judges the model on rows that nothing has learnt from, with intervals.",
    "deploy": "Deployment writes a bundle, registers a version and promotes it if every gate is passed.",
    "monitor": "Monitoring compares later rows with the training rows; clew.yaml names them in `monitor.data`.",
}


def page(stage: str) -> Page:
    """Return the page of a stage."""
    return partial(_show, stage)


async def _show(stage: str, studio: Studio, name: str) -> None:
    place = next(place for place in PLACES if stage in place.stages)
    ui.page_title(f"{place.title} · {name} · Clew")
    project = studio.workspace.project(name)
    results = await to_thread(latest_results, project)
    with ui.element("div").classes("page-head"):
        with ui.element("h1"):
            ui.label(place.title)
        ui.label(_WAY[stage]).classes("lead")
    follow(project)
    found = results.get(stage)
    if found is None:
        empty("Not run yet", f"In a terminal: clew run {name} --stage {stage}")
        if stage != "monitor" or project.config.file.monitor.data is not None:
            run_button(project, f"Run up to {place.title.lower()}", stage)
        return
    run_button(project, f"Run up to {place.title.lower()}", stage, main=False)
    ui.label(f"Run {found.run}, {ago(found.started)}, {number(found.seconds, 3)} s.").classes("lead")
    _summary(stage, found)
    report = found.summary.get("report")
    if report:
        address = report_address(name, report)
        link = link_to("Open the report", address, classes="report-link")
        link._props["target"] = "_blank"  # noqa: SLF001 - no text of a user, but the link's own


def _summary(stage: str, found: StageSummary) -> None:
    summary = found.summary
    if stage == "train":
        metric = METRICS[summary["metric"]].label
        score = summary["score"]
        note = f"{number(score['low'])} to {number(score['high'])} (95 %), {number(score['rows'])} rows"
        html_of(tiles([(metric, number(score["value"]), note)]))
        rows = [[r["model"], r["score"], r["fit_s"], r["predict_ms"], r["weight"]] for r in summary["leaderboard"]]
        html_of(table(("Model", metric, "Fit, s", "One row, ms", "Weight"), rows))
    elif stage == "evaluate":
        shown = [
            (METRICS[key].label, number(value["value"]), f"{number(value['low'])} to {number(value['high'])}")
            for key, value in summary["metrics"].items()
            if key in METRICS
        ]
        html_of(tiles(shown))
        gates = [
            [g["name"], g["rule"], g["value"], "passed" if g["passed"] else "not passed"] for g in summary["gates"]
        ]
        if gates:
            html_of(table(("Gate", "Condition", "Measured", ""), gates))
    elif stage == "deploy":
        rows = [[key, summary[key] or "none"] for key in ("model", "version", "alias", "bundle")]
        html_of(table(("", ""), rows))
    else:
        rows = [[v["code"], v["column"] or "", v["value"], v["threshold"]] for v in summary["violations"]]
        if rows:
            html_of(table(("Code", "Column", "Measured", "Limit"), rows))
        else:
            ui.label("No limit is broken.").classes("lead")
