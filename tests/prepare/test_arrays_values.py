"""What the steps give that look into cells: by hand, and against numpy, scipy and pandas."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Schema
from clew.prepare.dtypes import dtype_name, kind_of
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.seriesfeatures import FEATURES
from clew.prepare.step import Step
from clew.prepare.steps import Explode, ExtractFeatures, FillArray, FlattenStructured, ParseArray, StandardizeLength

NAN = math.nan


def fitted(step: Step, **columns: Any) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame(columns, strict=False)
    types = {name: dtype_name(dtype) for name, dtype in frame.schema.items()}
    schema = Schema(tuple(Column(n, t, Kind.TEXT if t == "String" else kind_of(t)) for n, t in types.items()))
    recipe = Recipe((step,)).learn(frame, schema)
    return recipe, recipe.transform(frame)


def made(step: Step, **columns: Any) -> pl.DataFrame:
    recipe, after = fitted(step, **columns)
    if recipe.online:
        rows = pl.DataFrame(columns, strict=False).to_dicts()
        assert [recipe.row()(row) for row in rows] == after.to_dicts()
    return after


class TestArrays:
    def test_a_row_per_value(self) -> None:
        after = made(Explode("tags", position="place"), who=[1, 2, 3], tags=[["a", "b"], [], None])
        assert after.rows() == [(1, "a", 0), (1, "b", 1), (2, None, None), (3, None, None)]
        after = made(Explode("tags", keep_empty=False), who=[1, 2, 3], tags=[["a", "b"], [], None])
        assert after.rows() == [(1, "a"), (1, "b")]

    def test_arrays_go_side_by_side_if_they_are_equally_long(self) -> None:
        after = made(Explode(["a", "b"]), a=[[1, 2], [3]], b=[["x", "y"], ["z"]])
        assert after.rows() == [(1, "x"), (2, "y"), (3, "z")]
        with pytest.raises(RecipeError, match=r"of different lengths in 1 rows: row 1 \(1 and 2\)"):
            made(Explode(["a", "b"]), a=[[1, 2], [3]], b=[["x", "y"], ["z", "z"]])

    def test_arrays_within_arrays_take_a_step_each(self) -> None:
        frame = pl.DataFrame({"x": [[[1, 2], [3]], [[4]]]})
        schema = Schema((Column("x", "List(List(Int64))", Kind.NESTED),))
        recipe = Recipe((Explode("x"), Explode("x"))).learn(frame, schema)
        assert recipe.transform(frame)["x"].to_list() == [1, 2, 3, 4]
        assert recipe.output_schema["x"].kind is Kind.NUMERIC

    def test_the_length_is_a_quantile_of_the_training_rows(self) -> None:
        arrays = [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]
        after = made(StandardizeLength("x", 0.5), x=arrays)
        assert after["x"].to_list() == [[1, 2, 3, None], [1, 2, 3, 4], [1, 2, 3, 4]]
        after = made(StandardizeLength("x", flatten=True), x=[*arrays, None])
        assert after.columns == [f"x_{i}" for i in range(5)]
        assert after["x_4"].to_list() == [None, None, 5.0, None]

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            ("forward", [[30.0, 40.0, 35.0, 35.0, 35.0], [45.0, 45.0, 55.0], [None, 1.0]]),
            ("backward", [[30.0, 40.0, 35.0, None, None], [45.0, 55.0, 55.0], [1.0, 1.0]]),
            ("interpolate", [[30.0, 40.0, 35.0, None, None], [45.0, 50.0, 55.0], [None, 1.0]]),
        ],
    )
    def test_gaps_are_filled_within_their_own_array(self, method: Any, expected: list[Any]) -> None:
        arrays = [[30.0, 40.0, 35.0, NAN, NAN], [45.0, None, 55.0], [NAN, 1.0]]
        assert made(FillArray("x", method), x=arrays)["x"].to_list() == expected

    def test_gaps_are_filled_with_one_value(self) -> None:
        arrays = [["b", None], ["a", "b", "a"], None]
        assert made(FillArray("x", "most_frequent"), x=arrays)["x"].to_list() == [["b", "a"], ["a", "b", "a"], None]
        assert made(FillArray("x", "constant", "-"), x=arrays)["x"].to_list() == [["b", "-"], ["a", "b", "a"], None]
        with pytest.raises(RecipeError, match=r"The value 0 does not fit the column 'x', whose arrays hold String"):
            made(FillArray("x", "constant", 0), x=arrays)

    def test_rows_that_miss_too_much_are_left_out_of_fitting_only(self) -> None:
        frame = pl.DataFrame({"x": [[1.0, None], [None, None, 1.0], [], None]})
        schema = Schema((Column("x", "List(Float64)", Kind.NESTED),))
        done = Recipe((FillArray("x", max_missing=0.5),)).prepare(frame, schema)
        assert done.rows.tolist() == [0, 2, 3]
        assert len(done.recipe.transform(frame)) == 4

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Explode("n"), r"'n' is numeric, and explode works on nested columns"),
            (ExtractFeatures("tags"), r"'tags' holds arrays of String, and extract_features needs numbers"),
            (FillArray("tags", "interpolate"), r"'tags' holds arrays of String, and interpolate needs numbers"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, step: Step, message: str) -> None:
        with pytest.raises(RecipeError, match=message):
            made(step, n=[1], tags=[["a"]])

    @pytest.mark.parametrize(
        "options",
        [
            {"op": "standardize_length", "cutoff_quantile": 2},
            {"op": "fill_array", "method": "constant"},
            {"op": "fill_array", "max_missing": -1},
            {"op": "flatten_structured", "keys": []},
        ],
    )
    def test_options_without_meaning_are_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(ConfigError):
            Recipe.from_dict([{"columns": "x", **options}])


def longest(flags: list[bool]) -> int:
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def by_hand(x: np.ndarray) -> dict[str, float]:
    """The figures by their definitions, of at least four values that differ."""
    n, changes, mean = len(x), np.diff(x), x.mean()
    return {
        "sum_values": x.sum(),
        "median": np.median(x),
        "mean": mean,
        "length": n,
        "standard_deviation": x.std(),
        "variance": x.var(),
        "maximum": x.max(),
        "minimum": x.min(),
        "abs_energy": (x**2).sum(),
        "absolute_maximum": np.abs(x).max(),
        "absolute_sum_of_changes": np.abs(changes).sum(),
        "autocorrelation_lag_1": ((x[1:] - mean) * (x[:-1] - mean)).sum() / ((n - 1) * x.var()),
        "cid_ce": np.sqrt((changes**2).sum()),
        "count_above_mean": (x > mean).sum(),
        "count_below_mean": (x < mean).sum(),
        "first_location_of_maximum": np.argmax(x) / n,
        "first_location_of_minimum": np.argmin(x) / n,
        "kurtosis": pd.Series(x).kurtosis(),
        "last_location_of_maximum": 1.0 - np.argmax(x[::-1]) / n,
        "last_location_of_minimum": 1.0 - np.argmin(x[::-1]) / n,
        "linear_trend_slope": np.polyfit(np.arange(n), x, 1)[0],
        "longest_strike_above_mean": longest(list(x > mean)),
        "longest_strike_below_mean": longest(list(x < mean)),
        "mean_abs_change": np.abs(changes).mean(),
        "mean_change": (x[-1] - x[0]) / (n - 1),
        "root_mean_square": np.sqrt((x**2).mean()),
        "skewness": pd.Series(x).skew(),
        "variation_coefficient": x.std() / mean,
    }


class TestFeatures:
    def test_every_feature_is_what_its_definition_says(self) -> None:
        rng = np.random.default_rng(0)
        arrays = [rng.normal(3.0, 2.0, n).round(1) for n in (4, 5, 17, 60)]
        after = made(ExtractFeatures("x", "all"), x=[array.tolist() for array in arrays])
        assert after.columns == [f"x_{name}" for name in FEATURES]
        for row, array in zip(after.to_dicts(), arrays, strict=True):
            for name, expected in by_hand(array).items():
                assert row[f"x_{name}"] == pytest.approx(expected, rel=1e-9, abs=1e-12), name

    def test_missing_values_are_left_aside_and_short_arrays_have_what_they_can(self) -> None:
        after = made(ExtractFeatures("x", "all"), x=[[None, 2.0, NAN], [], None, [None], [1.0, 1.0]])
        assert after["x_length"].to_list() == [3.0, 0.0, None, 1.0, 2.0]
        assert after["x_mean"].to_list() == [2.0, None, None, None, 1.0]
        assert after["x_mean_change"].to_list() == [None, None, None, None, 0.0]
        assert after["x_skewness"].to_list() == [None] * 5
        assert after["x_autocorrelation_lag_1"].to_list() == [None] * 5

    @settings(max_examples=30, deadline=None)
    @given(arrays=st.lists(st.lists(st.floats(-1e6, 1e6), max_size=9), min_size=2, max_size=5))
    def test_an_array_has_the_same_figures_alone_and_among_others(self, arrays: list[list[float]]) -> None:
        frame = pl.DataFrame({"x": arrays}, schema={"x": pl.List(pl.Float64)})
        schema = Schema((Column("x", "List(Float64)", Kind.NESTED),))
        recipe = Recipe((ExtractFeatures("x", "all"),)).learn(frame, schema)
        together = recipe.transform(frame)
        assert [recipe.transform(frame[i : i + 1]).row(0) for i in range(len(arrays))] == together.rows()

    def test_long_arrays_have_the_same_bits_alone_and_among_others(self) -> None:
        rng = np.random.default_rng(0)
        arrays = [rng.lognormal(0, 5, n).tolist() for n in (9, 127, 128, 129, 1_000, 5_001)]
        made(ExtractFeatures("x", "all"), x=arrays)  # compares columns with rows


class TestStructures:
    TEXTS = ('{"a": 1, "b": {"c": "x"}, "d": [1]}', '{"a": 2.5, "e": true}', "", None, '{"b": {"c": "y", "f": 1}}')

    def test_keys_become_columns_of_their_own_type(self) -> None:
        recipe, after = fitted(FlattenStructured("j"), j=self.TEXTS)
        assert after.schema == {"j_a": pl.Float64, "j_b": pl.String, "j_d": pl.String, "j_e": pl.Boolean}
        assert after["j_a"].to_list() == [1.0, 2.5, None, None, None]
        assert after["j_b"].to_list() == ['{"c":"x"}', None, None, None, '{"c":"y","f":1}']
        assert recipe.output_schema["j_d"].kind is Kind.TEXT
        assert recipe.row()({"j": '{"a": 7, "z": 1}'}) == {"j_a": 7.0, "j_b": None, "j_d": None, "j_e": None}

    def test_deeper_levels_take_a_step_each(self) -> None:
        frame = pl.DataFrame({"j": self.TEXTS})
        schema = Schema((Column("j", "String", Kind.TEXT),))
        recipe = Recipe((FlattenStructured("j", ("b",)), FlattenStructured("j_b"))).learn(frame, schema)
        assert recipe.transform(frame).rows() == [("x", None), (None, None), (None, None), (None, None), ("y", 1.0)]
        assert recipe.output_schema["j_b_c"].raw_sources == ("j",)

    def test_structures_keep_the_types_of_their_fields(self) -> None:
        cells = [{"city": "Ulm", "n": 1, "at": {"x": 0.5}}, None]
        after = made(FlattenStructured("p", keep=True), p=cells)
        assert after.columns == ["p", "p_city", "p_n", "p_at"]
        assert after["p_n"].to_list() == [1, None]

    def test_a_cell_of_another_form_is_refused_or_missing(self) -> None:
        recipe, _ = fitted(FlattenStructured("j"), j=['{"a": 1}'])
        later = pl.DataFrame({"j": ['{"a": 2}', "[1]", '{"a": "x"}', "{", "[" * 100_000]})
        with pytest.raises(
            RecipeError,
            match=r"is no JSON object of the keys and types learnt in 4 rows: '\[1\]' in row 1.*Hint: .*missing",
        ):
            recipe.transform(later)
        with pytest.raises(RecipeError, match=r"A value of the column 'j' is no JSON object"):
            recipe.row()({"j": "[1]"})
        lenient, _ = fitted(FlattenStructured("j", errors="missing"), j=['{"a": 1}'])
        assert lenient.transform(later)["j_a"].to_list() == [2.0, None, None, None, None]

    def test_a_large_cell_and_many_keys(self) -> None:
        wide = json.dumps({f"k{i}": i for i in range(3_000)})
        large = json.dumps({"k1": "x" * 1_000_000})
        after = made(FlattenStructured("j", ("k1",), errors="missing"), j=[wide, large])
        assert after["j_k1"].str.len_chars().to_list() == [1, 1_000_000]

    def test_whole_numbers_that_floats_cannot_hold_stay_as_they_are_written(self) -> None:
        after = made(FlattenStructured("j"), j=['{"id": 12345678901234567890}', '{"id": 9007199254740993}'])
        assert after["j_id"].to_list() == ["12345678901234567890", "9007199254740993"]

    def test_text_becomes_arrays(self) -> None:
        after = made(ParseArray("x"), x=["[1, 2.5, null]", "[]", "", None])
        assert after["x"].to_list() == [[1.0, 2.5, None], [], None, None]
        recipe, _ = fitted(ParseArray("x"), x=["[1]"])
        later = pl.DataFrame({"x": ["[1]", '["a"]']})
        with pytest.raises(RecipeError, match=r"is no JSON array of the type learnt in 1 row: '\[\"a\"\]' in row 1"):
            recipe.transform(later)
