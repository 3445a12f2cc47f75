"""A small model of known behaviour, as a bundle, and fresh rows like those it was fitted on."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.collect.source import read
from clew.core.expr import parse
from clew.core.finding import Severity
from clew.define.domain import Domain
from clew.define.metrics import metrics_for
from clew.define.problem import define_problem
from clew.define.rules import Rule
from clew.define.uncertainty import bootstrap_all
from clew.deploy.bundle import Bundle, load, save
from clew.explore.statistics import describe
from clew.train.automl import TrainSpec, train

DOMAIN = Domain(
    columns={
        "age": {"minimum": 0, "maximum": 120},
        "city": {"allowed": ["Bonn", "Ulm", "Köln", "Trier"]},
        "code": {"pattern": "[A-Z]{2}"},
        "member": {"nullable": False},
    },
    rules=(
        Rule("first order after birth", parse("years <= age"), Severity.ERROR),
        Rule("orders are few", parse("orders < 50")),
    ),
)


def orders(rows: int, seed: int, shift: float = 0.0) -> pl.DataFrame:
    """Rows with a target that depends on `spend` and `city`."""
    random = np.random.default_rng(seed)
    spend, age = random.normal(50 + shift, 20, rows), random.integers(18, 80, rows)
    city = random.choice(["Bonn", "Ulm", "Köln"], rows, p=[0.5, 0.3, 0.2])
    return pl.DataFrame(
        {
            "spend": pl.Series(spend).set(pl.Series(random.random(rows) < 0.1), None),
            "age": age,
            "years": random.integers(0, 18, rows),
            "orders": random.poisson(3, rows),
            "city": city,
            "code": random.choice(["AA", "BB", "CC"], rows),
            "member": random.random(rows) < 0.5,
            "bought": np.where(spend + 30 * (city == "Ulm") + random.normal(0, 10, rows) > 60, "yes", "no"),
            "value": 2 * spend + random.normal(0, 5, rows),
        }
    )


def bundle_of(frame: pl.DataFrame, target: str, folder: Path, judging: pl.DataFrame) -> Bundle:
    """Train on some rows, judge on others, and write both down."""
    dataset = read(frame, domain=DOMAIN).with_target(target)
    problem = define_problem(dataset.frame[target], dataset.schema[target])
    spec = TrainSpec(time_limit_s=None, trials=1, algorithms=("linear",))
    model = train(dataset, problem, spec).model
    unseen = model.predict(judging)
    metrics = metrics_for(model.problem.task)
    figures = {m.name: i.to_dict() for m, i in zip(metrics, bootstrap_all(metrics, unseen), strict=True)}
    save(
        model,
        folder,
        baseline=describe(dataset.frame, dataset.schema),
        prediction_baseline=unseen,
        rules=DOMAIN.rules,
        evaluation={"metrics": figures},
    )
    return load(folder)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Whether a customer buys."""
    return bundle_of(orders(2000, seed=1).drop("value"), "bought", tmp_path_factory.mktemp("bundles"), orders(800, 7))


@pytest.fixture(scope="session")
def number_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What a customer spends."""
    return bundle_of(orders(2000, seed=1).drop("bought"), "value", tmp_path_factory.mktemp("bundles"), orders(800, 7))


@pytest.fixture(scope="session")
def fresh() -> pl.DataFrame:
    """Rows like those of the training, without a target."""
    return orders(1000, seed=2).drop("bought", "value")


@pytest.fixture(scope="session")
def labelled() -> Callable[..., pl.DataFrame]:
    """Make rows with both targets: ``labelled(rows, seed, shift)``."""
    return orders


@pytest.fixture(scope="session")
def bundling() -> Callable[..., Bundle]:
    """Make a bundle: ``bundling(frame, target, folder, judging)``."""
    return bundle_of
