"""What the steps give, in numbers that can be checked by hand."""

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from clew.core.errors import RecipeError
from clew.core.schema import Column, Direction, Kind, Role, Schema
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step
from clew.prepare.steps import (
    Cast,
    ClipOutliers,
    DateParts,
    Derive,
    Drop,
    DropMissing,
    FillMissing,
    Filter,
    GroupRare,
    Log,
    Lookup,
    MissingIndicator,
    OneHot,
    Ordinal,
    Scale,
    Select,
    TextStatistics,
)

KINDS = {pl.String: Kind.CATEGORICAL, pl.Boolean: Kind.BOOLEAN, pl.Date: Kind.DATETIME}


def column_of(name: str, values: pl.Series, **facts: Any) -> Column:
    dtype = "Datetime(us)" if values.dtype == pl.Datetime("us") else str(values.dtype)
    kind = Kind.DATETIME if dtype.startswith("Datetime") else KINDS.get(values.dtype, Kind.NUMERIC)
    return Column(name, dtype, facts.pop("kind", kind), **facts)


def run(step: Step, values: list[Any] | pl.Series, new: list[Any] | None = None, **facts: Any) -> pl.DataFrame:
    """Fit a step on a column x and return what becomes of it, or of new values."""
    series = values if isinstance(values, pl.Series) else pl.Series("x", values, strict=False)
    schema = Schema((column_of("x", series, **facts),))
    fitted = Recipe([step]).learn(series.to_frame("x"), schema)
    given = series if new is None else pl.Series("x", new, dtype=series.dtype)
    after: pl.DataFrame = fitted.transform(given.to_frame("x"))
    assert after.to_dicts() == [fitted.row()(row) for row in given.to_frame("x").to_dicts()]
    return after


def x(step: Step, values: list[Any] | pl.Series, new: list[Any] | None = None, **facts: Any) -> list[Any]:
    return run(step, values, new, **facts)["x"].to_list()


class TestMissing:
    @pytest.mark.parametrize(("strategy", "filled"), [("mean", 4.0), ("median", 2.0), ("most_frequent", 1.0)], ids=str)
    def test_value_is_learnt_from_what_is_there(self, strategy: Any, filled: float) -> None:
        values = [1.0, 1.0, 2.0, 3.0, 13.0, None, math.nan]
        assert x(FillMissing("x", strategy), values)[-2:] == [filled, filled]

    def test_infinite_values_teach_nothing(self) -> None:
        assert x(FillMissing("x", "mean"), [1.0, 3.0, math.inf, None])[-1] == 2.0

    def test_whole_numbers_stay_whole_where_they_can(self) -> None:
        assert run(FillMissing("x", "constant", -1), [1, None])["x"].dtype == pl.Int64
        assert run(FillMissing("x", "most_frequent"), [1, None])["x"].dtype == pl.Int64
        assert run(FillMissing("x", "median"), [1, 2, None])["x"].to_list() == [1.0, 2.0, 1.5]
        narrow = pl.Series("x", [1, None], dtype=pl.Int8)
        assert run(FillMissing("x", "constant", 300), narrow)["x"].to_list() == [1.0, 300.0]

    def test_first_of_equally_frequent_values_is_taken(self) -> None:
        assert x(FillMissing("x", "most_frequent"), ["b", "a", None]) == ["b", "a", "a"]

    def test_column_without_a_value_stays_missing(self) -> None:
        assert x(FillMissing("x"), pl.Series("x", [None, None], dtype=pl.Float64)) == [None, None]

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (FillMissing("x", "mean"), r"'x' is categorical \(String\) and has no mean.*most_frequent"),
            (FillMissing("x", "constant", 1), r"The value 1 does not fit the column 'x', which holds String"),
        ],
    )
    def test_value_must_fit(self, step: Step, message: str) -> None:
        with pytest.raises(RecipeError, match=message):
            x(step, ["a", None])

    def test_indicator_is_made_where_something_is_missing(self) -> None:
        assert run(MissingIndicator("x"), [1, None])["x_missing"].to_list() == [False, True]
        assert run(MissingIndicator("x"), [1, 2]).columns == ["x"]
        assert run(MissingIndicator("x", always=True), [1, 2])["x_missing"].to_list() == [False, False]

    @pytest.mark.parametrize(
        ("step", "kept"),
        [
            (DropMissing("all"), [0]),
            (DropMissing("all", "all"), [0, 1, 2]),
            (DropMissing("all", threshold=2), [0, 2]),
            (DropMissing(["a", "b"]), [0, 2]),
            (DropMissing("c", "all", threshold=5), [0, 1]),
        ],
    )
    def test_rows_without_values_are_taken_from_training_only(self, step: Step, kept: list[int]) -> None:
        frame = pl.DataFrame({"a": [1, None, 3, None], "b": ["x", None, "", None], "c": [1.0, 2.0, math.nan, None]})
        schema = Schema(tuple(column_of(name, frame[name]) for name in frame.columns))
        done = Recipe([step]).prepare(frame, schema, np.arange(4.0))
        assert (done.rows.tolist(), done.target.tolist()) == (kept, [float(row) for row in kept])
        assert len(done.recipe.transform(frame)) == 4
        assert done.recipe.learned()["steps"][0]["learned"] == {"rows": 4, "gone": 4 - len(kept)}

    def test_not_every_row_may_go(self) -> None:
        with pytest.raises(RecipeError, match="Each of 2 rows lacks too many of 1 columns. Hint: Choose fewer"):
            x(DropMissing("x"), pl.Series("x", [None, None], dtype=pl.Float64))


