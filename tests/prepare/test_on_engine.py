"""`clew prepare --engine`: a table or a file prepared by an engine that is named, with the same result."""

import importlib.util
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.conftest import need

from clew.collect.source import read
from clew.core.errors import RecipeError, SchemaError, UsageError
from clew.prepare import on_engine
from clew.prepare.recipe import FittedRecipe
from clew.project import api

RECIPE = """
- {op: fill_missing, columns: age, strategy: mean}
- {op: one_hot, columns: town}
- {op: scale, columns: fare, method: robust}
- {op: target_mean, columns: street, target: survived}
"""
ROWS = pl.DataFrame(
    {
        "age": [None if x % 7 == 0 else float(x % 70) + 0.5 for x in range(400)],
        "fare": [x**1.5 for x in range(400)],
        "town": ["Bern", "Rome", "Zürich", None] * 100,
        "street": [f"s{x % 23}" for x in range(400)],
        "at": [datetime(2026, 1, 1) + timedelta(hours=7 * x) for x in range(400)],
        "survived": [x % 3 == 0 for x in range(400)],
    }
)
ROWWISE = RECIPE.replace("- {op: target_mean, columns: street, target: survived}", "- {op: date_parts, columns: at}")


def prepared(folder: Path, engine: str, recipe: str = RECIPE, rows: pl.DataFrame = ROWS, **more: Any) -> pl.DataFrame:
    (folder / "recipe.yaml").write_text(recipe)
    rows.write_parquet(folder / "rows.parquet")
    data = folder / "rows.parquet" if engine == "streaming" else read(rows)
    options = {"recipe": folder / "recipe.yaml", "target": "survived", "engine": engine} | more
    told = api.prepare(data, out=folder / "out.parquet", **options)
    found = pl.read_parquet(folder / "out.parquet")
    assert (told["rows_in"], told["rows_out"], told["columns_out"]) == (len(rows), len(found), found.columns)
    assert told["engine"] == engine
    return found


@pytest.mark.parametrize("engine", ["pandas", "pyarrow", "duckdb"])
def test_an_engine_prepares_what_polars_prepares(tmp_path: Path, engine: str) -> None:
    expected = prepared(tmp_path, "polars", fitted=tmp_path / "polars")
    got = prepared(tmp_path, engine, fitted=tmp_path / engine)
    assert_frame_equal(got, expected, rel_tol=1e-13)
    new = prepared(tmp_path, engine, fitted=tmp_path / "polars", recipe=RECIPE)
    assert_frame_equal(new, FittedRecipe.load(tmp_path / "polars").transform(ROWS), rel_tol=1e-13)


@pytest.mark.extra
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("default")  # Spark warns about its own code when it is imported
def test_spark_prepares_what_polars_prepares(tmp_path: Path) -> None:
    need(importlib.util.find_spec("pyspark") is not None, "pyspark: pip install 'clew[spark]'")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    expected = prepared(tmp_path, "polars")
    assert_frame_equal(prepared(tmp_path, "spark"), expected, rel_tol=1e-13)


def test_rows_that_pass_by_are_prepared_as_those_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.collect.batches._MOST", 64)
    expected = prepared(tmp_path, "polars", ROWWISE, fitted=tmp_path / "polars")
    assert_frame_equal(prepared(tmp_path, "streaming", ROWWISE, fitted=tmp_path / "passing"), expected)
    new = prepared(tmp_path, "streaming", ROWWISE, fitted=tmp_path / "polars")
    assert_frame_equal(new, expected)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".arrow", ".parquet"])
