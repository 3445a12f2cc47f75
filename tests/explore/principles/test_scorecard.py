"""The scores mean something: a clean table is made worse step by step, and just the right score falls."""

import json

import numpy as np
import polars as pl
import pytest

import clew
from clew.define.domain import Domain
from clew.explore.principles.diversity import effective_number
from clew.explore.principles.scores import Fix, Principle, SubScore

ROWS = 1000
DOMAIN = Domain.from_dict(
    {
        "columns": {
            "site": {"protected": True, "allowed": ["north", "south", "east", "west"]},
            "sex": {"protected": True, "allowed": ["f", "m"]},
            "m5": {"minimum": -3.5, "maximum": 5.5},
        },
        "rules": [{"name": "the sum is the sum", "rule": "total = m0 + m1 or total is null"}],
    }
)
#: What random changes may move a score that is not meant.
SLACK = 0.03


def clean():
    """Six measurements, each of which tells ill from well; all sites and sexes alike."""
    random = np.random.default_rng(0)
    ill = random.integers(0, 2, ROWS)
    measured = {f"m{i}": (ill * 2.2 + random.normal(size=ROWS)).round(4) for i in range(6)}
    frame = pl.DataFrame({**measured, "site": random.choice(["north", "south", "east", "west"], ROWS)})
    return frame.with_columns(
        total=pl.col("m0") + pl.col("m1"),
        sex=pl.Series(random.choice(["f", "m"], ROWS)),
        y=pl.Series(np.where(ill == 1, "ill", "well")),
    )


def without_cells(frame, share, random):
    gone = {name: pl.Series(random.random(len(frame)) < share) for name in ("m1", "m2", "m3")}
    return frame.with_columns(
        pl.when(lost).then(None).otherwise(pl.col(name)).alias(name) for name, lost in gone.items()
    )


def with_wrong_labels(frame, share, random):
    wrong = pl.Series(random.random(len(frame)) < share)
    other = pl.when(pl.col("y") == "ill").then(pl.lit("well")).otherwise(pl.lit("ill"))
    return frame.with_columns(y=pl.when(wrong).then(other).otherwise("y"))


def with_repeated_rows(frame, share, random):
    again = frame[random.integers(0, len(frame), int(share * len(frame)))]
    return pl.concat([frame, again])[random.permutation(len(frame) + len(again))]


def without_a_subgroup(frame, share, random):
    lost = (pl.col("site") == "north") & (pl.col("sex") == "f") & pl.Series(random.random(len(frame)) < share)
    return frame.filter(~lost)


def with_shuffled_target(frame, share, random):
    """Deal the target anew, against a part of the measurements or all of them."""
    for name in [f"m{i}" for i in range(6)][: round(6 * share)]:
        frame = frame.with_columns(pl.Series(name, frame[name].to_numpy()[random.permutation(len(frame))]))
    return frame.with_columns(total=pl.col("m0") + pl.col("m1"))


def with_broken_rules(frame, share, random):
    broken = pl.Series(random.random(len(frame)) < share)
    return frame.with_columns(total=pl.when(broken).then(pl.col("total") + 1).otherwise("total"))


@pytest.fixture(scope="module")
def scores_of_clean():
    return clew.profile(clean(), target="y", domain=DOMAIN).scorecard


def test_a_clean_table_has_high_scores(scores_of_clean):
    assert min(scores_of_clean.scores.values()) > 0.9
    assert scores_of_clean.accuracy == 1
    assert scores_of_clean.completeness == 1


