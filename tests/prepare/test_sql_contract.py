"""Queries keep the contract of a step, and nothing gets out of the room in which they run."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import cases, check_every_value, check_random_rows, few_examples

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Sql

CASES = [
    Sql("SELECT who, word, real * 2 AS twice, upper(note) AS loud, lasting + 1 AS longer FROM df ORDER BY who, real, note"),
    Sql("SELECT * FROM df WHERE whole > 0 OR truth ORDER BY ALL"),
    Sql("SELECT truth, count(*) AS n, sum(whole) AS s, max(zoned) AS z, list(small ORDER BY small) AS l FROM df GROUP BY truth ORDER BY truth"),
    Sql("WITH k AS (SELECT word, avg(real) AS m FROM df GROUP BY word) SELECT df.word, real - m AS off FROM df JOIN k USING (word) ORDER BY ALL"),
    Sql("SELECT moment, hour(zoned) AS h, day, null AS nothing FROM df ORDER BY ALL"),
]  # fmt: skip


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


FRAME = pl.DataFrame({"id": [1, 2, 3], "age": [30, None, 50], "name": ["a", "b", "b"], "y": ["no", "yes", "no"]})


def made(query: str, frame: pl.DataFrame = FRAME, **options: Any) -> pl.DataFrame:
    after: pl.DataFrame = Recipe((Sql(query, **options),)).learn(frame).transform(frame)
    return after


class TestResults:
    def test_rows_and_columns_are_those_of_the_query(self) -> None:
        after = made("SELECT name, avg(age) AS mean, count(*) AS n FROM df GROUP BY name ORDER BY name;")
        assert after.rows() == [("a", 30.0, 1), ("b", 50.0, 2)]

    def test_what_is_handed_on_is_still_known(self) -> None:
        data = FRAME.with_columns(age=pl.col("age").cast(pl.Float64))
        recipe = Recipe((Sql("SELECT * EXCLUDE (name), age * 2 AS twice FROM df WHERE id > 1"),))
        done = recipe.prepare(data, target="y")
        output = done.recipe.output_schema
        assert output.names == ("id", "age", "y", "twice")
        assert output["y"].role is Role.TARGET
        assert (output["twice"].raw_sources, output["twice"].direction) == (("id", "age", "name"), Direction.LOSES)
        assert done.target.tolist() == ["yes", "no"]
        without = done.recipe.transform(data.drop("y"))
        assert without.columns == ["id", "age", "twice"]

    def test_sources_are_the_columns_that_are_named(self) -> None:
        fitted = Recipe((Sql("SELECT df.name, Age + 1 AS older FROM df"),)).learn(FRAME)
        assert fitted.inputs.names == ("age", "name")
        assert fitted.output_schema["older"].raw_sources == ("age", "name")

    def test_a_name_that_is_computed_anew_is_another_column(self) -> None:
        frame = FRAME.with_columns(age=pl.Series([1.0, 2.0, 3.0]))
        for query in ("SELECT id, -age AS age FROM df", "SELECT * REPLACE (-age AS age) FROM df"):
            column = Recipe((Sql(query),)).learn(frame).output_schema["age"]
            assert (column.direction, column.kind) == (Direction.LOSES, Kind.NUMERIC)
            assert "id" in column.raw_sources

    def test_a_target_may_be_handed_on_and_nothing_else(self) -> None:
        for query in (
            "SELECT *, y = 'yes' AS leak FROM df",
            "SELECT age, y FROM df ORDER BY y",
            "SELECT y AS label FROM df",
        ):
            with pytest.raises(RecipeError, match=r"Step 1 \(sql\): The query reads the target 'y'"):
                Recipe((Sql(query),)).learn(FRAME, target="y")

    def test_zones_come_back_as_they_were(self) -> None:
        at = pl.Series("at", [datetime(2024, 7, 1, 12, tzinfo=UTC)])
        frame = pl.DataFrame(
            [at.dt.convert_time_zone(z).alias(n) for n, z in (("b", "Europe/Berlin"), ("t", "Asia/Tokyo"))]
        )
        after = made("SELECT b, t, hour(b) AS h FROM df", frame)
        assert [dtype.time_zone for dtype in after.dtypes[:2]] == ["Europe/Berlin", "Asia/Tokyo"]
        assert after["h"].to_list() == [12]  # two zones: clocks are read in UTC
        assert made("SELECT hour(b) AS h FROM df", frame)["h"].to_list() == [14]

    def test_lengths_of_time_are_seconds(self) -> None:
        frame = pl.DataFrame({"d": [timedelta(days=1)], "a": [datetime(2024, 1, 2)]})
        schema = Schema((Column("d", "Duration(us)", Kind.NUMERIC), Column("a", "Datetime(us)", Kind.DATETIME)))
        fitted = Recipe((Sql("SELECT d FROM df"),)).learn(frame, schema)
        assert fitted.transform(frame)["d"].to_list() == [86_400.0]
        with pytest.raises(
            RecipeError, match=r"The column 'c' of the query holds lengths of time.*Hint: Select `epoch\(c\)`"
        ):
            made("SELECT a - DATE '2024-01-01' AS c FROM df", frame.select("a"))

    def test_the_same_rows_give_the_same_result(self) -> None:
        frame = pl.DataFrame({"g": [i % 7 for i in range(50_000)], "x": [1.1 ** (i % 300) for i in range(50_000)]})
        query = "SELECT g, sum(x) AS s, sum(random()) AS r FROM df GROUP BY g ORDER BY g"
        assert made(query, frame).equals(made(query, frame))


class TestRoom:
    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("SELEC 1", "cannot be read: Parser Error: syntax error at or near 'SELEC'"),
            ("", "holds 0 statements"),
            ("SELECT 1; SELECT 2", "holds 2 statements"),
            ("DROP TABLE df", "of the kind DROP, and only SELECT"),
            ("COPY df TO 'x.csv'", "of the kind COPY"),
            ("CREATE TABLE t AS SELECT 1", "of the kind CREATE"),
            ("ATTACH 'x.db'", "of the kind ATTACH"),
            ("INSTALL httpfs", "of the kind LOAD"),
            ("SET threads = 8", "of the kind SET"),
            ("PRAGMA database_list", "of the kind PRAGMA"),
            ("EXPLAIN SELECT * FROM df", "of the kind EXPLAIN"),
            ("WITH x AS (INSERT INTO df VALUES (1) RETURNING *) SELECT * FROM x", "holds INSERT, which writes"),
            ("WITH x AS (DELETE FROM df RETURNING *) SELECT * FROM x", "holds DELETE, which writes"),
            (
                "SELECT * FROM (WITH x AS (UPDATE df SET age = 1 RETURNING *) SELECT * FROM x)",
                "holds UPDATE, which writes",
            ),
            ("DESCRIBE df", "describes a table"),
            ("SELECT * FROM read_csv('/etc/passwd')", r"calls read_csv\(\) as a table"),
            ("SELECT * FROM df WHERE name IN (SELECT content FROM read_text('/etc/passwd'))", r"calls read_text\(\)"),
            ("SELECT * FROM glob('/*')", r"calls glob\(\) as a table"),
            ("SELECT * FROM duckdb_settings()", r"calls duckdb_settings\(\)"),
            ("SELECT * FROM query('SELECT 1')", r"calls query\(\)"),
            ("SELECT * FROM '/etc/passwd'", "reads '/etc/passwd', and the only table is df"),
            ("SELECT * FROM information_schema.tables", "reads 'tables', and the only table is df"),
            ("SELECT * FROM secret", "reads 'secret', and the only table is df"),
        ],
    )
    def test_what_is_no_select_over_the_rows_is_refused(self, query: str, message: str) -> None:
        with pytest.raises(ConfigError, match=rf"^Step 1 \(sql\): The query .*{message}") as caught:
            Recipe.from_dict([{"op": "sql", "query": query}])
        assert caught.value.hint

    def test_python_variables_are_no_tables(self) -> None:
        df2 = FRAME
        with pytest.raises(ConfigError, match="the only table is df"):
            made("SELECT * FROM df2")
        del df2

    def test_nothing_is_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        made("SELECT * FROM df ORDER BY age")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("SELECT salary, id FROM df", "salary"),
            ("SELECT id + name AS x FROM df", "cannot run"),
            ("SELECT id AS x, age AS x FROM df", "Two columns of the query are called 'x'"),
            ("SELECT 1 AS one", "reads no column of the table"),
        ],
    )
    def test_what_cannot_run_is_said(self, query: str, message: str) -> None:
        with pytest.raises(RecipeError, match=rf"^Step 1 \(sql\): .*{message}"):
            made(query)

    def test_a_query_without_end_is_ended(self) -> None:
        frame = pl.DataFrame({"x": range(100_000)})
        with pytest.raises(RecipeError, match=r"The query was ended after 0.2 seconds"):
            made("SELECT count(*) AS n FROM df a, df b, df c WHERE a.x + b.x + c.x = 7", frame, timeout_s=0.2)
        assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())

    @pytest.mark.parametrize(
        "query", ["SELECT a.x, b.x AS y FROM df a, df b", "SELECT list(a.x + b.x) AS l FROM df a, df b"]
    )
    def test_a_result_without_bound_is_refused(self, query: str) -> None:
        frame = pl.DataFrame({"x": range(100_000)})
        with pytest.raises(RecipeError, match=r"needs more than 0.1 GB of memory"):
            made(query, frame, memory_gb=0.1)
