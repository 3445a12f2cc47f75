import polars as pl
import pytest


def prices(*odd):
    return pl.DataFrame({"price": [f"{i * 1.25:.2f}" for i in range(200)] + list(odd)})


def test_texts_among_the_numbers_of_a_target_are_found(look):
    found = look(prices("on request", "sold"), target="price")["DQ021", "price"]
    assert found.evidence["count"] == 2
    assert found.evidence["rows"] == [200, 201]
    assert found.evidence["values"] == ["on request", "sold"]


@pytest.mark.parametrize(
    "frame",
    [
        prices(),
        pl.DataFrame({"price": ["high", "low", "3"] * 50}),
        pl.DataFrame({"price": ["1", "2", "3", "none"] * 50}),
        pl.DataFrame({"price": [float(i) for i in range(200)]}),
    ],
    ids=["only numbers", "labels", "a few codes", "a column of numbers"],
)
def test_numbers_alone_and_labels_are_not(look, frame):
    assert ("DQ021", "price") not in look(frame, target="price")
