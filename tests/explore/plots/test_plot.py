"""What a plot of one or two columns is made of."""

import json
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError
from clew.core.jsonable import dumps
from clew.core.schema import Column, Kind, Role, Schema
from clew.explore.pictures import Picture
from clew.explore.plot import plot
from clew.explore.plots.axes import MAX_LEVELS, Scale
from clew.explore.plots.boxes import Boxes
from clew.explore.plots.course import Course
from clew.explore.plots.points import MAX_POINTS, Points
from clew.explore.plots.shares import Shares

ROWS = 3000


@pytest.fixture
def data(make_dataset) -> Dataset:
    rng = np.random.default_rng(0)
    size = rng.normal(50, 10, ROWS)
    frame = pl.DataFrame(
        {
            "size": size,
            "price": size * 3 + rng.normal(0, 10, ROWS),
            "rooms": rng.integers(1, 5, ROWS),
            "city": rng.choice(["Oslo", "Rome", "Bern"], ROWS, p=[0.5, 0.3, 0.2]),
            "street": rng.choice([f"street {i}" for i in range(40)], ROWS),
            "sold": rng.random(ROWS) < 0.4,
            "day": pl.Series([date(2024, 1, 1) + timedelta(days=int(i)) for i in rng.integers(0, 366, ROWS)]),
            "notes": ["x" * int(i) for i in rng.integers(0, 60, ROWS)],
        }
    )
    return make_dataset(frame, notes={"kind": Kind.TEXT})


@pytest.mark.parametrize(
    ("x", "y", "made"),
    [
        ("size", None, Picture),
        ("city", None, Picture),
        ("day", None, Picture),
        ("size", "price", Points),
        ("size", "notes", Points),
        ("size", "city", Boxes),
        ("rooms", "price", Boxes),
        ("sold", "size", Boxes),
        ("city", "sold", Shares),
        ("street", "city", Shares),
        ("day", "price", Course),
        ("sold", "day", Course),
        ("day", "street", Course),
    ],
)
def test_every_pair_of_kinds_has_its_picture(data, x, y, made):
    seen = plot(data, x, y)
    assert isinstance(seen.drawn, made)
    assert (seen.strength is None) == (y is None)
    if seen.strength:
        assert seen.strength.low <= seen.strength.value <= seen.strength.high
        assert seen.strength.rows == ROWS
    assert json.loads(dumps(seen.to_dict()))["drawn"] is not None


def test_of_many_points_some_are_drawn_and_all_are_counted(data):
    seen = plot(data, "size", "price", seed=3)
    assert len(seen.drawn.x) == MAX_POINTS
    assert seen.drawn.sampled
    assert sum(cell.rows for cell in seen.drawn.cells) == ROWS - seen.drawn.beyond
    assert list(seen.drawn.x) == data.frame["size"][list(seen.drawn.rows)].to_list()
    assert plot(data, "size", "price", seed=3).drawn == seen.drawn
    assert plot(data, "size", "price", seed=4).drawn.rows != seen.drawn.rows


def test_two_numbers_are_related_by_ranks_over_all_rows(data):
    ranks = data.frame.select(pl.corr("size", "price", method="spearman")).item()
    known = plot(data, "size", "price").strength
    assert known.value == pytest.approx(ranks)
    assert known.pearson == pytest.approx(data.frame.select(pl.corr("size", "price")).item())


def test_of_very_many_rows_some_tell_how_columns_go_together(make_dataset):
    values = np.random.default_rng(0).normal(size=(210_000, 2))
    seen = plot(make_dataset(pl.DataFrame({"a": values[:, 0], "b": values[:, 0] + values[:, 1]})), "a", "b")
    assert seen.strength.rows == 200_000
    assert seen.strength.low < 6 / np.pi * np.arcsin(np.sqrt(0.5) / 2) < seen.strength.high  # of a normal pair


def test_few_numbers_are_drawn_as_labels_and_related_as_numbers(data):
    seen = plot(data, "rooms", "price")
    assert seen.x.levels == ("1", "2", "3", "4")
    assert seen.x.ranked
    assert seen.strength.measure == "spearman"


