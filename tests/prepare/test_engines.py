"""The same fitted recipe on every engine: the same values, or a reason why not. The page of engines is made here.

``CLEW_WRITE_DOCS=1 pytest -m '' tests/prepare/test_engines.py`` writes docs/reference/engines.md anew; the column of
Spark is tested where Spark is (``make test-all``).
"""

import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs
import pytest
from tests.conftest import need
from tests.prepare.rows import SCHEMA, Tried, all_tried, every_value, truth_of

from clew.collect.infer import infer
from clew.core.errors import InputError, RecipeError, SchemaError
from clew.define.problem import Task
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.spark import readable
from clew.prepare.step import StepKind
from clew.testing.same import same

CASES = all_tried()
OPS = sorted({tried.step.op for tried in CASES})
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "engines.md"
ZONE = "Europe/Berlin"
#: Engines have logarithms and roots of their own: so many units in the last place of a float64 may they differ by.
ULPS = 16
Run = Callable[[FittedRecipe, pl.DataFrame], pl.DataFrame]


def on_lazy(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame:
    return fitted.transform(frame.lazy()).collect(engine="streaming")


def on_pandas(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame:
    return pl.from_pandas(fitted.transform(frame.to_pandas(use_pyarrow_extension_array=True)))


def on_arrow(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(fitted.transform(frame.to_arrow()))


def on_duckdb(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{ZONE}'")
        prepared = fitted.transform(connection.from_arrow(frame.to_arrow()))
        # Lengths of time leave it as intervals of months, days and seconds, which Polars does not read.
        left = [f'"{name}"' for name, kind in zip(prepared.columns, prepared.types, strict=True) if kind == "INTERVAL"]
        readable = prepared.select(f"* EXCLUDE ({', '.join(left)})" if left else "*")
        return pl.DataFrame(readable.to_arrow_table())


ENGINES: dict[str, Run] = {"polars": on_lazy, "pandas": on_pandas, "pyarrow": on_arrow, "duckdb": on_duckdb}


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    need(find_spec("pyspark") is not None, "pyspark: pip install 'clew[spark]'")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": ZONE,
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }
    builder = SparkSession.builder.master("local[1]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def on_spark(session: Any) -> Run:
    from pyspark.errors import ArithmeticException

    def run(fitted: FittedRecipe, frame: pl.DataFrame) -> pl.DataFrame:
        prepared = fitted.transform(session.createDataFrame(readable(frame)))
        try:
            return pl.DataFrame(prepared.toArrow())
        except ArithmeticException as error:  # told when Spark computes, which is after the recipe
            reason = "Spark's own arithmetic refuses numbers beyond 2**63"
            raise RecipeError(reason, hint="Clip them first.") from error

    return run


def outcome(tried: Tried, run: Run, *, lengths: bool) -> str:
    """Say how a step does on an engine: ``exact``, ``within 16 ulp``, or why not."""
    step, frame, schema = tried.step, tried.frame, tried.schema
    if not lengths and "lasting" in schema:
        frame, schema = frame.cast({"lasting": pl.Int64}), schema.with_facts("lasting", dtype="Int64")
    # Where rows are made anew, only a column could tell their target.
    truth = None if step.kind is StepKind.RESHAPE else truth_of(frame)
    fitted = Recipe([step]).trusting(*step.foreign()).learn(frame, schema, truth, task=Task.MULTICLASS)
    expected = fitted.transform(frame).select(~cs.duration())
    try:
        got = run(fitted, frame).select(pl.col(expected.columns))
    except InputError as error:
        assert error.hint is not None
        return f"not: {error.message.removeprefix(f'Step 1 ({step.op}): ').rstrip('.')}"
    if step.kind in {StepKind.RESHAPE, StepKind.WINDOW}:  # a database may hand out rows in another order
        got, expected = (rows.sort(expected.columns, nulls_last=True) for rows in (got, expected))
    got = got.cast(dict(expected.schema))
    try:
        same(got, expected, "exact")
    except AssertionError:
        same(got, expected, f"{step.op} gives something else", ulps=ULPS)
        return f"within {ULPS} ulp"
    return "exact"


def told(op: str, run: Run, *, lengths: bool) -> str:
    """Return what the page says of a step on an engine, over all ways in which it is tried."""
    found = {outcome(tried, run, lengths=lengths) for tried in CASES if tried.step.op == op}
    worst = [word for word in (f"within {ULPS} ulp", "exact") if word in found][:1]
    return "; ".join([*worst, *sorted(word for word in found if word.startswith("not"))]).replace("|", r"\|")


def rows_of_page() -> dict[str, list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    cells = (line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines)
    return {name.strip("`"): others for name, *others in cells}


def write_page(column: str, found: dict[str, str]) -> None:
    """Put one column of the page in place."""
    names = [*ENGINES, "pyspark"]
    known = rows_of_page()
    head, _, _ = PAGE.read_text(encoding="utf-8").partition("| step |")
    lines = [f"| step | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for op in OPS:
        cells = dict(zip(names, known.get(op, [""] * len(names)), strict=True)) | {column: found[op]}
        lines.append(f"| `{op}` | {' | '.join(cells[name] for name in names)} |")
    PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def check_column(column: str, run: Run) -> None:
    # Spark's lengths of time are a type of its own.
    found = {op: told(op, run, lengths=column != "pyspark") for op in OPS}
    if os.environ.get("CLEW_WRITE_DOCS"):
        write_page(column, found)
    position = [*ENGINES, "pyspark"].index(column)
    stated = {op: cells[position] for op, cells in rows_of_page().items()}
    # On another machine a logarithm may happen to agree to the last digit.
    luckier = {op: text for op, text in found.items() if stated.get(op) == text.replace("exact", f"within {ULPS} ulp")}
    assert stated == found | {op: stated[op] for op in luckier}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_step_does_on_an_engine_what_the_page_says(engine: str) -> None:
    check_column(engine, ENGINES[engine])


@pytest.mark.extra
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("default")  # Spark warns about its own code when it is imported
def test_every_step_does_on_spark_what_the_page_says(spark: Any) -> None:
    check_column("pyspark", on_spark(spark))


def test_moments_in_another_zone_are_refused_where_the_session_decides() -> None:
    frame = every_value().select("zoned", "who")
    fitted = Recipe.from_yaml("- {op: date_parts, columns: zoned}").learn(frame, SCHEMA.select(frame.columns))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        with pytest.raises(SchemaError, match="holds moments in Europe/Berlin.*shows them in America/New_York"):
            fitted.transform(connection.from_arrow(frame.to_arrow()))


def test_whole_numbers_are_widened_and_other_types_refused_on_duckdb() -> None:
    frame = pl.DataFrame({"x": [1, 2, 300]})
    fitted = Recipe.from_yaml("- {op: scale, columns: x}").learn(frame)
    with duckdb.connect() as connection:
        narrow = connection.from_arrow(frame.cast(pl.Int16).to_arrow())
        assert pl.DataFrame(fitted.transform(narrow).select("*").to_arrow_table()).equals(fitted.transform(frame))
        with pytest.raises(SchemaError, match="'x' is String in the table and Int64 in the schema"):
            fitted.transform(connection.from_arrow(frame.cast(pl.String).to_arrow()))


def test_names_that_an_engine_cannot_tell_apart_are_refused() -> None:
    frame = pl.DataFrame({"x": ["a", "A", "b"]})
    fitted = Recipe.from_yaml("- {op: one_hot, columns: x}").learn(frame)
    with duckdb.connect() as connection, pytest.raises(RecipeError, match="'x=A' and 'x=a'.*for one"):
        fitted.transform(connection.from_arrow(frame.to_arrow()))


def test_no_rows_stay_no_rows() -> None:
    frame = every_value().select("real", "word", "moment")
    recipe = Recipe.from_yaml(
        "- {op: fill_missing, columns: real}\n- {op: one_hot, columns: word, max_categories: 3}\n"
    )
    fitted = recipe.learn(frame, SCHEMA.select(frame.columns))
    for run in ENGINES.values():
        got = run(fitted, frame.head(0))
        assert got.columns == fitted.transform(frame).columns
        assert len(got) == 0


def test_a_table_larger_than_memory_allows_is_streamed(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": range(100_000), "word": ["a", "b"] * 50_000})
    frame.write_parquet(tmp_path / "rows.parquet", row_group_size=10_000)
    recipe = Recipe.from_yaml("- {op: scale, columns: x}\n- {op: one_hot, columns: word}\n")
    fitted = recipe.learn(pl.scan_parquet(tmp_path / "rows.parquet"), infer(frame)[1])
    lazy = fitted.transform(pl.scan_parquet(tmp_path / "rows.parquet"))
    assert isinstance(lazy, pl.LazyFrame)
    lazy.sink_parquet(tmp_path / "out.parquet", engine="streaming")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(fitted.transform(frame))
