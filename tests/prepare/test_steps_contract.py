"""Every step keeps its contract on the most unusual rows that can be thought of, and on random ones."""

import importlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.prepare.rows import NUMBERS, cases, check_every_value, check_random_rows, few_examples

from clew.prepare.registry import STEPS
from clew.prepare.step import Step
from clew.prepare.steps import (
    Cast,
    DateParts,
    Derive,
    DropMissing,
    FillMissing,
    Filter,
    Log,
    MissingIndicator,
    Scale,
    TextStatistics,
)

CASES = [
    Cast(["whole", "small", "truth", "real", "single", "lasting"], "number"),
    Cast("figure", "number", errors="missing"),
    Cast("figure", "integer", errors="missing"),
    Cast("figure", "boolean", errors="missing"),
    Cast(["real", "whole", "small", "single", "truth"], "integer", errors="missing"),
    Cast(["real", "whole", "truth"], "boolean", errors="missing"),
    Cast(["whole", "truth", "word", "small"], "text"),
    Cast(["whole", "real", "note"], "category"),
    Cast(["moment", "zoned", "day"], "date"),
    Cast(["moment", "day"], "datetime"),
    Cast(["note", "whole", "real"], "datetime", errors="missing", unit="ms"),
    Cast(["figure", "small"], "date", errors="missing", format="%d-%m-%Y", unit="s"),
    FillMissing(NUMBERS, "mean"),
    FillMissing(NUMBERS, "median"),
    FillMissing(["whole", "real", "word", "truth", "small", "single"], "most_frequent"),
    FillMissing(["whole", "small", "real"], "constant", 300),
    FillMissing(["whole", "small", "single"], "constant", -0.5),
    FillMissing(["word", "note"], "constant", ""),
    FillMissing("truth", "constant", value=True),
    DropMissing("all", threshold=3),
    DropMissing(["whole", "word"], "all"),
    MissingIndicator("all"),
    MissingIndicator(["whole", "zoned"], always=True),
    Scale(NUMBERS),
    Scale(["whole", "real", "single"], "minmax"),
    Scale(["small", "real", "grade"], "robust"),
    Scale(NUMBERS, "maxabs"),
    Scale(NUMBERS, with_scaling=False),
    Scale(NUMBERS, "robust", with_centering=False, quantile_range=(0.1, 0.8)),
    Scale(NUMBERS, "minmax", feature_range=(-2.0, 0.5)),
    Log(NUMBERS),
    DateParts("kind:datetime"),
    DateParts("kind:datetime", parts=("year", "month", "weekday", "is_weekend"), cyclic=True, keep=True),
    DateParts(["moment", "zoned"], parts=("hour", "minute", "day", "day_of_year"), cyclic=True),
    TextStatistics(["note", "word"]),
    Derive("ratio", "real / whole + small * small"),
    Derive("is_big", "whole > 3 or word = 'a'"),
    Derive("label", "coalesce(word, size)"),
    Derive("month", "year(moment) * 12 + month(moment)"),
    Derive(
        "far", "month(moment) * 12 + day_of_year(moment) * day_of_year(moment) + hour(moment) * 100 - weekday(moment)"
    ),
    Derive("short", "length(word) - 5"),
    Derive("share", "real / 3 + whole % 7 - single % 0.3"),
    Derive("sort", "case when word = 'a' then 'one' when small > 0 then concat(word, '-', size) end"),
    Derive("rest", "round(real, 2) + sign(whole) * pow(small, 2) + log10(abs(whole)) + floor(single)"),
    Derive("since", "date_diff('hour', moment, zoned) + date_diff('month', day, moment)"),
    Derive("begin", "date_trunc('week', moment)"),
    Derive("part", "substring(trim(replace(note, 'o', '00')), 2, 5)"),
    Derive("tells", "starts_with(note, 'A') or contains(note, 'l') and not ends_with(word, 'b')"),
    Derive("from_mean", "real - avg(real) + whole / stddev(whole) + count() * approx_count_distinct(word)"),
    Derive("from_group", "small - coalesce(avg(small by code), min(small)) + count(note by truth) + max(real by rate)"),
    Derive("known", "first(word) = last(word) or max(moment) > moment or min(note by narrow) = note"),
    Derive("alone", "variance_pop(small) + variance(small) + std(single) + stddev_pop(single) + sum(truth)"),
    Filter("whole is not null or real > 0"),
    Filter("small <= avg(small) or real is null"),
]


@cases(CASES)
def test_contract_on_every_value(step: Step) -> None:
    check_every_value(step)


@few_examples
@cases(CASES)
@given(data=st.data())
def test_contract_on_random_rows(step: Step, data: st.DataObject) -> None:
    check_random_rows(step, data)


def test_every_step_is_tried() -> None:
    """Each family may have a file of its own, named test_…_contract.py, with its CASES."""
    files = sorted(Path(__file__).parent.glob("test_*_contract.py"))
    tried = {step.op for file in files for step in importlib.import_module(f"tests.prepare.{file.stem}").CASES}
    assert tried == {op for op, step in STEPS.items() if step.__module__.startswith("clew.")}
