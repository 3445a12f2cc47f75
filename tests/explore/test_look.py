import json
import threading
from datetime import date

import polars as pl
import pytest

from clew.core.errors import ConfigError, UsageError
from clew.core.schema import Kind, Role
from clew.explore.cards import card_of
from clew.explore.look import Look


@pytest.fixture
def look(make_schema):
    def build(frame: pl.DataFrame, **facts: dict) -> Look:
        return Look(frame, make_schema(frame, **facts))

    return build


def test_a_header_says_what_a_column_is_and_how_good_its_values_are(look):
    frame = pl.DataFrame({"age": [1.0, None, float("nan"), 40.0, 200.0, float("inf"), 41.0]})
    header = look(frame, age={"maximum": 120.0, "unit": "years"}).header("age")
    assert (header.rows, header.valid, header.missing, header.invalid) == (7, 3, 2, 2)
    assert (header.type.value, header.unit, header.words) == ("numeric", "years", "1 to 200")
    assert header.picture is not None


def test_what_the_domain_model_declares_makes_values_invalid(look):
    frame = pl.DataFrame({"size": ["S", "XXL", None], "code": ["a1", "b", "c3"], "n": [1, 2, 3]})
    known = look(frame, size={"allowed": ("S", "M")}, code={"pattern": r"[a-z]\d"}, n={"nullable": False})
    assert [known.header(name).invalid for name in ("size", "code", "n")] == [1, 1, 0]


def test_a_pattern_that_is_none_is_named(look):
    with pytest.raises(ConfigError, match="'\\(' of the column 'c'"):
        look(pl.DataFrame({"c": ["x"]}), c={"pattern": "("}).header("c")


def test_the_distribution_is_told_in_bars_and_words(look):
    frame = pl.DataFrame(
        {
            "kind": ["a", "b", "a"],
            "day": [date(2024, 1, 1), date(2024, 3, 1), None],
            "same": [5, 5, 5],
            "nothing": pl.Series([None] * 3, dtype=pl.String),
            "list": [[1], [2], None],
        }
    )
    known = look(frame)
    assert {name: known.header(name).words for name in frame.columns} == {
        "kind": "2 different",
        "day": "2024-01-01 to 2024-03-01",
        "same": "always 5",
        "nothing": "no values",
        "list": "2 values",
    }
    told = known.header("kind").to_dict()
    assert (told["bars"], told["binned"]) == ([{"label": "a", "count": 2}, {"label": "b", "count": 1}], False)
    assert known.header("day").to_dict()["binned"]
    assert known.header("list").to_dict()["bars"] == []
    json.dumps([known.header(name).to_dict() for name in frame.columns], allow_nan=False)


@pytest.mark.parametrize("name", ["*", "^a.*$", "a.b", "", "value"])
def test_columns_may_be_called_anything(look, name):
    frame = pl.DataFrame([pl.Series([1.0, 5.0])])
    frame.columns = [name]
    header = look(frame, **{name: {"maximum": 2.0}}).header(name)
    assert (header.name, header.invalid) == (name, 1)


def test_a_column_is_described_once_when_it_is_first_looked_at(look):
    known = look(pl.DataFrame({"a": [1, 2], "b": [3, 4]}))
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(known.statistics("a"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(item is seen[0] for item in seen)
    assert list(known._columns) == ["a"]


def test_headers_of_many_rows_are_those_of_few(look):
    few = pl.DataFrame({"a": [1, 2, 3, None], "b": ["x", "y", "x", "z"]})
    many = pl.concat([few] * 20_000)
    for small, large in zip(look(few).headers(["b", "a"]), look(many).headers(["b", "a"]), strict=True):
        assert (small.name, small.words, small.type) == (large.name, large.words, large.type)
        assert large.valid == 20_000 * small.valid


def test_a_column_says_by_what_it_can_be_compared(look):
    known = look(pl.DataFrame({"a": [1], "t": ["x"]}))
    assert "between" in known.conditions("a")
    assert "contains" in known.conditions("t")
    with pytest.raises(UsageError, match="no column 'b'"):
        known.headers(["a", "b"])


def test_an_image_is_no_feature_but_has_a_header(look):
    frame = pl.DataFrame({"i": [b"\x89PNG\r\n\x1a\n0", None]})
    header = look(frame, i={"kind": Kind.IMAGE}).header("i")
    assert (header.type.value, header.missing, header.picture) == ("image", 1, None)


def test_columns_are_found_by_name_kind_role_and_missing_values(look):
    frame = pl.DataFrame({"fare": [1.0, float("nan")], "Fair": ["a", None], "port": ["x", "y"]})
    known = look(frame, port={"description": "where the fare began", "role": Role.TARGET})
    assert known.find() == ["fare", "Fair", "port"]
    assert known.find(" FA") == ["fare", "Fair", "port"]
    assert known.find("port") == ["port"]
    assert known.find(kinds={"numeric"}) == ["fare"]
    assert known.find(roles={"target"}) == ["port"]
    assert known.find(with_missing=True) == ["fare", "Fair"]
    assert known.find("fa", kinds={"categorical"}, with_missing=True) == ["Fair"]


def test_a_card_shows_type_chart_and_figures(look):
    frame = pl.DataFrame({"<b>": [1.0, 2.0, 200.0], "nested": [[1], [2], [3]]})
    known = look(frame, **{"<b>": {"maximum": 100.0}})
    card = card_of(known, "<b>")
    assert "<svg" in card
    assert "<h3>&lt;b&gt;</h3>" in card
    assert "<dt>invalid</dt><dd>1</dd>" in card
    assert "No chart." in card_of(known, "nested")


def test_the_values_of_a_column_are_listed_the_most_frequent_first(look):
    known = look(pl.DataFrame({"t": ["a", "b", "b", None], "b": [True, True, None, False], "n": [7, 7, 8, 8]}))
    assert known.values("t") == [("b", 2), ("a", 1)]
    assert known.values("b") == [("true", 2), ("false", 1)]
    assert known.values("n", limit=1) == [("7", 2)]
