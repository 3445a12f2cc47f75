"""A dataset knows its columns, its origin and its content."""

import json
from html import unescape

import numpy as np
import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import DataError
from clew.core.schema import Role

FRAME = pl.DataFrame({"x": [1, 2, 3], "city": ["<b>", "?", None], "churn": ["Yes", "No", None]})


def test_it_tells_what_it_is_without_its_rows():
    told = read(FRAME).to_dict()
    assert told["rows"] == 3
    assert [column["name"] for column in told["columns"]] == ["x", "city", "churn"]
    assert [finding["code"] for finding in told["findings"]] == ["DQ101"]
    json.dumps(told)


def test_it_shows_itself_escaped():
    shown = unescape(read(FRAME)._repr_html_())
    assert "&lt;b&gt;" in shown
    assert "DQ101" in shown
    assert "3 rows" in shown
    assert repr(read(FRAME)) == "Dataset('polars DataFrame', 3 rows, 3 columns)"


@pytest.mark.parametrize("rows", [np.array([2, 0]), np.array([True, False, True])])
def test_some_rows_are_another_content(rows):
    data = read(FRAME)
    part = data.take(rows)
    assert len(part) == 2
    assert part.fingerprint != data.fingerprint
    assert part.take(np.arange(2)).fingerprint == part.fingerprint


def test_a_target_gets_its_labels_back():
    data = read(FRAME)
    assert data.frame["churn"].to_list() == [True, False, None]
    aimed = data.with_target("churn")
    assert aimed.frame["churn"].to_list() == ["Yes", "No", None]
    assert (aimed.schema["churn"].dtype, aimed.schema["churn"].kind) == ("String", "categorical")
    assert aimed.schema.target.name == "churn"
    assert data.frame["churn"].dtype == pl.Boolean, "the dataset itself stays as it was"
    assert aimed.with_target("churn").fingerprint == aimed.fingerprint
    moved = aimed.with_target("x")
    assert moved.schema["churn"].role is Role.FEATURE
    assert moved.schema.target.name == "x"


def test_an_unknown_target_is_refused():
    with pytest.raises(DataError, match="'chrun'.*Did you mean 'churn'"):
        read(FRAME).with_target("chrun")


def test_frame_and_schema_must_agree():
    with pytest.raises(DataError, match="names 3 columns, the table has 2"):
        Dataset.of(FRAME.drop("x"), read(FRAME).schema, "x")
