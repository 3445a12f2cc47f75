import numpy as np
import polars as pl

from clew.core.finding import Finding, Severity
from clew.define.problem import Task
from clew.explore.quality import gather
from clew.prepare.recipe import Recipe


def found(code, count, severity=Severity.INFO, op="drop"):
    return [
        Finding(code, severity, "Title", f"detail {i}", f"c{i}", {}, {"op": op, "columns": [f"c{i}"], "options": {}})
        for i in range(count)
    ]


def test_findings_that_fire_everywhere_become_one():
    few, many = found("DQ001", 3), found("DQ002", 400)
    gathered = gather([*few, *many])
    assert list(gathered[:3]) == few
    (one,) = gathered[3:]
    assert one.column is None
    assert one.evidence["count"] == 400
    assert one.evidence["columns"][-1] == "c399"
    assert one.remedy["columns"] == one.evidence["columns"]
    assert one.detail == "400 columns; for example 'c0': detail 0"


def test_errors_stay_single():
    errors = found("LK003", 50, Severity.ERROR)
    assert gather(errors) == tuple(errors)


def test_different_remedies_are_not_mixed():
    assert gather([*found("DQ007", 15), *found("DQ007", 15, op="fill_missing")])[0].remedy is None


def trouble():
    rng, rows = np.random.default_rng(0), 600
    label = rng.choice(["a", "b"], rows)
    return pl.DataFrame(
        {
            "y": label,
            "constant": 1,
            "half": pl.Series(["x", None] * (rows // 2)),
            "nearly": ["x"] * (rows - 1) + ["z"],
            "empty": pl.Series([None] * rows, dtype=pl.Float64),
            "code": [f"C{i}" for i in range(rows)],
            "gaps": pl.Series([None, *rng.normal(size=2)] * (rows // 3)),
            "gaps in words": pl.Series([None, "x", "y"] * (rows // 3)),
            "gaps in truth": pl.Series([None, True, False] * (rows // 3)),
            "gaps in days": pl.Series([None, 1, 2] * (rows // 3)).cast(pl.Date),
            "label again": label,
            "city": [f"city {i % 300}" for i in range(rows)],
            "income": rng.lognormal(10, 1, rows),
            "wild": [*rng.normal(size=rows - 1), 1e6],
            "infinite": [*rng.normal(size=rows - 1), float("inf")],
            "whole and wild": [*rng.integers(0, 90, rows - 1), 10**6],
        }
    )


def test_every_remedy_is_a_step_that_works(look, make_schema):
    frame = trouble()
    remedied = {key: item.remedy for key, item in look(frame, target="y").items() if item.remedy}
    expected = {"DQ001", "DQ002", "DQ003", "DQ004", "DQ007", "DQ010", "DQ011", "DQ012", "DQ013", "LK002"}
    assert {code for code, _ in remedied} >= expected
    for (code, column), remedy in remedied.items():
        text = {"op": remedy["op"], "columns": remedy["columns"], **remedy["options"]}
        fitted = Recipe.from_dict([text]).learn(frame, make_schema(frame, "y"), frame["y"].to_numpy(), task=Task.BINARY)
        made = fitted.transform(frame)
        same = column in made.columns and made[column].equals(frame[column])
        assert not same or made.width > frame.width, code
