"""The data page, as a person goes through it."""

from pathlib import Path

import polars as pl
import pytest
from nicegui import ui
from nicegui.testing import User

from clew.studio.studio import Studio
from clew.studio.widgets.grid import Grid

#: Looks at a page that is being built, and at one that waits for a job; a tenth of a second each.
SOON, LATER = 100, 600


@pytest.fixture
def versions(studio: Studio) -> Studio:
    """Two versions of the penguins: in the second one is heavier, one is gone, and they are numbered."""
    project = studio.workspace.project("penguins")
    file = project.folder / "data" / "penguins.csv"
    frame = pl.read_csv(file, null_values=["NA", ""]).with_row_index("number", offset=1)
    frame.write_csv(file)
    project.run(stage="collect")
    heavier = pl.when(pl.col("number") == 5).then(9999).otherwise(pl.col("body_mass_g"))
    frame.with_columns(body_mass_g=heavier).filter(pl.col("number") != 7).write_csv(file)
    project.run(stage="collect")
    return studio


def the_grid(user: User) -> Grid:
    [grid] = user.find(Grid).elements
    return grid


async def keys_of(user: User) -> ui.select:
    await user.should_see("Rows are known by", retries=SOON)
    return next(each for each in user.find(ui.select).elements if each._props.get("label") == "Rows are known by")


async def test_without_rows_it_says_where_they_would_come_from(user: User) -> None:
    await user.open("/project/penguins/data")
    await user.should_see("No rows yet", retries=SOON)
    await user.should_see("Sources", retries=SOON)
    user.find("Read the rows").click()
    await user.should_see(Grid, retries=LATER)
    assert the_grid(user)._props["rows"] == 344


async def test_the_latest_rows_are_shown(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data")
    await user.should_see(Grid, retries=SOON)
    grid = the_grid(user)
    assert grid._props["address"] == "/api/data/penguins/penguins/1"
    assert grid._props["rows"] == 343
    assert [column["name"] for column in grid._props["columns"]][:3] == ["number", "species", "island"]


async def test_a_click_on_a_header_shows_the_column_beside_the_grid(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data")
    await user.should_see(Grid, retries=SOON)
    user.find(Grid).trigger("column", {"column": "island"})
    await user.should_see(content="<h3>island</h3>", retries=SOON)
    assert the_grid(user).chosen == "island"
    user.find(Grid).trigger("column", {"column": "island"})
    await user.should_not_see(content="<h3>island</h3>")
    assert the_grid(user).chosen is None


async def test_what_is_no_column_is_not_listened_to(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data")
    await user.should_see(Grid, retries=SOON)
    user.find(Grid).trigger("column", {"column": "<script>"})
    assert the_grid(user).chosen is None


async def test_an_address_leads_to_a_version_and_a_column(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data?dataset=penguins&version=0&column=species")
    await user.should_see(content="<h3>species</h3>", retries=SOON)
    assert the_grid(user)._props["rows"] == 344


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("version=7", "The dataset 'penguins' has no version '7'."),
        ("version=x", "has no version 'x'"),
        ("dataset=pinguins", "The project has no dataset 'pinguins'."),
        ("column=<b>", "There is no column '<b>'."),
    ],
)
async def test_an_address_that_leads_nowhere_says_what_there_is(versions, user: User, asked: str, message: str) -> None:
    await user.open(f"/project/penguins/data?{asked}")
    await user.should_see(message, retries=SOON)


async def test_columns_are_searched_and_filtered(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data?view=columns")
    await user.should_see("9 columns", retries=SOON)
    await user.should_see(content="<h3>island</h3>", retries=SOON)
    user.find("Search columns").type("bill")
    await user.should_see("2 of 9 columns", retries=SOON)
    await user.should_see(content="<h3>bill_depth_mm</h3>", retries=SOON)
    await user.should_not_see(content="<h3>island</h3>")
    user.find("Search columns").clear().type("nothing like it")
    await user.should_see("No column is called or described like that.", retries=SOON)


async def test_two_versions_are_compared_by_a_key(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data?view=versions")
    await keys_of(user)
    user.find("Compare").click()
    await user.should_see("Changed rows", retries=SOON)
    await user.should_see(content="body_mass_g", retries=SOON)
    changed, removed = sorted(user.find(Grid).elements, key=lambda grid: grid._props["label"])
    assert (changed._props["rows"], removed._props["rows"]) == (1, 1)
    assert changed._props["changed"] == {"body_mass_g": [[0, "was 3450.0"]]}
    assert len(versions.grids) == 2
    await user.open("/project/penguins/data?view=sources")


async def test_a_source_that_cannot_be_read_is_told_in_the_page(studio: Studio, user: User) -> None:
    (studio.workspace.folder("penguins") / "data" / "penguins.csv").unlink()
    await user.open("/project/penguins/data")
    await user.should_see("Read the rows", retries=SOON)
    user.find("Read the rows").click()
    await user.should_see(content="penguins.csv", retries=LATER)


async def test_the_source_is_read_again_from_the_versions(versions: Studio, user: User) -> None:
    file = versions.workspace.folder("penguins") / "data" / "penguins.csv"
    pl.read_csv(file).filter(pl.col("number") % 2 == 0).write_csv(file)
    await user.open("/project/penguins/data?view=versions")
    await keys_of(user)
    user.find("Read the source again").click()
    await user.should_see(content='<th scope="row">2</th>', retries=LATER)


async def test_without_a_key_whole_rows_are_compared(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data?view=versions")
    keys = await keys_of(user)
    assert keys.value == ["number"]
    keys.set_value([])
    user.find("Compare").click()
    await user.should_see("Added rows", retries=SOON)
    await user.should_see("Removed rows", retries=SOON)


async def test_a_key_that_occurs_twice_is_refused_in_the_page(versions: Studio, user: User) -> None:
    await user.open("/project/penguins/data?view=versions")
    keys = await keys_of(user)
    keys.set_value(["species"])
    user.find("Compare").click()
    await user.should_see(kind=ui.label, content="species", retries=SOON)


async def test_sources_are_shown_without_passwords(studio: Studio, user: User, monkeypatch) -> None:
    monkeypatch.setenv("CLEW_PASSWORD", "geheim")
    file = Path(studio.workspace.folder("penguins")) / "clew.yaml"
    text = file.read_text()
    line = next(each for each in text.splitlines() if each.strip().startswith("source:"))
    stated = "  source: postgresql://ann:${CLEW_PASSWORD}@db/birds\n  query: SELECT * FROM penguins"
    file.write_text(text.replace(line, stated))
    await user.open("/project/penguins/data")
    await user.should_see(content="postgresql://ann:***@db/birds", retries=SOON)
    await user.should_see(content="SELECT * FROM penguins", retries=SOON)
    await user.should_not_see(content="geheim")
