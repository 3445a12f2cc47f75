import json

import numpy as np
import polars as pl
import pytest

from clew.core.schema import Kind
from clew.explore.comparison import Side, compare
from clew.explore.details import types_of
from clew.explore.profile import profile
from clew.explore.statistics import describe


def shop(rows=2000, seed=0, shift=0.0, **more):
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "price": rng.lognormal(3 + shift, 1, rows),
            "size": rng.choice(["S", "M", "L"], rows, p=[0.5 - shift / 4, 0.3, 0.2 + shift / 4]),
            "count": rng.poisson(4 + 3 * shift, rows),
            "sold": np.datetime64("2024-01-01", "us") + rng.integers(0, 10**13, rows).astype("timedelta64[us]"),
            "paid": rng.random(rows) < 0.5 + shift / 4,
        }
    )
    return frame.with_columns(**more)


@pytest.fixture
def held(make_schema):
    """Compare two frames."""

    def side(frame, source, facts):
        schema = make_schema(frame, **facts)
        statistics = describe(frame, schema)
        return Side(source, schema, statistics, types_of(frame, schema, statistics))

    def run(one, other, **facts):
        known = compare(side(one, "one", facts), side(other, "other", facts))
        return known, {item.name: item for item in known.columns}

    return run


def test_a_table_beside_itself_has_not_moved(held):
    known, columns = held(shop(), shop())
    assert (known.added, known.removed, known.retyped, known.shifted) == ((), (), (), ())
    for item in columns.values():
        assert set(item.distances.values()) == {0.0}
        assert item.p_value == pytest.approx(1)
        assert not item.missing_changed
        if item.overlay:
            assert item.overlay.data == item.overlay.other


def test_samples_of_one_population_have_not_shifted(held):
    for seed in range(1, 6):
        known, _ = held(shop(500), shop(300, seed))
        assert known.shifted == ()


def test_what_moved_is_called_so_the_farthest_first(held):
    known, columns = held(shop(), shop(seed=1, shift=1.0))
    assert {item.name for item in known.shifted} == {"price", "count", "size", "paid"}
    distances = [item.distances["js"] for item in known.shifted]
    assert distances == sorted(distances, reverse=True)
    assert columns["price"].p_value < 1e-9
    assert not columns["sold"].shifted


def test_symmetric_distances_are_the_same_the_other_way_round(held):
    _, forth = held(shop(), shop(seed=1, shift=0.5))
    _, back = held(shop(seed=1, shift=0.5), shop())
    for name in ("size", "paid"):
        assert forth[name].distances == pytest.approx(back[name].distances)
        assert forth[name].p_value == pytest.approx(back[name].p_value)
    for name in ("price", "count", "sold"):
        assert forth[name].distances["ks"] == pytest.approx(back[name].distances["ks"])
        assert (forth[name].overlay.data, forth[name].overlay.other) == (
            back[name].overlay.other,
            back[name].overlay.data,
        )


def test_the_largest_gap_is_that_of_the_rows(held):
    from scipy.stats import ks_2samp

    one, other = shop(), shop(seed=1, shift=0.3)
    _, columns = held(one, other)
    for name in ("price", "count"):
        expected = ks_2samp(one[name].to_numpy(), other[name].to_numpy()).statistic
        assert columns[name].distances["ks"] == pytest.approx(expected, abs=0.01)


def test_every_row_is_in_a_bin_of_the_overlay(held):
    one, other = shop(), shop(seed=1, shift=1.0).vstack(shop(1).with_columns(price=pl.lit(1e9)))
    _, columns = held(one, other)
    overlay = columns["price"].overlay
    assert sum(overlay.data) == 2000
    assert sum(overlay.other) == 2001
    assert overlay.open_right
    assert overlay.edges[-1] == 1e9


