"""Delta tables give back exactly what was put in, and remember every version."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.core.errors import DataError, UsageError
from clew.store.logical_types import parse_type, spell_type
from clew.store.tables import Tables

DAY = timedelta(days=1)
moments = st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1))
LEAVES = {
    pl.Int8(): st.integers(-128, 127),
    pl.Int64(): st.integers(-(2**63), 2**63 - 1),
    pl.UInt8(): st.integers(0, 255),
    pl.UInt32(): st.integers(0, 2**32 - 1),
    pl.UInt64(): st.integers(0, 2**64 - 1),
    pl.Int128(): st.integers(-(2**127), 2**127 - 1),
    pl.Float32(): st.floats(width=32),
    pl.Float64(): st.floats(),
    pl.Boolean(): st.booleans(),
    pl.String(): st.text(max_size=5),
    pl.Binary(): st.binary(max_size=5),
    pl.Date(): st.dates(),
    pl.Time(): st.times(),
    pl.Duration("us"): st.timedeltas(-1000 * DAY, 1000 * DAY),
    pl.Duration("ns"): st.timedeltas(-1000 * DAY, 1000 * DAY),
    pl.Datetime("us"): moments,
    pl.Datetime("ms"): moments.map(lambda moment: moment.replace(microsecond=0)),
    pl.Datetime("ns"): moments,
    pl.Datetime("us", "UTC"): moments.map(lambda moment: moment.replace(tzinfo=UTC)),
    pl.Datetime("us", "Europe/Berlin"): moments.map(lambda moment: moment.replace(tzinfo=UTC)),
    pl.Datetime("ns", "Asia/Tokyo"): moments.map(lambda moment: moment.replace(tzinfo=UTC)),
    pl.Decimal(20, 3): st.integers(-(10**19), 10**19).map(lambda n: Decimal(n).scaleb(-3)),
    pl.Categorical(): st.sampled_from(["a", "b", ""]),
    pl.Enum(["z", "a"]): st.sampled_from(["z", "a"]),
    pl.Null(): st.none(),
}


@st.composite
def typed(draw, depth: int = 2) -> tuple[pl.DataType, st.SearchStrategy]:
    """Draw a type and a strategy for its values."""
    shape = draw(st.sampled_from(["leaf", "leaf", "list", "array", "struct"])) if depth else "leaf"
    if shape == "leaf":
        leaves = LEAVES if depth == 2 else {k: v for k, v in LEAVES.items() if k != pl.Null()}
        return draw(st.sampled_from(list(leaves.items())))
    dtype, values = draw(typed(depth - 1))
    values = st.none() | values
    if shape == "list":
        return pl.List(dtype), st.lists(values, max_size=3)
    if shape == "array":
        return pl.Array(dtype, 2), st.lists(values, min_size=2, max_size=2)
    return pl.Struct({"a": dtype, "b": pl.Int8()}), st.fixed_dictionaries({"a": values, "b": st.just(1)})


@st.composite
def frames(draw) -> pl.DataFrame:
    rows = draw(st.integers(0, 4))
    names = draw(
        st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=4),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    columns = []
    for name in names:
        dtype, values = draw(typed())
        column = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        if isinstance(dtype, pl.Datetime) and dtype.time_zone:
            made = pl.Series(name, column, dtype=pl.Datetime(dtype.time_unit, "UTC")).dt.convert_time_zone(
                dtype.time_zone
            )
        else:
            made = pl.Series(name, column, dtype=dtype, strict=False)
        columns.append(made)
    return pl.DataFrame(columns)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(frame=frames())
def test_every_type_comes_back_as_it_was(frame, tmp_path_factory):
    tables = Tables(tmp_path_factory.mktemp("tables"))
    tables.write("t", frame)
    back = tables.read("t")
    assert back.schema == frame.schema
    assert back.equals(frame, null_equal=True) or back.rows() == frame.rows()


@given(typed())
def test_a_type_survives_its_spelling(drawn):
    dtype, _ = drawn
    assert parse_type(spell_type(dtype)) == dtype


def test_a_type_of_a_later_version_is_refused():
    with pytest.raises(DataError, match="Tensor"):
        parse_type(["Tensor", 3])


FRAME = pl.DataFrame({"k": [3, 1, 2], "v": ["c", "a", None]})


@pytest.fixture
def tables(tmp_path) -> Tables:
    return Tables(tmp_path / "tables")


def test_rows_keep_their_order_over_appends(tables):
    tables.write("t", FRAME)
    for value in range(5):
        tables.write("t", pl.DataFrame({"k": [100 - value], "v": [None]}), mode="append")
    assert tables.read("t")["k"].to_list() == [3, 1, 2, 100, 99, 98, 97, 96]


def test_every_version_stays_readable_whatever_came_later(tables):
    assert tables.write("t", FRAME, message="first") == 0
    assert tables.write("t", FRAME.head(1), mode="append") == 1
    assert tables.write("t", pl.DataFrame({"other": [time(1, 2)]})) == 2
    assert tables.read("t", 0).equals(FRAME)
    assert tables.read("t", 1).height == 4
    assert tables.read("t").equals(pl.DataFrame({"other": [time(1, 2)]}))
    told = [(v.version, v.rows, v.operation, v.message) for v in tables.versions("t")]
    assert told == [(0, 3, "overwrite", "first"), (1, 4, "append", None), (2, 1, "overwrite", None)]
    assert all(datetime.now(UTC) - version.time < DAY for version in tables.versions("t"))


def test_names_are_listed_and_appending_to_nothing_begins_a_table(tables):
    assert tables.names() == ()
    tables.write("b", FRAME, mode="append")
    tables.write("a table", FRAME)
    assert tables.names() == ("a table", "b")
    assert tables.read("b").equals(FRAME)


def test_columns_that_differ_in_capital_letters_only_stay_apart(tables):
    frame = pl.DataFrame({"Max": [1], "max": [2], "MAX": ["x"], "max~2": [4]})
    tables.write("t", frame)
    assert tables.read("t").equals(frame)
    tables.write("t", frame, mode="append")
    assert tables.read("t").equals(pl.concat([frame, frame]))


def test_a_value_stays_what_it_is_when_its_type_differs(tables):
    tables.write("t", pl.DataFrame({"f": [1.5], "d": [datetime(2024, 1, 1)], "s": ["x"]}))
    more = pl.DataFrame({"s": pl.Series([None], dtype=pl.Int64), "f": [2], "d": [date(2024, 1, 2)]})
    tables.write("t", more, mode="append")
    assert tables.read("t").rows()[1] == (2.0, datetime(2024, 1, 2), None)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"k": [1]}), "lack 'v'"),
        (pl.DataFrame({"k": [1], "v": ["x"], "w": [1], "u": [2]}), "have 'w', 'u' besides"),
        (pl.DataFrame({"k": [1], "w": [1]}), "lack 'v' and have 'w' besides"),
        (pl.DataFrame({"k": ["1"], "v": ["x"]}), "'k' is String in the rows to append, and Int64"),
        (pl.DataFrame({"k": [1.5], "v": ["x"]}), "'k' is Float64 in the rows to append, and Int64"),
    ],
)
def test_rows_with_other_columns_are_not_appended(tables, frame, message):
    tables.write("t", FRAME)
    with pytest.raises(DataError, match=message):
        tables.write("t", frame, mode="append")
    assert tables.read("t").equals(FRAME)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", ".hidden", "a.", "-x", "x" * 200, "a\0b"])
def test_a_name_is_no_path(tables, name):
    with pytest.raises(UsageError, match="cannot name a table"):
        tables.write(name, FRAME)


def test_what_is_not_there_is_named(tables):
    tables.write("sales", FRAME)
    with pytest.raises(DataError, match="no table 'slaes'.*Did you mean 'sales'"):
        tables.read("slaes")
    with pytest.raises(DataError, match="no version 7.*0 to 0"):
        tables.read("sales", 7)
    with pytest.raises(UsageError, match="'merge'"):
        tables.write("sales", FRAME, mode="merge")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame(), "no columns"),
        (pl.DataFrame({"_clew_row": [1]}), "is taken"),
        (pl.DataFrame({"a\0": [1]}), "NUL"),
        (pl.DataFrame({"x": pl.Series([{}], dtype=pl.Struct({}))}), "without fields"),
        (pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)}), "cannot be stored"),
    ],
)
def test_what_cannot_be_stored_is_refused(tables, frame, message):
    with pytest.raises(DataError, match=message):
        tables.write("t", frame)
    assert tables.names() == ()


def test_a_table_of_another_program_is_read_too(tables, tmp_path):
    FRAME.write_delta(tmp_path / "tables" / "theirs")
    assert sorted(tables.read("theirs").rows()) == sorted(FRAME.rows())
    (version,) = tables.versions("theirs")
    assert (version.rows, version.message) == (3, None)


def test_what_a_killed_writer_left_does_not_matter(tables):
    tables.write("t", FRAME)
    folder = tables.root / "t"
    (folder / "part-00000-dead.snappy.parquet").write_bytes(b"half a file")
    (folder / "_delta_log" / "_commit_dead.json.tmp").write_text('{"add": {')
    assert tables.read("t").equals(FRAME)
    assert tables.write("t", FRAME, mode="append") == 1
    assert tables.read("t").height == 6


def test_rows_of_another_program_come_last_and_must_fit(tables):
    from deltalake import write_deltalake

    tables.write("t", pl.DataFrame({"n": pl.Series([2, 1], dtype=pl.UInt8)}))
    write_deltalake(
        tables.root / "t",
        pl.DataFrame({"n": [3], "_clew_row": pl.Series([None], dtype=pl.Int64)}).to_arrow(),
        mode="append",
    )
    assert tables.read("t")["n"].to_list() == [2, 1, 3]
    write_deltalake(tables.root / "t", pl.DataFrame({"n": [300], "_clew_row": [2]}).to_arrow(), mode="append")
    with pytest.raises(DataError, match="'n' holds values that are no UInt8"):
        tables.read("t")


def test_changes_are_found_by_key(tables):
    tables.write(
        "t", pl.DataFrame({"k": [1, 2, 3, None], "v": ["a", "b", None, "n"], "w": [1.0, float("nan"), 3.0, 4.0]})
    )
    tables.write(
        "t", pl.DataFrame({"w": [float("nan"), 3.0, 4.5, 9.0], "v": ["b", "c", "n", "z"], "k": [2, 3, None, 9]})
    )
    diff = tables.diff("t", 0, 1, keys=["k"])
    assert (diff.added, diff.removed, diff.changed) == (1, 1, 2)
    assert diff.added_rows["k"].to_list() == [9]
    assert diff.removed_rows["k"].to_list() == [1]
    assert diff.changed_columns == {"w": 1, "v": 1}
    assert diff.changed_before["k"].to_list() == [3, None]
    assert diff.changed_after.to_dict(as_series=False) == {"w": [3.0, 4.5], "v": ["c", "n"], "k": [3, None]}


rows = st.lists(st.tuples(st.integers(0, 3), st.none() | st.sampled_from("ab")), max_size=8)


@settings(max_examples=60)
@given(rows, rows)
def test_whole_rows_are_compared_as_often_as_they_occur(before, after):
    from collections import Counter

    from clew.store.compare import compare

    schema = {"k": pl.Int64, "v": pl.String}
    diff = compare(pl.DataFrame(before, schema, orient="row"), pl.DataFrame(after, schema, orient="row"))
    assert Counter(diff.added_rows.rows()) == Counter(after) - Counter(before)
    assert Counter(diff.removed_rows.rows()) == Counter(before) - Counter(after)
    assert (diff.added, diff.removed, diff.changed) == (len(diff.added_rows), len(diff.removed_rows), 0)


def test_other_columns_are_told_and_the_rest_is_compared(tables):
    tables.write("t", pl.DataFrame({"k": [1, 2], "old": [1, 1], "n": [1, 2]}))
    tables.write("t", pl.DataFrame({"k": [1, 2], "n": [1.0, 2.5], "new": [1, 1]}))
    diff = tables.diff("t", 0, 1, keys=["k"])
    assert diff.to_dict() == {
        "added": 0,
        "removed": 0,
        "changed": 1,
        "changed_columns": {"n": 1},
        "columns_added": ["new"],
        "columns_removed": ["old"],
    }
    assert diff.changed_after.columns == ["k", "n", "new"]


def test_names_that_are_patterns_are_just_names(tables):
    frame = pl.DataFrame({"*": [1, 2], "^a.*$": ["x", "y"], "a": [True, False], "0": [1, 1]})
    tables.write("t", frame)
    tables.write("t", frame.tail(1), mode="append")
    assert tables.read("t", 0).equals(frame)
    assert tables.diff("t", 0, 1).added == 1
    with pytest.raises(DataError, match="The key '\\*', '0' does not identify rows: {'\\*': 2, '0': 1} occurs 2 times"):
        tables.diff("t", 0, 1, keys=["*", "0"])


def test_a_key_must_identify_rows(tables):
    tables.write("t", FRAME)
    tables.write("t", pl.concat([FRAME, FRAME]))
    with pytest.raises(DataError, match="{'k': 1} occurs 2 times in the later version"):
        tables.diff("t", 0, 1, keys=["k"])
    with pytest.raises(DataError, match="'key' is no column.*Did you mean 'k'|'key' is no column"):
        tables.diff("t", 0, 1, keys=["key"])
