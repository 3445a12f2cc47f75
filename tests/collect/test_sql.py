"""Databases: the rows are those of a frame, only reading is possible, and no password is ever shown."""

import sqlite3
from datetime import UTC, date, datetime, time
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.address import Address
from clew.collect.read_sql import read_sql
from clew.collect.select_only import check_select
from clew.collect.source import read
from clew.collect.sql_alchemy import open_sqlalchemy
from clew.collect.sql_values import column_of
from clew.core.errors import ClewError, DataError, UsageError

FRAME = pl.DataFrame(
    {
        "id": [11, 12, 13],
        "code": ["007", "12", None],
        "size": [1.5, None, -2.0],
        "when": [datetime(2024, 1, 31, 10, 20), None, datetime(2024, 2, 1)],
        "day": [date(2024, 1, 31), date(2024, 2, 1), None],
        "ok": [True, False, None],
        "text": ["a%b :x ?", "two\nlines", "ü"],
        "raw": [b"\x00\x01", None, b""],
    }
)


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request, tmp_path):
    """Address of a database with the table `rows`, with keys that are not in order, and some more."""
    path = tmp_path / f"shop.{request.param}"
    rows = FRAME.sort("id", descending=True)
    if request.param == "duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.register("given", rows.to_arrow())
            connection.execute("CREATE TABLE rows AS SELECT * FROM given ORDER BY id")
            connection.execute('CREATE SCHEMA other; CREATE TABLE other."odd ""name" AS SELECT 1 AS "an ""x"')
    else:
        with sqlite3.connect(path) as connection:
            connection.execute('CREATE TABLE rows (id INTEGER PRIMARY KEY, code TEXT, size REAL, "when" DATETIME, day DATE, ok BOOLEAN, text TEXT, raw BLOB)')  # fmt: skip
            spelt = [[str(v) if isinstance(v, date) else v for v in row] for row in rows.iter_rows()]
            connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", spelt)
            connection.execute('CREATE TABLE "odd ""name" AS SELECT 1 AS "an ""x"')
            connection.execute("CREATE VIEW seen AS SELECT id, ok FROM rows")
        connection.close()
    return f"{request.param}:///{path}"


def test_a_table_of_a_database_is_the_frame(database):
    data = read(database, table="rows")
    expected = read(FRAME)
    assert data.frame.equals(expected.frame)
    assert data.schema == expected.schema
    assert data.fingerprint == expected.fingerprint
    assert data.source == f"{database}, table rows"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM rows ORDER BY id",
        "select * from rows where text like '%' order by id;",
        "WITH r AS (SELECT * FROM rows) SELECT * FROM r ORDER BY id -- DELETE :x %s ?",
        "/* DROP */ SELECT * FROM rows WHERE '; update' <> 'x' ORDER BY id",
    ],
)
def test_the_result_of_a_query_is_the_frame(database, query):
    data = read(database, query=query)
    assert data.fingerprint == read(FRAME).fingerprint
    assert data.source == f"{database}, query {query}"


def test_names_are_quoted_and_never_pasted(database):
    name = 'odd "name' if database.startswith("sqlite") else 'other.odd "name'
    assert read(database, table=name).frame.to_dict(as_series=False) == {'an "x': [1]}
    for trick in ("rows; DROP TABLE rows", 'rows" --', "rows WHERE 1=1"):
        with pytest.raises(DataError, match="has no table"):
            read(database, table=trick)


def test_batches_of_other_types_become_one_column(tmp_path, monkeypatch):
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (n, x)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, None), (2, None), (2.5, "007"), (None, 7)])
    connection.close()
    for rows in (1, 2, 50_000):
        monkeypatch.setattr("clew.collect.read_sql.BATCH_ROWS", rows)
        frame = read(f"sqlite:///{path}", table="t").frame
        assert frame.to_dict(as_series=False) == {"n": [1.0, 2.0, 2.5, None], "x": [None, None, "007", "7"]}


WRITES = [
    "DELETE FROM rows",
    "DROP TABLE rows",
    "SELECT 1; DROP TABLE rows",
    "INSERT INTO rows (id) VALUES (1)",
    "WITH x AS (SELECT 1) DELETE FROM rows",
    "WITH gone AS (DELETE FROM rows RETURNING *) SELECT * FROM gone",
    "SELECT * INTO copy FROM rows",
    "SELECT * FROM rows FOR UPDATE",
    "SELECT 1 /*! INTO OUTFILE 'x' */",
    r"SELECT '\' ; DELETE FROM rows --'",
    r"SELECT '\'; DELETE FROM rows; SELECT '",
    "SELECT [it's] FROM t; DELETE FROM rows --'",
    "SELECT 1 # '\n; DELETE FROM rows #'",
    "PRAGMA writable_schema = 1",
    "ATTACH 'x.db' AS x",
    "COPY rows TO 'x.csv'",
    "VACUUM",
    "EXPLAIN ANALYZE DELETE FROM rows",
    "",
    " -- nothing",
]


