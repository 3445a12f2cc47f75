import polars as pl


def test_labels_in_several_spellings_are_found(look):
    found = look(pl.DataFrame({"x": ["New York", "new york", "New  York ", "Boston"] * 10}))["DQ018", "x"]
    assert found.evidence["groups"] == 1
    assert found.evidence["spellings"] == [{"New  York ": 10, "New York": 10, "new york": 10}]


def test_different_labels_are_not(look):
    assert ("DQ018", "x") not in look(pl.DataFrame({"x": ["New York", "Newark", "Boston"] * 10}))
