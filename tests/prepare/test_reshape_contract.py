"""Steps that make other rows keep their contract, and give the same rows whatever the order of the table."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import SCHEMA, cases, check_every_value, check_random_rows, every_value, few_examples, names_for

from clew.prepare.recipe import Recipe
from clew.prepare.step import Step
from clew.prepare.steps import GroupBy, Pivot, Resample, Unpivot
from clew.testing.same import same

ANY = ("count", "length", "n_unique", "min", "max", "first", "last", "most_frequent", "list")
NUMBERS = (*ANY, "sum", "mean", "median", "std", "var", "absolute_maximum", "root_mean_square")
CASES = [
    GroupBy(
        "word",
        {
            **dict.fromkeys(("real", "whole"), NUMBERS),
            **dict.fromkeys(("note", "zoned", "day"), ANY),
            "truth": (*ANY, "mean"),
            "single": "minimal",
            "lasting": ("min", "max", "first", "list", "count"),
        },
        time="moment",
        span=True,
    ),
    GroupBy(("truth", "code"), {"word": ("n_unique",)}),
    GroupBy("rate", {"real": ("sum", "list")}, time=("day", "zoned")),
    Pivot("size", ("real", "note"), "truth", function="most_frequent"),
    Pivot("code", "real", ("word", "truth"), "sum"),
    Pivot("truth", "day", "word", "max"),
    Unpivot(["whole", "small", "real"]),
    Unpivot(["word", "note"], "what", "text", drop_missing=True),
    Resample(["real", "word", "whole", "truth"], time="zoned", unit="year", by="word"),
    Resample(["real", "note"], "month", 400, time="day", fill="interpolate", by="truth", same_span=True),
    Resample(["real", "whole"], "year", 50, time="day", numeric="sum", fill="zero"),
    Resample(["real", "small", "word"], "hour", 24 * 365, time="zoned", numeric="first", other="last", fill="forward"),
    Resample(["real", "size"], "week", 52, time="zoned", numeric="count", other="count", by=("truth", "code")),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


@pytest.mark.parametrize("step", [c for c in CASES if not isinstance(c, Unpivot)], ids=lambda step: step.op)
def test_the_order_of_the_table_does_not_matter(step: Step) -> None:
    frame = every_value().select(names_for(step))
    fitted = Recipe([step]).learn(frame, SCHEMA.select(frame.columns))
    expected = fitted.transform(frame)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(frame))
        same(fitted.transform(frame[order]), expected, "the rows that come out depend on how the table stands")


def test_sums_have_the_same_bits_on_every_engine_and_in_every_order() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"g": rng.integers(0, 5, 20_000), "x": rng.lognormal(0, 8, 20_000) * rng.choice([-1, 1], 20_000)}
    )
    step = GroupBy("g", {"x": ("sum", "mean", "std", "root_mean_square")})
    fitted = Recipe([step]).learn(frame)
    expected = fitted.transform(frame)
    for seed in range(3):
        shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)
        same(fitted.transform(shuffled), expected, "eager")
        same(fitted.transform(shuffled.lazy()).collect(engine="streaming"), expected, "streaming")
