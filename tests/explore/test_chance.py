import numpy as np
import polars as pl
import pytest

from clew.core.schema import Column, Kind, Schema
from clew.explore.chance import Chance
from clew.explore.statistics import describe
from clew.monitor.drift import compare
from clew.monitor.spec import MonitorSpec

SCHEMA = Schema(
    (
        Column("normal", "Float64", Kind.NUMERIC),
        Column("count", "Int64", Kind.NUMERIC),
        Column("mostly zero", "Float64", Kind.NUMERIC),
        Column("label", "String", Kind.CATEGORICAL),
        Column("long tail", "String", Kind.CATEGORICAL),
        Column("flag", "Boolean", Kind.BOOLEAN),
    )
)
SPEC = MonitorSpec()
ALPHA = SPEC.chance / (5 * len(SCHEMA) + 2)


def sample(random: np.random.Generator, rows: int, shift: float = 0.0) -> pl.DataFrame:
    shares = np.array([0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.04, 0.01])
    return pl.DataFrame(
        {
            "normal": random.normal(shift, 1, rows),
            "count": random.poisson(2 + 2 * shift, rows),
            "mostly zero": np.where(random.random(rows) < 0.9 - 0.4 * shift, 0, random.exponential(1, rows)),
            "label": random.choice(list("abcdefgh"), rows, p=shares if not shift else shares[::-1]),
            "long tail": random.zipf(2.0 - 0.5 * shift, rows).clip(0, 400).astype(str),
            "flag": random.random(rows) < 0.1 + 0.5 * shift,
        }
    )


def alarms(rows_baseline: int, rows_now: int, repeats: int, shift: float = 0.0) -> dict[str, float]:
    """Share of repetitions in which each column is said to have drifted."""
    random = np.random.default_rng(rows_baseline + rows_now)
    found = dict.fromkeys(SCHEMA.names, 0)
    for _ in range(repeats):
        before = describe(sample(random, rows_baseline), SCHEMA)
        later = describe(sample(random, rows_now, shift), SCHEMA)
        for name in SCHEMA.names:
            found[name] += compare(before[name], later[name], SPEC, ALPHA).drifted
    return {name: count / repeats for name, count in found.items()}


@pytest.mark.parametrize(("rows_baseline", "rows_now"), [(200, 200), (5000, 200), (5000, 50), (5000, 5000)])
def test_without_drift_hardly_a_column_alarms(rows_baseline, rows_now):
    """At most 1 % of the columns, in samples of every size, although distances among few rows are large."""
    rates = alarms(rows_baseline, rows_now, repeats=40)
    assert sum(rates.values()) / len(rates) <= 0.01, rates


def test_a_real_shift_is_seen_in_every_kind_of_column():
    assert alarms(5000, 500, repeats=5, shift=1.0) == dict.fromkeys(SCHEMA.names, 1.0)


def test_few_rows_are_far_apart_by_chance_alone():
    """What the correction is for: the plain limits would alarm about samples that did not drift."""
    random = np.random.default_rng(0)
    plain = 0
    for _ in range(20):
        before, later = (describe(sample(random, 60), SCHEMA)["normal"] for _ in range(2))
        plain += compare(before, later, SPEC, ALPHA).measures[1].value > SPEC.js
    assert plain >= 15


def test_with_many_rows_the_limit_is_the_one_asked_for():
    chance = Chance(10**8, 10**8, 1e-4)
    assert chance.stability(0.2, 10) == pytest.approx(0.2, abs=1e-5)
    assert chance.divergence(0.1, 10) == pytest.approx(0.1, abs=1e-5)
    assert chance.effect(0.1, 10) == pytest.approx(0.1, abs=1e-5)
    assert chance.gap(0.1) == 0.1
    assert chance.change(0.05, 0.3, 0.3) == 0.05
    assert chance.share(0.01) == pytest.approx(0.01, abs=1e-3)


def test_a_tiny_shift_stays_below_the_limit_however_many_rows_show_it():
    random = np.random.default_rng(0)
    schema = Schema((Column("x", "Float64", Kind.NUMERIC),))
    before, later = (describe(pl.DataFrame({"x": random.normal(mean, 1, 200_000)}), schema)["x"] for mean in (0, 0.05))
    found = compare(before, later, SPEC, ALPHA)
    assert found.measures[2].p_value < 1e-20
    assert not found.drifted


def test_a_limit_of_zero_or_all_rows_stays():
    chance = Chance(100, 100, 0.01)
    assert chance.share(0.0) == 0.0
    assert chance.share(1.0) == 1.0
