"""A step of a project's recipe that is switched off: nothing is done of it, and the overview says so."""

from pathlib import Path

import polars as pl

from clew.project.project import Project
from clew.project.report import OVERVIEW

RECIPE = """\
- op: explode
  disabled: true
  columns: gone
- op: fill_missing
  columns: kind:numeric
- op: scale
  columns: [size, age]
"""
CONFIG = """
clew: 1
name: sales
problem: {target: sold}
data: {source: sales.csv}
prepare: recipe.yaml
train: {trials: 1, algorithms: [linear]}
"""


def test_a_model_is_trained_without_it_and_the_overview_marks_it(tmp_path: Path) -> None:
    size = [float(n % 13) for n in range(150)]
    table = {"size": size, "age": [n % 7 for n in range(150)], "sold": [3 * s + n % 5 for n, s in enumerate(size)]}
    pl.DataFrame(table).write_csv(tmp_path / "sales.csv")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    (tmp_path / "clew.yaml").write_text(CONFIG)
    with Project(tmp_path) as project:
        project.run(stage="train")
    page = (tmp_path / OVERVIEW).read_text(encoding="utf-8")
    assert "explode (switched off)" in page
    assert "fill_missing (switched off)" not in page
    assert "kind:numeric" in page
    assert "size, age" in page
