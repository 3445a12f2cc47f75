"""Datasets of a project come back as they were understood when they were kept."""

import sqlite3

import polars as pl
import pytest

from clew.collect.source import read
from clew.core.errors import DataError, SchemaError
from clew.core.schema import Kind
from clew.define.domain import Domain
from clew.project.project import Project


@pytest.fixture
def project(tmp_path):
    pl.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "a"]}).write_csv(tmp_path / "rows.csv")
    (tmp_path / "clew.yaml").write_text("clew: 1\nname: p\nproblem: {target: y}\ndata: {source: rows.csv}\n")
    with Project(tmp_path) as opened:
        yield opened


def prices(folder, text: str, **facts):
    path = folder / "prices.csv"
    path.write_text(text)
    return read(path, domain=Domain(facts) if facts else None)


def test_what_was_inferred_or_stated_at_import_is_kept(project):
    data = prices(project.folder, "code,price,note\n007,$1,n/a\n012,$2.5,x\n", code={"unit": "shelf"})
    project.add_dataset("prices", data)
    kept = project.dataset("prices")
    assert kept.schema == data.schema
    assert kept.frame.equals(data.frame)
    assert (kept.fingerprint, kept.version) == (data.fingerprint, 0)
    assert kept.schema["code"].unit == "shelf"
    assert kept.schema["price"].unit == "USD"


def test_appended_rows_are_read_as_the_kept_columns_say(project):
    project.add_dataset("prices", prices(project.folder, "code,price\n007,$1\n012,$2.5\n"))
    added = project.add_dataset("prices", prices(project.folder, "price,code\n$3,12\n$4,13\n"), append=True)
    assert (added["version"], added["rows"]) == (1, 4)
    kept = project.dataset("prices")
    assert kept.frame["code"].to_list() == ["007", "012", "12", "13"]
    assert kept.frame["price"].to_list() == [1.0, 2.5, 3.0, 4.0]
    assert project.diff("prices", 0, 1) == {"name": "prices", "added": 2, "removed": 0, "changed": 0}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("code,price\n014,dear\n", SchemaError, "price"),
        ("code,price,shop\n014,$1,x\n", DataError, "have 'shop' besides"),
        ("code,shop\n014,x\n", DataError, "price"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_changes(project, text, error, message):
    project.add_dataset("prices", prices(project.folder, "code,price\n007,$1\n012,$2.5\n"))
    with pytest.raises(error, match=message):
        project.add_dataset("prices", prices(project.folder, text), append=True)
    assert [item["version"] for item in project.datasets("prices")] == [0]
    assert len(project.dataset("prices")) == 2


def test_facts_that_clew_yaml_states_later_are_laid_over(project):
    project.add_dataset("rows", read(project.folder / "rows.csv"))
    (project.folder / "clew.yaml").write_text(
        "clew: 1\nname: p\nproblem: {target: y}\ndata: {source: rows.csv}\n"
        "domain: {columns: {x: {unit: km}, elsewhere: {unit: m}}}\n"
    )
    with Project(project.folder) as again:
        assert again.dataset("rows").schema["x"].unit == "km"


def test_a_database_of_the_first_format_is_brought_up(project):
    project.add_dataset("rows", read(project.folder / "rows.csv"))
    project.close()
    with sqlite3.connect(project.folder / ".clew" / "clew.db") as old:
        old.execute("ALTER TABLE datasets DROP COLUMN columns")
        old.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    old.close()
    with Project(project.folder) as again:
        assert again.datasets("rows")[0]["columns"] is None
        assert again.dataset("rows").schema["x"].kind is Kind.NUMERIC
        again.add_dataset("rows", read(again.folder / "rows.csv"))
        assert again.datasets("rows")[1]["columns"] is not None
