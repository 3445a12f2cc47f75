"""Odd tables are looked at closer without a fuss: no warning, no error, and strict JSON."""

import json
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

import clew
from clew.define.domain import Domain

RNG = np.random.default_rng(0)
ROWS = 120
X, Y = RNG.normal(size=ROWS), RNG.choice(["a", "b"], ROWS)
HOURS = [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(ROWS)]
ZONED = pl.Series(HOURS).dt.replace_time_zone("UTC")
TIME, GROUP = {"role": "time"}, {"role": "group"}

CASES = {
    "lists and structs": ({"x": X, "list": [[1, 2]] * ROWS, "struct": [{"a": 1}] * ROWS, "y": Y}, {}),
    "lengths of time": ({"x": pl.Series(RNG.integers(0, 9999, ROWS)).cast(pl.Duration("us")), "y": Y}, {}),
    "times of day": ({"x": [time(i % 24, 0) for i in range(ROWS)], "y": Y}, {}),
    "dates": ({"x": [date(2024, 1, 1) + timedelta(days=i) for i in range(ROWS)], "y": Y}, {}),
    "declared labels": ({"x": pl.Series(RNG.choice(["u", "v"], ROWS), dtype=pl.Enum(["u", "v", "w"])), "y": Y}, {}),
    "huge numbers": ({"x": X * 1e300, "z": X * 1e-300, "y": X}, {}),
    "huge whole numbers": ({"x": RNG.integers(2**63, 2**64 - 1, ROWS, dtype=np.uint64), "y": X}, {}),
    "infinities": ({"x": np.where(X > 1, np.inf, X), "y": np.where(X < -1, -np.inf, X)}, {}),
    "a target with gaps": ({"x": X, "y": np.where(X > 1, np.nan, X)}, {}),
    "times with gaps": ({"at": [None if i % 9 == 0 else HOURS[i] for i in range(ROWS)], "x": X, "y": Y}, {"at": TIME}),
    "one moment": ({"at": [HOURS[0]] * ROWS, "x": X, "y": Y}, {"at": TIME}),
    "most rows at the end": ({"at": [*HOURS[:20], *[HOURS[50]] * 100], "x": X, "y": Y}, {"at": TIME}),
    "moments in zones": ({"at": ZONED, "x": ZONED, "y": Y}, {"at": TIME}),
    "one group": ({"g": ["g"] * ROWS, "x": X, "y": Y}, {"g": GROUP}),
    "groups with gaps": (
        {"g": [None if i % 3 == 0 else f"g{i % 20}" for i in range(ROWS)], "x": X, "y": Y},
        {"g": GROUP},
    ),
    "a label of one row": ({"x": X, "y": ["a"] * (ROWS - 1) + ["b"]}, {}),
    "as many labels as rows": ({"x": X, "y": [f"c{i}" for i in range(ROWS)]}, {}),
    "only constants": ({"x": [1] * ROWS, "z": [None] * ROWS, "y": Y}, {}),
    "a range of one value": ({"x": X, "y": Y}, {"x": {"minimum": 1, "maximum": 1}}),
    "protected numbers": ({"x": X, "y": Y}, {"x": {"protected": True}}),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_scored_and_shown(case, tmp_path):
    columns, facts = CASES[case]
    domain = Domain.from_dict({"columns": facts})
    report = clew.profile(pl.DataFrame(columns, strict=False), target="y", domain=domain)
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert all(score is None or 0 <= score <= 1 for score in data["scorecard"].values())
    for principle in report.scorecard.principles:
        for item in principle.subscores:
            assert item.value is None or 0 <= item.value <= 1, item.name
            assert item.detail
    report.save(tmp_path / "profile.html")
