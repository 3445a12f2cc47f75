from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.collect.join import join
from clew.collect.source import read
from clew.core.errors import ConfigError, DataError, UsageError
from clew.core.schema import Role
from clew.define.domain import AsOf, Relation

FLIGHTS = pl.DataFrame({"tail": ["B", "A", None, "C"], "year": [2013, 2013, 2013, 2013]})
PLANES = pl.DataFrame({"number": ["A", "B"], "year": [1999, 2004], "seats": [55, 182]})
TO_PLANES = Relation("flights", "planes", {"tail": "number"})


def test_columns_are_added_and_rows_stay_as_they_are():
    joined = join(read(FLIGHTS), read(PLANES), TO_PLANES)
    assert joined.frame.to_dict(as_series=False) == {
        "tail": ["B", "A", None, "C"],
        "year": [2013, 2013, 2013, 2013],
        "planes_year": [2004, 1999, None, None],
        "seats": [182, 55, None, None],
    }
    assert joined.schema.names == tuple(joined.frame.columns)
    (finding,) = joined.findings
    assert (finding.code, finding.evidence["unmatched"], finding.evidence["rows"]) == ("DQ116", 2, 4)


def test_a_repeated_key_would_multiply_rows_and_is_refused():
    twice = pl.concat([PLANES, PLANES.head(1)])
    with pytest.raises(DataError, match=r"1 keys of 'planes' occur more than once \(e\.g\. number='A', 2 times\)"):
        join(read(FLIGHTS), read(twice), TO_PLANES)
    with pytest.raises(UsageError, match="one to many would multiply"):
        join(read(FLIGHTS), read(PLANES), Relation("flights", "planes", {"tail": "number"}, "one_to_many"))
    with pytest.raises(DataError, match="keys of 'flights' occur more than once"):
        join(
            read(pl.concat([FLIGHTS, FLIGHTS])),
            read(PLANES),
            Relation("flights", "planes", {"tail": "number"}, "one_to_one"),
        )


@pytest.mark.parametrize(
    ("relation", "error", "message"),
    [
        (Relation("flights", "planes", {"tial": "number"}), ConfigError, "'tial'.*Did you mean 'tail'"),
        (Relation("flights", "planes", {"tail": "numbr"}), ConfigError, "'numbr'.*Did you mean 'number'"),
        (Relation("flights", "planes", {"tail": "number"}, as_of=AsOf("year", "year")), DataError, "needs dates"),
    ],
)
def test_what_cannot_be_joined_says_why(relation, error, message):
    with pytest.raises(error, match=message):
        join(read(FLIGHTS), read(PLANES), relation)


def test_an_identifier_of_the_other_table_is_none_here():
    planes = read(pl.DataFrame({"number": ["A", "B"], "plane_id": [7, 8]}))
    planes = type(planes).of(planes.frame, planes.schema.with_facts("plane_id", role=Role.ID), planes.source)
    assert join(read(FLIGHTS), planes, TO_PLANES).schema["plane_id"].role is Role.FEATURE


START = datetime(2020, 1, 1, tzinfo=UTC)
hours = st.integers(0, 72)


@given(
    asked=st.lists(st.tuples(st.sampled_from("xyz"), st.none() | hours), min_size=1, max_size=15),
    seen=st.lists(st.tuples(st.sampled_from("xy"), hours), min_size=1, max_size=15, unique=True),
    offset=st.integers(-6, 6),
    tolerance=st.none() | st.integers(1, 24),
)
def test_as_of_takes_the_latest_that_was_known(asked, seen, offset, tolerance):
    def moment(hour):
        return None if hour is None else START + timedelta(hours=hour)

    left = pl.DataFrame(
        {"station": [place for place, _ in asked], "at": [moment(hour) for _, hour in asked]},
        schema={"station": pl.String, "at": pl.Datetime("us", "UTC")},
    )
    right = pl.DataFrame(
        {"place": [place for place, _ in seen], "taken": [moment(h) for _, h in seen], "value": [h for _, h in seen]},
        schema={"place": pl.String, "taken": pl.Datetime("us", "UTC"), "value": pl.Int64},
    )
    as_of = AsOf("at", "taken", f"{offset}h", f"{tolerance}h" if tolerance else None)
    joined = join(read(left), read(right), Relation("l", "r", {"station": "place"}, as_of=as_of))

    def expected(place, hour):
        if hour is None:
            return None
        known = [h for p, h in seen if p == place and h <= hour + offset]
        latest = max(known, default=None)
        return latest if latest is not None and (tolerance is None or hour + offset - latest <= tolerance) else None

    assert joined.frame["value"].to_list() == [expected(place, hour) for place, hour in asked]


def test_dates_and_zones_are_compared_as_moments():
    left = read(pl.DataFrame({"k": [1], "at": [date(2024, 3, 2)]}))
    right = read(
        pl.DataFrame({"k": [1, 1], "t": ["2024-03-01T23:00:00Z", "2024-03-02T01:00:00Z"], "v": ["before", "after"]})
    )
    joined = join(left, right, Relation("l", "r", {"k": "k"}, as_of=AsOf("at", "t")))
    assert joined.frame["v"].to_list() == ["before"]


