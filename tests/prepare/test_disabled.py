"""A step that is switched off keeps its place and its number, and nothing is done of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from clew.cli import main
from clew.core.errors import ConfigError, RecipeError, UsageError
from clew.prepare.fitted import FittedRecipe
from clew.prepare.preview import preview
from clew.prepare.recipe import Recipe
from clew.prepare.streamed import check_recipe
from clew.project import api

FRAME = pl.DataFrame({"age": [22, None, 38, 35, None, 54], "fare": [7.25, 71.0, 8.0, 53.0, 9.5, 51.0]})
TEXT = """\
- op: fill_missing
  columns: age
- op: log
  disabled: true
  columns: fare
- op: scale
  columns: [age, fare]
"""
RECIPE = Recipe.from_yaml(TEXT)


def without(recipe: Recipe) -> Recipe:
    return Recipe([step for step in recipe.steps if not step.disabled])


def test_the_text_form_keeps_it() -> None:
    assert RECIPE.to_yaml() == TEXT
    assert Recipe.from_dict(RECIPE.to_dict()) == RECIPE
    assert [step.disabled for step in RECIPE.steps] == [False, True, False]
    assert repr(RECIPE) == "Recipe([fill_missing, (log), scale])"
    on = replace(RECIPE.steps[1], disabled=False)
    assert "disabled" not in Recipe([on]).to_yaml()


def test_nothing_is_done_of_it() -> None:
    assert RECIPE.fit_transform(FRAME).equals(without(RECIPE).fit_transform(FRAME))
    assert RECIPE.fingerprint == without(RECIPE).fingerprint
    assert RECIPE.fingerprint != Recipe([replace(step, disabled=False) for step in RECIPE.steps]).fingerprint


def test_the_others_keep_their_numbers(tmp_path: Path) -> None:
    fitted = RECIPE.learn(FRAME)
    fitted.save(tmp_path)
    for known in (fitted, FittedRecipe.load(tmp_path)):
        assert [(step["number"], step["op"]) for step in known.learned()["steps"]] == [
            (1, "fill_missing"),
            (3, "scale"),
        ]
        assert "# Step 3: scale" in known.to_python()
    gone = Recipe.from_yaml(f"{TEXT}- {{op: log, columns: sex}}")
    with pytest.raises(RecipeError, match=r"Step 4 \(log\): There is no column 'sex'"):
        gone.learn(FRAME)


def test_files_of_before_without_numbers_are_read(tmp_path: Path) -> None:
    without(RECIPE).learn(FRAME).save(tmp_path)
    place = tmp_path / "recipe.json"
    place.write_text("\n".join(line for line in place.read_text().splitlines() if '"number"' not in line))
    assert [step["number"] for step in FittedRecipe.load(tmp_path).learned()["steps"]] == [1, 2]


def test_it_needs_no_column_no_trust_and_no_table(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text("town,size\nBern,1\n")
    text = """
- {op: python, disabled: true, function: "shop.features:basket", columns: gone}
- {op: lookup, disabled: true, columns: town, table: towns.csv, take: [size]}
- {op: target_mean, disabled: true, columns: town}
- {op: scale, columns: fare}
"""
    recipe = replace(Recipe.from_yaml(text), folder=tmp_path)
    assert recipe.fit_transform(FRAME).equals(without(recipe).fit_transform(FRAME))
    assert recipe.tables() == {}
    assert not recipe.__sklearn_tags__().target_tags.required


def test_it_stands_in_the_way_of_no_other() -> None:
    check_recipe(Recipe.from_yaml("- {op: filter, disabled: true, condition: age > 3}\n- {op: scale, columns: age}"))
    with pytest.raises(RecipeError, match="Step 2 .*does not run on streaming"):
        check_recipe(Recipe.from_yaml("- {op: log, disabled: true, columns: age}\n- {op: filter, condition: age > 3}"))
    reshaping = "- {op: target_mean, disabled: true, columns: age}\n- {op: explode, columns: tags}"
    tagged = FRAME.with_columns(tags=pl.Series([[1, 2]] * 6))
    assert len(Recipe.from_yaml(reshaping).fit_transform(tagged)) == 12


def test_its_options_are_still_checked() -> None:
    with pytest.raises(ConfigError, match=r"Step 1 \(scale\): `method` of scale is 'strange'"):
        Recipe.from_yaml("- {op: scale, disabled: true, columns: age, method: strange}")
    with pytest.raises(ConfigError, match="`disabled` of scale is 'yes'"):
        Recipe.from_yaml("- {op: scale, disabled: 'yes', columns: age}")
    Recipe.from_yaml("- {op: format_string, disabled: true, columns: town, operation: strip}")


def test_a_variant_and_a_parameter_may_switch(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        'parameters: {plain: false}\nsteps:\n  - {op: log, columns: fare, disabled: "${plain}"}\n'
        "  - {op: scale, columns: age}\n"
    )
    (tmp_path / "raw.yaml").write_text("from: base.yaml\nchange: {scale: {disabled: true}}\n")
    assert repr(Recipe.from_file(tmp_path / "base.yaml")) == "Recipe([log, scale])"
    assert repr(Recipe.from_file(tmp_path / "raw.yaml", {"plain": True})) == "Recipe([(log), (scale)])"


def test_a_grid_may_try_without_it() -> None:
    rows = np.random.default_rng(0).lognormal(size=200)
    frame, truth = pl.DataFrame({"fare": rows}), np.log(rows)
    pipeline = Pipeline([("recipe", Recipe.from_yaml("- {op: log, columns: fare}")), ("model", LinearRegression())])
    grid = GridSearchCV(pipeline, {"recipe__log__disabled": [True, False]}, cv=2).fit(frame.to_pandas(), truth)
    assert grid.best_params_ == {"recipe__log__disabled": False}
    assert grid.best_score_ > 0.9 > grid.cv_results_["mean_test_score"][0]


def run(*words: object) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code == 0


def test_the_command_line_marks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "recipe.yaml"
    place.write_text(TEXT)
    run("recipe", "show", place)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines if "log" in line] == [["2", "log", "(switched", "off)"]]
    run("recipe", "show", place, "--format", "json")
    assert [step.get("disabled") for step in json.loads(capsys.readouterr().out)["steps"]] == [None, True, None]


def test_what_was_fitted_belongs_to_the_recipe_with_the_step_and_without_it(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(TEXT)
    FRAME.write_parquet(tmp_path / "rows.parquet")
    options = {"recipe": tmp_path / "recipe.yaml", "fitted": tmp_path / "fitted", "out": tmp_path / "out.parquet"}
    assert api.prepare(str(tmp_path / "rows.parquet"), **options)["refitted"]
    assert not api.prepare(str(tmp_path / "rows.parquet"), **options)["refitted"]
    (tmp_path / "recipe.yaml").write_text(without(RECIPE).to_yaml())
    assert not api.prepare(str(tmp_path / "rows.parquet"), **options)["refitted"]
    (tmp_path / "recipe.yaml").write_text(TEXT.replace("  disabled: true\n", ""))
    with pytest.raises(UsageError, match="holds another recipe"):
        api.prepare(str(tmp_path / "rows.parquet"), **options)


def test_a_preview_of_it_shows_that_nothing_changes() -> None:
    seen = preview(RECIPE, FRAME, step=2)
    assert (seen.op, seen.columns, seen.changed, seen.learned) == ("log", (), frozenset(), {})
    assert seen.before.equals(seen.after)
    assert seen.after["age"].null_count() == 0
