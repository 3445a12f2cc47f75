import os
import time
from pathlib import Path

import pytest
from palmerpenguins import load_penguins

from clew.core.errors import ClewError
from clew.project.init import init_project
from clew.project.overview import overview
from clew.project.project import Project
from clew.project.results import latest_results
from clew.project.standing import standing


@pytest.fixture
def project(tmp_path: Path) -> Project:
    load_penguins().to_csv(tmp_path / "penguins.csv", index=False)
    init_project(tmp_path / "mine", tmp_path / "penguins.csv", "species")
    return Project(tmp_path / "mine")


def test_before_anything_ran(project: Project) -> None:
    assert set(standing(project).values()) == {"not yet"}
    assert overview(project).attention == ()


def test_after_a_run_the_stages_are_done_and_later_ones_are_not_yet(project: Project) -> None:
    project.run(stage="collect")
    found = standing(project)
    assert (found["define"], found["collect"], found["explore"]) == ("done", "done", "not yet")
    assert set(latest_results(project)) == {"define", "collect"}


def test_a_fact_that_is_stated_makes_what_depends_on_it_outdated(project: Project) -> None:
    project.run(stage="collect")
    config = project.folder / "clew.yaml"
    config.write_text(config.read_text().replace("question: null", "question: Which?"))
    assert standing(project)["define"] == "outdated"
    assert standing(project)["collect"] == "outdated"
    assert any("out of date" in item.title for item in overview(project).attention)


def test_rows_that_are_newer_than_the_run_are_seen(project: Project, tmp_path: Path) -> None:
    project.run(stage="collect")
    later = time.time() + 60
    os.utime(tmp_path / "penguins.csv", (later, later))
    assert standing(project)["collect"] == "outdated"


def test_a_source_that_is_gone_is_no_crash(project: Project, tmp_path: Path) -> None:
    project.run(stage="collect")
    (tmp_path / "penguins.csv").unlink()
    assert standing(project)["collect"] == "outdated"


def test_a_stage_that_failed_needs_attention_with_its_reason(project: Project, tmp_path: Path) -> None:
    (tmp_path / "penguins.csv").write_text("species\n")
    with pytest.raises(ClewError):
        project.run(stage="collect")
    assert standing(project)["collect"] == "failed"
    first = overview(project).attention[0]
    assert first.title == "collect did not end well"
    assert first.detail
