"""The page of the recipe: steps proposed, tried, applied, changed, taken back, and written as text."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nicegui import ui
from nicegui.testing import User

from clew.prepare.recipe import Recipe
from clew.project.project import Project
from clew.project.recipes import begin_recipe, recipe_file
from clew.studio.studio import Studio
from clew.studio.widgets.grid import Grid

PAGE = "/project/penguins/prepare"
THREE = """\
# Sexes that nobody noted.
- op: fill_missing
  columns: sex
  strategy: most_frequent
- op: log
  columns: body_mass_g
- op: scale
  columns: flipper_length_mm
"""


@pytest.fixture
def project(studio: Studio) -> Project:
    """The project of penguins, its rows collected."""
    opened = studio.workspace.project("penguins")
    opened.run(stage="collect")
    return opened


@pytest.fixture
def recipe(project: Project) -> Path:
    """A recipe of three steps."""
    return project.folder / begin_recipe(project, THREE).name


async def until(holds: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Wait for what work beside the event loop brings about."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


async def seen(user: User, text: str, seconds: float = 20.0) -> None:
    """Wait for a text."""
    end = time.monotonic() + seconds
    while True:
        try:
            await user.should_see(text)
        except AssertionError:
            assert time.monotonic() < end, f"{text!r} did not come"
        else:
            return


def field(user: User, kind: type[Any], label: str) -> Any:
    """Return the field of a label; the last where several have it."""
    with user.client:
        fields = [item for item in user.client.elements.values() if isinstance(item, kind)]
    found = [item for item in fields if item._props.get("label") == label or getattr(item, "text", None) == label]
    assert found, f"no field {label!r}"
    return found[-1]


def choose(user: User, label: str, value: Any, kind: type[Any] = ui.select) -> None:
    with user.client:
        field(user, kind, label).set_value(value)


def press(user: User, word: str) -> None:
    """Press the first button of this very word."""
    found = [item for item in user.client.elements.values() if isinstance(item, ui.button) and item.text == word]
    able = [item for item in found if item.enabled]
    assert able, f"no button {word!r} that can be pressed"
    tell(user, able[0], "click")


def tell(user: User, element: ui.element, event: str, **args: Any) -> None:
    """Bring an event to an element, as a browser does."""
    with user.client:
        for listener in [item for item in element._event_listeners.values() if item.type == event]:
            element._handle_event({"listener_id": listener.id, "args": args})


def ops(path: Path) -> list[str]:
    return [f"({step.op})" if step.disabled else step.op for step in Recipe.from_file(path).steps]


async def opened(user: User, address: str = PAGE, text: str = "Steps") -> None:
    await user.open(address)
    await seen(user, text)


async def at_step(user: User, number: int, op: str) -> None:
    """Wait until a step is looked at."""
    await seen(user, f"Step {number}: {op}")
    await seen(user, f"After step {number}: ")


async def test_without_rows_it_says_how_to_get_them(user: User) -> None:
    await user.open(PAGE)
    await seen(user, "No rows yet")
    await user.should_see("Read and explore the rows")


async def test_a_project_without_a_recipe_is_offered_one(user: User, project: Project) -> None:
    await opened(user)
    await seen(user, "As they enter the recipe: ")
    await seen(user, "Suggested steps")
    await user.should_see("It is put at the beginning.")
    press(user, "Prepare all rows")
    await asyncio.sleep(0.1)
    assert user.notify.contains("There is no recipe yet: add a step first.")


async def test_a_step_is_made_from_what_is_usual_with_a_column(user: User, project: Project) -> None:
    await opened(user, f"{PAGE}?column=sex")
    await seen(user, "What people usually do with such a column:")
    await user.should_see("Fill gaps with the most frequent value")
    press(user, "Try")
    await seen(user, "New step 1: ")
    await seen(user, "added, changed or removed")
    press(user, "Apply")
    await until(lambda: recipe_file(project) is not None, "no recipe was begun")
    place = project.folder / (recipe_file(project) or "")
    await until(lambda: len(ops(place)) == 1, "the step was not written")
    await at_step(user, 1, ops(place)[0])


async def test_a_click_on_a_column_shows_what_is_usual_there(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    grid = next(item for item in user.client.elements.values() if isinstance(item, Grid))
    tell(user, grid, "column", column="island")
    await seen(user, "One column per category")
    await seen(user, "3 categories; ")


async def test_a_new_step_is_put_behind_the_one_that_is_looked_at(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    label = next(iter(user.find("1. fill_missing").elements))
    tell(user, label.parent_slot.parent, "click")
    await at_step(user, 1, "fill_missing")
    await seen(user, "It is put after step 1.")
    choose(user, "Add a step", "missing_indicator")
    await seen(user, "New step 2: missing_indicator")
    choose(user, "Columns", ["bill_length_mm"])
    await seen(user, "1 column added, changed or removed")
    press(user, "Apply")
    await until(lambda: ops(recipe) == ["fill_missing", "missing_indicator", "log", "scale"], str(ops(recipe)))
    assert recipe.read_text(encoding="utf-8").startswith("# Sexes that nobody noted.\n- op: fill_missing")


async def test_options_of_each_type_reach_the_recipe(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    choose(user, "Add a step", "bin")
    await seen(user, "New step 4: bin")
    choose(user, "Columns", ["bill_depth_mm"])
    choose(user, "strategy", "edges")
    await seen(user, "they belong together")
    choose(user, "edges", "14, 18.5", ui.input)
    choose(user, "labels", "low, middle, high", ui.input)
    await seen(user, "1 column added, changed or removed")
    press(user, "Apply")
    await until(lambda: len(ops(recipe)) == 4, str(ops(recipe)))
    assert Recipe.from_file(recipe).to_dict()[3] == {
        "op": "bin",
        "columns": "bill_depth_mm",
        "strategy": "edges",
        "edges": [14, 18.5],
        "labels": ["low", "middle", "high"],
    }
    await at_step(user, 4, "bin")
    choose(user, "Add a step", "pca")
    await seen(user, "New step 5: pca")
    choose(user, "Columns", ["kind:numeric"])
    choose(user, "n_components", 2.0, ui.number)
    choose(user, "keep", kind=ui.switch, value=True)
    await seen(user, "2 columns added, changed or removed")
    press(user, "Apply")
    await until(lambda: len(ops(recipe)) == 5, str(ops(recipe)))
    expected = {"op": "pca", "columns": "kind:numeric", "n_components": 2, "keep": True}
    assert Recipe.from_file(recipe).to_dict()[4] == expected


async def test_only_options_of_the_operation_are_shown_and_written(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    choose(user, "Add a step", "search_and_edit")
    await seen(user, "New step 4: search_and_edit")
    await user.should_not_see("replacement")
    choose(user, "Columns", ["island"])
    choose(user, "operation *", "replace")
    await seen(user, "needs `pattern`")
    await user.should_see("replacement")
    choose(user, "pattern", "e", ui.input)
    choose(user, "replacement", "3", ui.input)
    await seen(user, "1 column added, changed or removed")
    choose(user, "operation *", "contains")
    await user.should_not_see("replacement")
    await seen(user, "1 column added, changed or removed")
    await until(lambda: field(user, ui.button, "Apply").enabled, "it cannot be applied")
    press(user, "Apply")
    await until(lambda: len(ops(recipe)) == 4, str(ops(recipe)))
    expected = {"op": "search_and_edit", "columns": "island", "operation": "contains", "pattern": "e"}
    assert Recipe.from_file(recipe).to_dict()[3] == expected


async def test_what_is_wrong_with_a_draft_is_said_and_cannot_be_applied(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    choose(user, "Add a step", "log")
    await seen(user, "Choose columns, and see here what the step does.")
    assert not field(user, ui.button, "Apply").enabled
    choose(user, "Columns", ["island"])
    await seen(user, "The column 'island' is categorical")
    choose(user, "Columns", ["bill_depth_mm"])
    await seen(user, "1 column added, changed or removed")
    assert field(user, ui.button, "Apply").enabled
    press(user, "Cancel")
    await at_step(user, 3, "scale")
    assert len(ops(recipe)) == 3


async def test_a_step_is_changed_in_its_place(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    press(user, "Change")
    await seen(user, "Change step 3: scale")
    choose(user, "method", "robust")
    await seen(user, "added, changed or removed")
    press(user, "Apply")
    await until(lambda: "method: robust" in recipe.read_text(encoding="utf-8"), "the option was not written")
    assert ops(recipe) == ["fill_missing", "log", "scale"]


async def test_a_step_is_switched_off_and_on_moved_and_removed_and_all_is_undone(user: User, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    press(user, "Off")
    await until(lambda: ops(recipe) == ["fill_missing", "log", "(scale)"], str(ops(recipe)))
    await seen(user, "0 columns added, changed or removed")
    press(user, "On")
    await until(lambda: ops(recipe)[2] == "scale", str(ops(recipe)))
    await seen(user, "1 column added, changed or removed")
    press(user, "Up")
    await until(lambda: ops(recipe) == ["fill_missing", "scale", "log"], str(ops(recipe)))
    await at_step(user, 2, "scale")
    press(user, "Remove")
    await until(lambda: ops(recipe) == ["fill_missing", "log"], str(ops(recipe)))
    await at_step(user, 2, "log")
    for expected in (["fill_missing", "scale", "log"], ["fill_missing", "log", "scale"]):
        press(user, "Undo")
        await until(lambda expected=expected: ops(recipe) == expected, str(ops(recipe)))
        await asyncio.sleep(0.2)
    press(user, "Redo")
    await until(lambda: ops(recipe) == ["fill_missing", "scale", "log"], str(ops(recipe)))
    assert "# Sexes that nobody noted." in recipe.read_text(encoding="utf-8")


async def test_the_text_is_edited_and_stands_for_the_steps(user: User, recipe: Path) -> None:
    await opened(user, f"{PAGE}?view=yaml", "what is written here and what is done at the left are the same")
    text = THREE + "- op: drop\n  columns: island\n"
    field_of_text(user).set_value(text)
    press(user, "Save")
    await until(lambda: ops(recipe)[-1] == "drop", str(ops(recipe)))
    await seen(user, "4. drop")
    field_of_text(user).set_value("- {op: nonsense}\n")
    press(user, "Save")
    await until(lambda: user.notify.contains("nonsense"), "the error was not told")
    assert ops(recipe)[-1] == "drop"


def field_of_text(user: User) -> Any:
    return next(item for item in user.client.elements.values() if isinstance(item, ui.codemirror))


@pytest.mark.parametrize(("view", "text"), [("python", "def prepare("), ("sql", "SELECT")])
async def test_the_recipe_is_shown_as_code(user: User, recipe: Path, view: str, text: str) -> None:
    await opened(user, f"{PAGE}?view={view}", "what the recipe learnt")
    assert text in field_of_text(user).value


async def test_nobody_overwrites_what_somebody_else_saved(user: User, project: Project, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    choose(user, "Add a step", "drop")
    await seen(user, "New step 4: drop")
    choose(user, "Columns", ["island"])
    await seen(user, "1 column added, changed or removed")
    name = recipe_file(project) or ""
    theirs = project.edits.read(name)
    project.edits.write(name, theirs.text + "- op: shuffle\n", expected=theirs.version, title="Theirs")
    press(user, "Apply")
    await seen(user, "Somebody else saved first")
    assert ops(recipe) == ["fill_missing", "log", "scale", "shuffle"]
    press(user, "Show the text as it is now")
    await seen(user, "4. shuffle")


async def test_what_somebody_else_saves_is_followed(user: User, project: Project, recipe: Path) -> None:
    await opened(user)
    await at_step(user, 3, "scale")
    theirs = project.edits.read(recipe_file(project) or "")
    project.edits.write(theirs.name, theirs.text + "- op: shuffle\n", expected=theirs.version, title="Theirs")
    await seen(user, "4. shuffle")
    assert user.notify.contains("The recipe was changed elsewhere")


async def test_a_recipe_that_starts_from_another_is_changed_as_text(user: User, project: Project, recipe: Path) -> None:
    theirs = project.edits.read(recipe_file(project) or "")
    (recipe.parent / "base.yaml").write_text(THREE, encoding="utf-8")
    variant = "from: base.yaml\nwithout: log\n"
    project.edits.write(theirs.name, variant, expected=theirs.version, title="A variant")
    await opened(user, text="change it as YAML")
    await seen(user, "2. scale")
    await user.should_not_see("Add a step")
    await at_step(user, 2, "scale")


async def test_a_step_that_cannot_work_is_marked_and_the_ones_before_it_show(
    user: User, project: Project, recipe: Path
) -> None:
    theirs = project.edits.read(recipe_file(project) or "")
    broken = theirs.text + "- op: log\n  columns: island\n- op: drop\n  columns: sex\n"
    project.edits.write(theirs.name, broken, expected=theirs.version, title="Break it")
    await opened(user)
    await seen(user, "Step 4 (log): The column 'island' is categorical")
    await user.should_see("5. drop")
