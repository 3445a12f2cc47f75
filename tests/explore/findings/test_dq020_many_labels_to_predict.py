import polars as pl
import pytest

from clew.core.finding import Severity


def target(labels, rows_each):
    return pl.DataFrame({"y": [f"label {i}" for i in range(labels) for _ in range(rows_each)]})


@pytest.mark.parametrize(
    ("labels", "rows_each", "severity"),
    [(120, 20, Severity.WARNING), (30, 5, Severity.WARNING), (300, 1, Severity.ERROR)],
)
def test_more_labels_than_a_classification_serves_are_found(look, labels, rows_each, severity):
    found = look(target(labels, rows_each), target="y")["DQ020", "y"]
    assert found.severity is severity
    assert found.evidence["rows_per_label"] == rows_each


@pytest.mark.parametrize(("labels", "rows_each"), [(100, 20), (19, 5)])
def test_fewer_are_not(look, labels, rows_each):
    assert ("DQ020", "y") not in look(target(labels, rows_each), target="y")
