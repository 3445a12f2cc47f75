"""Steps that look at the rows around a row, against plain loops over the definition, and against pandas."""

import math
import statistics
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import Cumulative, Difference, EwmMean, FillAlongTime, Lag, Rolling

SCHEMA = Schema(
    (
        Column("shop", "String", Kind.CATEGORICAL),
        Column("at", "Datetime(us)", Kind.DATETIME, role=Role.TIME),
        Column("x", "Float64", Kind.NUMERIC, unit="kg"),
    )
)
START = datetime(2024, 3, 1)
Row = tuple[str | None, datetime | None, float | None]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.none() | st.integers(0, 6).map(lambda n: START + timedelta(hours=12 * n)),
        st.none() | st.sampled_from([0.0, 1.0, -2.5, 4.0, 1e6]),
    ),
    max_size=12,
)
#: Many random tables, few seconds.
thoroughly = settings(max_examples=60, deadline=None)


def frame_of(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"shop": pl.String, "at": pl.Datetime("us"), "x": pl.Float64}, orient="row")


def made(step: Step, rows: Sequence[Row], name: str) -> list[Any]:
    frame = frame_of(rows)
    return Recipe((step,)).learn(frame, SCHEMA).transform(frame)[name].to_list()


def in_order(rows: Sequence[Row]) -> list[float | None]:
    """Values by their moments; those of one moment by themselves, missing ones first."""
    return [row[2] for row in sorted(rows, key=lambda row: (row[1], row[2] is not None, row[2] or 0.0))]


def earlier(rows: Sequence[Row], row: Row) -> list[Row]:
    return [other for other in rows if other[0] == row[0] and other[1] is not None and other[1] < row[1]]


def so_far(rows: Sequence[Row], row: Row) -> list[Row]:
    return [other for other in rows if other[0] == row[0] and other[1] is not None and other[1] <= row[1]]


def by_hand(rows: Sequence[Row], of: Callable[[Row], Any]) -> list[Any]:
    return [None if row[1] is None else of(row) for row in rows]


def known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def close(got: Sequence[float | None], expected: Sequence[float | None]) -> None:
    assert [value is None for value in got] == [value is None for value in expected]
    assert known(got) == pytest.approx(known(expected), rel=1e-9, abs=1e-6)


FIGURES: dict[str, Callable[[list[float]], float | None]] = {
    "count": lambda v: float(len(v)),
    "sum": lambda v: sum(v) if v else None,
    "mean": lambda v: statistics.fmean(v) if v else None,
    "median": lambda v: statistics.median(v) if v else None,
    "min": lambda v: min(v, default=None),
    "max": lambda v: max(v, default=None),
    "std": lambda v: statistics.stdev(v) if len(v) > 1 else None,
    "standard_deviation": lambda v: statistics.pstdev(v) if v else None,
    "variance": lambda v: statistics.pvariance(v) if v else None,
    "root_mean_square": lambda v: math.sqrt(statistics.fmean(x * x for x in v)) if v else None,
    "absolute_maximum": lambda v: max(map(abs, v), default=None),
    "first": lambda v: v[0] if v else None,
    "last": lambda v: v[-1] if v else None,
}


