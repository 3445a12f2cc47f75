"""What grids fetch: rows, headers and CSV over HTTP, of dataset versions and of tables made for one visit."""

import csv
import io
import json
from collections.abc import AsyncIterator

import polars as pl
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from clew.core.errors import ClewError
from clew.core.schema import Column, Kind, Schema
from clew.explore.look import Look
from clew.studio.api import rows
from clew.studio.app import _refused
from clew.studio.studio import Studio


@pytest.fixture
async def client(studio: Studio) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    app.add_exception_handler(ClewError, _refused)
    app.include_router(rows.router(studio))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://studio") as made:
        yield made


@pytest.fixture
def base(studio: Studio, client: AsyncClient) -> str:
    """The address of a small table."""
    frame = pl.DataFrame(
        {
            "name": ["Ann", "Bob", None, "=1+1"],
            "age": [40.5, None, float("nan"), 7.0],
            "at": pl.Series(["2024-03-01 12:00", "2024-03-02 00:00", None, "2024-03-01 23:59"]).str.to_datetime(),
            "<b>": [True, False, None, True],
        }
    )
    kinds = (Kind.TEXT, Kind.NUMERIC, Kind.DATETIME, Kind.BOOLEAN)
    schema = Schema(tuple(Column(n, str(d), k) for (n, d), k in zip(frame.schema.items(), kinds, strict=True)))
    return f"/api/grids/{studio.grids.add(Look(frame, schema))}"


