"""Folders as people have them: a workspace with a project of real penguins, run as far as exploring, in two versions."""

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import xlsxwriter

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

    The rows are numbered. The second version has 44 rows more, one column more, and an island spelt otherwise in 15 of
    the first 300 rows.
    """
    place, source = folder / "penguins", folder / "penguins.csv"
    folder.mkdir(parents=True, exist_ok=True)
    frame = penguins().with_row_index("number", offset=1)
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


def flawed(folder: Path) -> Path:
    """Make the project `flawed` in a workspace, explored: a station that is one for all, and gaps in every third row."""
    place, source = folder / "flawed", folder / "flawed.csv"
    row = pl.int_range(pl.len())
    penguins().with_columns(pl.lit("Palmer").alias("station"), gaps=pl.when(row % 3 > 0).then(row * 1.5)).write_csv(
        source
    )
    init_project(place, source, "species")
    with Project(place) as project:
        project.run(stage="explore")
    return place


def workbook(path: Path, filler: bytes = b"") -> None:
    """Write a workbook of 1000 rows, with so much white space in its sheet."""
    made = io.BytesIO()
    rows = pl.DataFrame({"a": range(1000), "b": ["x", "y"] * 500})
    rows.write_excel(xlsxwriter.Workbook(made, {"in_memory": True})).close()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for item in source.infolist():
            extra = filler if item.filename.endswith("sheet1.xml") else b""
            out.writestr(item.filename, source.read(item) + extra)


def bomb(path: Path) -> bytes:
    """Write a workbook of about a megabyte that unpacks to more than one gigabyte, and return it."""
    workbook(path)
    archive = zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED)
    with archive, archive.open("xl/worksheets/sheet2.xml", "w") as sheet:
        for _ in range(1100):
            sheet.write(b" " * 1024**2)
    return path.read_bytes()
