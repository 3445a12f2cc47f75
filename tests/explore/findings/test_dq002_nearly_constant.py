import polars as pl


def test_almost_always_the_same_value_is_found(look):
    found = look(pl.DataFrame({"x": ["a"] * 998 + ["b"] * 2}))
    assert found["DQ002", "x"].evidence["share"] == 0.998
    assert found["DQ002", "x"].remedy["op"] == "drop"


def test_enough_other_rows_are_not_thrown_away(look):
    found = look(pl.DataFrame({"x": ["a"] * 9960 + ["b"] * 40}))
    assert found["DQ002", "x"].remedy is None


def test_a_rare_value_is_no_constant(look):
    assert ("DQ002", "x") not in look(pl.DataFrame({"x": ["a"] * 980 + ["b"] * 20}))
