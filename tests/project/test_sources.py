"""A project reads rows from wherever they are, and runs again when they change there."""

import sqlite3
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.collect.address import Address
from clew.core.errors import ConfigError
from clew.project.config import load_config
from clew.project.init import init_project
from clew.project.project import Project

CONFIG = """
name: mine
problem: {{target: y}}
data: {data}
split: {{folds: 3}}
"""


def rows(count: int = 60, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    size = rng.normal(size=count).round(3)
    return pl.DataFrame({"size": size, "shop": rng.integers(0, 3, count), "y": np.where(size > 0, "yes", "no")})


def into_sqlite(frame: pl.DataFrame, path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE IF EXISTS rows")
    connection.execute("CREATE TABLE rows (size REAL, shop INTEGER, y TEXT)")
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", frame.iter_rows())
    connection.commit()
    connection.close()


def collect(folder: Path) -> dict:
    with Project(folder) as project:
        outcome = project.run(stage="collect").stage("collect")
    return {"cached": outcome.cached, **outcome.summary}


def write_parts(folder: Path, frame: pl.DataFrame) -> None:
    (folder / "parts").mkdir(exist_ok=True)
    frame.head(30).write_csv(folder / "parts" / "a.csv")
    frame.tail(-30).write_csv(folder / "parts" / "b.csv")


@pytest.mark.parametrize("source", ["parts/*.csv", "parts"])
def test_a_project_runs_again_when_a_file_of_a_glob_changes_or_comes_or_goes(tmp_path, source):
    write_parts(tmp_path, rows())
    (tmp_path / "clew.yaml").write_text(CONFIG.format(data=f"{{source: {source!r}, filename_column: part}}"))
    first = collect(tmp_path)
    assert first["rows"] == 60
    assert "part" in [column["name"] for column in first["schema"]]
    assert collect(tmp_path)["cached"]
    rows(10, seed=1).write_csv(tmp_path / "parts" / "c.csv")
    assert (grown := collect(tmp_path))["rows"] == 70
    assert not grown["cached"]
    (tmp_path / "parts" / "c.csv").unlink()
    again = collect(tmp_path)
    assert again["cached"]
    assert again["rows"] == 60
    rows(30, seed=2).write_csv(tmp_path / "parts" / "a.csv")
    assert not collect(tmp_path)["cached"]


@pytest.mark.parametrize("data", ["{source: 'sqlite:///shop.db', table: rows}", "{source: 'sqlite:///shop.db', query: SELECT * FROM rows ORDER BY rowid}"])  # fmt: skip
def test_a_project_runs_again_when_the_rows_of_a_database_change(tmp_path, data):
    into_sqlite(rows(), tmp_path / "shop.db")
    (tmp_path / "clew.yaml").write_text(CONFIG.format(data=data))
    first = collect(tmp_path)
    rows().write_csv(tmp_path / "rows.csv")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "clew.yaml").write_text(CONFIG.format(data="{source: ../rows.csv}"))
    assert first["fingerprint"] == collect(tmp_path / "other")["fingerprint"]
    assert collect(tmp_path)["cached"]
    # The file of the database is another one now, and its rows are the same.
    into_sqlite(rows(), tmp_path / "shop.db")
    assert collect(tmp_path)["cached"]
    into_sqlite(rows().with_columns(shop=pl.lit(1)), tmp_path / "shop.db")
    assert not collect(tmp_path)["cached"]


def test_tables_that_are_joined_and_later_rows_may_be_anywhere(tmp_path):
    write_parts(tmp_path, rows())
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute(
        "CREATE TABLE shops AS SELECT 0 AS shop, 'Bonn' AS town UNION SELECT 1, 'Ulm' UNION SELECT 2, 'Jena'"
    )
    connection.close()
    into_sqlite(rows(40, seed=3), tmp_path / "later.db")
    (tmp_path / "clew.yaml").write_text(
        """
name: mine
problem: {target: y, positive: "yes"}
data:
  source: parts
  tables: {shops: {source: 'sqlite:///shop.db', table: shops}}
domain:
  relations: [{left: parts, right: shops, on: shop}]
train: {trials: 1, algorithms: [linear], cpus: 1}
split: {folds: 3}
monitor: {data: {source: 'sqlite:///later.db', table: rows}}
"""
    )
    with Project(tmp_path) as project:
        done = project.run()
        assert "town" in [column["name"] for column in done.stage("collect").summary["schema"]]
        assert done.stage("monitor").summary["rows"] == 40
        assert all(outcome.cached for outcome in project.run().stages)
    into_sqlite(rows(41, seed=3), tmp_path / "later.db")
    with Project(tmp_path) as project:
        outcomes = {outcome.name: outcome.cached for outcome in project.run().stages}
    assert outcomes == dict.fromkeys(outcomes, True) | {"monitor": False}


def test_the_first_configuration_names_a_database_and_what_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    into_sqlite(rows(), tmp_path / "shop.db")
    query = "SELECT size, shop, y FROM rows WHERE y IN ('yes', 'no') -- \"all\" of them"
    init_project(tmp_path / "mine", Address("sqlite:///shop.db", query=query), "y")
    text = (tmp_path / "mine" / "clew.yaml").read_text()
    assert 'source: "sqlite:///../shop.db"   # 60 rows, 3 columns' in text
    assert load_config(tmp_path / "mine").file.data.query == query
    assert collect(tmp_path / "mine")["rows"] == 60
    write_parts(tmp_path, rows())
    init_project(tmp_path / "other", Address("parts/*.csv", filename_column="part"), "y")
    assert load_config(tmp_path / "other").file.data.source == "../parts/*.csv"
    assert collect(tmp_path / "other")["rows"] == 60


def test_variables_of_the_environment_keep_passwords_out_of_the_file(tmp_path, monkeypatch):
    data = "{source: 'postgresql://al:${SHOP_SECRET}@127.0.0.1:1/shop', table: rows}"
    (tmp_path / "clew.yaml").write_text(CONFIG.format(data=data))
    config = load_config(tmp_path)
    monkeypatch.delenv("SHOP_SECRET", raising=False)
    with pytest.raises(
        ConfigError, match="the environment variable 'SHOP_SECRET', which is not set. Hint: Set SHOP_SECRET"
    ):
        config.address(config.file.data)
    monkeypatch.setenv("SHOP_SECRET", "geheim")
    address = config.address(config.file.data)
    assert address.text == "postgresql://al:geheim@127.0.0.1:1/shop"
    assert "geheim" not in str(address.to_dict())


WRONG = [
    ("{source: rows.csv, table: rows}", "`table` is for databases, and .*rows.csv' is none"),
    ("{source: 'sqlite:///shop.db'}", "it takes a query or a table, and none came"),
    ("{source: rows.csv}", "The table 'rows' should be at .*rows.csv, and nothing is there"),
    ("{source: rows.csv, tabel: rows}", "unknown key 'data.tabel'.*'table'"),
    ("{source: 'parts/*.csv'}", "No file matches"),
]


@pytest.mark.parametrize(("data", "message"), WRONG)
def test_a_source_that_cannot_be_meant_is_told(tmp_path, data, message):
    (tmp_path / "clew.yaml").write_text(CONFIG.format(data=data))
    with pytest.raises(Exception, match=message) as caught:
        collect(tmp_path)
    assert type(caught.value).__name__ in {"ConfigError", "DataError"}
