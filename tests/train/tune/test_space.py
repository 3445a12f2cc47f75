"""The language of spaces: what can be written, and what is refused."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.errors import ConfigError, InputError, UsageError
from clew.define.problem import Task
from clew.prepare.recipe import Recipe
from clew.train.estimators import ESTIMATORS
from clew.train.tune.dimension import Range, Scale, Values
from clew.train.tune.pipeline import pipeline_of
from clew.train.tune.reading import dimensions_of, read_space
from clew.train.tune.space import Space
from clew.train.tune.spaces import space_for
from clew.train.tune.spec import TuneSpec


def test_every_form_of_a_parameter_is_read():
    found = dimensions_of(
        {
            "a": [1, 2],
            "b": {"low": 1, "high": 9},
            "c": {"low": 0.1, "high": 1, "scale": "log"},
            "d": {"low": 0.0, "high": 0.999, "scale": "reverse_log"},
            "e": "fixed",
            "f": {"values": [None, "x"], "when": {"a": 2}},
            "g": {"name": "FloatDistribution", "attributes": {"low": 0.01, "high": 1.0, "log": True, "step": None}},
        }
    )
    assert found["a"] == Values((1, 2))
    assert found["b"] == Range(1, 9, whole=True)
    assert found["c"] == Range(0.1, 1, scale=Scale.LOG)
    assert found["d"].scale is Scale.REVERSE_LOG
    assert found["e"] == Values(("fixed",))
    assert found["f"].when == {"a": (2,)}
    assert found["g"] == Range(0.01, 1.0, scale=Scale.LOG)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"low": 0, "high": 1, "scale": "log"}, "no logarithm"),
        ({"low": 5, "high": 1}, "down to"),
        ({"low": 0.1, "high": 1.0, "scale": "reverse_log"}, "high < 1"),
        ({"low": 0.1, "high": 1.0, "scale": "cubic"}, "cubic"),
        ({"low": 0.1, "high": "x"}, "finite number"),
        ({"low": 0.1, "high": 1.0, "stepp": 1}, "Did you mean 'step'"),
        ({"low": 0.5, "high": 2.5, "type": "int"}, "whole numbers"),
        ({"values": []}, "no value"),
        ([3, 3], "twice"),
        ([date(2024, 1, 1)], "quotation marks"),
        (float("nan"), "finite number"),
        ({"values": [1, 2], "when": {"b": 1}}, "not tuned"),
    ],
)
def test_what_makes_no_sense_is_refused(told, said):
    with pytest.raises(ConfigError, match=said):
        dimensions_of({"a": told})


def test_conditions_in_a_circle_are_refused():
    told = {"a": {"values": [1, 2], "when": {"b": 1}}, "b": {"values": [1, 2], "when": {"a": 1}}}
    with pytest.raises(ConfigError, match="circle"):
        Space(dimensions_of(told))


def test_a_space_is_read_from_yaml_and_from_json(tmp_path):
    told = {"max_depth": {"low": 2, "high": 8}, "grow_policy": ["depthwise", "lossguide"]}
    (tmp_path / "space.json").write_text(json.dumps(told))
    (tmp_path / "space.yaml").write_text("max_depth: {low: 2, high: 8}\ngrow_policy: [depthwise, lossguide]\n")
    assert read_space(tmp_path / "space.json") == read_space(tmp_path / "space.yaml") == told
    for name, text in {"list.yaml": "- a", "bad.yaml": "a: [", "bad.json": "{"}.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(UsageError, match=name):
            read_space(tmp_path / name)


@given(
    st.floats(0.001, 0.4),
    st.floats(0.5, 0.999),
    st.sampled_from(list(Scale)),
    st.floats(0, 1),
)
def test_a_drawn_number_lies_between_the_ends_and_is_found_again(low, high, scale, share):
    dimension = Range(low, high, scale=scale)
    ends = sorted((dimension.encode(low), dimension.encode(high)))
    value = dimension.decode(ends[0] + share * (ends[1] - ends[0]))
    assert low <= value <= high
    assert dimension.holds(value)
    assert dimension.decode(dimension.encode(value)) == pytest.approx(value, rel=1e-4)
    assert -1e-9 <= dimension.position(value) <= 1 + 1e-9


@given(st.dictionaries(st.sampled_from("abcde"), st.lists(st.integers(), min_size=1, unique=True), min_size=1))
def test_the_text_form_of_a_space_gives_it_back(told):
    space = Space(dimensions_of(told))
    assert Space(dimensions_of(space.to_dict())) == space


def test_a_grid_holds_a_conditional_parameter_only_where_it_exists():
    told = {
        "grow_policy": ["depthwise", "lossguide"],
        "max_leaves": {"values": [8, 16], "when": {"grow_policy": "lossguide"}},
    }
    assert list(Space(dimensions_of(told)).grid()) == [
        {"grow_policy": "depthwise"},
        {"grow_policy": "lossguide", "max_leaves": 8},
        {"grow_policy": "lossguide", "max_leaves": 16},
    ]


def test_a_range_in_a_grid_follows_its_scale():
    assert tuple(Range(0.01, 1.0, scale=Scale.LOG, points=3).grid()) == (0.01, 0.1, 1.0)
    assert tuple(Range(0.0, 1.0, step=0.25).grid()) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert tuple(Range(2, 4, whole=True).grid()) == (2, 3, 4)
    assert tuple(Range(0.0, 0.99, scale=Scale.REVERSE_LOG, points=3).grid()) == (0.0, 0.9, 0.99)


def test_a_condition_that_always_holds_is_none():
    space = Space(
        dimensions_of(
            {
                "a": "x",
                "b": {"low": 1, "high": 9, "when": {"a": "x"}},
                "c": {"values": [1, 2], "when": {"d": [True, False]}},
                "d": [True, False],
                "e": {"values": [3, 4], "when": {"d": True}},
            }
        )
    )
    assert {name: dict(one.when) for name, one in space.dimensions.items() if one.when} == {"e": {"d": (True,)}}
    assert space.example("e") == {"a": "x", "b": 1, "c": 1, "d": True, "e": 3}
    assert space.example("a") == space.example("e")
    assert list(space.example("c")) == ["a", "d", "b", "c", "e"]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"a": "depthwize"}, "asks for 'depthwize' of 'a', which it never is. Hint: Did you mean 'depthwise'"),
        ({"b": 12}, "asks for 12 of 'b', which it never is. Hint: It goes from 1 to 9"),
        ({"a": []}, "lists no value of 'a'"),
        ({"a": "depthwise", "d": 1}, "can never exist: its conditions ask for several values of 'a'"),
    ],
)
def test_a_condition_that_never_holds_is_refused(when, said):
    told = {
        "a": ["depthwise", "lossguide"],
        "b": {"low": 1, "high": 9},
        "d": {"values": [1, 2], "when": {"a": "lossguide"}},
        "e": {"values": [1, 2], "when": when},
    }
    with pytest.raises(ConfigError, match=said):
        Space(dimensions_of(told))


def test_a_very_small_step_takes_no_memory():
    fine = Range(0.0, 1.0, step=1e-12)
    assert next(fine.grid()) == 0.0
    assert fine.middle == 0.5
    assert Range(2, 9, whole=True).middle == 6
    space = {"max_features": {"low": 0.0001, "high": 1.0, "step": 1e-12}, "max_depth": [2, 3]}
    assert pipeline_of(TuneSpec(("tree",), space=space), Recipe(()), ESTIMATORS, Task.BINARY).space.free
    recipe = Recipe.from_dict([{"op": "clip_outliers", "columns": ["a"], "method": "range", "lower": 0.1}])
    space = {"max_depth": [2, 3], "recipe": {"clip_outliers.lower": {"low": 0.0, "high": 0.3, "step": 1e-12}}}
    assert pipeline_of(TuneSpec(("tree",), space=space), recipe, ESTIMATORS, Task.BINARY).space.free


@pytest.mark.parametrize(
    "dimension",
    [Range(1e6, 1e6 + 1), Range(1e6, 1e6 + 1, scale=Scale.LOG), Range(0.9, 1 - 1e-9, scale=Scale.REVERSE_LOG)],
)
def test_numbers_are_told_apart_where_their_first_digits_are_the_same(dimension):
    ends = sorted((dimension.encode(dimension.low), dimension.encode(dimension.high)))
    drawn = [ends[0] + (ends[1] - ends[0]) * share for share in (1e-8, 0.1, 0.2, 0.5, 0.9)]
    values = [dimension.decode(one) for one in drawn]
    assert len(set(values)) == 5
    assert [dimension.encode(value) - ends[0] for value in values[1:]] == pytest.approx(
        [one - ends[0] for one in drawn[1:]], rel=1e-4
    )


def test_a_grid_is_counted_as_its_conditions_have_it(look_for):
    """Of two times a thousand values each, one exists at a time."""
    values = list(range(1, 1000))
    space = {
        "criterion": ["gini", "entropy"],
        "max_depth": {"values": values, "when": {"criterion": "gini"}},
        "min_samples_leaf": {"values": values, "when": {"criterion": "entropy"}},
    }
    assert len(look_for(space=space, strategy="grid", trials=2).trials) == 2


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_the_shipped_space_of_every_algorithm_is_one(name, task):
    pipeline = pipeline_of(TuneSpec((name,)), Recipe(()), ESTIMATORS, task)
    assert pipeline.space.free
    assert set(pipeline.space.dimensions) == set(space_for(name, task))
    usual = pipeline.defaults()
    assert usual is not None
    assert pipeline.space.holds(usual)


def test_several_algorithms_have_a_space_each():
    space = {"xgboost": {"max_depth": [3, 6]}, "linear": {"alpha": {"low": 0.1, "high": 10, "scale": "log"}}}
    pipeline = pipeline_of(TuneSpec(("xgboost", "linear"), space=space), Recipe(()), ESTIMATORS, Task.BINARY)
    values = {"algorithm": "linear", "linear.alpha": 1.0}
    assert pipeline.space.holds(values)
    assert pipeline.algorithm(values) == "linear"
    assert pipeline.params(values) == {"alpha": 1.0}


def test_options_of_the_recipe_are_tuned_by_step_and_name():
    recipe = Recipe.from_dict([{"op": "fill_missing", "columns": ["b"]}, {"op": "scale", "columns": ["a"]}])
    space = {"alpha": [1, 2], "recipe": {"scale.method": ["standard", "robust"], "1.disabled": [False, True]}}
    pipeline = pipeline_of(TuneSpec(("linear",), space=space), recipe, ESTIMATORS, Task.BINARY)
    assert set(pipeline.space.dimensions) == {"alpha", "recipe.2.method", "recipe.1.disabled"}
    values = {"alpha": 1, "recipe.2.method": "robust", "recipe.1.disabled": True}
    assert pipeline.recipe_of(values).to_dict()[1]["method"] == "robust"
    assert pipeline.params(values) == {"alpha": 1}


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"max_dept": [1, 2]}, "Did you mean 'max_depth'"),
        ({"max_depth": 3}, "Nothing is left to tune"),
        ({"max_depth": [3, 4], "recipe": {"scale.method": ["nonsense"]}}, "nonsense"),
        ({"max_depth": [3, 4], "recipe": {"log.method": ["x"]}}, "is not there"),
        ({"max_depth": [3, 4], "recipe": {"7.method": ["x"]}}, "1 steps"),
        ({"max_depth": [3, 4], "recipe": {"method": ["x"]}}, "names no option"),
    ],
)
def test_a_space_that_does_not_fit_is_refused_before_any_row_is_read(space, said):
    recipe = Recipe.from_dict([{"op": "scale", "columns": ["a"]}])
    with pytest.raises(InputError, match=said):
        pipeline_of(TuneSpec(("xgboost",), space=space), recipe, ESTIMATORS, Task.BINARY)


def test_what_a_split_of_numbers_has_to_gain_is_not_tuned():
    for name, gain in (("xgboost", "gamma"), ("lightgbm", "min_split_gain"), ("tree", "ccp_alpha")):
        assert gain in space_for(name, Task.BINARY)
        assert gain not in space_for(name, Task.REGRESSION)
