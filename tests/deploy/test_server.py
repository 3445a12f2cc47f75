import asyncio
import json
from dataclasses import replace

import httpx
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clew.deploy.batch import predict
from clew.deploy.bundle import load, save
from clew.deploy.server import create_app
from clew.deploy.service import Limits
from clew.train.spread import GRID, Spread

JSON = {"content-type": "application/json"}
CSV = {"content-type": "text/csv"}


def probabilities(response) -> np.ndarray:
    assert response.status_code == 200, response.text
    return np.array([row["probabilities"]["yes"] for row in response.json()["predictions"]])


def test_ping_and_health_say_that_the_server_runs(asking, bundle):
    ask = asking()
    assert ask("GET", "/ping").status_code == 200
    health = ask("GET", "/health").json()
    assert health["status"] == "ok"
    assert health["model_id"] == bundle.id
    assert health["features"] == ["spend", "age", "city", "member", "plan"]


def test_the_served_answer_equals_the_batch_prediction(asking, bundle, rows):
    ask, expected = asking(), predict(bundle, rows)["probability_yes"].to_numpy()
    bodies = [
        (json.dumps({"dataframe_records": rows.to_dicts()}), JSON),
        (json.dumps({"dataframe_split": rows.to_pandas().to_dict(orient="split")}, default=str), JSON),
        (json.dumps({"inputs": rows.to_dict(as_series=False)}), JSON),
        (rows.write_csv(), CSV),
        (rows.write_csv(include_header=False), CSV),
        (rows.write_ndjson(), {"content-type": "application/jsonlines"}),
    ]
    for body, headers in bodies:
        found = probabilities(ask("POST", "/invocations?detail=1", content=body, headers=headers))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    each = [probabilities(ask("POST", "/invocations?detail=1", json=row))[0] for row in rows.to_dicts()]
    np.testing.assert_allclose(each, expected, rtol=0, atol=1e-12)


def test_a_regression_answers_with_numbers(asking, number_bundle, rows):
    ask = asking(number_bundle)
    expected = predict(number_bundle, rows)["prediction"].to_list()
    assert ask("POST", "/invocations", content=rows.write_csv(), headers=CSV).json() == {
        "predictions": pytest.approx(expected)
    }
    detailed = ask("POST", "/invocations?detail=1", json=rows.row(0, named=True)).json()
    assert detailed == {"predictions": [{"prediction": pytest.approx(expected[0])}]}


def test_a_regression_adds_intervals_where_they_are_asked_for(asking, regression, number_bundle, rows, tmp_path):
    shifts = np.linspace(-2.0, 3.0, len(GRID))
    model = replace(regression.model, spread=Spread((), shifts, unit=10.0, floor=0.0, rows=500.0))
    bundle = load(save(model, tmp_path / "bundle"))
    expected = predict(bundle, rows, interval=0.9)
    ask, wish = asking(bundle), "/invocations?interval=0.9"
    lines = ask("POST", wish, content=rows.write_csv(), headers={**CSV, "accept": "text/csv"}).text.splitlines()
    assert [[float(cell) for cell in line.split(",")] for line in lines] == [list(row) for row in expected.rows()]
    for row, (prediction, low, high) in zip(rows.to_dicts()[:5], expected.rows(), strict=False):
        said = {"prediction": prediction, "low": low, "high": high}
        assert ask("POST", wish, json=row).json() == {"predictions": [said]}
        assert json.loads(ask("POST", wish, json=row, headers={"accept": "application/jsonlines"}).text) == said
    assert ask("POST", "/invocations", json=rows.row(0, named=True)).json() == {
        "predictions": [expected["prediction"][0]]
    }
    for wrong in ("1.5", "0", "nan", "many", ""):
        refused = ask("POST", f"/invocations?interval={wrong}", json=rows.row(0, named=True))
        assert refused.status_code == 400
        assert "interval=" in refused.json()["error"]
    both = ask("POST", f"{wish}&output=predicted_score", json=rows.row(0, named=True))
    assert both.status_code == 400
    without = asking(number_bundle)("POST", wish, json=rows.row(0, named=True))
    assert without.status_code == 400
    assert "keeps no intervals" in without.json()["error"]
    labels = asking()("POST", wish, json=rows.row(0, named=True))
    assert labels.status_code == 400
    assert "intervals are for numbers" in labels.json()["error"]


def test_accept_decides_about_the_form_of_the_reply(asking, rows):
    ask, body = asking(), rows.head(2).write_csv()
    reply = ask("POST", "/invocations", content=body, headers={**CSV, "accept": "text/csv"})
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert set(reply.text.splitlines()) <= {"yes", "no"}
    reply = ask("POST", "/invocations", content=body, headers={**CSV, "accept": "application/jsonlines"})
    assert all(set(json.loads(line)) == {"prediction"} for line in reply.text.splitlines())


