"""Encodings by the target beside `target_mean`: the figures, weights, and what training rows see."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import TargetEncoder

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare import registry
from clew.prepare.recipe import Prepared, Recipe
from clew.prepare.step import Step, StepKind, Training
from clew.prepare.steps import LeaveOneOut, TargetMean, WeightOfEvidence
from clew.prepare.table import Table

SCHEMA = Schema(
    (
        Column("x", "String", Kind.CATEGORICAL),
        Column("w", "Float64", Kind.NUMERIC, role=Role.WEIGHT),
        Column("g", "Int64", Kind.NUMERIC, role=Role.GROUP),
        Column("t", "Int64", Kind.NUMERIC, role=Role.TIME),
    )
)


@dataclass(frozen=True)
class Copies(Step):
    """Every row twice."""

    op: ClassVar[str] = "copies"
    kind: ClassVar[StepKind] = StepKind.ROWS

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        return ()

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:
        return np.tile(np.arange(len(table)), 2)


def prepare(step: Step, truth: list[Any], task: Task = Task.REGRESSION, seed: int = 0, **columns: Any) -> Prepared:
    frame = pl.DataFrame(
        columns, schema={name: {"x": pl.String, "w": pl.Float64}.get(name, pl.Int64) for name in columns}
    )
    target = np.array(truth, dtype=object)
    return Recipe((step,)).prepare(frame, SCHEMA.select(columns), target, task=task, seed=seed)


def of_new(done: Prepared, *values: str | None) -> list[Any]:
    after = done.recipe.transform(pl.DataFrame({"x": values}, schema={"x": pl.String}))
    return after[after.columns[-1]].to_list()  # type: ignore[no-any-return]


class TestTargetMean:
    def test_fixed_smoothing_is_that_of_scikit_learn(self) -> None:
        rng = np.random.default_rng(0)
        x, y = [f"c{i}" for i in rng.integers(0, 9, 200)], rng.normal(size=200)
        theirs = TargetEncoder(smooth=3.0, target_type="continuous").fit([[v] for v in x], y)
        names = sorted(set(x))
        ours = of_new(prepare(TargetMean("x", smoothing=3.0), y.tolist(), x=x), *names)
        assert ours == pytest.approx(theirs.transform([[v] for v in names]).ravel())

    @pytest.mark.parametrize("smoothing", [2.5, "auto"])
    def test_weight_of_two_counts_for_two_rows(self, smoothing: Any) -> None:
        truth, x = [1.0, 4.0, 2.0, 8.0, 3.0], ["a", "a", "b", "b", "b"]
        step = TargetMean("x", smoothing=smoothing)
        weighted = prepare(step, truth, x=x, w=[2.0] * 5)
        plain = prepare(step, truth, x=x)
        if smoothing == "auto":  # the same pull in rows: twice the weight on both sides
            assert of_new(weighted, "a", "b", "z") == pytest.approx(of_new(plain, "a", "b", "z"))
        repeated = prepare(TargetMean("x", smoothing=2.5), truth * 2, x=x * 2)
        fixed = prepare(TargetMean("x", smoothing=2.5), truth, x=x, w=[2.0] * 5)
        assert of_new(fixed, "a", "b", "z") == pytest.approx(of_new(repeated, "a", "b", "z"))

    def test_weight_of_zero_teaches_nothing(self) -> None:
        done = prepare(TargetMean("x", smoothing=0.0), [1.0, 9.0, 5.0], x=["a", "a", "b"], w=[1.0, 0.0, 0.0])
        assert of_new(done, "a", "b", "z") == [1.0, 1.0, 1.0]

    def test_weight_counts_in_the_folds_too(self) -> None:
        """All rows but those of weight 0 have the answer 1, so every training row's figure is 1."""
        truth, weight = [1.0, 1.0, 1.0, 50.0] * 10, [1.0, 2.0, 1.0, 0.0] * 10
        done = prepare(TargetMean("x", smoothing=0.0), truth, x=["a"] * 40, w=weight)
        assert done.frame["x_target_mean"].to_list() == [1.0] * 40

    @pytest.mark.parametrize("weight", [-1.0, None, math.inf])
    def test_wrong_weight_is_refused(self, weight: Any) -> None:
        with pytest.raises(RecipeError, match=r"The weight 'w' must be a finite number from 0.*1 rows.*row 1"):
            prepare(TargetMean("x"), [1.0, 2.0], x=["a", "b"], w=[1.0, weight])


