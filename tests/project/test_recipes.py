from pathlib import Path

import pytest
from palmerpenguins import load_penguins

from clew.core.errors import ConfigError, ConflictError, UsageError
from clew.prepare.blocks import remarks_of, steps_of
from clew.project.init import init_project
from clew.project.project import Project
from clew.project.recipes import add_step, begin_recipe, read_recipe, recipe_file, step_of


@pytest.fixture
def project(tmp_path: Path) -> Project:
    load_penguins().to_csv(tmp_path / "penguins.csv", index=False)
    init_project(tmp_path / "mine", tmp_path / "penguins.csv", "species")
    return Project(tmp_path / "mine")


def test_the_first_step_makes_the_recipe_and_clew_yaml_names_it(project: Project) -> None:
    assert recipe_file(project) is None
    step = {"op": "fill_missing", "columns": ["body_mass_g"]}
    add_step(project, step, title="Fill gaps", remark="2 of 344 are missing.")
    assert recipe_file(project) == "recipes/main.yaml"
    text = project.edits.read("recipes/main.yaml")
    assert steps_of(text.text) == [step]
    assert remarks_of(text.text) == ["2 of 344 are missing."]
    assert project.config.recipe is not None
    assert "# A Clew project." in project.edits.read("clew.yaml").text


def test_adding_a_step_can_be_undone(project: Project) -> None:
    file = begin_recipe(project)
    after = add_step(project, {"op": "drop", "columns": ["island"]}, title="Drop island")
    assert project.edits.undo(after.name, expected=after.version).text == file.text


def test_steps_that_clew_yaml_states_are_moved_into_the_file(project: Project) -> None:
    config = project.folder / "clew.yaml"
    config.write_text(config.read_text() + "\nprepare:\n  - {op: drop, columns: [island]}\n")
    begin_recipe(project)
    assert recipe_file(project) == "recipes/main.yaml"
    recipe = read_recipe(project, project.edits.read("recipes/main.yaml"))
    assert [step.op for step in recipe.steps] == ["drop"]


def test_a_second_recipe_is_not_begun(project: Project) -> None:
    begin_recipe(project)
    with pytest.raises(UsageError, match="has a recipe already"):
        begin_recipe(project)


def test_a_step_that_does_not_exist_changes_nothing(project: Project) -> None:
    with pytest.raises(ConfigError, match="no step 'skale'"):
        add_step(project, {"op": "skale", "columns": ["year"]}, title="Scale")
    assert recipe_file(project) is None


def test_two_people_do_not_overwrite_each_other(project: Project) -> None:
    mine = begin_recipe(project)
    add_step(project, {"op": "drop", "columns": ["island"]}, title="Drop island")
    with pytest.raises(ConflictError) as error:
        project.edits.write(mine.name, "- {op: drop, columns: [year]}\n", expected=mine.version, title="Drop year")
    assert "island" in error.value.changes


def test_a_remedy_is_a_step() -> None:
    remedy = {"op": "clip_outliers", "columns": ["age"], "options": {"method": "iqr"}}
    assert step_of(remedy) == {"op": "clip_outliers", "columns": ["age"], "method": "iqr"}
