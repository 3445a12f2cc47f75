import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)


def patients(rows=1000):
    return pl.DataFrame(
        {
            "age": RNG.normal(50, 9, rows).round(3),
            "weight": RNG.normal(70, 9, rows).round(3),
            "ill": RNG.choice(["yes", "no"], rows),
        }
    )


def turned(frame):
    return frame.with_columns(ill=pl.when(pl.col("ill") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes")))


@pytest.mark.parametrize(("again", "severity"), [(3, Severity.INFO), (40, Severity.WARNING)])
def test_the_same_features_with_another_target_are_found(found_closer, again, severity):
    frame = patients()
    found = found_closer(pl.concat([frame, turned(frame.head(again))]), target="ill")["DQ029", "ill"]
    assert found.severity is severity
    assert found.evidence["count"] == again
    assert found.evidence["conflicts"][0] == {"rows": [0, 1000], "targets": [frame["ill"][0], turned(frame)["ill"][0]]}


def test_a_number_contradicts_if_it_is_far_away(found_closer):
    frame = patients().drop("ill").with_columns(price=pl.Series(RNG.normal(100, 10, 1000)))
    again = frame.head(5)
    far = pl.concat([frame, again.with_columns(pl.col("price") + 100)])
    near = pl.concat([frame, again.with_columns(pl.col("price") + 1)])
    assert found_closer(far, target="price")["DQ029", "price"].evidence["count"] == 5
    assert ("DQ029", "price") not in found_closer(near, target="price")


def test_rows_that_agree_and_rows_that_must_repeat_are_not(found_closer):
    frame = patients()
    assert ("DQ029", "ill") not in found_closer(pl.concat([frame, frame.head(40)]), target="ill")
    labels = pl.DataFrame({name: RNG.choice(list("abc"), 800) for name in ("one", "two", "ill")})
    assert ("DQ029", "ill") not in found_closer(labels, target="ill")