def test_a_category_never_seen_and_columns_unknown_are_no_problem(asking, rows):
    row = {**rows.row(0, named=True), "city": "Atlantis", "shoe size": 43}
    assert asking()("POST", "/invocations", json=row).status_code == 200


def test_no_rows_give_no_predictions_and_no_body_gives_no_content(asking):
    ask = asking()
    assert ask("POST", "/invocations", json=[]).json() == {"predictions": []}
    empty = ask("POST", "/invocations", headers=JSON)
    assert (empty.status_code, empty.content) == (204, b"")


def test_wrong_rows_are_listed_cell_by_cell(asking, rows):
    good = rows.row(0, named=True)
    bad = [good, {**good, "age": "old"}, {**good, "member": 7, "spend": {"a": 1}}]
    without = {name: value for name, value in good.items() if name != "plan"}
    for sent in (bad, [*bad, *[good] * 40]):
        reply = asking()("POST", "/invocations", json=sent)
        assert reply.status_code == 422
        cells = {(cell["row"], cell["column"]) for cell in reply.json()["rows"]}
        assert cells == {(1, "age"), (2, "member"), (2, "spend")}
        assert {"row", "column", "problem", "got", "expected"} == set(reply.json()["rows"][0])
    for sent in ([without], [good, without], [without, *[good] * 40]):
        reply = asking()("POST", "/invocations", json=sent)
        assert reply.status_code == 422
        assert "plan" in {cell["column"] for cell in reply.json()["rows"]}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"content": "{", "headers": JSON}, 400),
        ({"content": '"a', "headers": CSV}, 400),
        ({"content": "x", "headers": {"content-type": "text/plain"}}, 415),
        ({"content": "x"}, 415),
        ({"content": "[]", "headers": {**JSON, "accept": "image/png"}}, 406),
        ({"content": "[]", "headers": JSON, "params": {"detail": "maybe"}}, 400),
        ({"content": "[" + " " * 2000 + "]", "headers": JSON}, 413),
    ],
)
def test_a_refused_request_is_told_why(asking, options, status):
    reply = asking(max_body_bytes=1000)("POST", "/invocations", **options)
    assert reply.status_code == status
    assert set(reply.json()) == {"error"}
    assert "Traceback" not in reply.text


def test_a_body_without_a_stated_length_is_limited_too(asking):
    async def parts():
        for _ in range(50):
            yield b" " * 100

    reply = asking(max_body_bytes=1000)("POST", "/invocations", content=parts(), headers=JSON)
    assert reply.status_code == 413


def test_a_body_that_does_not_arrive_is_not_waited_for(asking):
    async def slow():
        yield b"["
        await asyncio.sleep(30)

    reply = asking(limits=Limits(read_timeout_s=0.05))("POST", "/invocations", content=slow(), headers=JSON)
    assert reply.status_code == 408


def test_an_answer_that_takes_too_long_is_given_up(asking, rows):
    reply = asking(limits=Limits(answer_timeout_s=0.0))("POST", "/invocations", json=rows.to_dicts())
    assert reply.status_code == 504


def test_other_addresses_are_told_what_there_is(asking):
    ask = asking()
    assert ask("GET", "/nothing").status_code == 404
    assert "POST /invocations" in ask("GET", "/nothing").json()["error"]
    assert ask("GET", "/invocations").status_code == 405
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert ask("GET", path).status_code == 404


def test_requests_keep_the_id_that_they_bring(asking, rows):
    ask, row = asking(), rows.row(0, named=True)
    given_id = ask("POST", "/invocations", json=row, headers={"x-request-id": "order-17"})
    assert given_id.headers["x-request-id"] == "order-17"
    named = ask("POST", "/invocations", json=row, headers={"X-Amzn-SageMaker-Inference-Id": "abc"})
    assert named.headers["x-request-id"] == "abc"
    odd = ask("POST", "/invocations", json=row, headers={"x-request-id": "a b\tc"})
    assert len(odd.headers["x-request-id"]) == 32


def test_before_the_start_and_after_the_end_nothing_is_answered(bundle):
    app = create_app(bundle, name="customers")
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

    async def statuses():
        replies = [await client.get("/ping"), await client.post("/invocations", json=[])]
        async with app.router.lifespan_context(app):
            replies.append(await client.get("/ping"))
        return [reply.status_code for reply in (*replies, await client.get("/ping"))]

    assert asyncio.run(statuses()) == [503, 503, 200, 503]


