"""Categories as numbers: every policy for values without an answer, and figures that can be checked elsewhere."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.recipe import Prepared, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import CountEncode, GroupRare, HashEncode, OneHot, Ordinal

SCHEMA = Schema((Column("x", "String", Kind.CATEGORICAL), Column("y", "String", Kind.CATEGORICAL, role=Role.TARGET)))


def fit(step: Step, values: list[Any], **facts: Any) -> Prepared:
    frame = pl.DataFrame({"x": values, "y": [f"y{i}" for i in range(len(values))]})
    schema = SCHEMA.with_facts("x", dtype=str(frame["x"].dtype), **facts)
    return Recipe((step,)).prepare(frame, schema)


def new(done: Prepared, *values: Any) -> dict[str, list[Any]]:
    """Prepare new rows, as a table and one by one."""
    dtype = {"String": pl.String, "Int64": pl.Int64, "Float64": pl.Float64}[done.recipe.schema["x"].dtype]
    after = done.recipe.transform(pl.DataFrame({"x": pl.Series(values, dtype=dtype)}))
    assert after.to_dicts() == [done.recipe.row()({"x": value}) for value in values]
    return after.to_dict(as_series=False)  # type: ignore[no-any-return]


class TestPolicies:
    def test_ordinal_ranks_are_those_of_scikit_learn(self) -> None:
        values = ["b", "a", "c", "a"]
        done = fit(Ordinal("x"), values)
        ours = new(done, *values, "z")["x"]
        theirs = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan).fit([[v] for v in values])
        assert ours[:-1] == theirs.transform([[v] for v in values]).ravel().tolist()
        assert ours[-1] is None

    def test_kept_values_come_after_all_others(self) -> None:
        assert new(fit(Ordinal("x", unseen="keep", missing="keep"), ["a", "b"]), "b", "z", None)["x"] == [1.0, 2.0, 2.0]
        one_hot = new(fit(OneHot("x", unseen="keep", missing="keep"), ["a", "b"]), "b", "z", None)
        assert one_hot == {
            "x=a": [False, False, False],
            "x=b": [True, False, False],
            "x_other": [False, True, False],
            "x_missing": [False, False, True],
        }

    def test_skipped_rows_teach_nothing_and_are_answered_all_the_same(self) -> None:
        done = fit(Ordinal("x", order=("a", "b"), unseen="skip", missing="skip"), ["b", None, "z", "a"])
        assert done.frame["x"].to_list() == [1.0, 0.0]
        assert done.target is not None
        assert done.target.tolist() == ["y0", "y3"]
        assert done.rows is not None
        assert done.rows.tolist() == [0, 3]
        assert new(done, "z", None, "a")["x"] == [None, None, 0.0]
        assert fit(OneHot("x", missing="skip"), ["b", None]).frame.height == 1
        assert fit(CountEncode("x", missing="skip"), ["b", None]).frame["x_count"].to_list() == [1.0]

    def test_nothing_is_skipped_where_every_row_has_an_answer(self) -> None:
        assert fit(Ordinal("x", missing="skip"), ["b", "a"]).rows is None

    def test_skipping_every_row_is_refused(self) -> None:
        with pytest.raises(RecipeError, match=r"Step 1 \(ordinal\): It leaves out every one of 2 rows.*`skip`"):
            fit(Ordinal("x", order=("a",), unseen="skip", missing="skip"), [None, "z"])

    @pytest.mark.parametrize(
        "step", [Ordinal("x", missing="error"), OneHot("x", missing="error"), CountEncode("x", missing="error")]
    )
    def test_missing_value_can_be_refused(self, step: Step) -> None:
        with pytest.raises(RecipeError, match=r"'x' has a value that is missing in 1 row: None in row 1.*fill_missing"):
            fit(step, ["a", None])
        with pytest.raises(RecipeError, match=r"The value of the column 'x' is missing\..*fill_missing"):
            fit(step, ["a", "b"]).recipe.row()({"x": None})

    @pytest.mark.parametrize(
        ("step", "rule"),
        [
            (Ordinal("x", unseen="error"), "is outside the order"),
            (OneHot("x", unseen="error"), "has no column of its own"),
            (CountEncode("x", unseen="error"), "was in no training row"),
        ],
    )
    def test_unseen_value_can_be_refused(self, step: Step, rule: str) -> None:
        done = fit(step, ["a", "b"])
        with pytest.raises(RecipeError, match=rf"'x' has a value that {rule} in 1 row: 'z' in row 1.*'a', 'b'"):
            done.recipe.transform(pl.DataFrame({"x": ["a", "z", None]}))
        with pytest.raises(RecipeError, match=rf"The value 'z' of the column 'x' {rule}"):
            done.recipe.row()({"x": "z"})

    def test_number_that_may_lie_anywhere_keeps_no_order(self) -> None:
        keeps = fit(Ordinal("x"), [1, 2], kind=Kind.ORDINAL).recipe.output_schema["x"]
        loses = fit(Ordinal("x", unseen="keep"), [1, 2], kind=Kind.ORDINAL).recipe.output_schema["x"]
        assert (keeps.direction, loses.direction) == (Direction.KEEPS, Direction.LOSES)


class TestOneHot:
    def test_columns_are_those_of_scikit_learn(self) -> None:
        values = ["b", "a", "c", "a"]
        ours = fit(OneHot("x"), values).frame.drop("y").to_numpy()
        assert ours.tolist() == OneHotEncoder().fit_transform([[v] for v in values]).toarray().tolist()

    def test_last_column_can_be_left_out(self) -> None:
        assert list(new(fit(OneHot("x", drop_last=True), ["a", "b", "c"]), "a")) == ["x=a", "x=b"]
        assert list(new(fit(OneHot("x", drop_last=True, unseen="keep"), ["a", "b"]), "a")) == ["x=a", "x=b"]
        assert list(new(fit(OneHot("x", drop_last=True), ["a"]), "a")) == []

    def test_ranks_get_a_column_each_whether_seen_or_not(self) -> None:
        done = fit(OneHot("x", ordinal_encoded=True, unseen="keep"), [0.0, 3.0, None], kind=Kind.NUMERIC)
        made = new(done, 0.0, 2.0, 3.0, 4.0, 0.5, None)
        assert list(made) == ["x=0", "x=1", "x=2", "x=3", "x_other"]
        assert made["x=2"] == [False, True, False, False, False, False]
        assert made["x_other"] == [False, False, False, True, True, False]

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ([0.0, -1.0], "is no rank 0, 1, 2 … in 1 row: -1.0 in row 1"),
            ([1.5], "1.5 in row 0"),
            (["a"], "holds String"),
        ],
    )
    def test_what_is_no_rank_is_refused(self, values: list[Any], message: str) -> None:
        with pytest.raises(RecipeError, match=message):
            fit(OneHot("x", ordinal_encoded=True), values)

    def test_more_ranks_than_columns_are_refused(self) -> None:
        with pytest.raises(RecipeError, match="ranks up to 20, and `max_categories` is 20.*`max_categories: 21`"):
            fit(OneHot("x", ordinal_encoded=True), [20])


class TestRare:
    @pytest.mark.parametrize(
        ("options", "kept"),
        [
            ({"min_count": 2}, {"a", "b"}),
            ({"min_count": 2, "at_limit": "group"}, {"a"}),
            ({"min_share": 1 / 3, "at_limit": "group"}, {"a"}),
            ({"min_share": 1 / 3}, {"a", "b"}),
            ({"min_count": 1, "max_categories": 0}, {"a", "b", "c"}),
            ({"max_categories": 0}, {"a", "b", "c"}),
            ({"min_count": 1, "max_categories": 1}, {"a"}),
        ],
    )
    def test_limits(self, options: Any, kept: set[str]) -> None:
        done = fit(GroupRare("x", **options), ["a", "a", "a", "b", "b", "c", None])
        assert set(done.frame["x"].drop_nulls().to_list()) - {"other"} == kept

    def test_limits_that_make_no_sense(self) -> None:
        for options in ({"min_share": 0.0}, {"min_count": 0}, {"max_categories": -1}):
            with pytest.raises(ConfigError):
                fit(GroupRare("x", **options), ["a"])  # type: ignore[arg-type]


class TestCount:
    def test_counts_and_shares_of_the_training_rows(self) -> None:
        values = ["a", "a", "b", None]
        assert new(fit(CountEncode("x"), values), "a", "b", "z", None) == {"x_count": [2.0, 1.0, 0.0, 1.0]}
        assert new(fit(CountEncode("x", "frequency"), values), "a", None) == {"x_frequency": [0.5, 0.25]}
        assert (
            new(fit(CountEncode("x", unseen="missing", missing="missing"), values), "z", None)["x_count"] == [None] * 2
        )

    def test_numbers_are_the_same_category_in_either_type(self) -> None:
        done = fit(CountEncode("x"), [3, 3, 4])
        assert done.recipe.transform(pl.DataFrame({"x": [3.0, 3.5]}))["x_count"].to_list() == [2.0, 0.0]

    def test_what_was_learnt_can_be_read(self) -> None:
        learned = fit(CountEncode("x"), ["a", "b", "b", None]).recipe.learned()["steps"][0]["learned"]["x"]
        assert learned == {
            "rows": 4,
            "missing": 1,
            "categories": 2,
            "most_frequent": [{"value": "b", "count": 2}, {"value": "a", "count": 1}],
        }


class TestHash:
    @pytest.mark.parametrize("alternate_sign", [True, False])
    def test_figures_are_those_of_scikit_learn(self, alternate_sign: bool) -> None:
        rng = np.random.default_rng(0)
        frame = pl.DataFrame({"x": [f"ü{i}" for i in rng.integers(0, 99, 300)], "z": [f"b{i % 7}" for i in range(300)]})
        step = HashEncode(["x", "z"], n_features=16, alternate_sign=alternate_sign)
        ours = Recipe((step,)).fit_transform(frame).to_numpy()
        theirs = FeatureHasher(16, alternate_sign=alternate_sign).transform(frame.to_dicts()).toarray()
        assert (ours == theirs).all()

    def test_missing_adds_nothing_and_numbers_read_alike(self) -> None:
        done = fit(HashEncode("x", n_features=4), [3, None])
        as_float = done.recipe.transform(pl.DataFrame({"x": [3.0]}))
        assert as_float.rows() == done.recipe.transform(pl.DataFrame({"x": [3]})).rows()
        assert set(done.recipe.row()({"x": None}).values()) == {0.0}

    def test_columns_are_protected_as_their_sources(self) -> None:
        made = fit(HashEncode("x", n_features=1), ["a"], protected=True).recipe.output_schema["hash_0"]
        assert (made.protected, made.sources, made.direction) == (True, ("x",), Direction.LOSES)


def test_long_cells_are_told_by_their_beginning() -> None:
    long = "x" * 1_000_000
    done = fit(Ordinal("x", unseen="error"), [long, "a"])
    assert new(done, long)["x"] == [1.0]
    for given in (
        lambda: done.recipe.transform(pl.DataFrame({"x": [long + "y"]})),
        lambda: done.recipe.row()({"x": long + "y"}),
    ):
        with pytest.raises(RecipeError) as caught:
            given()
        assert len(str(caught.value)) < 500