class TestNumbers:
    def test_tukey_fences(self) -> None:
        values = [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, -math.inf]
        assert x(ClipOutliers("x"), values) == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0, 7.5, -2.5])

    def test_quantiles_and_deviations(self) -> None:
        assert x(ClipOutliers("x", "quantiles", lower=0.25, upper=0.75), [0.0, 1, 2, 3, 4]) == [1, 1, 2, 3, 3]
        assert x(ClipOutliers("x", "std", factor=1.0), [-2.0, 0.0, 2.0]) == pytest.approx(
            [-math.sqrt(8 / 3), 0, math.sqrt(8 / 3)]
        )

    def test_whole_numbers_are_clipped_outwards(self) -> None:
        after = run(ClipOutliers("x", "quantiles", lower=0.3, upper=0.7), [0, 1, 2, 3, 4])
        assert after["x"].to_list() == [1, 1, 2, 3, 3]
        assert after["x"].dtype == pl.Int64

    def test_mostly_one_value_is_left_alone(self) -> None:
        assert x(ClipOutliers("x"), [0.0] * 9 + [5.0]) == [0.0] * 9 + [5.0]

    @pytest.mark.parametrize(
        ("method", "expected"),
        [("standard", [-1.0, 1.0]), ("minmax", [0.0, 1.0]), ("robust", [-1.0, 1.0])],
    )
    def test_scaled_values(self, method: Any, expected: list[float]) -> None:
        assert x(Scale("x", method), [2.0, 4.0]) == pytest.approx(expected)

    def test_constant_column_is_only_centred(self) -> None:
        assert x(Scale("x"), [0.1] * 7, [0.1, 1.1]) == pytest.approx([0.0, 1.0])
        assert x(Scale("x", "robust"), [1] * 8 + [9], [1, 3]) == [0.0, 2.0]

    def test_new_values_may_lie_outside(self) -> None:
        assert x(Scale("x", "minmax"), [0.0, 10.0], [20.0, math.inf]) == [2.0, math.inf]

    def test_logarithm_is_mirrored_below_zero(self) -> None:
        assert x(Log("x"), [0.0, math.e - 1, 1 - math.e, None]) == pytest.approx([0.0, 1.0, -1.0, None])

    def test_unit_and_range_go_where_values_change(self) -> None:
        kept = fitted_on(ClipOutliers("x"), unit="m", minimum=0).output_schema["x"]
        scaled = fitted_on(Scale("x"), unit="m", minimum=0, protected=True, monotonic="increasing").output_schema["x"]
        assert (kept.unit, kept.minimum, kept.sources) == ("m", 0, ("x",))
        assert (scaled.unit, scaled.minimum, scaled.protected) == (None, None, True)
        assert (scaled.monotonic, scaled.direction) == ("increasing", Direction.KEEPS)

    def test_ordinal_whose_order_is_not_that_of_its_numbers_is_refused(self) -> None:
        with pytest.raises(RecipeError, match="an order of its own"):
            fitted_on(Log("x"), kind=Kind.ORDINAL, order=("3", "1"))


