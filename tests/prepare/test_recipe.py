"""The recipe: its text form, its checks, and its face for people and for the trainer."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from clew.collect.dataset import Dataset
from clew.core.errors import ConfigError, DataError, RecipeError, UsageError
from clew.core.schema import Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.selectors import Columns, literal
from clew.prepare.steps import (
    Cast,
    ClipOutliers,
    DateParts,
    Derive,
    Drop,
    FillMissing,
    Filter,
    GroupRare,
    Lookup,
    OneHot,
    Ordinal,
    Scale,
    TargetMean,
)

TEXT = """\
- op: fill_missing
  columns: kind:numeric
- op: scale
  columns: [age, fare]
  method: robust
- op: drop
  columns: all
  except: [age, fare, sex]
"""


def test_yaml_is_read_and_written_alike() -> None:
    recipe = Recipe.from_yaml(TEXT)
    assert recipe.to_yaml() == TEXT
    assert recipe.steps[1] == Scale(["age", "fare"], "robust")
    assert recipe.steps[2] == Drop(Columns.of("all", exclude=["age", "fare", "sex"]))
    assert repr(recipe) == "Recipe([fill_missing, scale, drop])"


def test_empty_recipe_passes_everything(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe.from_yaml("")
    assert recipe == Recipe() == Recipe.from_yaml(recipe.to_yaml())
    done = recipe.prepare(frame, schema)
    fitted, prepared = done.recipe, done.frame
    assert prepared.equals(frame)
    assert fitted.output_schema == schema


names = st.text(min_size=1, max_size=6)
figures = st.floats(0.001, 1e6) | st.integers(1, 9)
steps = st.one_of(
    st.builds(lambda n: Drop([literal(x) for x in n]), st.lists(names, min_size=1, max_size=3)),
    st.builds(lambda n: FillMissing("all", "constant", n), st.text() | st.booleans() | st.integers() | figures),
    st.builds(lambda f: ClipOutliers("kind:numeric", "std", factor=float(f)), figures),
    st.builds(lambda o: Ordinal("a", order=tuple(o)), st.lists(st.text(), min_size=1, unique=True, max_size=3)),
    st.builds(lambda o: GroupRare("a", other=o, min_count=2), st.text()),
    st.builds(
        lambda n, k: OneHot(Columns.of("all", exclude=[literal(n)]), max_categories=k), names, st.integers(1, 50)
    ),
    st.builds(lambda n: Lookup("a", table=({"k": 1, "v": n}, {"k": 2, "v": None}), key="k"), st.text() | figures),
    st.just(Filter("age > 3 and name = 'x'")),
    st.just(Derive("ratio", "a / `b c`")),
    st.just(DateParts("when", parts=("hour", "year"), cyclic=True)),
    st.just(TargetMean("zip", smoothing=3.5, target="y")),
    st.just(Cast("a", "number", errors="missing")),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=4))
def test_text_forms_give_an_equal_recipe_back(found: list[object]) -> None:
    recipe = Recipe(tuple(found))
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert Recipe.from_yaml(recipe.to_yaml(comments=["a remark\nin two lines"] * len(found))) == recipe


def test_equal_recipes_have_equal_fingerprints() -> None:
    assert Recipe.from_yaml(TEXT).fingerprint == Recipe.from_yaml(TEXT).fingerprint
    assert Recipe.from_yaml(TEXT).fingerprint != Recipe.from_yaml(TEXT.replace("robust", "minmax")).fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- op: scal\n  columns: a", r"Step 1 \(scal\): There is no step 'scal'.*Did you mean 'scale'\?"),
        (
            "- op: drop\n  columns: a\n- op: scale\n  colums: a",
            r"Step 2 \(scale\): scale has no option 'colums'.*'columns'",
        ),
        ("- op: scale", r"Step 1 \(scale\): scale needs the option 'columns'.*kind:numeric"),
        (
            "- op: scale\n  columns: a\n  method: standart",
            r"`method` of scale is 'standart'.*Did you mean 'standard'\?",
        ),
        ("- op: scale\n  columns: kind:numbers", "no kind 'numbers'"),
        ("- op: scale\n  columns: [1]", r"holds 1;.*quotes"),
        ("- op: scale\n  columns: {a: 1}", r"names or selectors are needed"),
        ("- op: scale\n  columns: all\n  except: 5", r"`except` is 5; names or selectors are needed"),
        (
            "- op: one_hot\n  columns: a\n  max_categories: many",
            r"`max_categories` of one_hot is 'many'.*valid integer",
        ),
        ("- op: one_hot\n  columns: a\n  max_categories: 0", r"at least 1"),
        (
            "- op: clip_outliers\n  columns: a\n  method: quantiles\n  lower: 0.9\n  upper: 0.1",
            r"0 <= lower < upper <= 1",
        ),
        ("- op: clip_outliers\n  columns: a\n  lower: 0.9", r"lower 0.9, which `method: iqr` does not use"),
        ("- op: remove_outliers\n  columns: a\n  method: range", r"needs lower or upper"),
        ("- op: scale\n  columns: a\n  quantile_range: [0.1, 0.9]", r"belongs to `method: robust`"),
        ("- op: scale\n  columns: a\n  method: minmax\n  feature_range: [1, 0]", r"two rising numbers"),
        ("- op: scale\n  columns: a\n  method: maxabs\n  with_scaling: false", r"`method: maxabs` does not use"),
        ("- op: clip_outliers\n  columns: a\n  factor: -1", r"a number above 0"),
        ("- op: fill_missing\n  columns: a\n  strategy: constant", r"belong together.*only with it"),
        ("- op: ordinal\n  columns: a\n  order: [x, x]", r"different values from low to high"),
        ("- op: group_rare\n  columns: a\n  min_share: 5", r"a share above 0 and up to 1"),
        ("- op: target_mean\n  columns: a\n  smoothing: -1", r"'auto' or a number from 0"),
        ("- op: lookup\n  columns: a\n  table: []", r"empty table"),
        ("- op: filter\n  condition: age >", r"Step 1 \(filter\): The expression"),
        ("- op: derive\n  name: ''\n  expression: a + 1", r"empty name"),
        ("- scale", r"A step is a mapping with an `op`"),
        ("op: scale", r"A recipe is a list of steps"),
        ("- op: [", r"The recipe is no YAML in line \d"),
        ("- {op: drop, columns: a, op: scale}", r"no YAML in line 1"),
        ("- op: date_parts\n  columns: a\n  parts: [century]", r"`parts` of date_parts"),
    ],
)
def test_text_that_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recipe.from_yaml(text)


def test_options_given_in_python_are_checked_when_fitting(frame: pl.DataFrame, schema: Schema) -> None:
    with pytest.raises(ConfigError, match=r"Step 2 \(scale\): `method` of scale is 'robst'.*'robust'"):
        Recipe([Drop("id"), Scale("fare", "robst")]).learn(frame, schema)  # type: ignore[arg-type]


def test_column_that_an_earlier_step_removed_is_explained(frame: pl.DataFrame, schema: Schema) -> None:
    with pytest.raises(RecipeError, match=r"Step 2 \(scale\): There is no column 'fare'.*Step 1 \(drop\) removed it"):
        Recipe([Drop("fare"), Scale("fare")]).learn(frame, schema)


def test_column_of_another_kind_is_refused_by_name(frame: pl.DataFrame, schema: Schema) -> None:
    with pytest.raises(RecipeError, match=r"Step 1 \(scale\): The column 'sex' is categorical, and scale works on num"):
        Recipe([Scale(["fare", "sex"])]).learn(frame, schema)


def test_target_is_no_business_of_a_step(frame: pl.DataFrame, schema: Schema) -> None:
    with pytest.raises(RecipeError, match=r"'survived' is the target"):
        Recipe([OneHot("survived")]).learn(frame, schema)


def test_new_column_must_have_a_new_name(frame: pl.DataFrame, schema: Schema) -> None:
    taken = frame.with_columns(pl.lit(1.0).alias("sex=m"))
    wider = schema.with_columns(schema["fare"].__class__("sex=m", "Float64", Kind.NUMERIC))
    with pytest.raises(RecipeError, match=r"Step 1 \(one_hot\): The new column 'sex=m' has the name of one"):
        Recipe([OneHot("sex")]).learn(taken, wider)


def test_trainer_gets_recipe_and_rows(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([FillMissing("age"), TargetMean("cabin")])
    codes = (frame["survived"] == "yes").cast(pl.Int64).to_numpy()
    done = recipe.prepare(frame, schema, codes, task=Task.BINARY, seed=3)
    fitted, prepared = done.recipe, done.frame
    assert isinstance(fitted, FittedRecipe)
    assert prepared.columns == list(fitted.output_schema.names)
    assert fitted.transform(frame).drop("cabin_target_mean").equals(prepared.drop("cabin_target_mean"))
    assert recipe.learn(frame, schema, codes, task=Task.BINARY).transform(frame).equals(fitted.transform(frame))


def test_people_need_no_schema(frame: pl.DataFrame) -> None:
    recipe = Recipe([FillMissing("age"), TargetMean("cabin")])
    prepared = recipe.fit_transform(frame, target="survived")
    assert isinstance(prepared, pl.DataFrame)
    assert "cabin_target_mean" in prepared.columns
    fitted = recipe.learn(frame, target="survived")
    assert fitted.schema["survived"].role is Role.TARGET
    assert fitted.transform(frame.drop("survived")).height == frame.height


def test_step_may_name_the_target(frame: pl.DataFrame) -> None:
    recipe = Recipe([TargetMean("cabin", target="survived")])
    assert recipe.learn(frame).schema["survived"].role is Role.TARGET
    several = Recipe([TargetMean("cabin", target="survived"), TargetMean("sex", target="age")])
    with pytest.raises(UsageError, match="Steps name several targets: 'age' and 'survived'"):
        several.learn(frame)


def test_step_without_a_target_says_what_to_do(frame: pl.DataFrame) -> None:
    with pytest.raises(RecipeError, match=r"Step 1 \(target_mean\): The step learns from the target.*target=…"):
        Recipe([TargetMean("cabin")]).learn(frame)


def test_rows_come_back_as_they_came(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([Scale("fare")])
    expected = recipe.fit_transform(frame)
    pandas = recipe.fit_transform(frame.to_pandas().set_index(frame["id"].to_numpy() * 2))
    assert list(pandas.columns) == expected.columns
    assert pandas["fare"].to_list() == pytest.approx(expected["fare"].to_list())
    assert recipe.fit_transform(frame.to_arrow()).column_names == expected.columns
    assert isinstance(recipe.learn(frame, schema).transform(frame.lazy()), pl.LazyFrame)
    assert recipe.fit_transform(Dataset.of(frame, schema, "rows")).equals(recipe.fit_transform(frame, schema=schema))


def test_index_of_pandas_stays(frame: pl.DataFrame, schema: Schema) -> None:
    pandas = frame.to_pandas()
    pandas.index = pandas.index * 10 + 5
    fitted = Recipe([FillMissing("age"), OneHot("sex")]).learn(frame, schema)
    assert fitted.transform(pandas).index.tolist() == pandas.index.tolist()


def test_lazy_rows_are_enough_to_learn(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([FillMissing("age"), Scale("fare"), OneHot("sex")])
    lazy, eager = recipe.learn(frame.lazy(), schema), recipe.learn(frame, schema)
    assert_frame_equal(lazy.transform(frame), eager.transform(frame), rel_tol=1e-12)


@pytest.mark.parametrize("engine", ["to_pandas", "to_arrow"])
def test_other_engines_learn_nearly_the_same(frame: pl.DataFrame, schema: Schema, engine: str) -> None:
    recipe = Recipe(
        [FillMissing("age"), ClipOutliers("fare"), Scale(["age", "fare"]), OneHot("sex"), GroupRare("cabin")]
    )
    expected = recipe.learn(frame, schema).transform(frame)
    got = recipe.learn(getattr(frame, engine)(), schema).transform(frame)
    assert_frame_equal(got, expected, rel_tol=1e-12)


def test_filtered_rows_take_their_target_along(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([Filter("age > 30"), Filter("sex is not null"), TargetMean("cabin")])
    done = recipe.prepare(frame, schema)
    expected = frame.with_row_index().filter((pl.col("age") > 30) & pl.col("sex").is_not_null())
    assert done.rows is not None
    assert done.rows.tolist() == expected["index"].to_list()
    assert done.target is not None
    assert done.target.tolist() == expected["survived"].to_list()
    assert done.frame["id"].to_list() == expected["id"].to_list()
    assert done.recipe.transform(frame).height == frame.height


def test_same_seed_same_rows_another_seed_other_folds(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([TargetMean("cabin")])
    first, again, other = (recipe.prepare(frame, schema, seed=seed).frame for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_target_of_another_length_is_refused(frame: pl.DataFrame, schema: Schema) -> None:
    with pytest.raises(UsageError, match=r"`target` has shape \(3,\), and the table has 60 rows"):
        Recipe().learn(frame, schema, np.array([1, 2, 3]))


def test_something_that_is_no_table_is_refused(schema: Schema) -> None:
    with pytest.raises(DataError, match="A dict is no table"):
        Recipe().learn({"a": 1}, schema)


def test_rows_of_other_types_are_conformed(frame: pl.DataFrame, schema: Schema) -> None:
    fitted = Recipe([Scale("fare"), OneHot("sex"), DateParts("seen")]).learn(frame, schema)
    texts = frame.select(pl.all().cast(pl.String))
    assert fitted.transform(texts).equals(fitted.transform(frame))


def test_fitting_again_gives_the_same_recipe(frame: pl.DataFrame, schema: Schema) -> None:
    recipe = Recipe([FillMissing("age"), GroupRare("cabin"), TargetMean("cabin", keep=True), OneHot("sex")])
    first, second = recipe.learn(frame, schema), recipe.learn(frame, schema)
    assert first.learned() == second.learned()
