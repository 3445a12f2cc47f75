"""What people usually do with a column: proposals that fit it, say why, and run."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.finding import Finding
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task, infer_task
from clew.explore.codes import finding
from clew.explore.profile import profile
from clew.explore.statistics import describe
from clew.prepare.bench import Bench
from clew.prepare.recipe import Recipe
from clew.prepare.usual import Fit, Usual, usual

ROWS = 400
RNG = np.random.default_rng(0)
TOWNS = ["Bern", "Rome", "Oslo", "Lima"]


def picture(shade: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (32, 32), (shade, 0, 90)).save(buffer, "PNG")
    return buffer.getvalue()


def some(values: Sequence[Any], every: int) -> list[Any]:
    """Return the values with a gap at every so many rows."""
    return [None if place % every == 0 else value for place, value in enumerate(values)]


COLUMNS: dict[str, pl.Series] = {
    "number": pl.Series(RNG.normal(20, 5, ROWS).round(2)),
    "gaps": pl.Series(some(RNG.normal(20, 5, ROWS).tolist(), 8)),
    "few gaps": pl.Series(some(RNG.normal(20, 5, ROWS).tolist(), 100)),
    "mostly missing": pl.Series([float(x) if x < 60 else None for x in range(ROWS)]),
    "skewed": pl.Series(RNG.lognormal(3, 1.5, ROWS)),
    "left": pl.Series(-RNG.lognormal(3, 1.0, ROWS)),
    "infinite": pl.Series([float("inf") if x % 50 == 0 else float(x) for x in range(ROWS)]),
    "mostly zero": pl.Series([0 if x % 5 else x for x in range(ROWS)]),
    "codes": pl.Series(RNG.integers(1, 6, ROWS)),
    "category": pl.Series([TOWNS[x % 4] for x in range(ROWS)]),
    "spellings": pl.Series([["Bern", "bern", " Rome", "Rome", "Oslo"][x % 5] for x in range(ROWS)]),
    "many": pl.Series([f"c{x % 25}" if x < 320 else f"r{x % 40}{x % 3}" for x in range(ROWS)]),
    "answer": pl.Series([["yes", "no"][x % 2] for x in range(ROWS)], dtype=pl.String),
    "truth": pl.Series(some([x % 3 == 0 for x in range(ROWS)], 9)),
    "moment": pl.Series([datetime(2023, 1, 1) + timedelta(hours=50 * x) for x in range(ROWS)]),
    "day": pl.Series([date(2024, 1, 1) + timedelta(days=x % 30) for x in range(ROWS)]),
    "clock": pl.Series([time(x % 24, 5) for x in range(ROWS)]),
    "text": pl.Series([f"the {TOWNS[x % 4]} note number {x} says word{x % 17} and more words" for x in range(ROWS)]),
    "json": pl.Series([json.dumps({"a": x, "b": f"t{x % 3}"}) for x in range(ROWS)]),
    "written array": pl.Series([json.dumps([x, x + 1]) for x in range(ROWS)]),
    "array": pl.Series([[float(x), 2.0] for x in range(ROWS)]),
    "words": pl.Series([["a", "b"][: 1 + x % 2] for x in range(ROWS)]),
    "structure": pl.Series([{"city": TOWNS[x % 4], "size": x} for x in range(ROWS)]),
    "fixed": pl.Series([[x, 1, 2] for x in range(ROWS)], dtype=pl.Array(pl.Int64, 3)),
    "image": pl.Series([picture(x % 200) for x in range(40)] * 10),
    "constant": pl.Series(["same"] * ROWS),
    "empty": pl.Series([None] * ROWS, dtype=pl.String),
    "kind:numeric": pl.Series(RNG.normal(size=ROWS)),
}
#: Kinds that are stated, as the values alone might tell others.
KINDS = {
    "text": Kind.TEXT, "json": Kind.TEXT, "written array": Kind.TEXT, "many": Kind.CATEGORICAL,
    "category": Kind.CATEGORICAL, "codes": Kind.NUMERIC,
}  # fmt: skip


def rows_of(name: str, **facts: Any) -> Dataset:
    """Return a table of one of the columns and a target."""
    columns = [COLUMNS[name].alias(name), pl.Series("target", ["no", "yes"] * (ROWS // 2))]
    data = read(pl.DataFrame(columns)).with_target("target")
    stated = {"role": Role.FEATURE, **({"kind": KINDS[name]} if name in KINDS else {}), **facts}
    return replace(data, schema=data.schema.with_facts(name, **stated))


def ways(
    name: str, findings: Sequence[Finding] = (), task: Task | None = Task.BINARY, **facts: Any
) -> tuple[Usual, ...]:
    data = rows_of(name, **facts)
    return usual(data.schema[name], describe(data.frame, data.schema)[name], findings, task)


def labels(found: Sequence[Usual], fit: Fit | None = None) -> list[str]:
    return [way.label for way in found if fit is None or way.fit is fit]


@pytest.mark.parametrize("name", COLUMNS)
def test_every_proposal_runs_on_the_column(name: str) -> None:
    found = ways(name)
    assert found
    for way in found:
        done = Recipe.from_dict([way.step]).prepare(rows_of(name))
        assert len(done.frame) > 0
        assert way.reason[:1].strip()
        assert json.loads(json.dumps(way.to_dict()))["step"] == dict(way.step)


@pytest.mark.parametrize("name", COLUMNS)
def test_the_most_fitting_comes_first_and_each_once(name: str) -> None:
    found = ways(name)
    assert [way.fit for way in found] == sorted(way.fit for way in found)
    assert len({json.dumps(dict(way.step)) for way in found}) == len(found)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("gaps", "Fill gaps with the median"),
        ("skewed", "Clip the far values"),
        ("infinite", "Pull infinite values to the edge"),
        ("category", "One column per category"),
        ("truth", "Fill gaps with the most frequent value"),
        ("moment", "Take apart: month, weekday, hour …"),
        ("day", "Take apart: month, weekday, hour …"),
        ("text", "Turn words into numbers"),
        ("json", "Take the keys as columns"),
        ("written array", "Read the arrays"),
        ("array", "Sum up by figures"),
        ("words", "One column per element"),
        ("structure", "Take the keys as columns"),
        ("image", "Describe edges and colours"),
        ("constant", "Leave it out"),
        ("empty", "Leave it out"),
    ],
)
def test_what_comes_first(name: str, first: str) -> None:
    assert labels(ways(name))[0] == first


def test_reasons_have_figures() -> None:
    way = ways("gaps")[0]
    assert way.reason.startswith("50 of 400 rows (12 %) have no value; the median is")
    few = {item.label: item for item in ways("few gaps")}
    assert "Remember what is missing" not in few
    assert few["Leave out the rows without a value"].reason.startswith("4 of 400 rows (1 %)")
    mostly = {item.label: item for item in ways("mostly missing")}
    assert mostly["Leave it out"].reason == "85 % are missing, 340 of 400 rows: filled, it is mostly a guess."
    assert mostly["Leave it out"].fit is mostly["Remember what is missing"].fit is Fit.FITTING
    assert mostly["Fill gaps with the median"].fit is Fit.COMMON


def test_what_says_nothing_can_only_go() -> None:
    assert labels(ways("constant")) == labels(ways("empty")) == ["Leave it out"]
    assert "(`same`) in all 400 rows" in ways("constant")[0].reason


def test_spellings_are_mended_before_all() -> None:
    assert labels(ways("spellings"), Fit.NEEDED) == ["Trim white space", "Merge spellings"]
    assert "80 of 400 rows begin or end" in ways("spellings")[0].reason
    assert "differ only in case or white space" in ways("spellings")[1].reason
    assert not labels(ways("category"), Fit.NEEDED)


def test_many_categories_are_grouped_or_described_by_the_target_where_there_is_one() -> None:
    assert {"Group rare categories", "Replace by the mean of the target"} <= set(labels(ways("many"), Fit.FITTING))
    assert "Replace by the mean of the target" not in labels(ways("many", task=None))
    assert "One column per category" not in labels(ways("many"))


def test_texts_that_say_yes_and_no_after_a_step() -> None:
    answers = pl.DataFrame({"answer": ["Yes", "no", None, "no"] * 10})
    schema = Schema((Column("answer", "String", Kind.CATEGORICAL),))
    found = usual(schema["answer"], describe(answers, schema)["answer"])
    assert "Read as true and false" in labels(found, Fit.FITTING)
    step = next(way.step for way in found if way.label == "Read as true and false")
    done = Recipe.from_dict([step]).prepare(answers, schema).frame
    assert done["answer"].to_list()[:4] == [True, False, None, False]


def test_a_tail_to_the_left_has_no_logarithm() -> None:
    assert "Straighten the tail by a power" in labels(ways("left"), Fit.FITTING)
    assert "Take the logarithm" not in labels(ways("left"))
    assert "Take the logarithm" in labels(ways("skewed"), Fit.FITTING)


def test_values_far_out_where_nearly_all_are_the_same_are_left_alone() -> None:
    assert "Clip the far values" in labels(ways("skewed"))
    assert "Clip the far values" not in labels(ways("mostly zero"))


def test_what_the_domain_says_counts() -> None:
    found = ways("number", minimum=10.0, maximum=30.0)
    assert (found[0].label, found[0].fit) == ("Make impossible values missing", Fit.NEEDED)
    assert found[0].step["lower"] == 10.0
    assert "Make impossible values missing" not in labels(ways("number", minimum=-100.0))
    ranked = ways("category", kind=Kind.ORDINAL, order=("Oslo", "Bern", "Rome", "Lima"))
    assert ranked[0].label == "Turn into ranks"
    assert "`Oslo` < `Bern` < `Rome` < `Lima`" in ranked[0].reason


def test_codes_may_be_categories_unless_the_model_must_follow_them() -> None:
    assert "Treat the numbers as categories" in labels(ways("codes"))
    assert "Treat the numbers as categories" not in labels(ways("codes", monotonic="increasing"))


def test_columns_that_steer_the_split_are_left_alone() -> None:
    for role in (Role.TARGET, Role.ID, Role.GROUP, Role.WEIGHT, Role.EXCLUDE):
        assert ways("number", role=role) == ()
    timed = ways("moment", role=Role.TIME)
    assert "Leave it out" not in labels(timed)
    assert timed[0].step["keep"] is True


def test_names_like_selectors_are_meant_literally() -> None:
    assert {way.step["columns"] for way in ways("kind:numeric")} == {"name:kind:numeric"}


def test_findings_bring_their_remedies() -> None:
    other = finding("DQ001", "Else.", column="other", remedy={"op": "drop", "columns": ["other"], "options": {}})
    known = finding(
        "DQ004", "400 values.", column="category", remedy={"op": "drop", "columns": ["category"], "options": {}}
    )
    found = ways("category", [other, known])
    assert (found[0].label, found[0].reason, found[0].fit) == ("Leave it out", "400 values (DQ004).", Fit.NEEDED)
    assert labels(found).count("Leave it out") == 1


def test_a_number_that_means_missing_is_made_missing() -> None:
    values = [9999.0 if x % 10 == 0 else float(x % 60) for x in range(ROWS)]
    data = read(pl.DataFrame({"x": values}))
    found = profile(data).findings
    assert "DQ005" in {item.code for item in found}
    way = usual(data.schema["x"], describe(data.frame, data.schema)["x"], found)[0]
    assert way.label == "Make 9999 missing"
    assert Recipe.from_dict([way.step]).fit_transform(data)["x"].null_count() == 40


@pytest.mark.parametrize(("name", "target"), [("titanic", "survived"), ("taxis_tip", "tip"), ("okcupid_stem", "stem")])
def test_proposals_run_on_real_tables(real_tables: Path, name: str, target: str) -> None:
    data = read(pl.read_parquet(real_tables / "tables" / f"{name}.parquet").head(2000)).with_target(target)
    statistics = describe(data.frame, data.schema)
    bench, findings = Bench(data), profile(data).findings
    task = infer_task(data.frame[target], data.schema[target])
    proposed = [way for column in data.schema for way in usual(column, statistics[column.name], findings, task)]
    assert len(proposed) > len(data.schema)
    for way in proposed:
        assert bench.preview(Recipe.from_dict([way.step]), 1).op == way.step["op"]