def fitted_on(step: Step, **facts: Any) -> FittedRecipe:
    series = pl.Series("x", [1.0, 2.0, 4.0])
    return Recipe([step]).learn(series.to_frame(), Schema((column_of("x", series, **facts),)))


class TestCategories:
    def test_one_column_per_frequent_category(self) -> None:
        after = run(OneHot("x", max_categories=2), ["a", "b", "b", "c", "c", None], ["a", "b", "z", None])
        assert after.to_dict(as_series=False) == {"x=b": [False, True, False, False], "x=c": [False] * 4}

    def test_what_has_no_column_may_get_one(self) -> None:
        after = run(OneHot("x", max_categories=1, unseen="keep"), ["a", "b", "b"], ["a", "b", "z", None])
        assert after["x_other"].to_list() == [True, False, True, False]

    def test_what_is_no_feature_is_kept(self) -> None:
        assert run(OneHot("x"), ["a", "b"], role=Role.GROUP).columns == ["x", "x=a", "x=b"]

    def test_order_comes_from_option_or_domain_or_values(self) -> None:
        assert x(Ordinal("x", order=("b", "a")), ["a", "b", "c"]) == [1.0, 0.0, None]
        assert x(Ordinal("x"), ["a", "b", "c"], kind=Kind.ORDINAL, order=("c", "b", "a")) == [2.0, 1.0, 0.0]
        assert x(Ordinal("x"), ["b", "a"], ["a", "b", "c"]) == [0.0, 1.0, None]
        assert x(Ordinal("x", unseen="keep"), ["b", "a"], ["c", None]) == [2.0, None]

    @pytest.mark.parametrize(
        ("order", "direction"),
        [
            (("S", "M", "L"), Direction.KEEPS),
            (("L", "M", "S"), Direction.REVERSES),
            (("M", "S", "L"), Direction.LOSES),
            (("S", "L"), Direction.LOSES),
            (("S", "M", "L", "XL"), Direction.KEEPS),
        ],
    )
    def test_direction_is_that_of_the_domain(self, order: Any, direction: Direction) -> None:
        series = pl.Series("x", ["S", "M"])
        schema = Schema((column_of("x", series, kind=Kind.ORDINAL, order=("S", "M", "L")),))
        fitted = Recipe([Ordinal("x", order=order)]).learn(series.to_frame(), schema)
        assert fitted.output_schema["x"].direction is direction

    def test_unseen_value_can_be_refused(self) -> None:
        with pytest.raises(
            RecipeError,
            match=r"Step 1 \(ordinal\): The column 'x' has a value that is outside the order in 2 rows: 'z' in row 1",
        ):
            run(Ordinal("x", order=("a",), unseen="error"), ["a"], ["a", "z", None, "y"])
        fitted = Recipe([Ordinal("x", order=("a",), unseen="error")]).learn(
            pl.DataFrame({"x": ["a"]}), Schema((Column("x", "String", Kind.CATEGORICAL),))
        )
        with pytest.raises(RecipeError, match=r"Step 1 \(ordinal\): The value 'z' of the column 'x'.*'a'"):
            fitted.row()({"x": "z"})

    def test_order_of_another_type_is_refused(self) -> None:
        with pytest.raises(RecipeError, match="The order holds 1, and the column 'x' holds String"):
            x(Ordinal("x", order=(1, 2)), ["1", "2"])
        with pytest.raises(RecipeError, match="The domain's order of 'x' holds 'low'"):
            x(Ordinal("x"), [1, 2], kind=Kind.ORDINAL, order=("low", "high"))

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({"min_count": 2}, ["a", "a", "a", "b", "b", "other", None]),
            ({"min_share": 0.5}, ["a", "a", "a", "other", "other", "other", None]),
            ({"max_categories": 1, "other": "rest"}, ["a", "a", "a", "rest", "rest", "rest", None]),
            ({}, ["a", "a", "a", "b", "b", "c", None]),
        ],
    )
    def test_rare_categories_come_together(self, options: Any, expected: list[str | None]) -> None:
        assert x(GroupRare("x", **options), ["a", "a", "a", "b", "b", "c", None]) == expected

    def test_new_category_is_rare(self) -> None:
        assert x(GroupRare("x"), ["a", "b"], ["a", "z"]) == ["a", "other"]

    def test_codes_become_texts(self) -> None:
        assert x(GroupRare("x", min_count=2), [7, 7, 8], kind=Kind.CATEGORICAL) == ["7", "7", "other"]