@pytest.mark.parametrize("query", WRITES)
def test_a_query_that_may_write_is_refused(query):
    with pytest.raises(UsageError):
        check_select(query)


@pytest.mark.parametrize(
    "query",
    [
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT updated, \"delete\", `insert`, replace(x, 'into', '') FROM t WHERE a = 'it''s; DROP' ORDER BY 1;",
        "select $$; delete from t$$, $x$ drop; $x$, comment, load FROM t -- ; delete",
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 9) SELECT * FROM a",
        "/* insert */ SELECT data->'a' #> '{b}' FROM t",
    ],
)
def test_a_query_that_reads_passes(query):
    check_select(query)


def test_sqlite_itself_refuses_what_passes_the_check(database):
    """The second wall behind the check: the connection cannot write, whatever it is told."""
    if database.startswith("duckdb"):
        with (
            duckdb.connect(database.removeprefix("duckdb:///"), read_only=True) as connection,
            pytest.raises(duckdb.Error),
        ):
            connection.execute("DELETE FROM rows")
        return
    opened = open_sqlalchemy(Address(database))
    try:
        for statement in ("DELETE FROM rows", "CREATE TABLE more (x)", "PRAGMA user_version = 7", "ATTACH 'x' AS x"):
            with pytest.raises(DataError, match="refuses to read"):
                list(opened.batches(statement, 10))
    finally:
        opened.close()
    assert read(database, table="rows").fingerprint == read(FRAME).fingerprint


SAID = [
    ({"table": "row"}, "has no table 'row'. Hint: Did you mean 'rows'?"),
    ({"query": "SELECT * FROM nowhere"}, "refuses to read: "),
    ({"query": "SELECT * FRM rows"}, "syntax"),
    ({"query": "SELECT nope FROM rows"}, "nope"),
    ({"query": "SELECT * FROM rows WHERE id < 0"}, "The result of the query has a header ('id', 'code', 'size', 'when', 'day' …) and no rows. Hint: Check its conditions."),
    ({"query": "SELECT a.id, b.id FROM rows a JOIN rows b ON a.id = b.id"}, "has the column 'id' more than once"),
    ({}, "takes a query or a table, and none came"),
    ({"query": "SELECT 1", "table": "rows"}, "takes a query or a table, and both came"),
    ({"table": "rows", "filename_column": "f"}, "`filename_column` is for files"),
    ({"table": "rows", "sheet": 0}, "are for files, and a database was given"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), SAID)
def test_what_does_not_work_is_told(database, options, message):
    with pytest.raises(ClewError) as caught:
        read(database, **options)
    assert message.lower() in str(caught.value).lower()
    assert len(str(caught.value)) < 400


ADDRESSES = [
    ("sqlite:///{}/shop.db", DataError, "There is no database file"),
    ("duckdb:///{}/shop.db", DataError, "There is no database file"),
    ("sqlite:///{}/notes.txt", DataError, "file is not a database"),
    ("duckdb:///{}/notes.txt", DataError, "not a valid DuckDB database"),
    ("duckdb://", UsageError, "names no file"),
    ("mysql://al:secret@host/db", UsageError, "Hint: Install it: pip install pymysql, and write mysql.pymysql://"),
    ("snowflake://al:secret@host/db", UsageError, "pip install snowflake-sqlalchemy"),
    (
        "postgresqll://al:secret@host/db",
        UsageError,
        "no database of the kind 'postgresqll' .*Did you mean 'postgresql'",
    ),
    ("postgresql://al:se@cret@host/db", UsageError, "holds an @. Hint: Write it as %40"),
    ("postgresql://al:secret@host:port/db", UsageError, "is no URL of a database"),
]


@pytest.mark.parametrize(("address", "error", "message"), ADDRESSES, ids=[address for address, _, _ in ADDRESSES])
def test_an_address_that_cannot_be_opened_is_told_without_its_password(tmp_path, address, error, message):
    (tmp_path / "notes.txt").write_text("no database " * 200)
    with pytest.raises(error, match=message) as caught:
        read(address.format(tmp_path), table="rows")
    assert "secret" not in str(caught.value)
    assert "se@cret" not in str(caught.value)


