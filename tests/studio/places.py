"""Folders as people have them: a workspace with a project of real penguins, run as far as exploring, in two versions."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from clew.project.init import init_project
from clew.project.project import Project


def penguins() -> pl.DataFrame:
    """Return the table of 344 penguins as the package ships it."""
    spec = find_spec("palmerpenguins")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return pl.read_csv(Path(spec.submodule_search_locations[0]) / "data" / "penguins.csv", null_values="NA")


def workspace(folder: Path) -> Path:
    """Make a workspace: the project `penguins`, explored, with two versions of its rows.

    The second version has 44 rows more, one column more, and an island spelt in two ways.
    """
    place, source = folder / "penguins", folder / "penguins.csv"
    folder.mkdir(parents=True, exist_ok=True)
    frame = penguins()
    frame.head(300).write_csv(source)
    init_project(place, source, "species")
    with Project(place) as project:
        project.run(stage="collect")
    spelt = pl.when(pl.int_range(pl.len()) % 20 == 3).then(pl.col("island").str.to_lowercase()).otherwise("island")
    grown = frame.with_columns(spelt.alias("island"), mass_kg=pl.col("body_mass_g") / 1000)
    grown.write_csv(source)
    with Project(place) as project:
        project.run(stage="explore")
    return folder
