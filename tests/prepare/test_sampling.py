"""Some of the training rows, or more of them than there are: how many, which ones, and with which values."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.recipe import Prepared, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Balance, Filter, Sample, Scale

SCHEMA = Schema(
    (
        Column("a", "Float64", Kind.NUMERIC),
        Column("n", "Int64", Kind.NUMERIC),
        Column("c", "String", Kind.CATEGORICAL),
        Column("id", "Int64", Kind.NUMERIC, role=Role.ID),
        Column("w", "Float64", Kind.NUMERIC, role=Role.WEIGHT),
        Column("y", "String", Kind.CATEGORICAL, role=Role.TARGET),
    )
)


def rows(sizes: dict[str | None, int], seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    labels = [label for label, size in sizes.items() for _ in range(size)]
    count = len(labels)
    frame = pl.DataFrame(
        {
            "a": rng.normal(size=count) * 100,
            "n": rng.integers(0, 50, count),
            "c": [f"c{i}" for i in rng.integers(0, 4, count)],
            "id": range(count),
            "w": rng.random(count),
            "y": pl.Series(labels, dtype=pl.String),
        }
    )
    return frame[rng.permutation(count)]


def prepare(step: Step, frame: pl.DataFrame, **options: Any) -> Prepared:
    return Recipe((step,)).prepare(frame, SCHEMA.select(frame.columns), **options)


def sizes_of(done: Prepared) -> dict[Any, int]:
    assert done.target is not None
    return {label: done.target.tolist().count(label) for label in set(done.target.tolist())}


def rows_of(done: Prepared) -> NDArray[np.int64]:
    assert done.rows is not None
    return done.rows


class TestSample:
    FRAME = rows({"no": 90, "yes": 10})

    def test_first_rows(self) -> None:
        assert rows_of(prepare(Sample("limit", size=5), self.FRAME)).tolist() == [0, 1, 2, 3, 4]
        assert len(prepare(Sample("limit", size=500), self.FRAME).frame) == 100

    @pytest.mark.parametrize(("options", "count"), [({"size": 30}, 30), ({"share": 0.25}, 25), ({"share": 0.001}, 1)])
    def test_so_many_rows_in_their_order(self, options: Any, count: int) -> None:
        done = prepare(Sample(**options), self.FRAME)
        assert len(done.frame) == count
        assert sorted(set(rows_of(done).tolist())) == rows_of(done).tolist()
        assert done.frame.equals(self.FRAME[rows_of(done)])

    def test_seed_decides(self) -> None:
        first, again, other = (rows_of(prepare(Sample(size=20), self.FRAME, seed=seed)).tolist() for seed in (1, 1, 2))
        assert first == again != other
        fixed = [rows_of(prepare(Sample(size=20, seed=5), self.FRAME, seed=seed)).tolist() for seed in (1, 2)]
        assert fixed[0] == fixed[1]

    @pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.99])
    def test_strata_keep_their_share_within_one_row(self, share: float) -> None:
        done = prepare(Sample("stratified", share=share, by=("c", "y")), self.FRAME)
        before = self.FRAME.group_by("c", "y").len()
        both = before.join(done.frame.group_by("c", "y").len(), on=["c", "y"], how="left").fill_null(0)
        assert (both["len_right"] - both["len"] * share).abs().max() < 1.0  # type: ignore[operator]
        assert len(done.frame) == round(100 * share)

    def test_target_makes_the_strata_where_nothing_is_said(self) -> None:
        assert sizes_of(prepare(Sample("stratified", share=0.2), self.FRAME)) == {"no": 18, "yes": 2}
        given = np.array([1.5, None] * 50, dtype=object)
        done = Recipe((Sample("stratified", size=10),)).prepare(self.FRAME.drop("y"), SCHEMA.drop(["y"]), given)
        assert done.target is not None
        assert done.target.tolist().count(None) == 5

    def test_no_target_to_stratify_by(self) -> None:
        with pytest.raises(RecipeError, match="Strata are made of the target, and there is none"):
            prepare(Sample("stratified", size=2), self.FRAME.drop("y"))

    def test_stratum_that_is_gone(self) -> None:
        with pytest.raises(RecipeError, match=r"Step 1 \(sample\): There is no column 'd'"):
            prepare(Sample("stratified", size=2, by=("d",)), self.FRAME)

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Sample(), "either `size` or `share`"),
            (Sample(size=1, share=0.5), "either `size` or `share`"),
            (Sample(size=0), "size 0"),
            (Sample(share=1.5), "share 1.5"),
            (Sample(size=1, by=("c",)), "only `method: stratified` uses"),
            (Sample("stratified", size=1, by=()), "an empty `by`"),
        ],
    )
    def test_option_that_makes_no_sense(self, step: Step, message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            prepare(step, self.FRAME)


class TestBalance:
    FRAME = rows({"a": 60, "b": 20, "c": 8, None: 4})

    @pytest.mark.parametrize(
        ("method", "ratio", "sizes"),
        [
            ("oversample", 1.0, {"a": 60, "b": 60, "c": 60, None: 4}),
            ("oversample", 0.3, {"a": 60, "b": 20, "c": 18, None: 4}),
            ("smote", 0.5, {"a": 60, "b": 30, "c": 30, None: 4}),
            ("undersample", 1.0, {"a": 8, "b": 8, "c": 8, None: 4}),
            ("undersample", 0.25, {"a": 32, "b": 20, "c": 8, None: 4}),
        ],
    )
    def test_sizes_of_the_classes(self, method: Any, ratio: float, sizes: dict[Any, int]) -> None:
        assert sizes_of(prepare(Balance(method, ratio), self.FRAME)) == sizes

    @pytest.mark.parametrize("method", ["oversample", "undersample", "smote"])
    def test_target_id_and_weight_stay_with_the_row(self, method: Any) -> None:
        done = prepare(Balance(method), self.FRAME)
        kept = ["id", "w", "y"]
        assert done.frame.select(kept).equals(self.FRAME[rows_of(done)].select(kept))
        assert done.target is not None
        assert done.target.tolist() == done.frame["y"].to_list()

    def test_rows_that_judge_stay_as_they_are(self) -> None:
        recipe = prepare(Balance("smote"), self.FRAME).recipe
        assert recipe.transform(self.FRAME).equals(self.FRAME)
        assert recipe.online

    def test_invented_rows_lie_between_near_rows_of_the_class(self) -> None:
        done = prepare(Balance("smote", k_neighbors=3), self.FRAME)
        assert done.origins is not None
        first, second = done.origins.parents[len(self.FRAME) :].T
        invented = done.frame[len(self.FRAME) :]
        assert done.frame[: len(self.FRAME)].equals(self.FRAME)
        assert (first != second).all()
        assert self.FRAME[first]["y"].to_list() == self.FRAME[second]["y"].to_list() == invented["y"].to_list()
        numbers = self.FRAME.select((pl.col("a", "n") - pl.col("a", "n").mean()) / pl.col("a", "n").std(ddof=0))
        points, labels = numbers.to_numpy(), self.FRAME["y"].to_list()
        for one, other in zip(first, second, strict=True):
            of_class = [i for i, label in enumerate(labels) if label == labels[one] and i != one]
            near = sorted(of_class, key=lambda i: float(((points[i] - points[one]) ** 2).sum()))[:3]
            assert other in near
        weight = (invented["a"] - self.FRAME[first]["a"]) / (self.FRAME[second]["a"] - self.FRAME[first]["a"])
        assert weight.is_between(0, 1).all()
        between = self.FRAME[first]["n"] * (1 - weight) + self.FRAME[second]["n"] * weight
        assert (invented["n"] - between).abs().max() <= 0.5 + 1e-9  # type: ignore[operator]
        from_first = invented["c"] == self.FRAME[first]["c"]
        from_second = invented["c"] == self.FRAME[second]["c"]
        assert (from_first | from_second).all()
        assert (from_first & ~from_second).any()
        assert (from_second & ~from_first).any()

    def test_later_steps_learn_from_the_balanced_rows(self) -> None:
        done = Recipe((Balance(), Scale("a"))).prepare(self.FRAME, SCHEMA)
        assert done.frame["a"].mean() == pytest.approx(0.0, abs=1e-9)
        assert done.recipe.transform(self.FRAME)["a"].mean() != pytest.approx(0.0, abs=1e-3)

    def test_copies_of_a_row_have_neighbours_too(self) -> None:
        twice = pl.concat([rows({"a": 20}), *[rows({"b": 1})] * 4])
        done = prepare(Balance("smote", k_neighbors=3), twice)
        assert sizes_of(done) == {"a": 20, "b": 20}

    def test_rows_invented_twice_know_all_their_parents(self) -> None:
        steps = (Balance("smote", 0.5), Filter("n >= 0"), Balance("smote"))
        done = Recipe(steps).prepare(self.FRAME, SCHEMA)
        assert done.origins is not None
        assert done.origins.parents.shape == (60 * 3 + 4, 4)

    def test_same_seed_same_rows(self) -> None:
        one, again, other = (prepare(Balance("smote"), self.FRAME, seed=seed).frame for seed in (1, 1, 2))
        assert one.equals(again)
        assert not one.equals(other)

    def test_one_class_is_left_alone(self) -> None:
        assert prepare(Balance("smote"), rows({"a": 3})).frame.height == 3

    @pytest.mark.parametrize(
        ("step", "frame", "message"),
        [
            (Balance(), FRAME.drop("y"), "Classes of the target are balanced, and there is none"),
            (
                Balance("smote"),
                rows({"a": 30, "b": 5}),
                "The class 'b' has 5 rows, and 5 neighbours of each are needed",
            ),
            (
                Balance("smote"),
                FRAME.with_columns(pl.when(pl.col("id") > 1).then("a").alias("a")),
                r"'a' is missing or infinite in 2 rows, the first is row \d+; no distance.*fill_missing",
            ),
            (Balance("smote"), FRAME.select("c", "y"), "no feature is numeric"),
            (Balance(ratio=0.0), FRAME, "ratio 0.0"),
            (Balance(k_neighbors=0), FRAME, "k_neighbors 0"),
        ],
    )
    def test_what_cannot_be_balanced(self, step: Step, frame: pl.DataFrame, message: str) -> None:
        with pytest.raises((RecipeError, ConfigError), match=message):
            prepare(step, frame)

    def test_nested_column_is_refused(self) -> None:
        frame = self.FRAME.with_columns(v=pl.concat_list("a", "n"))
        schema = SCHEMA.with_columns(Column("v", "List(Float64)", Kind.NESTED))
        with pytest.raises(RecipeError, match=r"'v' holds lists or structures.*Flatten or drop"):
            Recipe((Balance("smote"),)).prepare(frame, schema)

    @pytest.mark.parametrize("task", [None, Task.REGRESSION])
    def test_number_as_target_is_refused(self, task: Task | None) -> None:
        truth = np.random.default_rng(0).normal(size=len(self.FRAME))
        with pytest.raises(RecipeError, match="The target is a number, and only classes can be balanced"):
            Recipe((Balance(),)).prepare(self.FRAME.drop("y"), SCHEMA.drop(["y"]), truth, task=task)


@pytest.mark.parametrize(
    "step", [Balance("smote"), Balance(), Sample("stratified", share=0.5)], ids=lambda step: step.op
)
def test_other_engines_give_the_same_rows(step: Step) -> None:
    frame = rows({"a": 30, "b": 12})
    expected = prepare(step, frame).frame
    for given in (frame.to_pandas(), frame.to_arrow(), frame.lazy()):
        got = Recipe((step,)).prepare(given, SCHEMA).frame
        table = got if isinstance(got, pl.DataFrame) else pl.DataFrame(got)
        assert table.equals(expected)
