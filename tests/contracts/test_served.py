"""What a server answers is what the batch says, for every row of every table, alone and together."""

import json

import httpx
import numpy as np
import polars as pl
import pytest
from tests.contracts.tables import Table, extra, packaged

from clew.collect.source import read
from clew.define.problem import define_problem
from clew.deploy import batch
from clew.deploy.bundle import load, save
from clew.project.client import running_server
from clew.train.automl import TrainSpec, train

#: Rows asked one at a time; all are asked together.
ALONE = 60


def figures(answers: list[dict], batched: pl.DataFrame) -> np.ndarray:
    """Return what was answered, in the shape of the batch's numbers."""
    names = [name.removeprefix("probability_") for name in batched.columns if name != "prediction"]
    if not names:
        return np.array([[answer["prediction"]] for answer in answers], dtype=float)
    return np.array([[answer["probabilities"][name] for name in names] for answer in answers], dtype=float)


def check(table: Table, folder) -> None:
    data = read(table.load()).with_target(table.target)
    data = data.take(data.frame[table.target].is_not_null().to_numpy())
    problem = define_problem(data.frame[table.target], data.schema[table.target])
    spec = TrainSpec(trials=2, algorithms=("linear", "lightgbm"), cpus=1)
    bundle = load(save(train(data, problem, spec).model, folder / "bundle"))
    batched = batch.predict(bundle, data)
    expected = batched.drop("prediction") if batched.width > 1 else batched
    rows = data.frame.select(bundle.model.features)
    records = json.loads(rows.write_json())
    with running_server(bundle.path, folder / "captured") as address, httpx.Client(base_url=address) as client:

        def ask(**sent: object) -> list[dict]:
            reply = client.post("/invocations?detail=1", timeout=60, **sent)
            assert reply.status_code == 200, reply.text
            return reply.json()["predictions"]

        together = ask(json={"dataframe_records": records})
        as_csv = ask(content=rows.write_csv(), headers={"Content-Type": "text/csv"})
        alone = [answer for record in records[:ALONE] for answer in ask(json=record)]
    np.testing.assert_allclose(figures(together, batched), expected.to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(figures(as_csv, batched), expected.to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(figures(alone, batched), expected.head(ALONE).to_numpy(), rtol=1e-12)
    assert [str(answer["prediction"]).lower() for answer in together] == [
        str(value).lower() for value in batched["prediction"]
    ]


@pytest.mark.parametrize("table", packaged(), ids=lambda table: table.name)
def test_the_server_says_what_the_batch_says(table, tmp_path):
    check(table, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("table", extra(), ids=lambda table: table.name)
def test_the_server_says_what_the_batch_says_on_more_tables(table, tmp_path):
    check(table, tmp_path)