@pytest.mark.parametrize(
    ("damage", "shares", "principle"),
    [
        (without_cells, (0.1, 0.3, 0.6), "completeness"),
        (with_wrong_labels, (0.03, 0.08, 0.15), "accuracy"),
        (with_broken_rules, (0.05, 0.2, 0.5), "accuracy"),
        (with_repeated_rows, (0.1, 0.3, 0.6), "diversity"),
        (without_a_subgroup, (0.5, 0.93, 1.0), "diversity"),
        (with_shuffled_target, (4 / 6, 5 / 6, 1.0), "relevance"),
    ],
)
def test_damage_lowers_just_the_right_score_step_by_step(scores_of_clean, damage, shares, principle):
    before = scores_of_clean
    for share in shares:
        after = clew.profile(damage(clean(), share, np.random.default_rng(1)), target="y", domain=DOMAIN).scorecard
        assert after.scores[principle] < before.scores[principle], f"{damage.__name__} at {share}"
        for other, score in after.scores.items():
            if other != principle:
                assert score == pytest.approx(scores_of_clean.scores[other], abs=SLACK), other
        before = after
    assert before.scores[principle] < scores_of_clean.scores[principle] - SLACK


def test_a_wholly_shuffled_target_leaves_nothing_of_the_relevance():
    frame = with_shuffled_target(clean(), 1.0, np.random.default_rng(1))
    assert clew.profile(frame, target="y", domain=DOMAIN).scorecard.relevance < 0.1


def test_a_leak_lowers_the_relevance_by_what_it_feigns():
    random = np.random.default_rng(0)
    frame = clean().select("m0", "site", "y").with_columns(m0=pl.col("m0") * 0.4 + pl.Series(random.normal(size=ROWS)))
    honest = clew.profile(frame, target="y").scorecard
    leaking = clew.profile(frame.with_columns(cured=pl.col("y") == "well"), target="y").scorecard
    assert leaking.relevance < 0.75 * honest.relevance
    fix = next(fix for fix in leaking.fixes if fix.subscore == "leak_free")
    assert fix.remedy == {"op": "drop", "columns": ["cured"], "options": {}}
    assert leaking.relevance + fix.gain == pytest.approx(honest.relevance, abs=0.05)


def test_fixes_are_the_largest_gains_and_a_mended_table_gains_them():
    damaged = without_cells(with_repeated_rows(clean(), 0.3, np.random.default_rng(2)), 0.4, np.random.default_rng(1))
    scores = clew.profile(damaged, target="y", domain=DOMAIN).scorecard
    gains = [fix.gain for fix in scores.fixes]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) <= 10
    filled = next(fix for fix in scores.fixes if fix.columns == ("m1",))
    assert filled.remedy["op"] == "fill_missing"
    mended = damaged.with_columns(pl.col("m1").fill_null(0.0))
    after = clew.profile(mended, target="y", domain=DOMAIN).scorecard
    assert after.completeness == pytest.approx(scores.completeness + filled.gain, abs=1e-9)


def test_without_a_target_relevance_is_not_assessed():
    report = clew.profile(clean())
    assert report.scorecard.relevance is None
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert set(data["scorecard"]) == {"relevance", "diversity", "completeness", "accuracy"}
    assert data["scorecard"]["relevance"] is None
    assert 0 <= data["scorecard"]["completeness"] <= 1


def test_a_score_is_the_product_of_its_subscores():
    fix = Fix("mend it", 1.0)
    subscores = (
        SubScore("a", "A", 0.5, "", fixes=(fix,)),
        SubScore("b", "B", 0.16, "", weight=0.5),
        SubScore("c", "C", None, "not assessed"),
    )
    principle = Principle("accuracy", "?", subscores)
    assert principle.score == pytest.approx(0.5 * 0.4)
    assert principle.fixes[0].gain == pytest.approx(0.2)
    assert Principle("accuracy", "?", subscores[2:]).score is None


@pytest.mark.parametrize(
    ("counts", "effective"), [([10, 10, 10], 3), ([30], 1), ([30, 0], 1), ([], 0), ([3, 1], 1.7548)]
)
def test_the_effective_number_is_that_of_equally_frequent_groups(counts, effective):
    assert effective_number(counts) == pytest.approx(effective, abs=1e-4)


@pytest.mark.parametrize("rows", [1, 3])
def test_tiny_tables_have_scores_too(rows):
    scores = clew.profile(clean().head(rows), target="y").scorecard
    assert scores.relevance is None
    json.dumps(scores.to_dict(), allow_nan=False)