class TestDates:
    def test_parts_that_vary(self) -> None:
        moments = [datetime(2024, 1, 1, 5), datetime(2024, 1, 6, 7)]
        after = run(DateParts("x"), moments)
        assert after.to_dict(as_series=False) == {
            "x_day": [1.0, 6.0],
            "x_weekday": [1.0, 6.0],
            "x_hour": [5.0, 7.0],
            "x_day_of_year": [1.0, 6.0],
            "x_is_weekend": [0.0, 1.0],
        }

    def test_weeks_begin_on_monday(self) -> None:
        days = [date(2024, 1, day) for day in range(1, 8)]
        assert run(DateParts("x", parts=("weekday",)), days)["x_weekday"].to_list() == [1, 2, 3, 4, 5, 6, 7]

    def test_december_lies_beside_january(self) -> None:
        after = run(DateParts("x", parts=("month",), cyclic=True), [date(2024, 12, 1), date(2024, 1, 1), None])
        december, january, _ = zip(after["x_month_sin"], after["x_month_cos"], strict=True)
        assert math.dist(december, january) == pytest.approx(2 * math.sin(math.pi / 12))
        assert after["x_month_sin"].to_list()[2] is None

    def test_clock_of_the_column_counts(self) -> None:
        values = pl.Series("x", [datetime(2024, 3, 31, 0, 30), datetime(2024, 3, 31, 1, 30)])
        zoned = values.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
        schema = Schema((Column("x", "Datetime(us, Europe/Berlin)", Kind.DATETIME),))
        fitted = Recipe([DateParts("x", parts=("hour",))]).learn(zoned.to_frame(), schema)
        assert fitted.transform(zoned.to_frame())["x_hour"].to_list() == [1.0, 3.0]
        assert fitted.row()({"x": datetime(2024, 3, 31, 1, 30, tzinfo=UTC)}) == {"x_hour": 3.0}

    def test_only_the_year_of_an_unmoved_clock_keeps_the_order(self) -> None:
        def directions(dtype: str) -> dict[str, Direction]:
            series = pl.Series("x", [datetime(2023, 1, 1), datetime(2024, 2, 2)]).dt.replace_time_zone(
                dtype.removesuffix(")").partition(", ")[2] or None
            )
            fitted = Recipe([DateParts("x", parts=("year", "month"))]).learn(
                series.to_frame(), Schema((Column("x", dtype, Kind.DATETIME),))
            )
            return {column.name: column.direction for column in fitted.output_schema}

        assert directions("Datetime(us)") == {"x_year": Direction.KEEPS, "x_month": Direction.LOSES}
        assert directions("Datetime(us, UTC)")["x_year"] is Direction.KEEPS
        assert directions("Datetime(us, Europe/Berlin)")["x_year"] is Direction.LOSES

    def test_day_has_no_hour(self) -> None:
        with pytest.raises(RecipeError, match=r"'x' holds Date, which has no hour.*year, quarter, month"):
            run(DateParts("x", parts=("hour",)), [date(2024, 1, 1)])


class TestTexts:
    def test_five_figures(self) -> None:
        after = run(TextStatistics("x"), ["Hi, ROOM 42!", "", None, "\u2003é\u00a0Ö "], kind=Kind.TEXT)
        assert after["x_characters"].to_list() == [12.0, 0.0, None, 5.0]
        assert after["x_words"].to_list() == [3.0, 0.0, None, 2.0]
        assert after["x_digit_share"].to_list() == pytest.approx([2 / 12, 0.0, None, 0.0])
        assert after["x_upper_share"].to_list() == pytest.approx([5 / 12, 0.0, None, 1 / 5])
        assert after["x_punctuation_share"].to_list() == pytest.approx([2 / 12, 0.0, None, 0.0])