class TestAgainstTheDefinition:
    @thoroughly
    @given(rows=ROWS, lag=st.integers(1, 3))
    def test_lag(self, rows: list[Row], lag: int) -> None:
        def expected(row: Row) -> float | None:
            before = in_order(earlier(rows, row))
            return before[-lag] if len(before) >= lag else None

        assert made(Lag("x", lag, by="shop"), rows, f"x_lag_{lag}") == by_hand(rows, expected)

    @thoroughly
    @given(rows=ROWS, size=st.integers(1, 4), exclude=st.booleans(), name=st.sampled_from(sorted(FIGURES)))
    def test_windows_of_rows(self, rows: list[Row], size: int, exclude: bool, name: str) -> None:
        def expected(row: Row) -> float | None:
            return FIGURES[name](known(in_order((earlier if exclude else so_far)(rows, row))[-size:]))

        step = Rolling("x", size, (name,), by="shop", exclude_present=exclude)
        close(made(step, rows, f"x_{size}_{name}"), by_hand(rows, expected))

    @thoroughly
    @given(rows=ROWS, hours=st.sampled_from([12, 24, 30]), exclude=st.booleans(), name=st.sampled_from(sorted(FIGURES)))
    def test_windows_of_time(self, rows: list[Row], hours: int, exclude: bool, name: str) -> None:
        def expected(row: Row) -> float | None:
            begin = row[1] - timedelta(hours=hours)
            inside = (
                [o for o in earlier(rows, row) if o[1] >= begin]
                if exclude
                else [o for o in so_far(rows, row) if o[1] > begin]
            )
            return FIGURES[name](known(in_order(inside)))

        step = Rolling("x", f"{hours}h", (name,), by="shop", exclude_present=exclude)
        close(made(step, rows, f"x_{hours}h_{name}"), by_hand(rows, expected))

    @thoroughly
    @given(rows=ROWS, exclude=st.booleans(), name=st.sampled_from(["count", "sum", "mean", "min", "max"]))
    def test_sums_so_far(self, rows: list[Row], exclude: bool, name: str) -> None:
        def expected(row: Row) -> float | None:
            return FIGURES[name](known(in_order((earlier if exclude else so_far)(rows, row))))

        close(
            made(Cumulative("x", (name,), by="shop", exclude_present=exclude), rows, f"x_so_far_{name}"),
            by_hand(rows, expected),
        )

    @thoroughly
    @given(rows=ROWS, exclude=st.booleans())
    def test_fading_by_rows(self, rows: list[Row], exclude: bool) -> None:
        def expected(row: Row) -> float | None:
            past = in_order((earlier if exclude else so_far)(rows, row))
            while past and past[-1] is None:
                past.pop()
            weights = [0.5 ** (age / 2.0) for age in range(len(past))][::-1]
            pairs = [(weight, value) for weight, value in zip(weights, past, strict=True) if value is not None]
            return sum(w * v for w, v in pairs) / sum(w for w, _ in pairs) if pairs else None

        close(made(EwmMean("x", 2.0, by="shop", exclude_present=exclude), rows, "x_ewm_mean"), by_hand(rows, expected))

    @thoroughly
    @given(rows=ROWS, exclude=st.booleans())
    def test_fading_by_time(self, rows: list[Row], exclude: bool) -> None:
        def expected(row: Row) -> float | None:
            past = (earlier if exclude else so_far)(rows, row)
            mean, seen = None, None
            for moment in sorted({o[1] for o in past}):
                values = known([o[2] for o in past if o[1] == moment])
                if values:
                    new = statistics.fmean(values)
                    share = 0.0 if mean is None else 0.5 ** ((moment - seen) / timedelta(days=1))
                    mean, seen = (new if mean is None else share * mean + (1 - share) * new), moment
            return mean

        close(made(EwmMean("x", "1d", by="shop", exclude_present=exclude), rows, "x_ewm_mean"), by_hand(rows, expected))

    @thoroughly
    @given(rows=ROWS, method=st.sampled_from(["difference", "percent_change", "log_ratio"]))
    def test_changes(self, rows: list[Row], method: str) -> None:
        def expected(row: Row) -> float | None:
            before = in_order(earlier(rows, row))
            then, now = before[-1] if before else None, row[2]
            if then is None or now is None:
                return None
            if method == "difference":
                return now - then
            if method == "percent_change":
                return now / then - 1 if then else None
            return math.log(now / then) if now > 0 and then > 0 else None

        close(made(Difference("x", method=method, by="shop"), rows, f"x_{method}_1"), by_hand(rows, expected))

    @thoroughly
    @given(rows=ROWS, method=st.sampled_from(["forward", "backward", "interpolate"]))
    def test_gaps(self, rows: list[Row], method: str) -> None:
        def expected(row: Row) -> float | None:
            if row[2] is not None or row[1] is None:
                return row[2]
            there = [o for o in rows if o[0] == row[0] and o[1] is not None and o[2] is not None]
            before = sorted((o[1], o[2]) for o in there if o[1] < row[1])
            after = sorted((o[1], o[2]) for o in there if o[1] >= row[1])
            if method != "interpolate":
                side = before[-1:] if method == "forward" else after[:1]
                return side[0][1] if side else None
            if not before or not after:
                return None
            (t0, v0), (t1, v1) = before[-1], after[0]
            return v0 + (v1 - v0) * ((row[1] - t0) / (t1 - t0))

        close(made(FillAlongTime("x", method, by=("shop",)), rows, "x"), [expected(row) for row in rows])


PAST = [
    Lag("x", (1, 2), by="shop"),
    Difference("x", by="shop"),
    Rolling("x", (3, "36h"), tuple(sorted(FIGURES)), by="shop"),
    Rolling("x", (3, "36h"), "minimal", by="shop", exclude_present=True),
    Cumulative("x", ("count", "sum", "mean", "min", "max"), by="shop"),
    EwmMean("x", 1.5, by="shop"),
    EwmMean("x", "12h", by="shop", exclude_present=True),
    FillAlongTime("x", by=("shop",)),
]