def test_boxes_are_those_of_each_label(data):
    seen = plot(data, "city", "size").drawn
    for box in seen.boxes:
        values = data.frame.filter(pl.col("city") == ("Oslo", "Rome", "Bern")[box.level])["size"]
        assert (box.rows, box.minimum, box.maximum) == (len(values), values.min(), values.max())
        assert box.median == pytest.approx(values.median())
        assert box.quartile == pytest.approx(values.quantile(0.25, "linear"))
        reach = 1.5 * (box.upper_quartile - box.quartile)
        inside = values.filter((values >= box.quartile - reach) & (values <= box.upper_quartile + reach))
        assert (box.low, box.high, box.beyond) == (inside.min(), inside.max(), len(values) - len(inside))


def test_rare_labels_share_a_place(data):
    seen = plot(data, "street", "city")
    assert len(seen.x.levels) == MAX_LEVELS
    assert seen.x.levels[-1] == "29 others"
    assert sum(seen.drawn.rows) == ROWS
    assert all(sum(shares) == pytest.approx(1) for shares in seen.drawn.shares)


def test_along_days_a_number_has_its_median_and_quartiles(data):
    seen = plot(data, "day", "price").drawn
    assert (seen.measure, seen.grain) == ("median", "week")
    first = seen.lines[0].stretches[0]
    week = data.frame.filter(pl.col("day") < date(2024, 1, 8))["price"]
    assert (first.rows, first.value) == (len(week), pytest.approx(week.median()))
    assert datetime.fromtimestamp(first.start).date() == date(2024, 1, 1)  # noqa: DTZ006 - the machine's zone is UTC


def test_along_days_a_label_has_its_share_with_interval(data):
    seen = plot(data, "day", "sold").drawn
    assert (seen.measure, [line.name for line in seen.lines]) == ("share", ["True"])
    first = seen.lines[0].stretches[0]
    week = data.frame.filter(pl.col("day") < date(2024, 1, 8))["sold"]
    assert first.value == pytest.approx(week.mean())
    assert 0 <= first.low < first.value < first.high <= 1


def test_days_are_not_cut_into_hours(make_dataset):
    frame = pl.DataFrame({"day": [date(2024, 1, day) for day in (1, 2, 3)] * 20, "value": np.arange(60.0)})
    assert plot(make_dataset(frame), "day", "value").drawn.grain == "day"


def test_colours_show_the_target(data):
    labelled = data.with_target("sold")
    points, boxes = plot(labelled, "size", "price"), plot(labelled, "city", "size")
    assert (points.target, points.parts.names) == ("sold", ("False", "True"))
    truth = labelled.frame["sold"][list(points.drawn.rows)].to_list()
    assert [bool(part) for part in points.drawn.parts] == truth
    assert boxes.drawn.split
    assert len(boxes.drawn.boxes) == 6
    assert sum(box.rows for box in boxes.drawn.boxes) == ROWS
    assert [line.name for line in plot(labelled, "day", "price").drawn.lines] == ["False", "True"]
    assert sum(map(sum, plot(labelled, "size").drawn.counts)) == ROWS


def test_a_target_that_is_shown_anyway_has_no_colours(data):
    assert plot(data.with_target("sold"), "sold", "size").target is None
    assert plot(data.with_target("price"), "size", "price").target is None


def test_labels_of_the_target_have_the_order_of_its_colours(make_dataset):
    frame = pl.DataFrame({"answer": ["yes"] * 20 + ["no"] * 10, "label": ["a", "b", "c"] * 10})
    data = make_dataset(frame)
    assert plot(data, "label", "answer").y.levels == ("yes", "no")
    assert plot(data.with_target("answer"), "label", "answer").y.levels == ("no", "yes")


def test_a_constant_target_gives_no_colours(make_dataset):
    frame = pl.DataFrame({"a": [1.5, 2.5, 3.5] * 9, "b": [1.0, 7.5, 2.0] * 9, "t": [1] * 27})
    assert plot(make_dataset(frame).with_target("t"), "a", "b").target is None


def test_what_is_missing_or_infinite_is_left_out_and_counted(make_dataset):
    frame = pl.DataFrame({"a": [1.0, None, 3.0, np.inf, np.nan, *np.arange(20.0)], "b": np.arange(25.0)})
    seen = plot(make_dataset(frame), "a", "b")
    assert (seen.rows, seen.left_out, len(seen.drawn.x)) == (25, 3, 22)


