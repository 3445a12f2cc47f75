"""Data Wrangler's sources, sampling and flows, and what its flows can be exported to."""

import gzip
import json
import sqlite3
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from tests.parity.page import capability, not_yet
from tests.prepare.flows import line_of

import clew
from clew.collect.batches import open_batches
from clew.core.errors import ClewError
from clew.prepare.flow.imported import import_flow
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.project.init import init_project

FRAME = pl.DataFrame({"age": [22.0, None, 30.0, 41.0], "sex": ["m", "f", "f", "m"], "y": ["a", "b", "a", "b"]})
RECIPE = "- {op: fill_missing, columns: age, strategy: median}\n- {op: one_hot, columns: sex}"


@capability(
    "2a",
    "Sources: S3, CSV with delimiter, Parquet, JSON, JSON Lines; several files of one schema",
    "DATA of every command: a file, a glob, a folder, `s3://…`, `--delimiter`",
    "Any S3-compatible store; also Excel, Arrow, gz and zst, and whatever is a frame in Python.",
    better=True,
)
def test_files(tmp_path):
    FRAME.write_csv(tmp_path / "a.csv", separator=";")
    FRAME.write_parquet(tmp_path / "b.parquet")
    FRAME.write_ndjson(tmp_path / "c.jsonl")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(FRAME.write_csv().encode()))
    for path in sorted(tmp_path.iterdir()):
        assert clew.read(path).frame["age"].to_list() == FRAME["age"].to_list()
    (tmp_path / "parts").mkdir()
    for part in ("x", "y"):
        FRAME.write_csv(tmp_path / "parts" / f"{part}.csv")
    assert len(clew.read(str(tmp_path / "parts" / "*.csv"))) == 8