@pytest.mark.parametrize("step", PAST, ids=lambda step: step.op)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS.filter(bool), data=st.data())
def test_neither_the_future_nor_another_series_has_a_part(step: Step, rows: list[Row], data: st.DataObject) -> None:
    row = rows[data.draw(st.integers(0, len(rows) - 1))]
    seen = [other is row or (row[1] is not None and other in so_far(rows, row)) for other in rows]
    changed = [other if there else (other[0], other[1], 77.0) for other, there in zip(rows, seen, strict=True)]
    fitted = Recipe((step,)).learn(frame_of(rows), SCHEMA)
    position = next(i for i, other in enumerate(rows) if other is row)
    before, after = (fitted.transform(frame_of(given)) for given in (rows, changed))
    assert before.row(position) == after.row(position)


@pytest.mark.parametrize("exclude", [False, True])
def test_the_present_is_left_out_for_all_rows_of_a_moment(exclude: bool) -> None:
    rows = [("a", START, 1.0), ("a", START + timedelta(days=1), 2.0), ("a", START + timedelta(days=1), 4.0)]
    sums = made(Rolling("x", "7d", ("sum",), by="shop", exclude_present=exclude), rows, "x_7d_sum")
    assert sums == ([None, 1.0, 1.0] if exclude else [1.0, 7.0, 7.0])


def test_pandas_agrees_where_every_moment_has_one_row() -> None:
    rng = np.random.default_rng(0)
    n = 2_000
    frame = pl.DataFrame(
        {
            "shop": [f"s{i}" for i in rng.integers(0, 7, n)],
            "at": [START + timedelta(minutes=int(m)) for m in rng.permutation(n)],
            "x": [None if i % 11 == 0 else float(v) for i, v in enumerate(rng.lognormal(0, 2, n))],
        }
    )
    recipe = Recipe(
        (
            Lag("x", (1, 5), by="shop"),
            Rolling("x", (5, "3h"), ("sum", "mean", "std", "median", "count"), 2, by="shop"),
            EwmMean("x", 3.0, by="shop"),
            Difference("x", method="percent_change", by="shop"),
        )
    )
    got = recipe.learn(frame, SCHEMA).transform(frame).sort("at").to_pandas()
    table = frame.sort("at").to_pandas().set_index("at")
    series = table.groupby("shop")["x"]
    expected = {
        "x_lag_1": series.shift(1),
        "x_lag_5": series.shift(5),
        "x_ewm_mean": series.transform(lambda x: x.ewm(halflife=3.0).mean()),
        "x_percent_change_1": series.pct_change(fill_method=None),
    }
    for window, size in ((5, 5), ("3h", pd.Timedelta("3h"))):
        for name in ("sum", "mean", "std", "median"):
            expected[f"x_{window}_{name}"] = series.transform(
                lambda x, size=size, name=name: getattr(x.rolling(size, min_periods=2), name)()
            )
    for name, values in expected.items():
        np.testing.assert_allclose(got[name].to_numpy(), values.to_numpy(), rtol=1e-7, err_msg=name)


