"""A recipe is a transformer of scikit-learn: in pipelines, grids and cross-validation."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from clew.core.errors import ClewError, UsageError
from clew.prepare.recipe import Recipe
from clew.prepare.steps import Drop, DropMissing, FillMissing, OneHot, Sample, Scale, TargetMean

#: Checks of scikit-learn that do not hold, with the reason.
_NOT_KEPT = {
    "check_do_not_raise_errors_in_init_or_set_params": "steps are checked where they are stated, not when they act",
    "check_set_params": "for the same reason: its steps are numbers",
}


def _not_kept(estimator):
    return _NOT_KEPT


with warnings.catch_warnings():
    # Scikit-learn would have us inherit from it, and its import is what a recipe spares.
    warnings.filterwarnings("ignore", "Estimator Recipe does not inherit", UserWarning)
    _checks = parametrize_with_checks(
        [Recipe(), Recipe([FillMissing("kind:numeric"), Scale("kind:numeric")])], expected_failed_checks=_not_kept
    )


@_checks
def test_contract(estimator, check):
    check(estimator)


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    age = rng.normal(40, 10, 300)
    X = pl.DataFrame(
        {
            "age": pl.Series(np.where(rng.random(300) < 0.1, np.nan, age), nan_to_null=True),
            "town": rng.choice(["Bergen", "Graz", "Lyon"], 300),
            "note": ["-"] * 300,
        }
    )
    return X, (age + 20 * (X["town"] == "Lyon").to_numpy() + rng.normal(0, 8, 300) > 47).astype(int)


def recipe() -> Recipe:
    return Recipe([Drop("note"), FillMissing("age"), Scale("age"), OneHot("town")])


@pytest.mark.parametrize("engine", ["polars", "pandas", "arrow"])
def test_pipeline_equals_preparing_first(people, engine):
    X, y = people
    given = {"polars": X, "pandas": X.to_pandas(), "arrow": X.to_arrow()}[engine]
    pipeline = make_pipeline(recipe(), LogisticRegression())
    if engine == "arrow":  # scikit-learn's models take no Arrow table
        pipeline.set_output(transform="pandas")
    pipeline.fit(given, y)
    prepared = recipe().learn(X).transform(X).cast(pl.Float64).to_numpy()
    by_hand = LogisticRegression().fit(prepared, y)
    np.testing.assert_allclose(pipeline.predict_proba(given), by_hand.predict_proba(prepared), rtol=1e-9)


def test_new_rows_see_what_was_learnt(people):
    X, y = people
    fitted = recipe().fit(X, y)
    assert fitted.transform(X.head(3)).equals(fitted.transform(X).head(3))
    assert fitted.fitted_.learned()["steps"][1]["op"] == "fill_missing"


def test_training_rows_never_see_their_own_answer(people):
    """A column that says nothing, of a label per row: what training rows get must say nothing either."""
    X, y = people
    X = X.with_columns(label=pl.Series([f"l{i % 150}" for i in range(len(X))]))
    encoder = Recipe([TargetMean("label", smoothing=0.0), Drop(["age", "town", "note"])])
    trained = encoder.fit_transform(X, y)["label_target_mean"].to_numpy()
    seen = encoder.transform(X)["label_target_mean"].to_numpy()
    assert np.corrcoef(seen, y)[0, 1] > 0.6
    assert abs(np.corrcoef(trained, y)[0, 1]) < 0.2


def test_cross_validation_fits_anew_in_each_fold(people):
    X, y = people
    pipeline = make_pipeline(recipe(), LogisticRegression())
    scores = cross_val_score(pipeline, X.to_pandas(), y, scoring="roc_auc")
    assert scores.mean() > 0.8
    with pytest.raises(NotFittedError):
        pipeline[0].transform(X)


def test_grid_searches_options_of_steps(people):
    X, y = people
    pipeline = Pipeline([("recipe", recipe()), ("model", LogisticRegression())])
    grid = GridSearchCV(
        pipeline, {"recipe__fill_missing__strategy": ["mean", "median"], "recipe__scale__method": ["robust"]}
    )
    grid.fit(X.to_pandas(), y)
    best = grid.best_estimator_["recipe"].steps
    assert best[1].strategy == grid.best_params_["recipe__fill_missing__strategy"]
    assert best[2].method == "robust"
    assert pipeline["recipe"].steps == recipe().steps


def test_beside_other_transformers(people):
    X, y = people
    both = ColumnTransformer([("ours", recipe(), ["age", "town", "note"]), ("theirs", StandardScaler(), ["age"])])
    made = both.fit_transform(X.to_pandas(), y)
    assert made.shape == (300, 5)
    assert list(both.get_feature_names_out())[:2] == ["ours__age", "ours__town=Bergen"]


def test_form_of_what_comes_out(people):
    X, y = people
    assert isinstance(recipe().fit_transform(X.to_pandas(), y), pd.DataFrame)
    as_polars = recipe().set_output(transform="polars").fit_transform(X.to_pandas(), y)
    assert isinstance(as_polars, pl.DataFrame)
    array = X["age"].fill_null(float("nan")).to_numpy()[:, None]
    made = Recipe([FillMissing("x0"), Scale("x0")]).fit_transform(array)
    assert isinstance(made, np.ndarray)
    assert made.mean() == pytest.approx(0, abs=0.1)
    with pytest.raises(UsageError, match="There is no output 'spark'"):
        recipe().set_output(transform="spark")


def test_steps_that_take_rows_want_both_returned(people):
    X, y = people
    taking = Recipe([DropMissing("age"), Sample(share=0.5)])
    with pytest.raises(ValueError, match=r"Step 1 \(drop_missing\) changes which rows there are.*fit_resample"):
        taking.fit_transform(X, y)
    rows, answers = taking.fit_resample(X, y)
    assert len(rows) == len(answers) == round((300 - X["age"].null_count()) / 2)
    assert taking.transform(X).shape[0] == 300
    with pytest.raises(UsageError, match="needs `y`"):
        taking.fit_resample(X, None)


def test_a_clone_is_unfitted_and_independent(people):
    first = recipe().fit(*people)
    other = clone(first)
    assert other == first
    with pytest.raises(NotFittedError, match="call `fit`"):
        other.transform(people[0])
    other.set_params(scale__method="robust")
    assert first.steps[2].method == "standard"


def test_parameters_of_steps_that_come_twice():
    twice = Recipe([Scale("a"), FillMissing("a"), Scale("b", method="robust")])
    params = twice.get_params()
    assert params["scale-1__method"] == "standard"
    assert params["scale-2__method"] == "robust"
    assert twice.get_params(deep=False) == {"steps": twice.steps, "trust": (), "folder": None}
    twice.set_params(**{"scale-2__method": "minmax", "fill_missing__strategy": "mean"})
    assert [step.op for step in twice.steps] == ["scale", "fill_missing", "scale"]
    assert twice.steps[2].method == "minmax"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"scale__methd": "robust"}, "no parameter 'scale__methd'.*scale__method"),
        ({"log__base": 2}, "no parameter 'log__base'"),
        ({"scale__method": "robst"}, "robst"),
    ],
)
def test_parameters_that_cannot_be(params, message):
    with pytest.raises(ClewError, match=message):
        recipe().set_params(**params)


def test_what_cannot_be_learnt_from(people):
    X, y = people
    with pytest.raises(ValueError, match="`target` has shape"):
        recipe().fit(X, y[:-1])
    with pytest.raises(UsageError, match="Both `y` and `target`"):
        recipe().fit(X, y, target="age")
    with pytest.raises(UsageError, match="`y` is a schema"):
        recipe().fit(X, recipe().learn(X).schema)
    with pytest.raises(ValueError, match="town"):
        recipe().fit(X, y).transform(X.drop("town"))


def test_a_recipe_spares_the_import():
    code = "import sys, clew.prepare.recipe as r; r.Recipe(); assert 'sklearn' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pandas_columns_named_by_numbers_are_texts_in_fitting_and_later():
    X = pd.DataFrame(np.random.default_rng(0).random((30, 2)), index=range(30, 60))
    fitted = Recipe([Scale("all")]).fit(X)
    after = fitted.transform(X)
    assert list(after.columns) == list(fitted.get_feature_names_out()) == ["0", "1"]
    assert after.index.tolist() == X.index.tolist()
    assert fitted.set_output(transform="pandas").transform(X).index.tolist() == X.index.tolist()
