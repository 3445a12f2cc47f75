"""The page that shows what is in the rows."""

import asyncio
from pathlib import Path

import polars as pl
import pytest
from nicegui import ui
from nicegui.testing import User
from palmerpenguins import load_penguins

from clew.project.workspace import Workspace
from clew.studio.widgets.grid import Grid


def penguins() -> pl.DataFrame:
    """Penguins with flaws that have remedies, and a column whose name is no markup."""
    found = pl.from_pandas(load_penguins())
    return found.with_columns(
        pl.lit("x").alias("<b>same</b>"),
        pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.int_range(pl.len()) * 1.5).alias("gaps"),
    )


@pytest.fixture
def explored(workspace: Workspace) -> Workspace:
    folder = workspace.folder("penguins")
    penguins().write_csv(folder / "data" / "penguins.csv")
    workspace.project("penguins").run(stage="explore")
    return workspace


def recipe_of(folder: Path) -> str:
    place = folder / "recipes" / "main.yaml"
    return place.read_text() if place.exists() else ""


async def test_before_anything_ran_the_page_offers_to_explore(user: User) -> None:
    await user.open("/project/penguins/explore")
    await user.should_see("Not explored yet", retries=20)
    await user.should_see("Explore the rows")


async def test_exploring_runs_as_a_job_and_shows_what_it_found(user: User, workspace: Workspace) -> None:
    await user.open("/project/penguins/explore")
    await user.should_see("Explore the rows", retries=20)
    user.find("Explore the rows").click()
    await user.should_see("Stop", retries=50)
    project = workspace.project("penguins")
    job = project.jobs.latest(1)[0]
    assert (job.kind, job.arguments["stage"]) == ("run", "explore")
    ended = await asyncio.to_thread(project.jobs.wait, job.id, 120)
    assert ended.status == "done"
    await user.should_see("of penguins, version 0", retries=100)


@pytest.mark.usefixtures("explored")
async def test_findings_are_listed_and_narrowed_down(user: User) -> None:
    await user.open("/project/penguins/explore")
    await user.should_see("Without a value", retries=20)
    await user.should_see("&lt;b&gt;same&lt;/b&gt;")
    await user.should_not_see("<b>same</b>")
    await user.open("/project/penguins/explore?severity=warning&search=constant")
    await user.should_see("The value is", retries=20)
    await user.should_not_see("Without a value")
    await user.open("/project/penguins/explore?search=nothing-like-it")
    await user.should_see("No finding is like that.", retries=20)


@pytest.mark.usefixtures("explored")
async def test_the_rows_of_a_finding_are_shown(user: User) -> None:
    await user.open("/project/penguins/explore?column=gaps")
    await user.should_see("Show the rows", retries=20)
    user.find("Show the rows").click()
    await user.should_see("All rows that it is about", retries=20)
    with user.client:
        (shown,) = (element for element in user.find(Grid).elements if isinstance(element, Grid))
    assert shown.look.frame.columns[:2] == ["gaps", "species"]
    assert shown.look.frame["gaps"].null_count() == len(shown.look.frame) > 50
    user.find("Hide the rows").click()
    await user.should_not_see("All rows that it is about")


async def test_a_remedy_becomes_a_step_and_is_taken_back(user: User, explored: Workspace) -> None:
    folder = explored.folder("penguins")
    before = (folder / "clew.yaml").read_text()
    await user.open("/project/penguins/explore?search=DQ001")
    await user.should_see("Fix it", retries=20)
    user.find("Fix it").click()
    await user.should_see("In the recipe", retries=20)
    assert "op: drop" in recipe_of(folder)
    assert "<b>same</b>" in recipe_of(folder)
    user.find("Undo").click()
    await user.should_see("Fix it", retries=20)
    assert recipe_of(folder) == ""
    assert (folder / "clew.yaml").read_text() == before


@pytest.mark.usefixtures("explored")
@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("scorecard", "Relevance"),
        ("target", "Predictive power"),
        ("together", "The strongest pairs"),
        ("plot&x=gaps&y=species", "Correlation ratio"),
        ("plot&x=body_mass_g&y=flipper_length_mm", "Spearman"),
        ("plot&x=year", "Column"),
        ("versions", "There is one version."),
    ],
)
async def test_every_section_has_an_address(user: User, view: str, said: str) -> None:
    await user.open(f"/project/penguins/explore?view={view}")
    await user.should_see(said, retries=20)


@pytest.mark.usefixtures("explored")
async def test_other_columns_are_drawn_when_they_are_chosen(user: User) -> None:
    await user.open("/project/penguins/explore?view=plot&x=gaps&y=species")
    await user.should_see("Correlation ratio", retries=20)
    with user.client:
        first = next(select for select in user.find(ui.select).elements if select._props["label"] == "Column")
        first.set_value("island")
    await user.should_see("Shares of island and species", retries=20)


async def test_another_version_is_compared_and_the_result_is_outdated(user: User, explored: Workspace) -> None:
    folder = explored.folder("penguins")
    penguins().head(200).drop("gaps").write_csv(folder / "data" / "penguins.csv")
    explored.project("penguins").run(stage="collect")
    await user.open("/project/penguins/explore")
    await user.should_see("Explore again", retries=20)
    await user.open("/project/penguins/explore?view=versions")
    await user.should_see("Only in version 0", retries=50)
