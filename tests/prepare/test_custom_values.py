"""Code of other people's in a recipe: what it is given, what becomes of it, and that nobody runs it unasked."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import PolynomialFeatures, TargetEncoder
from tests.prepare import own_code

from clew.core.errors import ArtifactError, ClewError, ConfigError, RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.steps import FillMissing, Python, PythonTable, Sklearn

OWN = "tests.prepare.own_code"
FRAME = pl.DataFrame({"a": [1.0, None, 3.0, 4.0], "word": ["x", "yy", None, "x"], "whole": [1, 2, 3, 4]})


def own(name: str, **options: object) -> Recipe:
    return Recipe([Python("a", function=f"{OWN}:{name}", **options)]).trusting(f"{OWN}:{name}")  # type: ignore[arg-type]


def test_columns_are_added_and_replaced() -> None:
    done = own("doubled", options={"by": 10}).prepare(FRAME)
    assert done.frame.columns == ["a", "word", "whole", "a_doubled"]
    assert done.frame["a_doubled"].to_list() == [10.0, None, 30.0, 40.0]
    assert done.recipe.output_schema["a_doubled"].sources == ("a",)
    assert own("same").prepare(FRAME).frame.equals(FRAME)


def test_a_function_gets_a_pandas_frame_that_is_its_own() -> None:
    done = own("changing", engine="pandas").prepare(FRAME)
    assert done.frame["zero"].to_list() == [0.0] * 4
    assert FRAME["a"].to_list() == [1.0, None, 3.0, 4.0]


def test_one_row_where_the_author_promises_it() -> None:
    fitted = own("doubled", rowwise=True).learn(FRAME)
    assert fitted.row()({"a": 2.5, "word": "x", "whole": 1})["a_doubled"] == 5.0
    with pytest.raises(RecipeError, match=r"one row because of step 1 \(python\)"):
        own("doubled").learn(FRAME).row()


def test_a_table_of_other_rows() -> None:
    step = PythonTable(["word", "whole"], function=f"{OWN}:summed")
    done = Recipe([step]).trusting(f"{OWN}:summed").prepare(FRAME)
    assert done.frame.rows() == [("x", 5.0), ("yy", 2.0), (None, 3.0)]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("half", "gave 2 rows for 4.*python_table"),
        ("broken", "failed with ColumnNotFoundError.*nowhere"),
        ("leaving", "failed with SystemExit: 3"),
        ("number", "gave a int, and a table is needed"),
        ("nothing_there", "has no 'nothing_there'"),
        ("NO_FUNCTION", "is a int"),
    ],
)
def test_what_goes_wrong_is_told_with_the_step(function: str, message: str) -> None:
    with pytest.raises(RecipeError, match=rf"Step 1 \(python\): .*{message}"):
        own(function).prepare(FRAME)


def test_columns_that_come_and_go_are_refused() -> None:
    fitted = own("moody").learn(FRAME)
    with pytest.raises(RecipeError, match="gave no column 'many', and it did on the training rows"):
        fitted.transform(FRAME.head(1))


def test_a_module_that_is_not_installed() -> None:
    recipe = Recipe([Python("a", function="no_such_package:f")]).trusting("no_such_package:f")
    with pytest.raises(RecipeError, match="'no_such_package' cannot be imported.*Install the package"):
        recipe.prepare(FRAME)


@pytest.mark.parametrize("function", ["", "os.system", "lambda x: x", "os:system; rm", "__import__('os'):system"])
def test_what_names_no_function(function: str) -> None:
    with pytest.raises(ConfigError, match="names none"):
        Recipe.from_dict([{"op": "python", "columns": "a", "function": function}])


class TestTrust:
    def test_nothing_is_imported_before_it_is_given(self, tmp_path: Path) -> None:
        (tmp_path / "trap.py").write_text("open('ran', 'w').close()\ndef f(rows): return rows\n", encoding="utf-8")
        code = (
            "import polars as pl; from clew.prepare.recipe import Recipe; from clew.core.errors import ClewError\n"
            "recipe = Recipe.from_yaml('- {op: python, columns: a, function: \"trap:f\"}'); frame = pl.DataFrame({'a': [1]})\n"
            "try: recipe.learn(frame)\n"
            "except ClewError as error: print(error.message, error.hint)\n"
            "import os; print(os.path.exists('ran')); recipe.learn(frame, trust=['trap:f']); print(os.path.exists('ran'))"
        )
        environment = {"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        )
        refused, before, after = done.stdout.splitlines()
        assert "runs trap:f, which is no part of Clew" in refused
        assert "--trust trap:f" in refused
        assert (before, after) == ("False", "True")

    def test_a_fitted_recipe_asks_again(self, tmp_path: Path) -> None:
        own("doubled").learn(FRAME).save(tmp_path)
        with pytest.raises(ArtifactError, match=rf"Step 1 \(python\): It runs {OWN}:doubled"):
            FittedRecipe.load(tmp_path)
        again = FittedRecipe.load(tmp_path, trust=[f"{OWN}:doubled"])
        assert again.transform(FRAME)["a_doubled"].to_list() == [2.0, None, 6.0, 8.0]

    def test_it_is_no_part_of_the_recipe(self) -> None:
        recipe = own("doubled")
        assert recipe == Recipe(recipe.steps)
        assert recipe.fingerprint == Recipe(recipe.steps).fingerprint
        assert "trust" not in recipe.to_yaml()

    def test_a_class_of_another_package(self) -> None:
        step = Sklearn("a", transformer="skrub.ToDatetime")
        with pytest.raises(RecipeError, match="It runs skrub.ToDatetime, which is no part of Clew"):
            Recipe([step]).learn(FRAME)


class TestSklearn:
    def test_it_makes_what_the_class_makes(self, tmp_path: Path) -> None:
        params = {"degree": 3, "include_bias": False}
        step = Sklearn("a", transformer="sklearn.preprocessing.PolynomialFeatures", params=params)
        fitted = Recipe([FillMissing("a"), step]).learn(FRAME)
        filled = FRAME.select(pl.col("a").fill_null(3.0)).to_pandas()
        expected = PolynomialFeatures(**params).fit_transform(filled)
        made = fitted.transform(FRAME)
        names = ["a", "a^2", "a^3"]
        assert sorted(made.columns) == sorted(["word", "whole", *names])
        np.testing.assert_allclose(made.select(names).to_numpy(), expected)
        row = fitted.row()({"a": 2.0, "word": "x", "whole": 1})
        one = fitted.transform(pl.DataFrame({"a": [2.0], "word": ["x"], "whole": [1]}))
        assert row == one.row(0, named=True)
        fitted.save(tmp_path)
        assert FittedRecipe.load(tmp_path).transform(FRAME).equals(made)
        assert not list(tmp_path.glob("*.pkl"))

    def test_what_may_run_code_when_it_is_read_needs_trust(self, tmp_path: Path) -> None:
        step = Sklearn("whole", transformer="sklearn.preprocessing.SplineTransformer")
        fitted = Recipe([step]).learn(FRAME)
        fitted.save(tmp_path)
        with pytest.raises(ArtifactError, match="holds .*BSpline, which may run code when it is read") as refused:
            FittedRecipe.load(tmp_path)
        trust = re.findall(r'"([^"]+)"', str(refused.value.hint))
        assert FittedRecipe.load(tmp_path, trust=trust).transform(FRAME).equals(fitted.transform(FRAME))

    def test_with_the_target_in_folds(self) -> None:
        rng = np.random.default_rng(0)
        frame = pl.DataFrame({"label": [f"l{i % 50}" for i in range(200)]})
        noise = rng.normal(size=200)
        step = Sklearn(
            "label",
            transformer="sklearn.preprocessing.TargetEncoder",
            params={"target_type": "continuous"},
            supervised=True,
        )
        done = Recipe([step]).prepare(frame, None, noise, task=Task.REGRESSION)
        known = done.recipe.transform(frame)["label"].to_numpy()
        theirs = TargetEncoder(target_type="continuous", random_state=0).fit(frame.to_pandas(), noise)
        np.testing.assert_allclose(known, theirs.transform(frame.to_pandas()).ravel())
        assert np.corrcoef(known, noise)[0, 1] > 0.3
        assert np.corrcoef(done.frame["label"].to_numpy(), noise)[0, 1] < 0.2

    def test_the_seed_is_the_recipes(self) -> None:
        step = Sklearn(
            "all", transformer="sklearn.random_projection.GaussianRandomProjection", params={"n_components": 2}
        )
        frame = pl.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), schema=["a", "b", "c"])
        first, again, other = (Recipe([step]).prepare(frame, seed=seed).frame for seed in (1, 1, 2))
        assert first.equals(again)
        assert not first.equals(other)

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Sklearn("a", transformer="sklearn.decomposition.PCA"), "PCA failed with ValueError.*NaN.*Fill missing"),
            (Sklearn("a", transformer="sklearn.preprocessing.Nothing"), "has no 'Nothing'"),
            (Sklearn("a", transformer="sklearn.cluster.DBSCAN"), "is no transformer"),
            (
                Sklearn("whole", transformer="sklearn.decomposition.PCA", params={"k": 2}),
                "unexpected keyword argument 'k'",
            ),
            (Sklearn("word", transformer="sklearn.preprocessing.TargetEncoder", supervised=True), "there is none"),
        ],
    )
    def test_what_cannot_be(self, step: Sklearn, message: str) -> None:
        with pytest.raises(RecipeError, match=rf"Step 1 \(sklearn\): .*{message}"):
            Recipe([step]).learn(FRAME)

    @pytest.mark.parametrize("name", ["PCA", "", "sklearn.decomposition:PCA", "os.system('x').y"])
    def test_what_names_no_class(self, name: str) -> None:
        with pytest.raises(ClewError, match="names none"):
            Recipe.from_dict([{"op": "sklearn", "transformer": name}])


def test_roles_stay_with_their_columns() -> None:
    schema = Schema(
        (
            Column("a", "Float64", Kind.NUMERIC),
            Column("word", "String", Kind.CATEGORICAL),
            Column("whole", "Int64", Kind.NUMERIC, role=Role.ID),
        )
    )
    recipe = Recipe([PythonTable(["a", "word"], function=f"{OWN}:without_gaps")]).trusting(f"{OWN}:without_gaps")
    fitted = recipe.learn(FRAME, schema)
    assert fitted.output_schema["whole"].role is Role.ID
    assert fitted.transform(FRAME).rows() == [(1.0, "x", 1), (4.0, "x", 4)]
    assert fitted.transform(FRAME.drop("whole")).columns == ["a", "word"]
    assert own_code.NO_FUNCTION == 5
