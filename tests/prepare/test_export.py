"""A fitted recipe as code: it runs without Clew and gives the same values, for every step and the most unusual rows."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs
import pytest
from tests.prepare.rows import SCHEMA, Tried, all_tried, every_value, truth_of

from clew.core.errors import RecipeError, UsageError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.export.notebook import to_notebook
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import StepKind
from clew.testing.same import same

CASES = all_tried()
#: Steps that use words which SQL has not, or has with another meaning, for some of their options.
NOT_ALWAYS_SQL = {"cumulative", "derive", "difference", "ewm_mean", "fill_along_time", "format_string", "lag", "rolling",
                  "validate_string", "validate_timestamps"}  # fmt: skip
RECIPE = """
- {op: fill_missing, columns: [real, whole]}
- {op: scale, columns: real}
- {op: one_hot, columns: word, max_categories: 2}
- {op: date_parts, columns: moment, cyclic: true, parts: [month]}
"""


def fitted_on(tried: Tried) -> FittedRecipe:
    truth = None if tried.step.kind is StepKind.RESHAPE else truth_of(tried.frame)
    return (
        Recipe([tried.step])
        .trusting(*tried.step.foreign())
        .learn(tried.frame, tried.schema, truth, task=Task.MULTICLASS)
    )


def is_expression(fitted: FittedRecipe) -> bool:
    """Whether a step makes its columns one by one, which is all that can be written down."""
    return not any(done.blocks or done.step.kind is StepKind.RESHAPE for done in fitted.chain.steps)


def run_python(code: str, frame: pl.DataFrame) -> pl.DataFrame:
    names: dict[str, Any] = {}
    exec(compile(code, "exported", "exec"), names)  # noqa: S102 - the code is what is tested
    prepared: pl.DataFrame = names["prepare"](frame)
    return prepared


def run_sql(code: str, frame: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.register("rows", frame.to_arrow())
        return pl.DataFrame(connection.sql(code).to_arrow_table())


IDS = [f"{tried.step.op}-{number}" for number, tried in enumerate(CASES)]


@pytest.mark.parametrize("tried", CASES, ids=IDS)
def test_python_gives_what_the_recipe_gives(tried: Tried) -> None:
    fitted, step, frame = fitted_on(tried), tried.step, tried.frame
    try:
        code = fitted.to_python()
    except RecipeError as error:
        assert not is_expression(fitted)
        assert f"Step 1 ({step.op}) cannot be written as Python" in error.message
        return
    same(run_python(code, frame), fitted.transform(frame), "the code gives something else")


@pytest.mark.parametrize("tried", CASES, ids=IDS)
def test_sql_gives_what_the_recipe_gives(tried: Tried) -> None:
    fitted, step, frame = fitted_on(tried), tried.step, tried.frame
    keep = [column.name for column in fitted.output_schema if column.role is Role.ID]
    # Lengths of time leave DuckDB as intervals of months, days and seconds, which Polars does not read.
    expected = fitted.transform(frame).select(~cs.duration())
    try:
        query = fitted.to_sql(keep=keep)
    except RecipeError as error:
        if "differ in capital letters only" in error.message:
            assert len({name.casefold() for name in fitted.output_schema.names}) < len(fitted.output_schema.names)
            return
        assert not expected.width or not is_expression(fitted) or step.op in NOT_ALWAYS_SQL
        assert f"Step 1 ({step.op}) cannot be written as SQL" in error.message or "No feature comes" in error.message
        return
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in expected.columns)
    got = run_sql(f"SELECT {listed} FROM ({query})", frame)  # noqa: S608
    # Arrow names the zone and the unit of a moment in its own way.
    same(got.cast(dict(expected.schema)), expected, "the query gives something else", ulps=4)


def test_what_is_exported_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lifecycle" / "prepare.md").read_text(encoding="utf-8")
    assert {tried.step.op for tried in CASES} >= NOT_ALWAYS_SQL
    assert "to_python" in page
    assert "to_sql" in page


def test_a_file_runs_where_only_polars_is(tmp_path: Path) -> None:
    frame = every_value().select("real", "whole", "word", "moment", "who")
    fitted = Recipe.from_yaml(RECIPE).learn(frame, SCHEMA.select(frame.columns))
    (tmp_path / "prepare_rows.py").write_text(fitted.to_python(), encoding="utf-8")
    frame.write_parquet(tmp_path / "rows.parquet")
    run = (
        "import sys, polars as pl, prepare_rows; prepare_rows.prepare(pl.read_parquet('rows.parquet'))"
        ".write_parquet('out.parquet'); sys.exit('clew' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", run], cwd=tmp_path, check=True)
    same(pl.read_parquet(tmp_path / "out.parquet"), fitted.transform(frame), "the file gives something else")


def test_several_steps_become_one_query_that_reads_only_what_it_needs() -> None:
    frame = every_value().select("real", "whole", "word", "moment", "note", "who")
    fitted = Recipe.from_yaml(RECIPE + "- {op: drop, columns: note}\n").learn(frame, SCHEMA.select(frame.columns))
    query = fitted.to_sql("raw", keep=["who"])
    assert "note" not in query
    got = run_sql(query.replace('FROM "raw"', 'FROM "rows"'), frame)
    same(got, fitted.transform(frame).select(got.columns), "the query gives something else", ulps=4)
    with pytest.raises(UsageError, match="hands on no column 'whom'.*Did you mean 'who'"):
        fitted.to_sql(keep=["whom"])


@pytest.mark.parametrize("language", ["Python", "SQL"])
def test_cells_that_a_step_refuses_are_refused_in_code_too(language: str) -> None:
    frame = pl.DataFrame({"x": ["1", "two", "3"]})
    fitted = Recipe.from_yaml("- {op: cast, columns: x, to: number}").learn(
        frame[[0]], Schema((Column("x", "String", Kind.CATEGORICAL),))
    )
    with pytest.raises(Exception, match=r"Step 1 \(cast\).*x.*has a value that"):
        run_python(fitted.to_python(), frame) if language == "Python" else run_sql(fitted.to_sql(), frame)


def test_names_and_texts_stay_data() -> None:
    hostile = "a\"; DROP TABLE rows; --'"
    frame = pl.DataFrame({hostile: ["x'y", 'z"', None], "b": [1.0, 2.0, None]})
    fitted = Recipe.from_dict([{"op": "one_hot", "columns": f"name:{hostile}"}]).learn(frame)
    expected = fitted.transform(frame)
    same(run_python(fitted.to_python(), frame), expected, "the code gives something else")
    same(run_sql(fitted.to_sql(), frame), expected, "the query gives something else")


def test_a_notebook_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"age": [22, None, 38], "note": ['quoted """ text', "b", None], "y": ["a", "b", "a"]})
    frame.write_parquet(tmp_path / "rows.parquet")
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.from_yaml("- {op: fill_missing, columns: age}\n- {op: one_hot, columns: note}\n")
    written = json.loads(to_notebook(recipe, "rows.parquet", "y", reasons=["gaps, 1 of 3"]))
    assert (written["nbformat"], written["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in written["cells"]}) == len(written["cells"])
    names: dict[str, Any] = {}
    for cell in written["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - the notebook is what is tested
    assert names["recipe"] == recipe
    assert names["done"].frame["age"].null_count() == 0
    told = "".join(written["cells"][3]["source"])
    assert "Step 1: fill_missing" in told
    assert "gaps, 1 of 3" in told
