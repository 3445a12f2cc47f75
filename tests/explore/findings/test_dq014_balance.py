import polars as pl
import pytest

from clew.core.finding import Severity


def target(**counts):
    return pl.DataFrame({"y": [label for label, count in counts.items() for _ in range(count)]})


@pytest.mark.parametrize(
    ("counts", "severity"),
    [
        ({"no": 970, "yes": 30}, Severity.INFO),
        ({"no": 9950, "yes": 50}, Severity.WARNING),
        ({"no": 95, "yes": 8}, Severity.WARNING),
        ({"a": 500, "b": 480, "c": 12}, Severity.INFO),
    ],
)
def test_a_rare_label_is_found(look, counts, severity):
    found = look(target(**counts), target="y")["DQ014", "y"]
    assert found.severity is severity
    assert found.evidence["counts"] == counts
    assert found.evidence["rarest"] == list(counts)[-1]


@pytest.mark.parametrize("counts", [{"no": 880, "yes": 120}, dict.fromkeys("abcdefghijkl", 60)])
def test_labels_that_all_occur_often_enough_are_not(look, counts):
    assert ("DQ014", "y") not in look(target(**counts), target="y")


def test_a_number_to_predict_has_no_balance(look):
    frame = pl.DataFrame({"y": [float(i) ** 2 / 7 for i in range(500)]})
    assert ("DQ014", "y") not in look(frame, target="y")
    assert ("DQ014", "y") not in look(target(no=990, yes=10))