def test_many_requests_at_once_get_each_their_own_answer(bundle, rows):
    app = create_app(bundle, name="customers")
    records = rows.to_dicts()

    async def all_at_once():
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
        ):
            sent = [client.post("/invocations?detail=1", json=row) for row in records * 2]
            return [probabilities(reply)[0] for reply in await asyncio.gather(*sent)]

    expected = predict(bundle, rows)["probability_yes"].to_list()
    assert asyncio.run(all_at_once()) == pytest.approx(expected * 2)


def test_a_crowd_is_turned_away_instead_of_piling_up(bundle, rows):
    app = create_app(bundle, name="customers", limits=Limits(max_waiting=1, threads=1))

    async def all_at_once():
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
        ):
            body = rows.write_csv()
            sent = [client.post("/invocations", content=body, headers=CSV) for _ in range(30)]
            return [reply.status_code for reply in await asyncio.gather(*sent)]

    statuses = asyncio.run(all_at_once())
    assert set(statuses) == {200, 503}


def test_two_applications_in_one_process_do_not_mix(asking, bundle, number_bundle, rows):
    first, second = asking(bundle), asking(number_bundle)
    row = rows.row(0, named=True)
    assert isinstance(first("POST", "/invocations", json=row).json()["predictions"][0], str)
    assert isinstance(second("POST", "/invocations", json=row).json()["predictions"][0], float)
    assert first("GET", "/health").json()["requests"] == 1


def test_our_own_fault_is_not_shown_to_the_caller(bundle, rows):
    app = create_app(bundle, name="customers")
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://localhost"
    )

    async def broken():
        async with app.router.lifespan_context(app):
            app.state.service.predictor.model = replace(bundle.model, weights=(0.1, 0.2, 0.7))
            return await client.post("/invocations", json=rows.row(0, named=True))

    reply = asyncio.run(broken())
    assert reply.status_code == 500
    assert reply.json() == {"error": "Clew failed to answer /invocations; the server's log says why."}


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([1]) | st.just({"a": 1})
RECORDS = st.fixed_dictionaries(
    dict.fromkeys(("spend", "age", "city", "member"), VALUES), optional={"plan": VALUES, "other": VALUES}
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(RECORDS, max_size=3) | st.lists(RECORDS, min_size=20, max_size=22))
@example([{"spend": 10**400, "age": 2**70, "city": 1e308, "member": 1, "plan": "\x00"}])
@example([{"spend": 1, "age": 2**63, "city": "x", "member": 0, "plan": ""}] * 20)
def test_no_record_makes_the_server_fail(shared, records):
    reply = shared("POST", "/invocations", content=json.dumps(records), headers=JSON)
    assert reply.status_code in {200, 422}, reply.text
    json.loads(reply.text)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(["application/json", "text/csv", "application/jsonlines", "text/csv; header=absent", "", "x/y"]),
    st.sampled_from([None, "text/csv", "application/jsonlines", "*/*;q=0", ",;"]),
)
def test_no_body_makes_the_server_fail(shared, body, content_type, accept):
    headers = {"content-type": content_type} | ({"accept": accept} if accept else {})
    reply = shared("POST", "/invocations", content=body, headers=headers)
    assert reply.status_code in {200, 204, 400, 406, 415, 422}, reply.text


@pytest.fixture
def shared(asking):
    return asking()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "spend": st.none() | st.integers(-(2**40), 2**40) | st.floats(-1e6, 1e6) | st.just("12.5"),
                "age": st.none() | st.integers(0, 200) | st.just("40"),
                "city": st.none() | st.sampled_from(["Ulm", "Köln", "Atlantis", ""]),
                "member": st.none() | st.booleans() | st.just("yes"),
                "plan": st.none() | st.sampled_from(["basic", "plus"]),
            }
        ),
        min_size=17,
        max_size=20,
    )
)
def test_records_by_themselves_and_as_a_table_get_the_same_answers(shared, records):
    together = probabilities(shared("POST", "/invocations?detail=1", json=records))
    alone = [probabilities(shared("POST", "/invocations?detail=1", json=record))[0] for record in records]
    np.testing.assert_array_equal(together, alone)


def test_csv_with_quotes_and_line_breaks_is_read_as_the_batch_reads_it(asking, bundle):
    row = {"spend": "12.5", "age": "40", "city": 'St. "B", x', "member": "true", "plan": "a\nb"}
    body = pl.DataFrame([row] * 2).write_csv()
    found = probabilities(asking()("POST", "/invocations?detail=1", content=body, headers=CSV))
    assert found == pytest.approx(predict(bundle, pl.DataFrame([row] * 2))["probability_yes"].to_list())