@capability(
    "2a",
    "Sources: databases",
    "`--query`, `--table` with a PostgreSQL, SQLite or DuckDB address",
    "Athena, Redshift, Snowflake, Databricks and SaaS connectors are not there: read with their client, and hand over the frame.",
)
def test_database(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE sold (a INTEGER, b TEXT)")
        connection.executemany("INSERT INTO sold VALUES (?, ?)", [(1, "x"), (2, "y")])
    connection.close()
    read = clew.read(f"sqlite:///{tmp_path / 'shop.db'}", query="SELECT a FROM sold WHERE a > 1")
    assert read.frame["a"].to_list() == [2]
    assert len(clew.read(f"sqlite:///{tmp_path / 'shop.db'}", table="sold")) == 2


@capability(
    "2a",
    "File options: first row is header, delimiter, add filename column",
    "`--delimiter`, `--encoding`, `--filename-column`",
    "Header, delimiter and encoding are found out, and what was decided is told.",
    better=True,
)
def test_file_options(tmp_path):
    for name in ("may", "june"):
        (tmp_path / f"{name}.csv").write_text("a|b\n1|2\n", encoding="utf-8")
    done = _clew("profile", str(tmp_path / "*.csv"), "--filename-column", "month", "--format", "json")
    assert [item["name"] for item in json.loads(done)["columns"]] == ["a", "b", "month"]


@capability(
    "2a",
    "Nested JSON",
    "[flatten_structured](steps/nested.md#flatten_structured), [explode](steps/arrays.md#explode)",
    "Of any size.",
)
def test_nested_json(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": 1, "place": {"town": "Graz", "zip": 8010}}\n' * 3, encoding="utf-8")
    dataset = clew.read(tmp_path / "rows.jsonl")
    after = Recipe.from_yaml("- {op: flatten_structured, columns: place}").prepare(dataset).frame
    assert after["place_town"].to_list() == ["Graz"] * 3


@capability(
    "2a",
    "Sampling at import: none, first K, randomized, stratified",
    "all rows; [sample](steps/sampling.md#sample) where a sample is wanted",
    "Nothing is cut off at 50 000 rows.",
    better=True,
)
def test_no_sampling(tmp_path):
    pl.DataFrame({"x": np.arange(60_000)}).write_csv(tmp_path / "rows.csv")
    assert len(clew.read(tmp_path / "rows.csv")) == 60_000


@capability(
    "2a",
    "Type inference",
    "`clew.read`, `clew profile`",
    "By content, over all rows; what was read as missing and what does not fit is told with its rows; a domain model overrules.",
    better=True,
)
def test_types(tmp_path):
    text = "n,b,d,s\n1,true,2024-02-03,x\n2,false,2024-02-04,y\n"
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    schema = clew.read(tmp_path / "rows.csv").schema
    assert [column.dtype for column in schema] == ["Int64", "Boolean", "Date", "String"]


@capability(
    "2a",
    "Parameters",
    "`${name}` in a recipe, `--set NAME=VALUE`; globs in addresses",
    "Patterns and relative times in addresses are not there.",
)
def test_parameters(tmp_path):
    (tmp_path / "r.yaml").write_text(
        "parameters: {most: 10}\nsteps:\n- {op: filter, condition: 'x < ${most}'}\n", encoding="utf-8"
    )
    frame = pl.DataFrame({"x": [5, 15]})
    assert len(Recipe.from_file(tmp_path / "r.yaml").prepare(frame).frame) == 1
    assert len(Recipe.from_file(tmp_path / "r.yaml", {"most": 20}).prepare(frame).frame) == 2


@capability(
    "2a",
    "Flow file",
    "`clew recipe import FILE.flow`",
    "Becomes a recipe in YAML, with a report of what maps, what differs and what does not; see [flows](flow-import.md).",
    better=True,
)
def test_flow_import(tmp_path):
    step = (
        "spark.manage_columns_0.1",
        {"operator": "Drop column", "drop_column_parameters": {"column_to_drop": ["id"]}},
    )
    done = import_flow(line_of(tmp_path / "x.flow", {"id": "long", "age": "float"}, step))
    assert "drop" in [step.op for step in done.recipe.steps]
    assert done.to_dict()["unmapped"] == []


@capability(
    "2a",
    "Trained parameters and Refit",
    "`clew prepare --fitted DIR`, `--refit`",
    "JSON and Arrow that can be read, instead of a pickled Spark model; learnt on all training rows.",
    better=True,
)
def test_learnt_parameters(tmp_path):
    fitted = Recipe.from_yaml(RECIPE).learn(FRAME, target="y")
    fitted.save(tmp_path / "fitted")
    assert "30.0" in (tmp_path / "fitted" / "recipe.json").read_text(encoding="utf-8")
    assert FittedRecipe.load(tmp_path / "fitted").transform(FRAME).equals(fitted.transform(FRAME))


@capability(
    "2a",
    "Unseen category",
    "[one_hot](steps/categorical.md#one_hot), [ordinal](steps/categorical.md#ordinal): `unseen`",
)
def test_unseen_category():
    fitted = Recipe.from_yaml("- {op: one_hot, columns: sex, unseen: error}").learn(FRAME, target="y")
    with pytest.raises(ClewError, match="other"):
        fitted.transform(pl.DataFrame({"age": [1.0], "sex": ["other"]}))


@capability(
    "2a",
    "Editing",
    "a recipe is a text file",
    "Steps are moved, removed and compared with whatever you use for text; `from:` makes variants.",
    better=True,
)
def test_variants(tmp_path):
    (tmp_path / "base.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("from: base.yaml\nwithout: [one_hot]\n", encoding="utf-8")
    assert [step.op for step in Recipe.from_file(tmp_path / "mine.yaml").steps] == ["fill_missing"]


@capability(
    "2a",
    "Compute: an interactive instance",
    "your machine; files larger than memory in batches",
    "Starts in under a second, and costs nothing while it waits.",
    better=True,
)
def test_batches(tmp_path):
    pl.DataFrame({"x": np.arange(50_000)}).write_parquet(tmp_path / "rows.parquet", row_group_size=10_000)
    assert sum(len(batch) for batch in open_batches(tmp_path / "rows.parquet")) == 50_000


@capability(
    "2d",
    "Destination: CSV or Parquet",
    "`clew prepare DATA --recipe FILE --out FILE`",
    "One file; compression by its ending. Partitioned output is not there.",
)
def test_destination(tmp_path):
    FRAME.write_csv(tmp_path / "rows.csv")
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    for name in ("out.csv", "out.parquet"):
        _clew(
            "prepare",
            str(tmp_path / "rows.csv"),
            "--recipe",
            str(tmp_path / "recipe.yaml"),
            "--target",
            "y",
            "--out",
            str(tmp_path / name),
        )
    assert pl.read_csv(tmp_path / "out.csv").columns == pl.read_parquet(tmp_path / "out.parquet").columns


@capability(
    "2d",
    "Export to Python code",
    "`clew recipe export fitted --to python`",
    "A module that needs Polars and nothing else, and runs as it is; also SQL.",
    better=True,
)
def test_python_code():
    fitted = Recipe.from_yaml(RECIPE).learn(FRAME, target="y")
    scope = {}
    exec(fitted.to_python(), scope)  # noqa: S102 - it is what users run
    assert scope["prepare"](FRAME.drop("y")).equals(fitted.transform(FRAME.drop("y")))
    assert "SELECT" in fitted.to_sql("people")


@capability("2d", "Export to a notebook", "`clew recipe export recipe.yaml --to notebook`")
def test_notebook(tmp_path):
    from clew.prepare.export.notebook import to_notebook

    written = json.loads(to_notebook(Recipe.from_yaml(RECIPE), "rows.csv", "y"))
    assert any("fill_missing" in "".join(cell["source"]) for cell in written["cells"])


@capability(
    "2d",
    "Export to Pipelines",
    "`clew run`",
    "A project runs what has changed, from collecting to monitoring, and goes on after an interruption.",
    better=True,
)
def test_project(tmp_path):
    FRAME.sample(200, with_replacement=True, seed=0).write_csv(tmp_path / "rows.csv")
    init_project(tmp_path / "people", tmp_path / "rows.csv", target="y")
    done = clew.Project(tmp_path / "people").run(stage="prepare")
    assert [stage["name"] for stage in done.to_dict()["stages"]] == ["define", "collect", "explore", "prepare"]


@capability(
    "2d",
    "Export to an inference endpoint",
    "`clew train`, `clew serve`",
    "The recipe is part of the bundle: one row is prepared by the very steps of training; steps that cannot work on one row are named.",
    better=True,
)
def test_one_row():
    fitted = Recipe.from_yaml(RECIPE).learn(FRAME, target="y")
    row = {"age": None, "sex": "f"}
    one = fitted.transform(pl.DataFrame([row], schema={"age": pl.Float64, "sex": pl.String})).row(0, named=True)
    assert fitted.row()(row) == one


not_yet("2d", "Export to Feature Store", "There is no feature store; a project keeps versions of its rows.")


@capability("2d", "Train with Autopilot", "`clew train DATA --target COL --recipe recipe.yaml --out BUNDLE`")
def test_train():
    X, y = FRAME.drop("y"), FRAME["y"].to_numpy()
    many = pl.concat([X] * 20)
    model = clew.AutoClassifier(trials=1, algorithms=("tree",), recipe=Recipe.from_yaml(RECIPE), cpus=1)
    assert model.fit(many, np.tile(y, 20)).predict(X).shape == (4,)


not_yet("2d", "Scheduled jobs", "Planned next as `clew prepare --watch`; today any scheduler can run the command.")
not_yet(
    "2d",
    "Compression and partitions of the output",
    "One file is written; partition it with Polars where a store wants it.",
)


def _clew(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "clew", *arguments], check=True, capture_output=True, text=True)
    return done.stdout