def test_keys_of_text_and_whole_numbers_are_compared_digit_by_digit():
    left = read(pl.DataFrame({"k": ["1", "02", "x"], "a": [1, 2, 3]}))
    right = read(pl.DataFrame({"k": [1, 2], "v": ["one", "two"]}))
    joined = join(left, right, Relation("l", "r", {"k": "k"}))
    assert joined.frame["v"].to_list() == ["one", None, None]
    (found,) = [finding for finding in joined.findings if finding.code == "DQ116"]
    assert found.evidence["share"] == pytest.approx(2 / 3)
    assert found.evidence["example"] == {"k": "02"}


def test_keys_that_mean_different_things_are_refused():
    left = read(pl.DataFrame({"k": [date(2024, 1, 1)]}))
    with pytest.raises(DataError, match=r"'k' \(Date\) and 'k' \(Int64\) cannot be compared"):
        join(left, read(pl.DataFrame({"k": [1]})), Relation("l", "r", {"k": "k"}))


def test_names_stay_unique_however_often_they_clash():
    left = read(pl.DataFrame({"k": [1], "v": [1], "r_v": [2]}))
    right = read(pl.DataFrame({"k": [1], "v": [3]}))
    assert join(left, right, Relation("l", "r", {"k": "k"})).schema.names == ("k", "v", "r_v", "r_r_v")


def test_a_target_and_a_weight_of_the_other_table_are_excluded():
    right = read(pl.DataFrame({"k": [1], "y": [3], "w": [1.5]})).with_target("y")
    right = type(right).of(right.frame, right.schema.with_facts("w", role=Role.WEIGHT), right.source)
    joined = join(read(pl.DataFrame({"k": [1]})), right, Relation("l", "r", {"k": "k"}))
    assert [column.role for column in joined.schema.columns[1:]] == [Role.EXCLUDE, Role.EXCLUDE]
    assert joined.schema.target is None


def test_names_that_are_patterns_are_just_names():
    left = read(pl.DataFrame({"b*": [1, 9], "a": [1, 2]}))
    right = read(pl.DataFrame({"k": [1, 2], "b*": [5, 6], "^a.*": ["x", "y"]}))
    joined = join(left, right, Relation("l", "r", {"b*": "k"}))
    assert joined.frame.to_dict(as_series=False) == {"b*": [1, 9], "a": [1, 2], "r_b*": [5, None], "^a.*": ["x", None]}


def test_a_table_of_keys_alone_adds_nothing():
    joined = join(read(FLIGHTS), read(PLANES.select("number")), TO_PLANES)
    assert joined.frame.equals(FLIGHTS)


MOMENT = datetime(2024, 1, 1)


def test_equal_rows_at_one_moment_are_one_and_different_ones_are_refused():
    left = read(pl.DataFrame({"k": [1], "at": [MOMENT]}))
    right = pl.DataFrame({"k": [1, 1], "t": [MOMENT, MOMENT], "v": [5, 5]})
    relation = Relation("l", "r", {"k": "k"}, as_of=AsOf("at", "t"))
    assert join(left, read(right), relation).frame["v"].to_list() == [5]
    with pytest.raises(DataError, match=r"1 keys of 'r' have different rows at one moment \(e\.g\. k=1, t="):
        join(left, read(right.with_columns(v=pl.Series([5, 6]))), relation)


def test_a_table_of_moments_alone_needs_no_key():
    left = read(pl.DataFrame({"at": [MOMENT, MOMENT + timedelta(days=3)]}))
    right = read(pl.DataFrame({"t": [MOMENT, MOMENT + timedelta(days=2)], "rate": [1.5, 2.5]}))
    joined = join(left, right, Relation("l", "r", {}, "one_to_many", AsOf("at", "t")))
    assert joined.frame["rate"].to_list() == [1.5, 2.5]
    assert joined.frame["t"].to_list() == [MOMENT, MOMENT + timedelta(days=2)]
    assert (joined.schema["t"].role, joined.schema["rate"].role) == (Role.EXCLUDE, Role.FEATURE)
    with pytest.raises(ConfigError, match="names no key"):
        join(left, right, Relation("l", "r", {}))


keys = st.lists(st.tuples(st.none() | st.integers(0, 4), st.none() | st.sampled_from("ab")), min_size=1, max_size=12)


@given(keys, st.sets(st.tuples(st.integers(0, 4), st.sampled_from("ab")), min_size=1).map(list))
def test_every_row_finds_the_row_of_its_key(asked, known):
    left = pl.DataFrame(asked, {"a": pl.Int64, "b": pl.String}, orient="row")
    right = pl.DataFrame(known, {"x": pl.Int64, "y": pl.String}, orient="row").with_columns(v=pl.int_range(pl.len()))
    joined = join(read(left), read(right), Relation("l", "r", {"a": "x", "b": "y"}))
    assert joined.frame.select("a", "b").rows() == asked
    assert joined.frame["v"].to_list() == [known.index(key) if key in known else None for key in asked]
