"""PostgreSQL for real: a server of the operating system on loopback."""

import os
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from tests.servers import postgres_server

from clew.cli import main
from clew.collect.address import Address
from clew.collect.fetch import fetch
from clew.collect.source import read
from clew.core.errors import ClewError
from clew.core.schema import Kind, Role

pytestmark = pytest.mark.full

FRAME = pl.DataFrame(
    {
        "id": pl.Series([1, 2, 3], dtype=pl.Int32),
        "price": pl.Series([Decimal("1.50"), None, Decimal("0.00")], dtype=pl.Decimal(10, 2)),
        "at": pl.Series([datetime(2024, 1, 31, 8, 20), None, datetime(2024, 6, 1)]).dt.replace_time_zone("UTC"),
        "local": [datetime(2024, 1, 31, 10, 20, 5, 250), None, datetime(2024, 2, 1)],
        "day": [date(2024, 1, 31), date(2024, 2, 1), None],
        "ok": [True, None, False],
        "raw": [b"\x00\x01", None, b""],
        "code": ["007", "12", None],
        "size": [1.5, None, float("inf")],
        "small": pl.Series([1, None, -3], dtype=pl.Int16),
        "tags": [["a", None], [], None],
    }
)


@pytest.fixture(scope="module")
def server():
    with postgres_server() as running:
        running.run(
            "CREATE TYPE mood AS ENUM ('sad', 'ok')",
            "CREATE SEQUENCE counter",
            "CREATE TABLE rows (id int PRIMARY KEY, price numeric(10, 2), at timestamptz, local timestamp, day date, "
            "ok boolean, raw bytea, code text, size double precision, small smallint, tags text[])",
            "INSERT INTO rows VALUES "
            "(3, 0, '2024-06-01 02:00+02', '2024-02-01', NULL, false, '', NULL, 'Infinity', -3, NULL), "
            "(1, 1.5, '2024-01-31 10:20+02', '2024-01-31 10:20:05.00025', '2024-01-31', true, '\\x0001', '007', 1.5, 1, '{a,NULL}'), "
            "(2, NULL, NULL, NULL, '2024-02-01', NULL, NULL, '12', NULL, NULL, '{}')",
            "CREATE TABLE odd AS SELECT 1.25::numeric AS n, 'ok'::mood AS m, '{\"a\": [1]}'::jsonb AS j, 'ab'::char(5) AS c, "
            "'12.5'::float8::numeric::money AS mo, '10.0.0.1'::inet AS ip, INTERVAL '1 hour 30 s' AS took, TIME '10:00' AS t, "
            "ARRAY[1.5, NULL]::numeric[] AS ns, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS u",
            "CREATE SCHEMA other",
            'CREATE TABLE other."Odd ""Name" AS SELECT 1 AS "Sel ect"',
            "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS x",
            'CREATE TABLE "a%b:c %%" AS SELECT 1 AS "x%y"',
            "CREATE TABLE deep AS SELECT '{{1,2},{3,4}}'::int[] AS a",
            "CREATE TABLE many AS SELECT i AS id, (i % 7)::text AS code, i * 0.5 AS x FROM generate_series(1, 60000) AS i",
        )
        yield running


def test_a_table_is_the_frame(server):
    data = read(server.url(), table="rows")
    expected = read(FRAME)
    assert data.frame.equals(expected.frame)
    assert data.schema == expected.schema
    assert data.fingerprint == expected.fingerprint
    assert [note.to_dict() for note in data.findings] == [note.to_dict() for note in expected.findings]
    assert data.source == f"postgresql://clew:***@127.0.0.1:{server.port}/postgres, table rows"


