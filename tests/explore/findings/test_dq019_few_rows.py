import polars as pl
import pytest

from clew.core.expr import parse


def target(**counts):
    return pl.DataFrame({"y": [label for label, count in counts.items() for _ in range(count)]})


def test_labels_with_fewer_than_ten_rows_are_found(look):
    found = look(target(a=50, b=40, c=9, d=1), target="y")["DQ019", "y"]
    assert found.evidence["labels"] == {"c": 9, "d": 1}
    assert found.evidence["count"] == 10
    assert found.evidence["rows"] == [90, 91, 92, 93, 94]


def test_the_remedy_leaves_their_rows_out(look):
    frame = target(a=50, b=40, **{"it's": 3})
    remedy = look(frame, target="y")["DQ019", "y"].remedy
    assert remedy["op"] == "filter"
    condition = parse(remedy["options"]["condition"])
    assert [condition.evaluate({"y": label}) for label in ("a", "it's")] == [True, False]


@pytest.mark.parametrize("counts", [{"a": 50, "b": 10}, {"a": 9, "b": 8, "c": 50}])
def test_labels_with_enough_rows_are_not_and_neither_are_labels_most_of_which_are_rare(look, counts):
    assert ("DQ019", "y") not in look(target(**counts), target="y")


def test_a_number_to_predict_has_no_labels(look):
    assert ("DQ019", "y") not in look(pl.DataFrame({"y": [float(i) ** 1.5 for i in range(100)]}), target="y")
