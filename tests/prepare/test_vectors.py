"""Numbers in one column of lists, and lists in columns."""

import math
from typing import Any

import polars as pl
import pytest

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Assemble, Flatten, Ordinal


def fit(*steps: Step, **columns: Any) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame(columns)
    kinds = {name: Kind.NESTED if dtype.is_nested() else Kind.NUMERIC for name, dtype in frame.schema.items()}
    kinds |= {name: Kind.CATEGORICAL for name, dtype in frame.schema.items() if dtype == pl.String}
    schema = Schema(tuple(Column(name, str(dtype), kinds[name]) for name, dtype in frame.schema.items()))
    done = Recipe(steps).prepare(frame, schema)
    fitted, after = done.recipe, done.frame
    assert after.to_dicts() == [fitted.row()(row) for row in frame.to_dicts()]
    return fitted, after


def test_numbers_stand_one_behind_the_other() -> None:
    fitted, after = fit(Assemble(["a", "b", "v"], name="all"), a=[1, None], b=[0.5, math.nan], v=[[7.0, 8.0], [9.0]])
    assert after["all"].to_list() == [[1.0, 0.5, 7.0, 8.0], [None, None, 9.0, None]]
    assert after.columns == ["all"]
    assert fit(Assemble("t"), t=[[True, False]])[1]["vector"].to_list() == [[1.0, 0.0]]
    assert fitted.output_schema["all"].sources == ("a", "b", "v")
    assert fitted.learned()["steps"][0]["learned"] == {"lengths": {"v": 2}}


def test_there_and_back() -> None:
    _, after = fit(Assemble(["a", "b"]), Flatten("vector", prefix="x"), a=[1.0, 2.0, None], b=[3.0, None, 5.0])
    assert after.to_dict(as_series=False) == {"x_0": [1.0, 2.0, None], "x_1": [3.0, None, 5.0]}


def test_one_hot_vector_of_ranks() -> None:
    """What other tools call a vector output is the same step for every encoding."""
    _, after = fit(Ordinal("c"), Assemble(["c", "n"]), c=["b", "a"], n=[1, 2])
    assert after["vector"].to_list() == [[1.0, 1.0], [0.0, 2.0]]


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ([[1, 2], [3], None], {"v_0": [1.0, 3.0, None], "v_1": [2.0, None, None]}),
        ([["a"], ["b", None]], {"v_0": ["a", "b"], "v_1": [None, None]}),
        ([[True, False], []], {"v_0": [True, None], "v_1": [False, None]}),
        ([[math.nan, 1.0]], {"v_0": [None], "v_1": [1.0]}),
        (pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int8, 2)), {"v_0": [1.0, 3.0], "v_1": [2.0, 4.0]}),
        (pl.Series([None, []], dtype=pl.List(pl.Float64)), {}),
    ],
)
def test_elements_become_columns(values: Any, made: dict[str, list[Any]]) -> None:
    assert fit(Flatten("v"), v=values)[1].to_dict(as_series=False) == made


def test_longer_list_is_refused_or_cut() -> None:
    longer = pl.DataFrame({"v": [[1.0], [1.0, 2.0, 3.0]]})
    strict = fit(Flatten("v"), v=[[1.0, 2.0]])[0]
    with pytest.raises(RecipeError, match=r"'v' has a value that has more than 2 elements in 1 row.*in row 1.*cut"):
        strict.transform(longer)
    with pytest.raises(RecipeError, match="The list of the column 'v' has 3 elements, more than 2.*cut"):
        strict.row()(longer.row(1, named=True))
    lenient = fit(Flatten("v", longer="cut"), v=[[1.0, 2.0]])[0]
    assert lenient.transform(longer).rows() == [(1.0, None), (1.0, 2.0)]
    assert fit(Flatten("v", length=1, longer="cut"), v=[[1.0, 2.0]])[1].columns == ["v_0"]
    with pytest.raises(RecipeError, match="more than 2 elements"):
        fit(Assemble("v"), v=[[1.0, 2.0]])[0].transform(longer)


@pytest.mark.parametrize(
    ("step", "columns", "message"),
    [
        (Flatten("v"), {"v": [[[1.0]]]}, r"'v' holds List\(List\(Float64\)\); lists of numbers, texts or truth"),
        (Flatten("v"), {"v": [{"a": 1}]}, "'v' holds Struct"),
        (Flatten("v"), {"v": [1.0]}, "'v' is numeric, and flatten works on nested columns"),
        (Flatten("v", length=0), {"v": [[1.0]]}, "length 0"),
        (Flatten(["v", "w"], prefix="x"), {"v": [[1.0]], "w": [[1.0]]}, "one `prefix`, and 'v, w' means 2"),
        (Assemble("v"), {"v": [["a"]]}, r"'v' holds List\(String\), not numbers"),
        (Assemble("v"), {"v": ["a"]}, "'v' is categorical, and assemble works on"),
    ],
)
def test_what_cannot_be(step: Step, columns: Any, message: str) -> None:
    with pytest.raises((RecipeError, ConfigError), match=message):
        fit(step, **columns)


def test_vectors_pass_through_other_engines() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0], "v": [[1.0], [2.0, 3.0]]})
    fitted, expected = fit(Assemble(["a", "v"]), a=frame["a"], v=frame["v"])
    for given in (frame.to_arrow(), frame.to_pandas(), frame.lazy()):
        after: Any = fitted.transform(given)
        got = after.collect() if isinstance(after, pl.LazyFrame) else pl.DataFrame(after)
        assert got["vector"].to_list() == expected["vector"].to_list()
