"""What the columns of a table are, judged over all rows whatever their order."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.collect.conform import reader_of
from clew.collect.infer import infer
from clew.collect.source import read
from clew.core.errors import DataError, SchemaError
from clew.core.schema import Column, Kind, Role
from clew.define.domain import Domain


def one(values, **facts):
    """Infer a single column called x: values, column, codes of findings."""
    series = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)
    frame, schema, findings = infer(series.alias("x").to_frame(), Domain({"x": facts}) if facts else None)
    return frame["x"].to_list(), schema["x"], [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("texts", "values", "dtype", "facts", "codes"),
    [
        (["1", "-2", "+3"], [1, -2, 3], "Int64", {}, []),
        (["1", "2.5"], [1.0, 2.5], "Float64", {}, []),
        (["1e5", ".5"], [1e5, 0.5], "Float64", {}, []),
        (["1.0", "2.0"], [1.0, 2.0], "Float64", {}, []),
        ([" 1", "2 "], [1, 2], "Int64", {}, []),
        (["9223372036854775807", "1"], [2**63 - 1, 1], "Int64", {}, []),
        (["9007199254740993"], [2**53 + 1], "Int64", {}, []),
        (["inf", "1"], [float("inf"), 1.0], "Float64", {}, ["DQ106"]),
        (["1,234.50", "2"], [1234.5, 2.0], "Float64", {"format": "1,234.5"}, []),
        (["1,234,567", "2"], [1234567, 2], "Int64", {"format": "1,234.5"}, []),
        (["1,5", "2,25"], [1.5, 2.25], "Float64", {"format": "1.234,5"}, []),
        (["1.234,5", "2"], [1234.5, 2.0], "Float64", {"format": "1.234,5"}, []),
        (["1.234.567", "2"], [1234567, 2], "Int64", {"format": "1.234,5"}, []),
        (["1 234,5", "2"], [1234.5, 2.0], "Float64", {"format": "1 234,5"}, []),
        (["1'234.5", "2"], [1234.5, 2.0], "Float64", {"format": "1'234.5"}, []),
        (["1.234", "2.345"], [1.234, 2.345], "Float64", {}, []),
        (["1,234", "12,345"], [1234, 12345], "Int64", {"format": "1,234.5"}, ["DQ111"]),
        (["0,123", "1,234"], [0.123, 1.234], "Float64", {"format": "1.234,5"}, []),
        (["1234", "1,234"], [1234.0, 1.234], "Float64", {"format": "1.234,5"}, []),
        (["$1,234.50", "-$2", "0"], [1234.5, -2.0, 0.0], "Float64", {"format": "1,234.5", "unit": "USD"}, ["DQ110"]),
        (["1 234,50 €", "2 €"], [1234.5, 2.0], "Float64", {"format": "1 234,5", "unit": "EUR"}, ["DQ110"]),
        (["CHF 5", "CHF 6"], [5, 6], "Int64", {"unit": "CHF"}, ["DQ110"]),
        (["12.5 %", "3%"], [0.125, 0.03], "Float64", {"unit": "share"}, ["DQ110"]),
    ],
)
def test_numbers_as_people_write_them(texts, values, dtype, facts, codes):
    found, column, noticed = one([*texts, None])
    assert found == [*values, None]
    assert (column.kind, column.dtype) == (Kind.NUMERIC, dtype)
    assert (column.format, column.unit) == (facts.get("format"), facts.get("unit"))
    assert noticed == codes


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["007", "12"], "DQ104"),
        (["00.5", "1.5"], "DQ104"),
        (["9223372036854775808", "1"], "DQ105"),
        (["1", "2", "3", "abc"], "DQ103"),
        (["2024-01-01", "2024-01-02", "soon"], "DQ103"),
        (["Jan 5, 2024", "6 March 2024", "soon"], "DQ103"),
        (["inf", "-inf", "+1", "soon"], "DQ103"),
        (["01/02/2024", "03/04/2024"], "DQ107"),
        (["1/2/24", "30/12/99"], "DQ107"),
        (["$1", "€2"], "DQ113"),
        (["$1", "2"], "DQ113"),
        (["5%", "6"], "DQ113"),
        (["2024-01-01T00:00Z", "2024-01-01T00:00"], "DQ117"),
    ],
)
def test_what_cannot_be_told_stays_text_and_says_so(texts, code):
    values, column, codes = one(texts)
    assert values == texts
    assert (column.kind, column.dtype) == (Kind.CATEGORICAL, "String")
    assert codes == [code]


@pytest.mark.parametrize(
    "texts",
    [
        ["a", "b"],
        ["1,2,3", "4"],
        ["1-2", "3-4"],
        ["1.2.3", "1.2"],
        ["e5", "1"],
        ["_1", "a"],
        ["12:30", "13:00"],
        ["1 2", "3"],
    ],
)
def test_other_text_stays_text(texts):
    assert one(texts)[0] == texts


def test_values_that_were_no_numbers_are_named():
    _, _, findings = infer(pl.DataFrame({"x": ["1", "2", "3", "x", "x", "y", "4", "5"]}))
    (finding,) = findings
    assert finding.evidence == {"others": {"x": 2, "y": 1}, "count": 3, "rows": 8}
    assert finding.detail == "5 of 8 values are numbers, and 3 are not: 'x' (2), 'y' (1)."


@pytest.mark.parametrize(
    ("texts", "values", "spelling"),
    [
        (["true", "False", "TRUE"], [True, False, True], None),
        (["Yes", "No", "No"], [True, False, False], "No/Yes"),
        (["yes", "NO", "Yes", "no"], [True, False, True, False], None),
        (["t", "f"], [True, False], "f/t"),
        (["Y", "N"], [True, False], "N/Y"),
    ],
)
def test_pairs_of_words_are_truth_values(texts, values, spelling):
    found, column, _ = one([*texts, None])
    assert found == [*values, None]
    assert (column.kind, column.dtype, column.format) == (Kind.BOOLEAN, "Boolean", spelling)


@pytest.mark.parametrize(
    "texts", [["yes", "yes"], ["yes", "false"], ["yes", "no", "maybe"], ["t", "true"], ["yes", "no", "None", "None"]]
)
def test_anything_but_one_full_pair_is_none(texts):
    assert one(texts)[1].kind is Kind.CATEGORICAL


def test_zeros_and_ones_are_numbers():
    assert one(["0", "1"])[1].kind is Kind.NUMERIC


@pytest.mark.parametrize(
    ("texts", "values", "dtype", "form"),
    [
        (["2024-01-31", "2024-02-01"], [date(2024, 1, 31), date(2024, 2, 1)], "Date", None),
        (
            ["2024-01-31 10:20", "2024-02-01"],
            [datetime(2024, 1, 31, 10, 20), datetime(2024, 2, 1)],
            "Datetime(us)",
            None,
        ),
        (["31/01/2024", "01/02/2024"], [date(2024, 1, 31), date(2024, 2, 1)], "Date", "DD/MM/YYYY"),
        (["01/31/2024", "02/01/2024"], [date(2024, 1, 31), date(2024, 2, 1)], "Date", "MM/DD/YYYY"),
        (["31.01.2024", "01.02.2024"], [date(2024, 1, 31), date(2024, 2, 1)], "Date", None),
        (["1 Feb 2024", "March 3, 2024"], [date(2024, 2, 1), date(2024, 3, 3)], "Date", None),
    ],
)
def test_dates_and_moments(texts, values, dtype, form):
    found, column, codes = one([*texts, None])
    assert found == [*values, None]
    assert (column.kind, column.dtype, column.format, codes) == (Kind.DATETIME, dtype, form, [])


def test_zones_are_kept_as_moments_in_utc():
    values, column, _ = one(["2024-01-01T00:00Z", "2024-01-01T00:00+02:00"])
    assert column.dtype == "Datetime(us, UTC)"
    assert values == [datetime(2024, 1, 1, tzinfo=UTC), datetime(2023, 12, 31, 22, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("series", "values", "dtype", "kind"),
    [
        (pl.Series([1, None], dtype=pl.Int8), [1, None], "Int8", Kind.NUMERIC),
        (pl.Series([1.5, float("nan")]), [1.5, None], "Float64", Kind.NUMERIC),
        (pl.Series([2**64 - 1], dtype=pl.UInt64), [2**64 - 1], "UInt64", Kind.NUMERIC),
        (pl.Series([7], dtype=pl.UInt64), [7], "Int64", Kind.NUMERIC),
        (pl.Series([True, None]), [True, None], "Boolean", Kind.BOOLEAN),
        (pl.Series([date(2024, 1, 1)]), [date(2024, 1, 1)], "Date", Kind.DATETIME),
        (pl.Series([0]).cast(pl.Datetime("ms")), [datetime(1970, 1, 1)], "Datetime(us)", Kind.DATETIME),
        (pl.Series([1000]).cast(pl.Datetime("ns")), [datetime(1970, 1, 1, 0, 0, 0, 1)], "Datetime(us)", Kind.DATETIME),
        (pl.Series([1]).cast(pl.Datetime("ns")), [datetime(1970, 1, 1)], "Datetime(ns)", Kind.DATETIME),
        (pl.Series([Decimal("1.50")]), [1.5], "Float64", Kind.NUMERIC),
        (pl.Series([Decimal(3)], dtype=pl.Decimal(20, 0)), [3], "Int64", Kind.NUMERIC),
        (pl.Series([2**100], dtype=pl.Int128), [str(2**100)], "String", Kind.CATEGORICAL),
        (pl.Series([timedelta(minutes=1)]), [60.0], "Float64", Kind.NUMERIC),
        (pl.Series([time(10, 30)]), ["10:30:00"], "String", Kind.CATEGORICAL),
        (pl.Series(["a", "?"], dtype=pl.Categorical), ["a", None], "String", Kind.CATEGORICAL),
        (pl.Series([[1, 2]]), [[1, 2]], "List(Int64)", Kind.NESTED),
        (pl.Series([{"a": 1}]), [{"a": 1}], "Struct({'a': Int64})", Kind.NESTED),
        (pl.Series([b"x"]), [b"x"], "Binary", Kind.NESTED),
        (pl.Series([None], dtype=pl.Int64), [None], "String", Kind.UNKNOWN),
        (pl.Series([None]), [None], "String", Kind.UNKNOWN),
    ],
)
def test_typed_columns_stay_what_they_are_or_say_what_they_became(series, values, dtype, kind):
    found, column, codes = one(series)
    assert (found, column.dtype, column.kind) == (values, dtype, kind)
    changed = isinstance(series.dtype, pl.Decimal | pl.Duration | pl.Time | pl.Int128 | pl.Categorical)
    assert ("DQ114" in codes) == changed


def test_long_and_different_texts_are_text_and_others_categories():
    assert one([f"review number {i} says that it was fine" for i in range(30)])[1].kind is Kind.TEXT
    assert one([f"https://example.org/a/rather/long/address/{i}" for i in range(30)])[1].kind is Kind.TEXT
    assert one(["strongly agree with all of that"] * 20 + ["no opinion on any of it"] * 20)[1].kind is Kind.CATEGORICAL
    assert one([f"user{i}" for i in range(30)])[1].kind is Kind.CATEGORICAL


@pytest.mark.parametrize(
    "name", ["id", "ID", "customerID", "PassengerId", "order_id", "uuid", "Unnamed: 0", "index", "row number"]
)
def test_a_unique_column_with_the_name_of_one_is_an_identifier(name):
    _, schema, findings = infer(pl.DataFrame({name: [3, 1, 2], "v": [1, 1, 2]}))
    assert schema[name].role is Role.ID
    assert [finding.code for finding in findings] == ["DQ109"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", [1, 1, 2]),
        ("id", [1, None, 2]),
        ("id", [1.0, 2.0, 3.0]),
        ("paid", [1, 2, 3]),
        ("bid", [1, 2, 3]),
        ("grid", ["a", "b", "c"]),
        ("width", [1, 2, 3]),
        ("age", [1, 2, 3]),
    ],
)
def test_other_columns_are_features(name, values):
    assert infer(pl.DataFrame({name: values}))[1][name].role is Role.FEATURE


def test_a_column_of_uuids_is_an_identifier_whatever_its_name():
    import uuid

    frame = pl.DataFrame({"x": [str(uuid.UUID(int=i)) for i in range(3)]})
    assert infer(frame)[1]["x"].role is Role.ID
    assert infer(frame, Domain({"x": {"role": "feature"}}))[1]["x"].role is Role.FEATURE


cells = st.none() | st.sampled_from(
    [
        *(
            "1",
            "2.5",
            "007",
            "1,234",
            "12,5",
            "$5",
            "5%",
            "yes",
            "no",
            "None",
            "NA",
            "?",
            "",
            " ",
            "a",
            "text with words",
        ),
        *(
            "2024-01-01",
            "01/02/2024",
            "31/01/2024",
            "inf",
            "nan",
            "9223372036854775808",
            "-",
            "1e5",
            "2024-01-01T00:00Z",
        ),
    ]
)


@settings(max_examples=150)
@given(st.lists(cells, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    frame, schema, findings = infer(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}))
    mixed = pl.DataFrame({"x": pl.Series([values[i] for i in order], dtype=pl.String)})
    frame2, schema2, findings2 = infer(mixed)
    assert schema2 == schema
    assert findings2 == findings
    assert frame2.equals(frame[order])


@settings(max_examples=100)
@given(st.lists(cells, min_size=1, max_size=12))
def test_nothing_is_lost_but_what_is_reported(values):
    frame, schema, findings = infer(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}))
    words = next((f.evidence["words"] for f in findings if f.code == "DQ101"), {})
    empty = sum(value is None or value == "" for value in values)
    assert frame["x"].null_count() == empty + sum(words.values())
    if schema["x"].dtype == "String":
        kept = [value for value in frame["x"] if value is not None]
        assert kept == [v for v in values if v is not None and v.strip() and v.strip() not in words]


@pytest.mark.parametrize(
    ("texts", "facts", "values", "dtype"),
    [
        (["007", "12"], {"kind": "numeric"}, [7, 12], "Int64"),
        (["1,234", "2,345"], {"format": "1.234,5"}, [1.234, 2.345], "Float64"),
        (["5", "6"], {"unit": "EUR"}, [5, 6], "Int64"),
        (["5 €", "6"], {"unit": "EUR"}, [5, 6], "Int64"),
        (["12.5%"], {"unit": "%"}, [12.5], "Float64"),
        (["9223372036854775808", "1"], {"kind": "numeric"}, [2.0**63, 1.0], "Float64"),
        (["01/02/2024"], {"format": "DD/MM/YYYY"}, [date(2024, 2, 1)], "Date"),
        (["01/02/2024"], {"kind": "datetime", "format": "MM/DD/YYYY"}, [date(2024, 1, 2)], "Date"),
        (["0", "1", "1"], {"kind": "boolean"}, [False, True, True], "Boolean"),
        (["yes", "no"], {"kind": "categorical"}, ["yes", "no"], "String"),
        (["1", "2"], {"kind": "categorical"}, [1, 2], "Int64"),
        (["01", "2"], {"kind": "categorical"}, ["01", "2"], "String"),
        (["1.50", "2"], {"kind": "categorical"}, ["1.50", "2"], "String"),
        (["1", "2"], {"order": ["1", "2"]}, ["1", "2"], "String"),
        (["1", "2"], {"kind": "text"}, ["1", "2"], "String"),
    ],
)
def test_what_the_domain_states_wins(texts, facts, values, dtype):
    found, column, codes = one(texts, **facts)
    assert (found, column.dtype) == (values, dtype)
    for fact, value in facts.items():
        assert getattr(column, fact) == (tuple(value) if isinstance(value, list) else value)
    assert codes == []


@pytest.mark.parametrize(
    ("series", "facts", "values", "dtype"),
    [
        (pl.Series([0, 1]), {"kind": "boolean"}, [False, True], "Boolean"),
        (pl.Series([1, 2]), {"kind": "categorical"}, [1, 2], "Int64"),
        (pl.Series([1, 2]), {"order": ["1", "2"]}, ["1", "2"], "String"),
        (pl.Series([1, 2]), {"kind": "text"}, ["1", "2"], "String"),
    ],
)
def test_what_the_domain_states_wins_over_types(series, facts, values, dtype):
    found, column, _ = one(series, **facts)
    assert (found, column.dtype) == (values, dtype)


@pytest.mark.parametrize(
    ("values", "facts", "message"),
    [
        (["1", "old"], {"kind": "numeric"}, "'old' is not a number"),
        (["$5"], {"unit": "EUR", "kind": "numeric"}, "'\\$5' is not a number"),
        (["2024-13-01"], {"kind": "datetime"}, "is not a date"),
        (["maybe"], {"kind": "boolean"}, "is not true or false"),
        (pl.Series([1, 2]), {"kind": "boolean"}, "2 is not true or false"),
        (pl.Series([1]), {"kind": "datetime"}, "1 is not a date"),
    ],
)
def test_cells_that_contradict_the_domain_are_refused(values, facts, message):
    with pytest.raises(SchemaError, match=message):
        one(values, **facts)


def test_columns_that_the_domain_knows_and_the_table_lacks_are_no_concern():
    infer(pl.DataFrame({"x": [1]}), Domain({"y": {"kind": "numeric"}}))


def test_many_rows_are_judged_like_few():
    few = pl.DataFrame({"a": ["1", "x", "?"], "b": ["$1", "$2", ""], "c": ["yes", "no", "no"], "d": [1, 2, 3]})
    many = pl.concat([few] * 20_000)
    frame, schema, findings = infer(many)
    small, small_schema, small_findings = infer(few)
    assert schema == small_schema
    assert frame.head(3).equals(small)
    assert frame.height == 60_000
    assert [(f.code, f.column) for f in findings] == [(f.code, f.column) for f in small_findings]


def test_python_objects_are_refused():
    with pytest.raises(DataError, match="Python objects"):
        infer(pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)}))


def test_a_table_without_rows_has_columns_all_the_same():
    frame, schema, findings = infer(
        pl.DataFrame({"a": pl.Series([], dtype=pl.String), "b": pl.Series([], dtype=pl.Int64)})
    )
    assert schema.names == ("a", "b")
    assert (frame.height, findings) == (0, ())


@given(
    texts=st.lists(
        st.sampled_from(["red", " red", "blue", "blue ", "", "  ", "NA", "?", " NA", None, "\u00a0red"]), min_size=1
    ),
    repeat=st.integers(1, 3),
)
def test_a_text_is_kept_as_it_is_unless_it_is_missing(texts, repeat):
    column = pl.Series("text", texts * repeat, dtype=pl.String)
    data = read(column.to_frame())
    known = data.schema["text"]
    assert data.frame["text"].to_list() == reader_of(known).read_column(column).values.cast(pl.String).to_list()
    assert {text for text in data.frame["text"].to_list() if text is not None} <= set(texts)


@given(st.lists(st.sampled_from(["yes", "no", "No ", "YES", "?", "", None]), min_size=1))
def test_truth_is_read_word_by_word_and_column_by_column_alike(words):
    reader = reader_of(Column("truth", "Boolean", Kind.BOOLEAN))
    seen = reader.read_column(pl.Series("truth", words, dtype=pl.String))
    assert seen.values.to_list() == [reader.read_cell(word) for word in words]
    assert seen.problems == ()
