from pathlib import Path

import pytest
from palmerpenguins import load_penguins

from clew.collect.source import read
from clew.core.errors import UsageError
from clew.project.init import init_project
from clew.project.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    load_penguins().to_csv(tmp_path / "penguins.csv", index=False)
    for name in ("one", "two"):
        init_project(tmp_path / "projects" / name, tmp_path / "penguins.csv", "species")
    (tmp_path / "projects" / "notes").mkdir()
    return tmp_path / "projects"


def test_projects_are_the_folders_with_a_clew_yaml(root: Path) -> None:
    with Workspace(root) as workspace:
        assert workspace.names() == ("one", "two")
        assert [entry.config.file.problem.target for entry in workspace.entries() if entry.config] == ["species"] * 2


def test_a_project_alone_is_a_workspace_of_one(root: Path) -> None:
    with Workspace(root / "one") as workspace:
        assert workspace.names() == ("one",)
        with pytest.raises(UsageError, match="do not stand in one another"):
            workspace.new_folder("three")


def test_a_project_whose_file_is_broken_is_listed_with_what_is_wrong(root: Path) -> None:
    (root / "two" / "clew.yaml").write_text("name: [")
    with Workspace(root) as workspace:
        entry = workspace.entry("two")
        assert entry.config is None
        assert entry.error is not None
        assert "no YAML" in entry.error.message


def test_a_change_of_clew_yaml_is_seen(root: Path) -> None:
    with Workspace(root) as workspace:
        assert workspace.project("one").config.file.problem.question is None
        config = root / "one" / "clew.yaml"
        config.write_text(config.read_text().replace("question: null", "question: Which species?"))
        assert workspace.project("one").config.file.problem.question == "Which species?"


def test_rows_at_hand_stay_within_the_limit(root: Path) -> None:
    with Workspace(root, kept_bytes=1) as workspace:
        project = workspace.project("one")
        for _ in range(3):
            project.add_dataset("rows", read(load_penguins()))
        first = workspace.dataset("one", "rows", 0)
        assert workspace.dataset("one", "rows", 0).frame is first.frame
        workspace.dataset("one", "rows", 1)
        assert workspace.dataset("one", "rows", 0).frame is not first.frame


@pytest.mark.parametrize("name", ["", " ", ".hidden", "../up", "a/b", "a\\b", "a\0b", "x" * 61, "-" + "\n"])
def test_a_name_that_could_lead_elsewhere_is_refused(root: Path, name: str) -> None:
    with Workspace(root) as workspace, pytest.raises(UsageError, match="cannot name a project"):
        workspace.new_folder(name)


def test_a_name_that_is_taken_is_refused(root: Path) -> None:
    with Workspace(root) as workspace:
        for name in ("one", "notes"):
            with pytest.raises(UsageError, match="already in this workspace"):
                workspace.new_folder(name)


def test_an_unknown_project_is_an_error_with_the_nearest_name(root: Path) -> None:
    with Workspace(root) as workspace, pytest.raises(UsageError, match="no project 'onne'") as error:
        workspace.project("onne")
    assert error.value.hint == "Did you mean 'one'?"