class TestLeaveOneOut:
    X, Y = ["a", "a", "a", "b", None, None], [1.0, 2.0, 6.0, 5.0, 3.0, 4.0]

    def test_training_rows_get_the_mean_of_the_others(self) -> None:
        done = prepare(LeaveOneOut("x"), self.Y, x=self.X)
        others = (sum(self.Y) - 5.0) / 5
        assert done.frame["x_leave_one_out"].to_list() == pytest.approx([4.0, 3.5, 1.5, others, 4.0, 3.0])
        assert of_new(done, "a", "b", "z", None) == pytest.approx([3.0, 5.0, 3.5, 3.5])

    def test_smoothing_and_weights(self) -> None:
        done = prepare(LeaveOneOut("x", smoothing=2.0), [1.0, 2.0, 4.0], x=["a", "a", "b"], w=[1.0, 3.0, 1.0])
        of_first = (3 * 2.0 + 2 * (3 * 2.0 + 4.0) / 4) / (3 + 2)
        assert done.frame["x_leave_one_out"][0] == pytest.approx(of_first)

    def test_brute_force(self) -> None:
        rng = np.random.default_rng(1)
        x, y = rng.integers(0, 6, 80), rng.normal(size=80)
        made = prepare(LeaveOneOut("x", smoothing=0.5), y.tolist(), x=[f"c{v}" for v in x]).frame["x_leave_one_out"]
        for i in range(80):
            rest = np.arange(80) != i
            same = rest & (x == x[i])
            expected = (y[same].sum() + 0.5 * y[rest].mean()) / (same.sum() + 0.5)
            assert made[i] == pytest.approx(expected)

    def test_own_answer_is_not_even_a_rounding_error(self) -> None:
        x = ["a", "a", "b", "a", "b"]
        plain = prepare(LeaveOneOut("x"), [0.1, 0.2, 0.3, 0.4, 0.5], x=x).frame["x_leave_one_out"]
        huge = prepare(LeaveOneOut("x"), [1e17, 0.2, 0.3, 0.4, 0.5], x=x).frame["x_leave_one_out"]
        assert huge[0] == plain[0]

    def test_whole_group_is_left_out(self) -> None:
        done = prepare(LeaveOneOut("x"), [1.0, 3.0, 10.0, 20.0], x=["a"] * 4, g=[1, 1, 2, 2])
        assert done.frame["x_leave_one_out"].to_list() == [15.0, 15.0, 2.0, 2.0]

    def test_copies_of_a_row_are_left_out_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(registry._STEPS, Copies.op, Copies)
        frame = pl.DataFrame({"x": ["a", "a", "a"]})
        twice = Recipe((Copies(), LeaveOneOut("x")))
        done = twice.prepare(frame, SCHEMA.select(["x"]), np.array([1.0, 2.0, 6.0]), task=Task.REGRESSION)
        assert done.frame["x_leave_one_out"].to_list() == [4.0, 3.5, 1.5] * 2

    def test_time_goes_forward(self) -> None:
        rows = 120
        done = prepare(LeaveOneOut("x"), [float(i) for i in range(rows)], x=["a"] * rows, t=list(range(rows)))
        later = done.frame["x_leave_one_out"].to_list()[20:]
        assert all(value < moment for value, moment in zip(later, range(20, rows), strict=True))

    def test_noise_is_for_training_rows_and_repeatable(self) -> None:
        step = LeaveOneOut("x", noise=0.2)
        first, again = (prepare(step, self.Y, x=self.X, seed=3) for _ in range(2))
        other = prepare(step, self.Y, x=self.X, seed=4)
        assert first.frame.equals(again.frame)
        assert not first.frame.equals(other.frame)
        assert of_new(first, "a") == pytest.approx([3.0])

    def test_single_row_has_no_others(self) -> None:
        assert prepare(LeaveOneOut("x"), [1.0], x=["a"]).frame["x_leave_one_out"].to_list() == [None]

    def test_several_classes(self) -> None:
        done = prepare(LeaveOneOut("x"), ["p", "q", "r", "p"], Task.MULTICLASS, x=["a", "a", "a", "b"])
        assert done.frame["x_leave_one_out=p"].to_list() == pytest.approx([0.0, 0.5, 0.5, 1 / 3])
        assert done.frame["x_leave_one_out=q"].to_list() == pytest.approx([0.5, 0.0, 0.5, 1 / 3])


