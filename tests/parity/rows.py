"""Small tables with planted faults, recipes on them, and what Clew finds."""

from functools import cache
from typing import Any

import numpy as np
import polars as pl

import clew
from clew.collect.dataset import Dataset
from clew.core.schema import Role
from clew.explore.profile import Profile
from clew.prepare.recipe import Prepared, Recipe


def prepared(recipe: str, frame: pl.DataFrame, target: str | None = None, **options: Any) -> Prepared:
    """Fit a recipe in YAML and return the prepared training rows."""
    return Recipe.from_yaml(recipe).prepare(frame, target=target, **options)


def made(recipe: str, target: str | None = None, **columns: Any) -> pl.DataFrame:
    """Return training rows as a recipe leaves them."""
    frame: pl.DataFrame = prepared(recipe, pl.DataFrame(columns), target).frame
    return frame


def values(recipe: str, name: str, target: str | None = None, **columns: Any) -> list[Any]:
    """Return one column of training rows as a recipe leaves them."""
    return made(recipe, target, **columns)[name].to_list()


@cache
def faulty() -> pl.DataFrame:
    """Return 620 rows with every fault that the checks of SageMaker name."""
    rng = np.random.default_rng(0)
    rows = 600
    x = rng.normal(size=rows)
    days = pl.datetime_range(
        pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 1) + pl.duration(days=rows - 1), "1d", eager=True
    )
    frame = pl.DataFrame(
        {
            "amount": np.where(np.arange(rows) % 97 == 0, 500.0, rng.normal(10, 2, rows)),
            "x": x,
            "twice_x": x * 2 + rng.normal(0, 0.01, rows),
            "tail": rng.lognormal(0, 1.6, rows),
            "town": rng.choice(["Bergen", "Graz", "Lyon"], rows),
            "plate": [f"AB-{i:05d}" for i in range(rows)],
            "flag": rng.choice(["yes", "no"], rows),
            "constant": ["c"] * rows,
            "when": days,
            "gaps": [None if i % 3 == 0 else str(i % 7) for i in range(rows)],
            "hidden": ["unknown" if i % 10 == 1 else "abcdefg"[i % 7] for i in range(rows)],
            "sentinel": [-999.0 if i % 12 == 0 else 20.0 + i % 5 + (i % 11) / 10 for i in range(rows)],
            "note": [f"order {i} came {'late' if i % 3 else 'early'} for {i % 50} people" for i in range(rows)],
            "leak": (x > 0.3).astype(float) + rng.normal(0, 0.001, rows),
            "answer": np.where(x + rng.normal(0, 0.3, rows) > 0.3, "yes", "no"),
        }
    )
    return pl.concat([frame, frame.head(20)])


@cache
def report() -> Profile:
    """Return the profile of `faulty` with a question of two classes."""
    return clew.profile(faulty(), target="answer")


@cache
def known() -> dict[str, Any]:
    """Return the profile of `faulty` as plain values."""
    return report().to_dict()


@cache
def of_number() -> dict[str, Any]:
    """Return the profile of a table whose target is a number with a tail and outliers."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=500)
    price = np.exp(x * 1.2 + rng.normal(0, 0.2, 500))
    price[:4] = 900.0
    frame = pl.DataFrame({"x": x, "noise": rng.normal(size=500), "price": price})
    return clew.profile(frame, target="price").to_dict()


@cache
def page() -> str:
    """Return the profile of `faulty` as a page."""
    return report()._repr_html_()


def column(name: str) -> dict[str, Any]:
    """Return what the profile of `faulty` knows about a column."""
    return next(item for item in known()["columns"] if item["name"] == name)


def codes(profile: dict[str, Any]) -> set[tuple[str, str | None]]:
    """Return code and column of each finding."""
    return {(item["code"], item["column"]) for item in profile["findings"]}


@cache
def seasonal() -> dict[str, Any]:
    """Return the profile of a daily series with a week's season and one day that is out of it."""
    days = 240
    noise = np.random.default_rng(2).normal(0, 3, days)
    sold = [100 + 20 * np.sin(i % 7) + 0.1 * i + noise[i] for i in range(days)]
    sold[120] += 150
    moments = pl.datetime_range(
        pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 1) + pl.duration(days=days - 1), "1d", eager=True
    )
    read = clew.read(pl.DataFrame({"day": moments, "sold": sold}))
    return clew.profile(Dataset.of(read.frame, read.schema.with_facts("day", role=Role.TIME), "shop")).to_dict()