class TestCast:
    def test_numbers_are_read(self) -> None:
        texts = [" 1 ", "+2.5", "-.5", "5.", "1e3", None]
        assert x(Cast("x", "number"), texts) == [1.0, 2.5, -0.5, 5.0, 1000.0, None]

    @pytest.mark.parametrize("text", ["1,5", "1_0", "٣", "0x1", "nan", "inf", "", "1\n", "1 2", "--1"])
    def test_what_is_no_number_becomes_missing_or_an_error(self, text: str) -> None:
        assert x(Cast("x", "number", errors="missing"), ["1", text]) == [1.0, None]
        with pytest.raises(
            RecipeError, match=r"Step 1 \(cast\): The column 'x' has a value that is no number in 1 row: .* in row 1"
        ):
            x(Cast("x", "number"), ["1", text])

    def test_error_counts_and_shows_the_first_rows(self) -> None:
        texts = ["1", "a", "2", "b", "c", "d"]
        with pytest.raises(
            RecipeError, match=r"is no whole number in 4 rows: 'a' in row 1, 'b' in row 3, 'c' in row 4 …"
        ):
            x(Cast("x", "integer"), texts)

    def test_one_row_is_refused_alike(self) -> None:
        schema = Schema((Column("x", "String", Kind.CATEGORICAL),))
        run_row = Recipe([Cast("x", "number")]).learn(pl.DataFrame({"x": ["1"]}), schema).row()
        assert run_row({"x": None}) == {"x": None}
        with pytest.raises(RecipeError, match=r"Step 1 \(cast\): The value 'a' of the column 'x' is no number"):
            run_row({"x": "a"})

    def test_fractions_are_no_integers(self) -> None:
        assert x(Cast("x", "integer", errors="missing"), [1.0, 1.5, math.inf, -3.0]) == [1, None, None, -3]

    def test_truth_values(self) -> None:
        assert x(Cast("x", "boolean"), ["Yes", "no", " TRUE ", "0", None]) == [True, False, True, False, None]
        assert x(Cast("x", "boolean", errors="missing"), [0, 1, 2]) == [False, True, None]
        assert x(Cast("x", "number"), [True, None]) == [1.0, None]
        assert x(Cast("x", "text"), [True, False, None]) == ["true", "false", None]

    def test_category_changes_the_meaning_only(self) -> None:
        series = pl.Series("x", [1, 2])
        fitted = Recipe([Cast("x", "category"), OneHot("x")]).learn(
            series.to_frame(), Schema((column_of("x", series),))
        )
        assert fitted.output_schema.names == ("x=1", "x=2")

    def test_moment_cannot_become_a_number(self) -> None:
        with pytest.raises(RecipeError, match=r"'x' holds Date, which cannot become number.*date_parts"):
            x(Cast("x", "number"), [date(2024, 1, 1)])


class TestColumns:
    def test_select_keeps_what_is_no_feature(self, frame: pl.DataFrame, schema: Schema) -> None:
        fitted = Recipe([Select(["fare", "age"])]).learn(frame, schema)
        assert fitted.output_schema.names == ("id", "age", "fare", "survived")

    def test_dropped_column_need_not_come(self, frame: pl.DataFrame, schema: Schema) -> None:
        fitted = Recipe([Drop(["id", "note", "cabin"])]).learn(frame, schema)
        assert "note" not in fitted.inputs
        assert fitted.transform(frame.drop("note", "id")).height == frame.height


