"""Steps that somebody may want: for a whole table with reasons, and for one column."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from clew.core.html import badge, element, join, prose
from clew.core.readable import number, percent
from clew.core.schema import Column
from clew.explore.column import ColumnStatistics
from clew.prepare.suggest import Suggestion
from clew.prepare.usual import Fit, Usual
from clew.studio.widgets.buttons import primary, quiet
from clew.studio.widgets.html import html_of
from clew.studio.widgets.recipe_page import RecipePage

_FITS = {Fit.NEEDED: ("needed", "warning"), Fit.FITTING: ("fits", "good"), Fit.COMMON: ("common", "info")}


def show_suggestion(page: RecipePage, suggestion: Suggestion) -> None:
    """Show a suggested recipe: each step with its reason, to be taken one by one or all together."""
    ui.html("<h2>Suggested steps</h2>", sanitize=False)
    if not suggestion.recipe.steps:
        ui.label("No step is needed: the algorithms of Clew take these columns as they are.").classes("lead")
        return
    ui.label(
        f"From {number(suggestion.rows)} rows. Each has its reason; take what you agree with, or click a column above."
    ).classes("lead")
    if not page.recipe.steps:
        count = len(suggestion.recipe.steps)
        primary(f"Take all {count}" if count > 1 else "Take it", lambda: page.change(
            "Take the suggested recipe", suggestion.to_yaml(), count
        ))  # fmt: skip
    with ui.element("ol").classes("offers"):
        for step, reason in zip(suggestion.recipe.to_dict(), suggestion.reasons, strict=True):
            _offer(str(step["op"]), step, reason, None, partial(page.add, step, reason))


def show_usual(
    column: Column, statistics: ColumnStatistics, found: Sequence[Usual], take: Callable[[Mapping[str, Any]], object]
) -> None:
    """Show what people usually do with a column; taking one opens its form with a preview."""
    with ui.element("h2"):
        ui.label(column.name)
    missing = f"{percent(statistics.missing_share)} missing" if statistics.missing else "none missing"
    distinct = f"{number(statistics.distinct)} distinct" if statistics.distinct is not None else ""
    html_of(join((badge(column.kind.value), badge(column.dtype), badge(missing), badge(distinct)), " "))
    if not found:
        ui.label("Steps leave this column alone: it is the target, or steers how rows are split and weighed.").classes(
            "lead"
        )
        return
    ui.label("What people usually do with such a column:").classes("field-label")
    with ui.element("ol").classes("offers"):
        for way in found:
            _offer(way.label, way.step, way.reason, _FITS.get(way.fit), partial(take, way.step))


def _offer(
    title: str, step: Mapping[str, Any], reason: str, fit: tuple[str, str] | None, on_click: Callable[[], object]
) -> None:
    with ui.element("li").classes("offer"):
        with ui.element("div").classes("offer-words"):
            with ui.element("div").classes("offer-title"):
                ui.label(title)
                if fit is not None:
                    html_of(badge(*fit))
            html_of(element("p", prose(reason), class_="lead"))
            columns = step.get("columns")
            if title == step["op"] and columns:
                listed = [columns] if isinstance(columns, str) else [str(item) for item in columns]
                ui.label(", ".join(listed)).classes("step-columns")
        quiet("Try" if fit is not None or title != step["op"] else "Add", lambda _: on_click())
