import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity
from clew.explore.checks.repeated import repeated_rows


def measured(rows):
    rng = np.random.default_rng(0)
    return pl.DataFrame({"x": rng.normal(size=rows), "y": rng.normal(size=rows), "label": rng.choice(["a", "b"], rows)})


@pytest.mark.parametrize(("again", "severity"), [(1, Severity.INFO), (30, Severity.WARNING)])
def test_rows_that_come_again_are_found(look, again, severity):
    frame = measured(1000)
    found = look(pl.concat([frame, frame.head(again)]))["DQ008", None]
    assert found.evidence["count"] == again
    assert found.evidence["rows"][0] == 1000
    assert found.severity is severity


def test_rows_of_a_few_labels_repeat_by_chance(look):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.choice(["a", "b", "c"], 500) for name in "xyz"})
    assert ("DQ008", None) not in look(frame)


def test_different_rows_are_not(look):
    assert ("DQ008", None) not in look(measured(1000))


def test_every_row_is_compared_with_all_earlier_ones():
    frame = pl.DataFrame({"x": [1.0, None, 1.0, float("nan"), None, float("nan")], "list": [[1]] * 6})
    assert repeated_rows(frame).to_list() == [False, False, True, False, True, True]
    assert repeated_rows(frame.select("list")).to_list() == [False] * 6
    assert repeated_rows(frame[:0]).to_list() == []
