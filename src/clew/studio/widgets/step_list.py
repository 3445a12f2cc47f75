"""The steps of a recipe as a list: look, change, move, switch off, remove, and add."""

from typing import Any

from nicegui import ui

from clew.prepare import blocks
from clew.prepare.catalogue import catalogue
from clew.prepare.step import Step
from clew.studio.widgets.buttons import quiet
from clew.studio.widgets.recipe_page import RecipePage


def step_list(page: RecipePage) -> None:
    """Show the steps in the current slot.

    Parameters
    ----------
    page : page of the recipe
        Whose steps they are.
    """
    ui.html("<h2>Steps</h2>", sanitize=False)
    plain = page.file is None or blocks.is_plain(page.file.text)
    remarks = blocks.remarks_of(page.file.text) if page.file is not None and plain else []
    with ui.element("ol").classes("steps"):
        _entry(page)
        for at, (step, outcome) in enumerate(zip(page.recipe.steps, page.outcomes, strict=True)):
            with ui.element("li").classes(_classes(page, at + 1, step, failed=outcome.error is not None)):
                with ui.element("button").classes("step-open").props('type="button"') as button:
                    ui.label(f"{at + 1}. {step.op}").classes("step-name")
                    ui.label(_columns(step)).classes("step-columns")
                    if outcome.error is not None:
                        ui.label(outcome.error.message).classes("step-error")
                    elif step.disabled:
                        ui.label("off").classes("step-off")
                button.on("click", lambda _, at=at: page.look_at(at + 1))
                if at < len(remarks) and remarks[at]:
                    button.tooltip(remarks[at])
                if plain and page.chosen == at + 1 and not page.drafting:
                    _actions(page, at, step)
    if plain:
        _adder(page)
    else:
        ui.label("This recipe starts from another file or has parameters: change it as YAML.").classes("lead")


def _entry(page: RecipePage) -> None:
    with ui.element("li").classes("step" + (" chosen" if page.chosen == 0 and not page.drafting else "")):
        with ui.element("button").classes("step-open").props('type="button"') as button:
            ui.label("Rows as they enter").classes("step-name")
        button.on("click", lambda: page.look_at(0))


def _classes(page: RecipePage, number: int, step: Step, *, failed: bool) -> str:
    chosen = page.chosen == number and not page.drafting
    drafted = page.drafting and page.replaces and page.at + 1 == number
    words = {"chosen": chosen or drafted, "off": step.disabled, "failed": failed}
    return " ".join(["step", *(word for word, holds in words.items() if holds)])


def _columns(step: Step) -> str:
    columns = getattr(step, "columns", None)
    if columns is None:
        return ""
    terms = list(getattr(columns, "terms", ())) if not isinstance(columns, str | list | tuple) else columns
    listed = [terms] if isinstance(terms, str) else [str(term) for term in terms]
    text = ", ".join(listed)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _actions(page: RecipePage, at: int, step: Step) -> None:
    last = len(page.recipe.steps) - 1
    with ui.element("div").classes("step-actions").props('role="group"'):
        _action("Change", lambda: page.draft(page.recipe.to_dict()[at], at, replaces=True))
        _action("Up", lambda: page.move(at, at - 1), enabled=at > 0)
        _action("Down", lambda: page.move(at, at + 1), enabled=at < last)
        _action("On" if step.disabled else "Off", lambda: page.switch(at))
        _action("Remove", lambda: page.remove(at))


def _action(word: str, on_click: Any, *, enabled: bool = True) -> None:
    button = quiet(word, on_click).props("dense")
    button.set_enabled(enabled)


def _adder(page: RecipePage) -> None:
    options = {info.op: f"{info.op}: {info.summary}" for info in catalogue()}

    def chosen(event: Any) -> None:
        if event.value:
            at = page.chosen if page.chosen < len(page.recipe.steps) else None
            page.draft({"op": event.value}, at)

    select = ui.select(options, label="Add a step", with_input=True, on_change=chosen)
    select.props("outlined dense options-dense").classes("step-add")
    after = f"after step {page.chosen}" if page.chosen else "at the beginning"
    ui.label(f"It is put {after}.").classes("lead step-where")
