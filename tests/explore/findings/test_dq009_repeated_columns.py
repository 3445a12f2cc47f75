import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "x": RNG.normal(size=300),
        "label": RNG.choice(["a", "b", "c"], 300),
        "whole": RNG.integers(0, 5, 300),
        "day": pl.Series(RNG.integers(0, 50, 300).astype("int32")).cast(pl.Date),
    }
)


@pytest.mark.parametrize("name", FRAME.columns)
def test_an_equal_column_is_found_behind_the_first(look, name):
    found = look(FRAME.with_columns(copy=pl.col(name)))
    assert found["DQ009", "copy"].evidence["same_as"] == name
    assert found["DQ009", "copy"].severity is Severity.WARNING
    assert found["DQ009", "copy"].remedy == {"op": "drop", "columns": ["copy"], "options": {}}
    assert ("DQ009", name) not in found


def test_equal_numbers_of_another_type_are_equal(look):
    found = look(FRAME.with_columns(copy=pl.col("whole").cast(pl.Float64)))
    assert found["DQ009", "copy"].evidence["equal"]


def test_the_same_in_other_words_is_found(look):
    words = pl.col("whole").replace_strict({0: "none", 1: "one", 2: "two", 3: "three", 4: "four"})
    found = look(FRAME.with_columns(words=words))["DQ009", "words"]
    assert found.evidence == {"same_as": "whole", "equal": False, "distinct": 5}
    assert found.severity is Severity.INFO


def test_missing_values_have_to_agree(look):
    holes = pl.when(pl.int_range(300) % 7 > 0).then(pl.col("x"))
    other = pl.when(pl.int_range(300) % 7 > 1).then(pl.col("x"))
    frame = FRAME.with_columns(one=holes, two=holes, three=other)
    found = look(frame)
    assert found["DQ009", "two"].evidence["same_as"] == "one"
    assert ("DQ009", "three") not in found


def test_different_columns_are_not(look):
    other = FRAME.with_columns(y=-pl.col("x"), shuffled=pl.col("label").shuffle(seed=1), z=pl.col("x").sort())
    assert not [code for code, _ in look(other) if code == "DQ009"]


def test_rare_flags_that_happen_to_agree_are_not(look):
    flag = pl.int_range(300) == 17
    assert ("DQ009", "two") not in look(FRAME.with_columns(one=flag.cast(pl.Int8), two=flag.cast(pl.Int8)))


def test_unique_values_do_not_stand_for_each_other(look):
    frame = pl.DataFrame({"a": RNG.permutation(300), "b": [f"k{i}" for i in RNG.permutation(300)]})
    assert not [code for code, _ in look(frame) if code == "DQ009"]