def test_types_of_duckdb(tmp_path):
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT 1.50::DECIMAL(10,2) AS d, TIMESTAMPTZ '2024-01-31 10:20+02' AS z, [1, 2] AS l, "
            "INTERVAL 1 MONTH AS i, 'b'::ENUM('a', 'b') AS e, {'a': 1} AS s, 2::HUGEINT AS h, NULL AS n, "
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID AS u, TIME '10:00' AS t, MAP {'a': 1} AS m"
        )
    data = read(f"duckdb:///{path}", table="t")
    assert data.frame.row(0) == (
        1.5,
        datetime(2024, 1, 31, 8, 20, tzinfo=UTC),
        [1, 2],
        "1 month",
        "b",
        {"a": 1},
        2,
        None,
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "10:00:00",
        "{a=1}",
    )


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([Decimal("1.50"), None, Decimal(2)], pl.Decimal(38, 2), [Decimal("1.50"), None, Decimal("2.00")]),
        ([Decimal("1E+3"), 2], pl.Decimal(38, 0), [Decimal(1000), Decimal(2)]),
        ([Decimal("NaN"), Decimal(1)], pl.Decimal(38, 0), [None, Decimal(1)]),
        ([Decimal("Infinity"), Decimal(1)], pl.String(), ["Infinity", "1"]),
        ([Decimal(10**40), Decimal(1)], pl.String(), [str(10**40), "1"]),
        ([2**63, 1], pl.String(), [str(2**63), "1"]),
        ([True, 1], pl.String(), ["true", "1"]),
        ([1, 2.5], pl.Float64(), [1.0, 2.5]),
        ([memoryview(b"a"), bytearray(b"b"), None], pl.Binary(), [b"a", b"b", None]),
        ([time(10), None], pl.Time(), [time(10), None]),
        ([datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)], pl.String(), ["2024-01-01T00:00:00", "2024-01-01T00:00:00+00:00"]),
        ([{"a": 1}, [1, "ü"]], pl.String(), ['{"a": 1}', '[1, "ü"]']),
        ([None, None], pl.Null(), [None, None]),
    ],
)  # fmt: skip
def test_values_of_drivers_become_columns(values, dtype, expected):
    column = column_of("x", values, None)
    assert (column.dtype, column.to_list()) == (dtype, expected)


def test_a_database_address_needs_no_file_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sqlite3.connect("rel.db").execute("CREATE TABLE t AS SELECT 1 AS x").connection.close()
    assert read_sql(Address("sqlite:///rel.db", table="t")).frame.to_dict(as_series=False) == {"x": [1]}


def column(cells):
    return st.lists(st.one_of(st.none(), cells), min_size=1, max_size=6)


days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
texts = st.one_of(
    st.sampled_from(["007", "1", "yes", "NA", "", "2024-01-31", "12.5 %"]), st.text("ab 1'\"%:;", max_size=5)
)
tables = st.fixed_dictionaries(
    {
        "whole": column(st.integers(-(2**63), 2**63 - 1)),
        "number": column(st.floats(allow_nan=False)),
        "text": column(texts),
        "flag": column(st.booleans()),
        "day": column(days),
        "moment": column(moments),
        "bytes": column(st.binary(max_size=4)),
    }
)
TYPES = {"whole": pl.Int64, "number": pl.Float64, "text": pl.String, "flag": pl.Boolean, "day": pl.Date, "moment": pl.Datetime("us"), "bytes": pl.Binary}  # fmt: skip


@settings(max_examples=25)
@given(tables)
def test_any_table_of_a_database_is_the_frame(tmp_path_factory, columns):
    rows = min(map(len, columns.values()))
    frame = pl.DataFrame({name: values[:rows] for name, values in columns.items()}, schema=TYPES)
    folder = tmp_path_factory.mktemp("databases")
    with duckdb.connect(str(folder / "a.duckdb")) as duck:
        duck.register("given", frame.to_arrow())
        duck.execute("CREATE TABLE t AS SELECT * FROM given")
    lite = sqlite3.connect(folder / "a.db")
    lite.execute(
        "CREATE TABLE t (whole INTEGER, number REAL, text TEXT, flag BOOLEAN, day DATE, moment DATETIME, bytes BLOB)"
    )
    spelt = [[str(value) if isinstance(value, date) else value for value in row] for row in frame.iter_rows()]
    lite.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", spelt)
    lite.commit()
    lite.close()
    expected = read(frame)
    for address in (f"duckdb:///{folder}/a.duckdb", f"sqlite:///{folder}/a.db"):
        data = read(address, table="t")
        assert data.frame.equals(expected.frame)
        assert data.schema == expected.schema
        assert data.fingerprint == expected.fingerprint