class TestLookup:
    TABLE = ({"id": "a", "size": 1, "open": True}, {"id": "b", "size": None, "open": False})

    def test_columns_are_added(self) -> None:
        after = run(Lookup("x", table=self.TABLE, key="id"), ["b", "a", "z", None])
        assert after["size"].to_list() == [None, 1.0, None, None]
        assert after["open"].to_list() == [False, True, None, None]

    def test_some_columns_under_other_names(self) -> None:
        after = run(Lookup("x", table=self.TABLE, key="id", take=("size",), prefix="shop_"), ["a"])
        assert after.columns == ["x", "shop_size"]

    def test_table_is_read_once_from_a_file(self, tmp_path: Any) -> None:
        pl.DataFrame({"x": ["a", "b"], "name": ["A", "B"]}).write_csv(tmp_path / "names.csv")
        schema = Schema((Column("x", "String", Kind.CATEGORICAL),))
        frame = pl.DataFrame({"x": ["b", "c"]})
        fitted = Recipe([Lookup("x", table="names.csv")]).learn(frame, schema, folder=tmp_path)
        (tmp_path / "names.csv").unlink()
        assert fitted.transform(frame)["name"].to_list() == ["B", None]

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Lookup("x", table=(*TABLE, {"id": "a"}), key="id"), r"'id' of the table repeats for 1 values, e.g. 'a'"),
            (
                Lookup("x", table=({"id": 1},), key="id"),
                "'id' of the table holds Int64, and the column 'x' holds String",
            ),
            (Lookup("x", table=TABLE), "The table of lookup has no column 'x'"),
            (Lookup("x", table=TABLE, key="id", take=("sice",)), r"no column 'sice'.*Did you mean 'size'\?"),
            (
                Lookup("kind:datetime", table=TABLE, key="id"),
                "lookup needs as many different keys in the table as columns, and 'kind:datetime' means 0 for 1",
            ),
        ],
    )
    def test_table_that_does_not_fit_is_refused(self, step: Step, message: str) -> None:
        with pytest.raises(RecipeError, match=message):
            run(step, ["a"])

    def test_large_table_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("clew.prepare.stored.MAX_ROWS", 1)
        with pytest.raises(RecipeError, match=r"The table has 2 rows.*data\.joins"):
            run(Lookup("x", table=self.TABLE, key="id"), ["a"])


class TestExpressions:
    def test_new_column(self) -> None:
        after = run(Derive("half", "x / 2"), [3, None])
        assert after["half"].to_list() == [1.5, None]
        assert run(Derive("big", "x > 1"), [3, None])["big"].to_list() == [True, None]
        assert run(Derive("ratio", "x / (x - 1)"), [2.0, 1.0, -math.inf])["ratio"].to_list() == [2.0, math.inf, None]

    def test_narrow_integers_do_not_overflow(self) -> None:
        narrow = pl.Series("x", [100], dtype=pl.Int8)
        assert run(Derive("double", "x + x"), narrow)["double"].to_list() == [200.0]

    def test_it_is_as_protected_as_its_sources(self, frame: pl.DataFrame, schema: Schema) -> None:
        made = Recipe([Derive("who", "sex = 'm' and age > 30")]).learn(frame, schema).output_schema["who"]
        assert (made.kind, made.protected, made.direction) == (Kind.BOOLEAN, True, Direction.LOSES)
        assert made.sources == ("age", "sex")

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (Derive("n", "ag + 1"), r"no column 'ag', which the expression `\(ag \+ 1\)` reads.*Did you mean 'age'\?"),
            (Derive("n", "survived = 'yes'"), "reads the target 'survived', which a new row does not have"),
            (Derive("age", "age + 1"), "There is a column 'age' already"),
            (Derive("n", "age + sex"), r"Step 1 \(derive\): The expression `.*` cannot be computed"),
            (Filter("age + 1"), "gives Float64, and true or false is needed"),
            (Filter("age > 1000"), "holds for none of 60 rows"),
        ],
    )
    def test_expression_that_cannot_be(self, step: Step, message: str, frame: pl.DataFrame, schema: Schema) -> None:
        with pytest.raises(RecipeError, match=message):
            Recipe([step]).learn(frame, schema)

    def test_filter_may_look_at_the_target(self, frame: pl.DataFrame, schema: Schema) -> None:
        done = Recipe([Filter("survived = 'yes'")]).prepare(frame, schema)
        assert done.target is not None
        assert set(done.target.tolist()) == {"yes"}
        assert isinstance(done.rows, np.ndarray)
