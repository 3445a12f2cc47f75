import polars as pl


def test_infinities_are_found(look):
    found = look(pl.DataFrame({"x": [1.0, float("inf"), 2.0, -float("inf"), float("inf"), None]}))["DQ013", "x"]
    assert found.evidence == {"positive": 2, "negative": 1, "rows": [1, 3, 4]}
    assert found.remedy["op"] == "clip_outliers"


def test_finite_numbers_and_nan_are_not(look):
    assert ("DQ013", "x") not in look(pl.DataFrame({"x": [1.0, float("nan"), 1e308]}))