@pytest.mark.parametrize("values", [[None] * 5, []])
def test_without_values_nothing_is_drawn(make_dataset, values):
    frame = pl.DataFrame({"a": pl.Series(values, dtype=pl.Float64), "b": pl.Series(values, dtype=pl.String)})
    for names in (("a",), ("b",), ("a", "b"), ("b", "a")):
        seen = plot(make_dataset(frame), *names)
        assert seen.drawn is None
        assert seen.left_out == len(values)


def test_constant_columns_are_drawn_and_not_related(make_dataset):
    frame = pl.DataFrame({"a": [5.0] * 30, "b": np.arange(30.0), "c": ["x"] * 30, "d": [date(2024, 1, 1)] * 30})
    for one in frame.columns:
        for other in frame.columns:
            if one != other:
                seen = plot(make_dataset(frame), one, other)
                assert seen.drawn is not None
                assert seen.strength is None


def test_a_few_far_values_do_not_press_all_others_together(make_dataset):
    rng = np.random.default_rng(0)
    values = np.concatenate((rng.normal(size=999), [1e9]))
    drawn = plot(make_dataset(pl.DataFrame({"a": values, "b": rng.normal(size=1000)})), "a", "b").drawn
    assert drawn.across.cut
    assert drawn.across.high < 10
    assert drawn.beyond >= 1
    assert len(drawn.x) + drawn.beyond == 1000


def test_whole_numbers_have_a_cell_each(make_dataset):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.integers(0, 24, 9000), "b": rng.normal(size=9000)})
    cells = plot(make_dataset(frame), "a", "b").drawn.cells
    assert {cell.x_end - cell.x for cell in cells} == {1.0}
    assert {cell.x for cell in cells} == {hour - 0.5 for hour in range(24)}


def test_odd_types_find_their_axis(make_dataset):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "clock": [time(int(hour), 30) for hour in rng.integers(0, 24, 90)],
            "took": [timedelta(seconds=int(s)) for s in rng.integers(0, 9000, 90)],
            "zone": pl.Series([datetime(2024, 3, 1) + timedelta(hours=int(h)) for h in rng.integers(0, 900, 90)]),
            "size": pl.Series(rng.choice(["S", "M", "L"], 90), dtype=pl.Enum(["S", "M", "L"])),
            "price": pl.Series([str(i) for i in range(90)]).cast(pl.Decimal(10, 2)),
        }
    ).with_columns(pl.col("zone").dt.replace_time_zone("Europe/Berlin"))
    data = make_dataset(frame, size={"order": ("S", "M", "L"), "kind": Kind.ORDINAL})
    axes = {name: plot(data, name, "price" if name != "price" else "size").x for name in frame.columns}
    assert (axes["clock"].scale, axes["clock"].unit) == (Scale.NUMBER, "clock")
    assert (axes["took"].scale, axes["took"].unit) == (Scale.NUMBER, "s")
    assert axes["zone"].scale is Scale.MOMENT
    assert axes["size"].levels == ("S", "M", "L")
    assert axes["price"].scale is Scale.NUMBER


def test_what_cannot_be_drawn_says_so(make_dataset):
    data = make_dataset(pl.DataFrame({"a": [1.0, 2.0], "tags": [["x"], ["y"]]}))
    with pytest.raises(UsageError, match="'tags' cannot be drawn"):
        plot(data, "a", "tags")
    with pytest.raises(UsageError, match="no column 'b'"):
        plot(data, "a", "b")
    with pytest.raises(UsageError, match="named twice"):
        plot(data, "a", "a")


def test_a_moment_beyond_every_calendar_does_no_harm(make_dataset):
    moments = pl.Series("t", [0, 86_400_000, 400_000_000_000_000]).cast(pl.Datetime("ms"))
    schema = Schema((Column("t", "Datetime(ms)", Kind.DATETIME), Column("v", "Float64", Kind.NUMERIC, Role.FEATURE)))
    data = Dataset.of(pl.DataFrame({"t": moments, "v": [1.5, 2.5, 3.5]}), schema, "made")
    assert sum(item.rows for item in plot(data, "t", "v").drawn.lines[0].stretches) == 2
