import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)


def people(rows=1000):
    return pl.DataFrame(
        {
            "name": [f"Person {i}" for i in range(rows)],
            "height": RNG.normal(170, 9, rows).round(2),
            "weight": RNG.normal(70, 9, rows).round(2),
            "income": RNG.lognormal(10, 1, rows).round(2),
            "town": RNG.choice(["Rome", "Oslo"], rows),
        }
    )


@pytest.mark.parametrize(("again", "severity"), [(4, Severity.INFO), (30, Severity.WARNING)])
def test_rows_that_differ_in_one_column_are_found(found_closer, again, severity):
    frame = people()
    changed = frame.head(again).with_columns(pl.col("weight") + 1)
    found = found_closer(pl.concat([frame, changed]))["LK006", None]
    assert found.severity is severity
    assert found.evidence["count"] == 2 * again
    pair = found.evidence["pairs"][0]
    assert pair["column"] == "weight"
    assert pair["rows"] == [pair["rows"][0], pair["rows"][0] + 1000]
    assert pair["values"][1] == pytest.approx(pair["values"][0] + 1)


def test_rows_that_differ_in_spelling_are_found(found_closer):
    frame = people()
    spelt = frame.head(10).with_columns(pl.col("name").str.to_uppercase() + " ", pl.col("income") * (1 + 1e-12))
    found = found_closer(pl.concat([frame, spelt]))["LK006", None]
    assert found.evidence["count"] == 20
    assert found.evidence["pairs"][0]["column"] is None


def test_different_rows_equal_rows_and_common_values_are_not(found_closer):
    frame = people()
    assert ("LK006", None) not in found_closer(frame)
    assert ("LK006", None) not in found_closer(pl.concat([frame, frame.head(50)]))
    labels = pl.DataFrame({name: RNG.choice(list("abcdef"), 1000) for name in "uvwxyz"})
    assert ("LK006", None) not in found_closer(labels)