async def found(client: AsyncClient, base: str, **asked: object) -> list[int]:
    answer = await client.post(f"{base}/rows", json={"start": 0, "stop": 100, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["positions"]


async def test_rows_come_with_their_places_and_how_many_there_are(client, base):
    answer = await client.post(f"{base}/rows", json={"start": 1, "stop": 3, "columns": ["name", "age"]})
    assert answer.json() == {"rows": [["Bob", None], [None, "NaN"]], "total": 4, "positions": [1, 2]}


async def test_the_server_sorts_and_searches(client, base):
    assert await found(client, base, orders=[{"column": "age", "descending": True}]) == [0, 3, 1, 2]
    assert await found(client, base, search="an") == [0]


@pytest.mark.parametrize(
    ("column", "model", "places"),
    [
        ("name", {"filterType": "text", "type": "contains", "filter": "N"}, [0]),
        ("name", {"filterType": "text", "type": "notContains", "filter": "n"}, [1, 2, 3]),
        ("name", {"filterType": "text", "type": "blank"}, [2]),
        ("age", {"filterType": "number", "type": "lessThan", "filter": 40}, [3]),
        ("age", {"filterType": "number", "type": "inRange", "filter": 7, "filterTo": 40.5}, [0, 3]),
        ("age", {"filterType": "number", "type": "notBlank"}, [0, 3]),
        ("at", {"filterType": "date", "type": "equals", "dateFrom": "2024-03-01 00:00:00", "dateTo": None}, [0, 3]),
        ("at", {"filterType": "date", "type": "greaterThan", "dateFrom": "2024-03-01 00:00:00"}, [1]),
        ("<b>", {"filterType": "text", "type": "equals", "filter": "true"}, [0, 3]),
        ("name", {"filterType": "set", "values": ["Bob", None]}, [1, 2]),
        (
            "name",
            {
                "filterType": "text",
                "operator": "OR",
                "conditions": [{"type": "startsWith", "filter": "a"}, {"type": "endsWith", "filter": "b"}],
            },
            [0, 1],
        ),
        (
            "age",
            {
                "filterType": "number",
                "operator": "AND",
                "conditions": [{"type": "greaterThan", "filter": 7}, {"type": "lessThanOrEqual", "filter": 41}],
            },
            [0],
        ),
    ],
)
async def test_filters_are_those_of_the_grid(client, base, column, model, places):
    assert await found(client, base, filters={column: model}) == places


async def test_a_header_tells_type_quality_and_distribution(client, base):
    answer = (await client.post(f"{base}/headers", json={"columns": ["<b>", "age"]})).json()["headers"]
    assert [header["name"] for header in answer] == ["<b>", "age"]
    assert (answer[1]["rows"], answer[1]["missing"], answer[1]["invalid"]) == (4, 2, 0)
    assert answer[0]["bars"] == [{"label": "False", "count": 1}, {"label": "True", "count": 2}]


async def test_the_values_of_a_column_are_sent_to_choose_from(client, base):
    answer = await client.post(f"{base}/values", json={"column": "<b>"})
    assert answer.json()["values"] == [{"value": "true", "count": 2}, {"value": "false", "count": 1}]
    assert await found(client, base, filters={"<b>": {"filterType": "set", "values": ["true", None]}}) == [0, 2, 3]
    assert (await client.post(f"{base}/values", json={"column": "b"})).status_code == 400


async def test_a_whole_cell_is_sent_when_it_is_asked_for(client, studio):
    frame = pl.DataFrame({"t": ["x" * 5000]})
    base = f"/api/grids/{studio.grids.add(Look(frame, Schema((Column('t', 'String', Kind.TEXT),))))}"
    asked = {"start": 0, "stop": 1, "columns": ["t"]}
    assert len((await client.post(f"{base}/rows", json=asked)).json()["rows"][0][0]) < 300
    assert (await client.post(f"{base}/rows", json={**asked, "whole": True})).json()["rows"] == [["x" * 5000]]


async def test_what_is_shown_can_be_saved_under_a_name(client, base):
    asked = json.dumps({"filters": {"age": {"filterType": "number", "type": "notBlank"}}, "columns": ["name", "age"]})
    answer = await client.get(f"{base}/csv", params={"asked": asked, "name": "my rows é.csv"})
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''my%20rows%20%C3%A9.csv"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(io.StringIO(answer.text))) == [["name", "age"], ["Ann", "40.5"], ["=1+1", "7.0"]]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("nonsense", "The question: "),
        ("[]", "The question: "),
        ('{"start": -1, "stop": 5}', "start: "),
        ('{"start": 0}', "stop: Field required"),
        ('{"start": 5, "stop": 1}', "no rows from 5 to 1"),
        ('{"start": 0, "stop": 5, "sql": "x"}', "sql: "),
        ('{"start": 0, "stop": 1000000}', "too many at once"),
        ('{"start": 0, "stop": 1, "orders": [{"column": "agee"}]}', "no column 'agee'"),
        ('{"start": 0, "stop": 1, "columns": ["agee"]}', "no column 'agee'"),
        ('{"start": 0, "stop": 1, "filters": {"age": 5}}', "cannot be read"),
        ('{"start": 0, "stop": 1, "filters": {"age": {"type": "resembles"}}}', "'resembles', which is unknown"),
        ('{"start": 0, "stop": 1, "filters": {"age": {"type": ["equals"]}}}', "which is unknown"),
        ('{"start": 0, "stop": 1, "filters": {"age": {"type": "equals", "filter": {"a": 1}}}}', "compares Float64"),
        ('{"start": 0, "stop": 1, "filters": {"age": {"type": "contains", "filter": "a"}}}', "cannot be compared"),
        (
            '{"start": 0, "stop": 1, "filters": {"age": {"operator": "XOR", "conditions": [{"type": "blank"}]}}}',
            "AND or OR",
        ),
        ('{"start": 0, "stop": 1, "filters": {"age": {"operator": "OR", "conditions": []}}}', "cannot be read"),
        ('{"start": 0, "stop": 1, "filters": {"name": {"filterType": "set"}}}', "cannot be read"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_why(client, base, asked, message):
    answer = await client.post(f"{base}/rows", content=asked)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


async def test_a_csv_that_cannot_be_made_says_why_instead_of_beginning(client, base):
    answer = await client.get(f"{base}/csv", params={"asked": '{"orders": [{"column": "x"}]}'})
    assert (answer.status_code, answer.json()["error"]) == (400, "There is no column 'x'.")
    assert (await client.get(f"{base}/csv", params={"asked": "{"})).status_code == 400


async def test_columns_without_a_header_are_named(client, base):
    answer = await client.post(f"{base}/headers", json={"columns": ["agee"]})
    assert (answer.status_code, answer.json()["hint"]) == (400, "Did you mean 'age'?")
    assert (await client.post(f"{base}/headers", json={"columns": ["age"] * 500})).status_code == 400


async def test_a_question_too_long_is_refused(client, base):
    answer = await client.post(f"{base}/rows", content=b" " * 1_000_001)
    assert (answer.status_code, "longer than" in answer.json()["error"]) == (400, True)


async def test_rows_that_are_gone_and_versions_that_are_not_there(client, studio, base, monkeypatch):
    studio.grids.remove(base.rsplit("/", 1)[-1])
    # What a page asked for just before it was left is still answered.
    assert (await client.post(f"{base}/rows", json={"start": 0, "stop": 1})).status_code == 200
    monkeypatch.setattr("clew.studio.grids.GRACE_S", -1.0)
    studio.grids.remove(base.rsplit("/", 1)[-1])
    answer = await client.post(f"{base}/rows", json={"start": 0, "stop": 1})
    assert (answer.status_code, answer.json()["hint"]) == (400, "Open the page anew.")
    for place in ("nobody/penguins/0", "penguins/penguins/0", "penguins/penguins/first", "..%2f..%2fetc/x/0"):
        assert (await client.post(f"/api/data/{place}/rows", json={"start": 0, "stop": 1})).status_code in {400, 404}


async def test_a_dataset_version_has_an_address_that_stays(client, studio):
    studio.workspace.project("penguins").run(stage="collect")
    base = "/api/data/penguins/penguins/0"
    assert (await client.post(f"{base}/rows", json={"start": 0, "stop": 2})).json()["total"] == 344
    assert studio.looks.get("penguins", "penguins", 0) is studio.looks.get("penguins", "penguins", 0)
    assert len((await client.get(f"{base}/csv")).text.splitlines()) == 345
