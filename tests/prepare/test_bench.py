"""Recipes tried step by step: the same as preparing from the beginning, without beginning anew each time."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import RecipeError, UsageError
from clew.explore.statistics import describe
from clew.prepare.bench import Bench
from clew.prepare.preview import preview
from clew.prepare.recipe import Recipe
from clew.prepare.steps.missing import FillMissing

ROWS = 600


@pytest.fixture(scope="module")
def people() -> Dataset:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "age": [None if x < 0.1 else float(x * 80) for x in rng.random(ROWS)],
            "fare": rng.lognormal(size=ROWS).round(2),
            "class": rng.integers(1, 4, ROWS),
            "town": rng.choice(["Bern", "Rome", "Oslo", " rome"], ROWS),
            "tags": [[int(x), int(x) + 1] for x in rng.integers(0, 3, ROWS)],
            "when": [datetime(2024, 1, 1) + timedelta(hours=x) for x in range(ROWS)],
            "survived": rng.choice(["no", "yes"], ROWS, p=[0.8, 0.2]),
        }
    )
    return read(frame).with_target("survived")


RECIPE = Recipe.from_yaml("""
- {op: missing_indicator, columns: age}
- {op: fill_missing, columns: age}
- {op: log, columns: fare, disabled: true}
- {op: filter, condition: fare < 5}
- {op: target_mean, columns: town}
- {op: balance, method: oversample}
- {op: date_parts, columns: when, parts: [weekday]}
- {op: scale, columns: [age, fare]}
- {op: drop, columns: tags}
""")
RESHAPING = Recipe.from_yaml("""
- {op: sample, size: 200}
- {op: explode, columns: tags}
- {op: bin, columns: fare, n_bins: 4}
- {op: one_hot, columns: town}
""")


def first(recipe: Recipe, count: int) -> Recipe:
    return Recipe(recipe.steps[:count])


@pytest.mark.parametrize("recipe", [RECIPE, RESHAPING], ids=["rows and target", "reshape"])
def test_rows_after_each_step_are_those_of_preparing(recipe: Recipe, people: Dataset) -> None:
    bench = Bench(people)
    for count in range(len(recipe.steps) + 1):
        kept, anew = bench.after(recipe, count), first(recipe, count).prepare(people)
        assert kept.frame.equals(anew.frame)
        assert kept.target.tolist() == anew.target.tolist()
        assert (kept.rows is None) == (anew.rows is None)
        assert kept.rows is None or kept.rows.tolist() == anew.rows.tolist()
        assert kept.recipe.learned() == anew.recipe.learned()
        assert kept.recipe.output_schema == anew.recipe.output_schema


@pytest.mark.parametrize("recipe", [RECIPE, RESHAPING], ids=["rows and target", "reshape"])
def test_a_preview_is_the_same_whatever_is_kept_already(recipe: Recipe, people: Dataset) -> None:
    bench = Bench(people)
    for number in [*range(len(recipe.steps), 0, -1), *range(1, len(recipe.steps) + 1)]:
        kept, anew = bench.preview(recipe, number).to_dict(), preview(recipe, people, step=number).to_dict()
        assert kept.pop("seconds") > 0
        assert anew.pop("seconds") > 0
        assert kept == anew


@pytest.mark.parametrize("recipe", [RECIPE, RESHAPING], ids=["rows and target", "reshape"])
def test_distributions_are_those_of_the_rows(recipe: Recipe, people: Dataset) -> None:
    bench = Bench(people)
    for number in range(1, len(recipe.steps) + 1):
        sides = [first(recipe, count).prepare(people) for count in (number - 1, number)]
        before, after = (describe(side.frame, side.recipe.output_schema, mergeable=False) for side in sides)
        changes = bench.preview(recipe, number).columns
        for column in changes:
            told = [side and side.to_dict() for side in (column.before, column.after)]
            known = [side.columns.get(column.name) for side in (before, after)]
            assert told == [side and side.to_dict() for side in known]
        alike = {name for name in before.columns if name not in {column.name for column in changes}}
        assert {n: before[n].to_dict() for n in alike} == {n: after[n].to_dict() for n in alike}


def test_a_step_that_fails_is_named_and_the_ones_before_it_still_show(people: Dataset) -> None:
    recipe = Recipe.from_yaml("""
