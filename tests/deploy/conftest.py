"""A small model, its bundle, and a way to ask it without a socket."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.define.problem import define_problem
from clew.deploy.bundle import Bundle, load, save
from clew.deploy.server import create_app
from clew.explore.statistics import describe
from clew.prepare.matrix import fit_layout, to_matrix
from clew.prepare.recipe import Recipe
from clew.train.estimators import ESTIMATORS
from clew.train.model import FittedModel, Member


def customers(rows: int = 300, seed: int = 0) -> pl.DataFrame:
    """Rows with every kind of column, missing values, and a target."""
    random = np.random.default_rng(seed)
    spend, age = random.normal(50, 20, rows).round(2), random.integers(18, 80, rows)
    city = random.choice(["Ulm", "Köln", 'St. "B", x'], rows)
    bought = spend + (city == "Ulm") * 30 + random.normal(0, 10, rows) > 55
    return pl.DataFrame(
        {
            "spend": pl.Series(spend).set(pl.Series(random.random(rows) < 0.1), None),
            "age": age,
            "city": pl.Series(city).set(pl.Series(random.random(rows) < 0.05), None),
            "member": random.random(rows) < 0.5,
            "plan": random.choice(["basic", "plus"], rows),
            "bought": np.where(bought, "yes", "no"),
            "value": spend * 3 + age,
        }
    )


def fit(
    frame: pl.DataFrame, target: str, algorithms: tuple[str, ...] = ("linear", "tree")
) -> tuple[FittedModel, Dataset]:
    """Fit a model without searching."""
    dataset = read(frame).with_target(target)
    values = dataset.frame[target]
    problem = define_problem(values, dataset.schema[target])
    classes = problem.classes
    answers = np.array([classes.index(value) for value in values]) if classes else values.cast(pl.Float64).to_numpy()
    recipe = Recipe(()).learn(dataset.frame, dataset.schema, answers, task=problem.task)
    prepared = recipe.transform(dataset.frame)
    layout = fit_layout(recipe.output_schema, prepared)
    matrix = to_matrix(prepared, layout)
    members = tuple(
        Member(name, ESTIMATORS[name].fit(matrix, answers, task=problem.task, classes=len(classes)))
        for name in algorithms
    )
    weights = tuple(1 / len(members) for _ in members)
    return FittedModel(dataset.schema, problem, recipe, layout, members, weights), dataset


@dataclass(frozen=True)
class Trained:
    """A model with the rows it was fitted on."""

    model: FittedModel
    dataset: Dataset

    def save(self, path: Path, **details: Any) -> Path:
        """Write a bundle with its baselines."""
        return save(
            self.model,
            path,
            baseline=describe(self.dataset.frame, self.dataset.schema),
            prediction_baseline=self.model.predict(self.dataset),
            **details,
        )


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """New rows without a target."""
    return customers(60, seed=1).drop("bought", "value")


@pytest.fixture(scope="session")
def binary() -> Trained:
    return Trained(*fit(customers().drop("value"), "bought"))


@pytest.fixture(scope="session")
def regression() -> Trained:
    return Trained(*fit(customers().drop("bought"), "value"))


@pytest.fixture(scope="session")
def bundle(binary: Trained, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load(binary.save(tmp_path_factory.mktemp("bundles") / "customers.clew"))


@pytest.fixture(scope="session")
def number_bundle(regression: Trained, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load(regression.save(tmp_path_factory.mktemp("bundles") / "value.clew"))


Ask = Callable[..., httpx.Response]


@pytest.fixture
def asking(bundle: Bundle) -> Iterator[Callable[..., Ask]]:
    """Make a function that sends requests to an application of its own: ``ask(method, path, **options)``."""
    runner = asyncio.Runner()
    open_parts = []

    def make(of: Bundle = bundle, *, base_url: str = "http://localhost", **options: Any) -> Ask:
        app = create_app(of, name="customers", **options)
        lifespan = app.router.lifespan_context(app)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=base_url)
        runner.run(lifespan.__aenter__())
        open_parts.append((client, lifespan))

        def ask(method: str, path: str, **sent: Any) -> httpx.Response:
            return runner.run(client.request(method, path, **sent))

        return ask

    yield make
    for client, lifespan in open_parts:
        runner.run(client.aclose())
        runner.run(lifespan.__aexit__(None, None, None))
    runner.close()