def test_types_without_a_counterpart_become_what_is_nearest(server):
    frame = read(server.url(), table="odd").frame
    assert frame.to_dicts() == [
        {"n": 1.25, "m": "ok", "j": '{"a": [1]}', "c": "ab", "mo": 12.5, "ip": "10.0.0.1", "took": 3630.0, "t": "10:00:00",
         "ns": [1.5, None], "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}
    ]  # fmt: skip


def test_names_in_other_schemas_and_with_any_character(server):
    assert read(server.url(), table='other.Odd "Name').frame.to_dicts() == [{"Sel ect": 1}]
    assert read(server.url(), table="kept").frame.to_dicts() == [{"x": 1}]
    assert read(server.url(), table="a%b:c %%").frame.to_dicts() == [{"x%y": 1}]
    assert read(server.url(), table="deep").frame.to_dicts() == [{"a": "[[1, 2], [3, 4]]"}]


def test_more_rows_than_a_batch_keep_the_order_of_the_key(server):
    data = read(server.url(), table="many")
    assert data.frame["id"].to_list() == list(range(1, 60001))
    by_query = read(server.url(), query="SELECT * FROM many ORDER BY id DESC")
    assert by_query.frame["id"].to_list() == list(range(60000, 0, -1))
    assert (data.schema["id"].role, data.schema["code"].kind) == (Role.ID, Kind.NUMERIC)


def test_percent_signs_colons_and_comments_reach_the_database(server):
    query = "SELECT 'a%s:x' || code AS z, id % 2 AS odd FROM rows WHERE code LIKE '%' ORDER BY id; -- delete %"
    assert read(server.url(), query=query).frame.rows() == [("a%s:x007", 1), ("a%s:x12", 0)]


SAID = [
    ({"query": "SELECT nextval('counter')"}, "cannot execute nextval() in a read-only transaction. Hint: Only reading is allowed"),
    ({"query": "WITH x AS (DELETE FROM rows RETURNING *) SELECT * FROM x"}, "The query holds DELETE, which writes"),
    ({"query": "SELECT * FRM rows"}, 'refuses to read: syntax error at or near "FRM" LINE 1: SELECT * FRM rows'),
    ({"query": "SELECT * FROM nowhere"}, 'relation "nowhere" does not exist'),
    ({"query": "SELECT 'infinity'::timestamptz AS t"}, "NULLIF(column, 'infinity')"),
    ({"query": "SELECT 1 AS a WHERE false"}, "has a header ('a') and no rows"),
    ({"query": "SELECT 1 AS a, 2 AS a"}, "has the column 'a' more than once"),
    ({"table": "rosw"}, "has no table 'rosw'. Hint: Did you mean 'rows'?"),
    ({"table": "other.odd"}, "has no table 'other.odd'. Hint: Did you mean 'other.Odd"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), SAID, ids=[next(iter(options.values())) for options, _ in SAID])
def test_what_does_not_work_is_told(server, options, message):
    with pytest.raises(ClewError) as caught:
        read(server.url(), **options)
    assert message in str(caught.value)
    assert server.password not in str(caught.value)


def test_what_cannot_be_reached_is_told_without_the_password(server):
    for url, message in (
        (server.url(password="falsch"), "password authentication failed"),  # noqa: S106
        (server.url("nowhere"), 'database "nowhere" does not exist'),
        (server.url().replace(f":{server.port}/", ":1/"), "Connection refused"),
    ):
        with pytest.raises(ClewError, match=message) as caught:
            read(url, table="rows")
        assert server.password not in str(caught.value)
        assert "falsch" not in str(caught.value)


def test_the_password_may_come_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", server.password)
    url = f"postgres://{server.user}@127.0.0.1:{server.port}/postgres"
    assert read(url, table="rows").fingerprint == read(FRAME).fingerprint


def test_rows_of_a_table_are_fetched_in_batches(server, monkeypatch):
    monkeypatch.setattr("clew.collect.read_sql.BATCH_ROWS", 1000)
    assert fetch(Address(server.url(), table="many")).raw.frame["x"].sum() == pytest.approx(0.5 * 60000 * 60001 / 2)


def test_a_project_reads_a_database_and_keeps_no_password(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def clew(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--format", "json"])
        written = capsys.readouterr()
        assert ended.value.code == 0, written.err
        return written.out + written.err

    query = "SELECT code, x, x > 15000 AS large FROM many WHERE id % 100 = 0 ORDER BY id"
    said = clew("init", "mine", "--data", server.url(), "--query", query, "--target", "large")
    assert "${CLEW_PASSWORD}" in (tmp_path / "mine" / "clew.yaml").read_text()
    with pytest.raises(SystemExit):
        main(["run", "mine", "--stage", "collect"])
    assert "environment variable 'CLEW_PASSWORD', which is not set" in capsys.readouterr().err
    from urllib.parse import quote

    secret = quote(server.password, safe="")
    monkeypatch.setenv("CLEW_PASSWORD", secret)
    assert '"cached": false' in clew("run", "mine", "--stage", "collect").replace('"cached":false', '"cached": false')
    again = clew("run", "mine", "--stage", "collect").replace('"cached":true', '"cached": true')
    assert again.count('"cached": true') == 2
    server.run("UPDATE many SET x = x + 1 WHERE id = 100")
    changed = clew("run", "mine", "--stage", "collect").replace('"cached":false', '"cached": false')
    assert changed.count('"cached": false') == 1
    said += clew("data", "add", server.url(), "--table", "rows", "--name", "rows", "--project", "mine")
    said += clew("data", "list", "--project", "mine") + clew("lineage", "dataset:mine@0", "--project", "mine")
    said += clew("profile", server.url(), "--table", "rows")
    for text in (secret, server.password):
        assert text not in said
        for path in (tmp_path / "mine").rglob("*"):
            assert not path.is_file() or text.encode() not in path.read_bytes(), path
    assert os.environ["CLEW_PASSWORD"] == secret
