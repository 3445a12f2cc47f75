"""Suggested recipes: what is proposed, why, and that nothing beyond the rows given is looked at."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.collect.conform import conform
from clew.collect.dataset import Dataset
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Problem, Task
from clew.prepare.recipe import Recipe
from clew.prepare.suggest import suggest

ROWS = 400
RNG = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "y": [["no", "yes"][int(v)] for v in RNG.integers(0, 2, ROWS)],
        "plain": RNG.normal(size=ROWS),
        "gaps": [None if i % 5 == 0 else float(i) for i in range(ROWS)],
        "same_gaps": [None if i % 5 == 0 else float(-i) for i in range(ROWS)],
        "amount": RNG.lognormal(3, 1.5, ROWS),
        "mostly_zero": [float(i) if i % 10 == 0 else 0.0 for i in range(ROWS)],
        "constant": ["x"] * ROWS,
        "empty": pl.Series([None] * ROWS, dtype=pl.Float64),
        "counter": range(1, ROWS + 1),
        "ticket": [f"T{i}" for i in range(ROWS)],
        "town": [f"town {i}" for i in np.minimum(RNG.zipf(1.3, ROWS), 90)],
        "name": [f"name {i}" for i in RNG.integers(0, 250, ROWS)],
        "size": [["S", "M", "L"][i % 3] for i in range(ROWS)],
        "when": [datetime(2023, 1, 1) + timedelta(hours=7 * i) for i in range(ROWS)],
        "note": [f"This is the note of row {i}." for i in range(ROWS)],
        "refund": RNG.normal(size=ROWS),
        "delay": RNG.normal(size=ROWS),
        "tags": [[f"tag {i}"] for i in range(ROWS)],
    }
)
KINDS = {
    "y": Kind.CATEGORICAL,
    "constant": Kind.CATEGORICAL,
    "ticket": Kind.CATEGORICAL,
    "town": Kind.CATEGORICAL,
    "name": Kind.CATEGORICAL,
    "size": Kind.ORDINAL,
    "when": Kind.DATETIME,
    "note": Kind.TEXT,
    "tags": Kind.NESTED,
}
FACTS = {
    "size": {"order": ("S", "M", "L")},
    "refund": {"available_after": "delivery"},
    "delay": {"available_after": "2h"},
    "plain": {"available_after": "-3h"},
}
SCHEMA = Schema(
    tuple(
        Column(
            name, "Datetime(us)" if name == "when" else str(dtype), KINDS.get(name, Kind.NUMERIC), **FACTS.get(name, {})
        )
        for name, dtype in FRAME.schema.items()
    )
)
DATA = Dataset.of(FRAME, SCHEMA, "rows")


def reasons(data: Dataset = DATA, problem: Problem | str | None = "y") -> dict[tuple[str, ...], str]:
    found = suggest(data, problem)
    return {(step["op"], *step["columns"]): step["reason"] for step in found.steps}


def test_each_column_gets_what_it_needs() -> None:
    assert list(reasons()) == [
        ("drop", "refund", "delay"),
        ("drop", "empty"),
        ("drop", "constant"),
        ("drop", "counter", "ticket"),
        ("drop", "tags"),
        ("missing_indicator", "gaps"),
        ("date_parts", "when"),
        ("text_svd", "note"),
        ("text_statistics", "note"),
        ("ordinal", "size"),
        ("log", "amount"),
        ("target_mean", "town"),
        ("target_mean", "name"),
        ("group_rare", "town"),
    ]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (("drop", "refund", "delay"), "`refund` (delivery) and `delay` (2h) are known only later"),
        (("drop", "constant"), "the same value in all 400 rows"),
        (("drop", "counter", "ticket"), "`ticket` (400 values in 400 rows) are different in nearly every row"),
        (("missing_indicator", "gaps"), "20 % of `gaps` is missing in 400 rows; an indicator keeps"),
        (("ordinal", "size"), "The domain states the order of `size` (S < M < L)"),
        (("log", "amount"), "`amount` (skewness "),
        (("target_mean", "name"), "values) has too many values for a column each"),
    ],
)
def test_reason_gives_the_figures(step: tuple[str, ...], reason: str) -> None:
    assert reason in reasons()[step]


def test_suggested_recipe_runs_as_it_stands() -> None:
    suggestion = suggest(DATA, "y")
    recipe = Recipe.from_yaml(suggestion.to_yaml())
    assert recipe == suggestion.recipe
    prepared = recipe.fit_transform(DATA)
    assert {"gaps_missing", "when_month", "note_words", "town_target_mean", "town"} <= set(prepared.columns)
    assert not {"constant", "name", "note", "when", "ticket"} & set(prepared.columns)


def test_reasons_stand_above_the_steps() -> None:
    text = suggest(DATA, "y").to_yaml()
    assert text.startswith("# Suggested for the models of Clew, from 400 rows.\n# `refund` (delivery) and")
    assert "# 20 % of `gaps` is missing in 400 rows; an indicator keeps the information that the value was" in text
    assert "# there.\n- op: missing_indicator\n  columns: gaps\n" in text


def test_earlier_question_leaves_less_to_know() -> None:
    late = Problem("y", Task.BINARY, "roc_auc", ("no", "yes"), "yes", asked_at="-5h")
    early = Problem("y", Task.BINARY, "roc_auc", ("no", "yes"), "yes", asked_at="3h")
    assert ("drop", "plain", "refund", "delay") in reasons(problem=late)
    assert ("drop", "refund") in reasons(problem=early)


def test_monotone_columns_keep_their_order() -> None:
    monotone = SCHEMA.with_columns(*(replace(SCHEMA[name], monotonic="increasing") for name in ("amount", "town")))
    found = reasons(Dataset.of(FRAME, monotone, "rows"))
    assert ("log", "amount") in found
    assert not any("town" in step for step in found)


def test_time_is_taken_apart_only_into_what_comes_round() -> None:
    timed = SCHEMA.with_columns(replace(SCHEMA["when"], role=Role.TIME))
    step = next(s for s in suggest(Dataset.of(FRAME, timed, "rows"), "y").steps if s["op"] == "date_parts")
    assert step["parts"] == ["hour", "weekday", "is_weekend", "day"]
    assert "over 116 days" in step["reason"]


def test_without_a_target_nothing_is_learnt_from_it() -> None:
    assert not any(step[0] == "target_mean" for step in reasons(problem=None))


def test_other_rows_make_no_difference() -> None:
    rows = np.arange(0, ROWS, 2)
    alone = suggest(DATA.take(rows), "y")
    changed = FRAME.with_row_index().with_columns(
        pl.when(pl.col("index") % 2 == 1).then(None).otherwise(pl.col("amount")).alias("amount")
    )
    assert suggest(Dataset.of(changed.drop("index"), SCHEMA, "rows").take(rows), "y").to_dict() == alone.to_dict()


def test_plain_table_needs_nothing() -> None:
    plain = suggest(pl.DataFrame({"a": [1.5, 2.5, 0.5] * 20, "y": [1.0, 2.0, 3.0, 1.0] * 15}), "y")
    assert plain.steps == []
    assert Recipe.from_yaml(plain.to_yaml()) == Recipe()


def test_a_frame_and_its_schema_will_do() -> None:
    assert suggest(FRAME, "y", schema=SCHEMA).to_dict() == suggest(DATA, "y").to_dict()


@pytest.mark.parametrize(
    ("name", "target"),
    [("titanic", "survived"), ("taxis_tip", "tip"), ("compas", "two_year_recid"), ("nsl_kdd", "attack")],
)
def test_real_tables_are_prepared_alike_row_by_row(real_tables: Path, name: str, target: str) -> None:
    frame = pl.read_parquet(real_tables / "tables" / f"{name}.parquet").head(3000)
    fitted = suggest(frame, target).recipe.learn(frame, target=target)
    run, rows = fitted.row(), conform(frame.head(300), fitted.schema)
    for row, expected in zip(rows.to_dicts(), fitted.transform(rows).to_dicts(), strict=True):
        assert run(row) == expected
