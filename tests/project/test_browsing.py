from pathlib import Path

import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.infer import infer
from clew.core.errors import DataError
from clew.core.schema import Column, Kind, Role, Schema
from clew.project.browsing import difference, possible_keys, sources
from clew.project.config import load_config


def dataset(frame: pl.DataFrame) -> Dataset:
    frame, schema, _ = infer(frame)
    return Dataset.of(frame, schema, "made.csv")


def test_sources_are_shown_as_stated_and_without_secrets(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("CLEW_PASSWORD", "geheim")
    (tmp_path / "clew.yaml").write_text(
        """
name: birds
problem: {target: species}
data:
  source: data/birds.csv
  delimiter: ";"
  tables:
    weather: {source: "postgresql://ann:${CLEW_PASSWORD}@db/sky?sslkey=x", table: hourly}
monitor: {data: later.csv}
""",
        encoding="utf-8",
    )
    found = sources(load_config(tmp_path))
    assert [(item.name, item.use, item.address) for item in found] == [
        ("birds", "rows", "data/birds.csv"),
        ("weather", "joined", "postgresql://ann:***@db/sky"),
        ("monitor", "later rows", "later.csv"),
    ]
    assert found[0].details == (("delimiter", ";"),)
    assert found[1].details == (("table", "hourly"),)
    assert "geheim" not in repr(found)


def test_keys_are_columns_with_another_value_in_every_row_of_both():
    before = dataset(pl.DataFrame({"id": ["a1", "b2", "c3"], "n": [1, 2, 3], "x": [0.1, 0.2, 0.3], "m": [1, None, 3]}))
    after = dataset(pl.DataFrame({"n": [1, 2, 2], "id": ["a1", "b2", "d4"], "x": [0.1, 0.2, 0.4], "m": [1, 2, 3]}))
    assert possible_keys(before, after) == ("id",)
    schema = before.schema.with_facts("n", role=Role.ID).with_facts("id", role=Role.FEATURE)
    numbered = Dataset.of(before.frame, schema, "made.csv")
    assert possible_keys(numbered, numbered) == ("n", "id")


@pytest.mark.parametrize("name", ["*", "^a.*$", ""])
def test_keys_may_be_called_anything(name):
    frame = pl.DataFrame([pl.Series([1, 2, 3]).cast(pl.String)])
    frame.columns = [name]
    data = Dataset.of(frame, Schema((Column(name, "String", Kind.TEXT),)), "made.csv")
    assert possible_keys(data, data) == (name,)


def test_cells_that_changed_say_what_stood_there():
    before = dataset(pl.DataFrame({"id": [1, 2, 3], "t": ["a", None, "same"], "x": [1.5, 2.5, None]}))
    after = dataset(pl.DataFrame({"id": [2, 1, 4], "t": ["b", "", "same"], "x": [2.5, 7.0, None], "new": [1, 2, 3]}))
    found = difference(before, after, ["id"])
    assert (found.diff.added, found.diff.removed, found.diff.changed) == (1, 1, 2)
    assert found.diff.changed_after["id"].to_list() == [2, 1]
    assert found.notes() == {(0, "t"): "was missing", (1, "t"): "was a", (1, "x"): "was 1.5"}


def test_cells_are_marked_where_the_type_changed_too():
    before = dataset(pl.DataFrame({"id": [1, 2], "n": [1, 2]}))
    after = dataset(pl.DataFrame({"id": [1, 2], "n": [1.0, 2.5]}))
    assert difference(before, after, ["id"]).notes() == {(0, "n"): "was 2"}


def test_without_keys_no_cell_is_marked():
    before, after = dataset(pl.DataFrame({"n": [1, 2]})), dataset(pl.DataFrame({"n": [1, 3]}))
    found = difference(before, after)
    assert (found.diff.added, found.diff.removed, found.notes()) == (1, 1, {})


def test_places_are_of_columns_that_both_have():
    before, after = dataset(pl.DataFrame({"id": [1], "a": [1]})), dataset(pl.DataFrame({"id": [1], "b": [1]}))
    with pytest.raises(DataError, match="'b' is not in both versions"):
        difference(before, after, ["id"]).diff.changed_places("b")