def test_columns_that_came_went_or_changed_type_are_named(held):
    one = shop(gone=pl.lit(1.0), code=pl.int_range(2000) % 50)
    other = shop(new=pl.lit("x"), code=(pl.int_range(2000) % 50).cast(pl.String))
    known, columns = held(one, other)
    assert [column.name for column in known.added] == ["new"]
    assert [column.name for column in known.removed] == ["gone"]
    assert [item.name for item in known.retyped] == ["code"]
    assert columns["code"].distances == {}
    assert columns["code"].reason == "the types differ: Int64 and String"
    assert known.to_dict()["retyped"][0]["other"] == {"type": "categorical", "dtype": "String"}


def test_a_wider_number_is_the_same_type(held):
    one = shop(code=pl.int_range(2000) % 50)
    known, columns = held(one, one.with_columns(pl.col("code").cast(pl.Float64)))
    assert known.retyped == ()
    assert columns["code"].distances["psi"] == 0


def test_new_and_gone_labels_are_counted(held):
    other = shop(size=pl.Series(["S", "XL"] * 1000))
    _, columns = held(shop(), other)
    assert dict(columns["size"].new_values) == {"XL": 1000}
    assert set(columns["size"].gone_values) == {"M", "L"}
    told = columns["size"].to_dict()
    assert told["new_values"] == {"values": 1, "rows": 1000, "examples": {"XL": 1000}}


def test_missing_values_may_change_alone(held):
    other = shop(price=pl.when(pl.int_range(2000) % 4 > 0).then("price"))
    _, columns = held(shop(), other)
    assert columns["price"].missing_changed
    assert not columns["price"].shifted
    assert columns["price"].to_dict()["missing_share"] == {"data": 0.0, "other": 0.25}


@pytest.mark.parametrize(
    ("column", "facts", "reason"),
    [
        (pl.Series([f"n{i}" for i in range(2000)]), {"kind": Kind.TEXT}, "type text"),
        (pl.Series([[1]] * 2000), {}, "type nested"),
        (pl.Series([1.0] * 20 + [None] * 1980), {}, "has 20 values, fewer than 30"),
        (pl.Series([None] * 2000, dtype=pl.Float64), {}, "has 0 values"),
    ],
)
def test_what_cannot_be_compared_says_why(held, column, facts, reason):
    frame = shop(x=column)
    known, columns = held(frame, frame, x=facts)
    assert reason in columns["x"].reason
    json.dumps(known.to_dict(), allow_nan=False)


@pytest.mark.parametrize("rows", [0, 1])
def test_tiny_tables_are_put_side_by_side(held, rows):
    known, _ = held(shop(rows), shop())
    assert {item.reason is None for item in known.columns} == {False}
    json.dumps(known.to_dict(), allow_nan=False)


def test_profile_compares_files(tmp_path):
    shop().write_parquet(tmp_path / "one.parquet")
    shop(seed=1, shift=1.0).write_csv(tmp_path / "two.csv")
    known = profile(tmp_path / "one.parquet", compare=tmp_path / "two.csv")
    told = known.to_dict()["comparison"]
    assert told["rows"] == {"data": 2000, "other": 2000}
    assert told["source"].endswith("two.csv")
    assert "price" in told["shifted"]
    histogram = next(item for item in told["columns"] if item["name"] == "price")["histogram"]
    assert sum(histogram["data"]) == sum(histogram["other"]) == 2000
    assert profile(tmp_path / "one.parquet").to_dict()["comparison"] is None


def test_the_target_is_spelt_alike_in_both(tmp_path):
    frame = shop(paid=pl.Series(["Yes", "No"] * 1000))
    for name in ("one.csv", "two.csv"):
        frame.write_csv(tmp_path / name)
    known = profile(tmp_path / "one.csv", target="paid", compare=tmp_path / "two.csv")
    (paid,) = (item for item in known.comparison.columns if item.name == "paid")
    assert not paid.retyped
    assert set(paid.cells.labels) == {"Yes", "No"}