@pytest.mark.parametrize("step", [TargetMean("x", smoothing=0.0), WeightOfEvidence("x")])
def test_copy_of_a_row_does_not_betray_its_answer(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    """A category per row: if one copy taught the other, the answer would be known."""
    monkeypatch.setitem(registry._STEPS, Copies.op, Copies)
    frame = pl.DataFrame({"x": [f"c{i}" for i in range(60)]})
    truth = np.array(["n", "y"] * 30, dtype=object)
    done = Recipe((Copies(), step)).prepare(frame, SCHEMA.select(["x"]), truth, task=Task.BINARY)
    assert done.frame.to_series().n_unique() <= 5


class TestWeightOfEvidence:
    def test_figures(self) -> None:
        x, y = ["a"] * 4 + ["b"] * 6, ["n", "y", "y", "y", "n", "n", "n", "n", "n", "y"]
        done = prepare(WeightOfEvidence("x"), y, Task.BINARY, x=x)
        a = math.log((3 + 1) / (4 + 2)) - math.log((1 + 1) / (6 + 2))
        b = math.log((1 + 1) / (4 + 2)) - math.log((5 + 1) / (6 + 2))
        assert of_new(done, "a", "b", "z", None) == pytest.approx([a, b, 0.0, 0.0])
        value = (4 / 6 - 2 / 8) * a + (2 / 6 - 6 / 8) * b
        learned = done.recipe.learned()["steps"][0]["learned"]["x"]
        assert learned["information_value"] == pytest.approx([value])

    def test_each_class_stands_against_all_others(self) -> None:
        done = prepare(WeightOfEvidence("x"), ["p", "q", "r", "p"] * 5, Task.MULTICLASS, x=["a", "b", "b", "a"] * 5)
        assert done.frame.columns == ["x_weight_of_evidence=p", "x_weight_of_evidence=q"]
        after = done.recipe.transform(pl.DataFrame({"x": ["a"]}))
        assert after.row(0)[0] == pytest.approx(math.log(11 / 12) - math.log(1 / 12))

    def test_number_as_target_is_refused(self) -> None:
        with pytest.raises(RecipeError, match=r"The target is a number, and evidence speaks for a class.*target_mean"):
            prepare(WeightOfEvidence("x"), [1.0, 2.0], x=["a", "b"])


@pytest.mark.parametrize(
    "step",
    [
        TargetMean("x", smoothing=-1.0),
        LeaveOneOut("x", noise=-0.1),
        LeaveOneOut("x", smoothing=math.inf),
        WeightOfEvidence("x", regularization=0.0),
    ],
)
def test_option_that_makes_no_sense(step: Step) -> None:
    with pytest.raises(ConfigError, match=step.op):
        prepare(step, [1.0, 2.0], x=["a", "b"])