- {op: fill_missing, columns: age}
- {op: scale, columns: age}
- {op: log, columns: town}
- {op: drop, columns: fare}
""")
    bench = Bench(people)
    for number in (3, 4):
        with pytest.raises(RecipeError, match=r"Step 3 \(log\): The column 'town' is categorical"):
            bench.preview(recipe, number)
    assert [bench.preview(recipe, number).columns[0].name for number in (1, 2)] == ["age", "age"]
    outline = bench.outline(recipe)
    assert [(step.number, step.op, step.rows, step.columns) for step in outline] == [
        (1, "fill_missing", ROWS, 7),
        (2, "scale", ROWS, 7),
        (3, "log", None, None),
        (4, "drop", None, None),
    ]
    assert outline[3].error is None
    told = json.loads(json.dumps(outline[2].to_dict()))
    assert told["error"]["message"].startswith("Step 3 (log): The column 'town'")
    assert told["error"]["hint"].startswith("Choose columns")


def test_rules_of_order_hold_behind_what_is_kept(people: Dataset) -> None:
    bench = Bench(people)
    recipe = Recipe.from_yaml("- {op: target_mean, columns: town}\n- {op: explode, columns: tags}")
    bench.after(recipe, 1)
    with pytest.raises(RecipeError, match=r"Step 2 \(explode\): .*after one that learns.*step 1, target_mean"):
        bench.after(recipe)
    mixing = Recipe.from_yaml("- {op: balance, method: smote, k_neighbors: 2}\n- {op: target_mean, columns: town}")
    numbers = Dataset.of(
        people.frame.select("fare", "town", "survived"), people.schema.select(["fare", "town", "survived"]), "rows"
    )
    with pytest.raises(RecipeError, match=r"Step 2 \(target_mean\): .*after one that mixes rows \(step 1, balance\)"):
        Bench(numbers).after(mixing)
    with pytest.raises(RecipeError, match=r"Step 2 \(scale\).*'age'.*Step 1 \(drop\) removed it"):
        bench.after(Recipe.from_yaml("- {op: drop, columns: age}\n- {op: scale, columns: age}"))


def test_only_what_is_not_known_is_computed(people: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []
    fit = FillMissing.fit

    def counted(step: FillMissing, *arguments: object) -> object:
        fitted.append(step.strategy)
        return fit(step, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(FillMissing, "fit", counted)
    bench = Bench(people)
    text = "- {op: fill_missing, columns: age, strategy: mean}\n"
    bench.after(Recipe.from_yaml(text))
    for further in ("- {op: log, columns: fare}", "- {op: scale, columns: fare}", "- {op: log, columns: fare}"):
        bench.preview(Recipe.from_yaml(text + further), 2)
    assert fitted == ["mean"]
    bench.preview(Recipe.from_yaml("- {op: log, columns: age, disabled: true}\n" + text), 2)
    assert fitted == ["mean", "mean"]  # its number is another one


def test_a_table_that_changes_is_read_again(people: Dataset, tmp_path: Path) -> None:
    recipe = Recipe.from_yaml("- {op: lookup, columns: town, table: towns.csv, take: [size]}")
    bench = Bench(people, folder=tmp_path)
    for size in (1, 22):
        (tmp_path / "towns.csv").write_text(f"town,size\nBern,{size}\n")
        sizes = bench.after(recipe).frame.filter(pl.col("town") == "Bern")["size"]
        assert sizes.unique().to_list() == [size]


def test_of_many_rows_a_sample_is_looked_at(people: Dataset) -> None:
    bench = Bench(people, rows=100, seed=3)
    assert (len(bench.sample), bench.sampled_from) == (100, ROWS)
    assert bench.preview(RECIPE, 1).sampled_from == ROWS
    assert bench.sample.frame.equals(Bench(people, rows=100, seed=3).sample.frame)
    assert not bench.sample.frame.equals(Bench(people, rows=100, seed=4).sample.frame)
    assert Bench(people, rows=ROWS).sampled_from is None


def test_memory_is_kept_within_its_limit(people: Dataset) -> None:
    text = "- {op: fill_missing, columns: age}\n"
    needed = Bench(people)
    needed.after(Recipe.from_yaml(text))
    bench = Bench(people, limit_bytes=2 * needed.size_bytes)
    for rows in range(100, 500, 10):
        bench.after(Recipe.from_yaml(f"{text}- {{op: sample, size: {rows}}}"))
        assert bench.size_bytes <= 2 * needed.size_bytes
    assert bench.after(Recipe.from_yaml(text)).frame["age"].null_count() == 0


def test_columns_that_a_step_leaves_alone_take_no_further_memory(people: Dataset) -> None:
    bench = Bench(people)
    bench.after(RECIPE, 0)
    before = bench.size_bytes
    for number in range(1, 20):
        bench.after(Recipe.from_yaml(f"- {{op: derive, name: more, expression: fare + {number}}}"))
    assert bench.size_bytes - before <= 19 * (8 * ROWS + ROWS)


def test_a_target_that_a_step_names(people: Dataset) -> None:
    rows = Dataset.of(people.frame, people.schema.with_facts("survived", role="feature"), "rows")
    recipe = Recipe.from_yaml(
        "- {op: fill_missing, columns: age}\n- {op: target_mean, columns: town, target: survived}"
    )
    bench = Bench(rows)
    assert bench.after(recipe).frame.equals(recipe.prepare(rows).frame)
    assert bench.after(recipe, 1).target is None
    assert "survived" not in [column.name for column in bench.preview(recipe, 2).columns]


def test_code_of_others_runs_only_where_it_is_trusted(people: Dataset) -> None:
    name = "tests.prepare.own_code:doubled"
    recipe = Recipe.from_yaml(f"- {{op: python, columns: [fare], function: '{name}'}}")
    trusted = Bench(people, trust=[name]).after(recipe).frame
    assert trusted.equals(Bench(people).after(recipe.trusting(name)).frame)
    bench = Bench(people)
    bench.after(recipe.trusting(name))
    with pytest.raises(RecipeError, match="no part of Clew"):
        bench.after(recipe)


def test_several_threads_get_what_one_would(people: Dataset) -> None:
    bench, numbers = Bench(people), [*range(len(RECIPE.steps) + 1)] * 3
    with ThreadPoolExecutor(8) as pool:
        frames = list(pool.map(lambda count: bench.after(RECIPE, count).frame, numbers))
    for count, frame in zip(numbers, frames, strict=True):
        assert frame.equals(Bench(people).after(RECIPE, count).frame)


def test_a_step_that_is_not_there(people: Dataset) -> None:
    bench = Bench(people)
    for number in (0, 10):
        with pytest.raises(UsageError, match=f"no step {number}.*It has 9"):
            bench.preview(RECIPE, number)
    with pytest.raises(UsageError, match="no step 10"):
        bench.after(RECIPE, 10)