class TestColumns:
    FRAME = frame_of([("a", START + timedelta(days=n), float(n)) for n in range(4)])

    def test_a_lag_keeps_what_is_known_of_the_column(self) -> None:
        output = Recipe((Lag("x", 2, entire_window=True),)).learn(self.FRAME, SCHEMA).output_schema
        assert output.names == ("shop", "at", "x", "x_lag_1", "x_lag_2")
        assert (output["x_lag_2"].unit, output["x_lag_2"].direction) == ("kg", Direction.LOSES)
        assert output["x_lag_2"].raw_sources == ("x",)

    def test_rows_without_history_are_left_out_of_fitting_only(self) -> None:
        done = Recipe((Lag("x", 2, drop_without_history=True),)).prepare(self.FRAME, SCHEMA)
        assert done.frame["x_lag_2"].to_list() == [0.0, 1.0]
        assert done.rows.tolist() == [2, 3]
        assert done.recipe.transform(self.FRAME)["x_lag_2"].to_list() == [None, None, 0.0, 1.0]

    def test_series_with_too_many_gaps_are_left_out_of_fitting_only(self) -> None:
        frame = frame_of([("a", START, 1.0), ("b", START, None), ("a", None, None), ("b", START, None)])
        done = Recipe((FillAlongTime("x", by=("shop",), max_missing=0.5),)).prepare(frame, SCHEMA)
        assert done.rows.tolist() == [0, 2]
        assert len(done.recipe.transform(frame)) == 4

    def test_earlier_values_of_the_target_are_features_and_present_ones_are_not(self) -> None:
        schema = SCHEMA.with_facts("x", role=Role.TARGET)
        steps = (Lag("x", 1), Rolling("x", 3, exclude_present=True), Cumulative("x", exclude_present=True))
        after = Recipe(steps).learn(self.FRAME, schema).transform(self.FRAME)
        assert after["x_lag_1"].to_list() == [None, 0.0, 1.0, 2.0]
        assert after["x_3_mean"].to_list() == [None, 0.0, 0.5, 1.0]
        for step in (Rolling("x", 3), Cumulative("x"), EwmMean("x", 1.0), Difference("x")):
            with pytest.raises(
                RecipeError, match=r"Step 1 \(\w+\): The column 'x' is the target, and each row would see its own"
            ):
                Recipe((step,)).learn(self.FRAME, schema)

    def test_a_day_of_a_window_has_24_hours_where_clocks_change(self) -> None:
        local = [datetime(2024, 3, 30, 12), datetime(2024, 3, 31, 12), datetime(2024, 3, 31, 13)]
        at = pl.Series("at", local).dt.replace_time_zone("Europe/Berlin")
        frame = pl.DataFrame({"at": at, "x": [1.0, 2.0, 4.0]})
        schema = Schema((Column("at", "Datetime(us, Europe/Berlin)", Kind.DATETIME, role=Role.TIME), SCHEMA["x"]))
        after = Recipe((Rolling("x", "1d", ("sum",)),)).learn(frame, schema).transform(frame)
        assert after["x_1d_sum"].to_list() == [1.0, 3.0, 6.0]  # 23 and 24 hours later: the edge of a day is outside

    def test_texts_and_whole_numbers_lag_as_they_are(self) -> None:
        frame = pl.DataFrame({"t": [3, 1, 2], "n": [30, 10, 20], "w": ["c", "a", "b"]})
        after = Recipe((Lag(["n", "w"], time="t"),)).learn(frame).transform(frame)
        assert after["n_lag_1"].to_list() == [20, None, 10]
        assert after["w_lag_1"].to_list() == ["b", None, "a"]
        assert after["n_lag_1"].dtype == pl.Int64

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Lag("x", time="day"), r"There is no column 'day', which `time` names"),
            (Lag("x", by="town"), r"There is no column 'town', which `by` names"),
            (
                Rolling("x", "7d", time="x"),
                r"A window of '7d' needs one column of moments, and rows are ordered by x",
            ),
            (EwmMean("x", "7d", time="x"), r"A half-life of '7d' needs one column of moments"),
            (Rolling("shop", 3), r"'shop' is categorical, and rolling works on boolean or numeric columns"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, step: Step, message: str) -> None:
        with pytest.raises(RecipeError, match=message):
            Recipe((step,)).learn(self.FRAME, SCHEMA)

    def test_series_are_named_by_the_role_or_by_nothing(self) -> None:
        frame = frame_of([("a", START, 1.0), ("b", START + timedelta(days=1), 2.0)])
        schema = SCHEMA.with_facts("shop", role=Role.GROUP)
        for step, expected in ((Lag("x"), [None, None]), (Lag("x", by=()), [None, 1.0])):
            assert Recipe((step,)).learn(frame, schema).transform(frame)["x_lag_1"].to_list() == expected

    def test_rows_need_an_order(self) -> None:
        with pytest.raises(RecipeError, match=r"lag does not know the order of the rows. Hint: Name their time"):
            Recipe((Lag("x"),)).learn(self.FRAME, SCHEMA.with_facts("at", role=Role.FEATURE))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"op": "lag", "lags": 0}, "a lag looks at least one row back"),
            ({"op": "lag", "lags": []}, "a lag looks at least one row back"),
            ({"op": "rolling", "window": 0}, "which holds nothing"),
            ({"op": "rolling", "window": "1 month"}, "'1 month' is no length of time"),
            ({"op": "rolling", "window": 3, "functions": ["mode"]}, "`functions` of rolling is"),
            ({"op": "rolling"}, "rolling needs the option 'window'"),
            ({"op": "ewm_mean", "half_life": 0}, "it is more than nothing"),
            ({"op": "fill_along_time", "max_missing": 2}, "a share lies between 0 and 1"),
        ],
    )
    def test_options_without_meaning_are_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            Recipe.from_dict([{"columns": "x", **options}])