@pytest.mark.parametrize("given", [".csv", ".arrow"])
def test_a_file_of_any_format_passes_by(
    tmp_path: Path, given: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.collect.batches._MOST", 100)
    monkeypatch.setattr("clew.collect.batches._BLOCK_BYTES", 1 << 12)
    (tmp_path / "recipe.yaml").write_text(ROWWISE)
    source = tmp_path / f"rows{given}"
    ROWS.write_csv(source) if given == ".csv" else ROWS.write_ipc(source)
    stated = {"recipe": tmp_path / "recipe.yaml", "target": "survived"}
    api.prepare(read(source), out=tmp_path / f"held{ending}", **stated)
    api.prepare(source, out=tmp_path / f"passed{ending}", engine="streaming", **stated)
    assert_frame_equal(read(tmp_path / f"passed{ending}").frame, read(tmp_path / f"held{ending}").frame)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{op: lag, columns: fare, time: at}", r"Step 2 \(lag\): It does not run on streaming: it looks at other rows"),
        ("{op: filter, condition: fare > 3}", r"Step 2 \(filter\).*streaming: it chooses among the training rows"),
        ("{op: target_mean, columns: street}", r"Step 2 \(target_mean\).*streaming: it learns from the target"),
    ],
)
def test_steps_that_need_more_than_a_row_do_not_pass_by(tmp_path: Path, step: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        prepared(tmp_path, "streaming", f"- {{op: log, columns: fare}}\n- {step}\n")
    assert not (tmp_path / "out.parquet").exists()


def test_code_of_others_passes_by_where_its_author_promises_it(tmp_path: Path) -> None:
    function = "tests.prepare.own_code:doubled"
    step = f"- {{op: python, columns: fare, function: '{function}', rowwise: true}}"
    expected = prepared(tmp_path, "polars", step, trust=[function])
    assert_frame_equal(prepared(tmp_path, "streaming", step, trust=[function]), expected)
    with pytest.raises(RecipeError, match=r"Step 1 \(python\).*streaming: it may look at other rows"):
        prepared(tmp_path, "streaming", step.replace("true", "false"), trust=[function])


def test_what_was_learnt_elsewhere_passes_by(tmp_path: Path) -> None:
    prepared(tmp_path, "polars", RECIPE + "- {op: filter, condition: fare > 0}", fitted=tmp_path / "fitted")
    got = prepared(tmp_path, "streaming", RECIPE + "- {op: filter, condition: fare > 0}", fitted=tmp_path / "fitted")
    assert_frame_equal(got, FittedRecipe.load(tmp_path / "fitted").transform(ROWS))


def test_a_cell_that_cannot_be_read_ends_it_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.collect.batches._MOST", 100)
    prepared(tmp_path, "streaming", ROWWISE, fitted=tmp_path / "fitted")
    before = (tmp_path / "out.parquet").read_bytes()
    text = pl.when(pl.int_range(pl.len()) == 250).then(pl.lit("far")).otherwise(pl.col("fare").cast(pl.String))
    broken = ROWS.with_columns(fare=text)
    with pytest.raises(
        SchemaError, match=r"Among the rows from 200 on, counted from there: Column 'fare', row 50"
    ) as e:
        prepared(tmp_path, "streaming", ROWWISE, rows=broken, fitted=tmp_path / "fitted")
    assert e.value.problems[0].got == "'far'"
    assert (tmp_path / "out.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fitted", "out.parquet", "recipe.yaml", "rows.parquet"]


def test_whole_numbers_of_a_sample_may_be_fractions_further_on(tmp_path: Path) -> None:
    rows = pl.DataFrame({"x": [*range(250_000), 0.5], "survived": [True, *[False, True] * 125_000]}, strict=False)
    rows.write_csv(tmp_path / "rows.csv")
    (tmp_path / "recipe.yaml").write_text("- {op: scale, columns: x}")
    stated: dict[str, Any] = {"recipe": tmp_path / "recipe.yaml", "target": "survived"}
    api.prepare(tmp_path / "rows.csv", out=tmp_path / "passed.parquet", engine="streaming", **stated)
    api.prepare(read(rows), out=tmp_path / "held.parquet", **stated)
    assert_frame_equal(pl.read_parquet(tmp_path / "passed.parquet"), pl.read_parquet(tmp_path / "held.parquet"))


def test_engines_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no engine 'duckbd'.*Did you mean 'duckdb'"):
        prepared(tmp_path, "duckbd")
    with pytest.raises(UsageError, match="cannot say how long each takes"):
        prepared(tmp_path, "duckdb", timing=True)
    with pytest.raises(UsageError, match="takes one local file"):
        api.prepare(read(ROWS), out=tmp_path / "out.csv", recipe=tmp_path / "recipe.yaml", engine="streaming")
    rows, recipe = tmp_path / "rows.parquet", tmp_path / "recipe.yaml"
    with pytest.raises(UsageError, match="'out.xlsx' cannot be written bit by bit.*parquet"):
        api.prepare(rows, out=tmp_path / "out.xlsx", recipe=recipe, engine="streaming")
    monkeypatch.setattr(on_engine, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"needs the package duckdb.*pip install 'clew\[duckdb\]'"):
        prepared(tmp_path, "duckdb")
    with pytest.raises(UsageError, match=r"needs the package pyspark.*pip install 'clew\[spark\]'"):
        prepared(tmp_path, "spark")


def test_a_step_that_an_engine_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"Step 2 \(pca\).*duckdb cannot"):
        prepared(
            tmp_path, "duckdb", "- {op: fill_missing, columns: age}\n- {op: pca, columns: [age, fare], n_components: 1}"
        )


def test_duckdb_is_told_the_time_zone_and_hands_back_lengths_of_time(tmp_path: Path) -> None:
    there = pl.col("at").dt.replace_time_zone("Europe/Berlin", non_existent="null", ambiguous="earliest")
    zoned = ROWS.with_columns(at=there, then=there.dt.offset_by("90m"))
    recipe = """
    - {op: derive, name: 'a "length"', expression: "then - at"}
    - {op: date_parts, columns: at, parts: [hour]}
    """
    expected = prepared(tmp_path, "polars", recipe, zoned)
    assert expected['a "length"'].drop_nulls().unique().to_list() == [timedelta(minutes=90)]
    assert_frame_equal(prepared(tmp_path, "duckdb", recipe, zoned), expected)
    other = zoned.with_columns(then=pl.col("then").dt.convert_time_zone("Asia/Tokyo"))
    with pytest.raises(RecipeError, match="one time zone, and the columns are 'at' in Europe/Berlin and 'then'"):
        prepared(tmp_path, "duckdb", recipe, other)


def test_what_an_engine_stumbles_over_is_told_in_a_line() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT 9223372036854775807 + range AS x FROM range(2)")
        with pytest.raises(RecipeError, match="^duckdb could not compute the rows: .*[Oo]verflow.*$"):
            on_engine.read_back(relation, "duckdb")
