import numpy as np
import polars as pl
import pytest

from clew.core.finding import Severity

RNG = np.random.default_rng(0)
ROWS = 2000
LABEL = RNG.random(ROWS) < 0.3
NUMBER = RNG.lognormal(3, 1, ROWS)
CHANCE = RNG.random(ROWS)

TELLING = {
    "a label with a little noise": (LABEL.astype(str), np.where(CHANCE < 0.005, ~LABEL, LABEL).astype(int)),
    "a number made from the label": (LABEL.astype(str), LABEL * 3 + RNG.normal(0, 0.3, ROWS)),
    "filled only afterwards": (LABEL.astype(str), np.where(LABEL, NUMBER, np.nan)),
    "the number in another unit": (NUMBER, NUMBER * 1.609),
    "the number and a little noise": (NUMBER, NUMBER * RNG.normal(1, 0.02, ROWS)),
    "one of three labels": (RNG.integers(0, 3, ROWS).astype(str), None),
}
HONEST = {
    "a good feature": (LABEL.astype(str), LABEL + RNG.normal(0, 0.7, ROWS)),
    "noise": (LABEL.astype(str), RNG.normal(size=ROWS)),
    "an identifier": (LABEL.astype(str), [f"id{i}" for i in range(ROWS)]),
    "a correlated number": (NUMBER, NUMBER * RNG.lognormal(0, 0.5, ROWS)),
    "labels seen once each": (NUMBER, [f"k{i}" for i in range(ROWS)]),
}


@pytest.mark.parametrize("case", TELLING)
def test_a_feature_that_knows_the_answer_is_found(look, case):
    target, feature = TELLING[case]
    feature = np.char.add("code ", target) if feature is None else feature
    noisy = pl.Series("x", feature)
    found = look(pl.DataFrame({"x": noisy, "other": RNG.normal(size=ROWS), "y": target}), target="y")
    known = found.get(("LK001", "x")) or found["LK002", "x"]
    assert known.severity in {Severity.WARNING, Severity.ERROR}
    assert known.remedy == {"op": "drop", "columns": ["x"], "options": {}}
    assert ("LK001", "other") not in found


@pytest.mark.parametrize("case", HONEST)
def test_an_honest_feature_is_not(look, case):
    target, feature = HONEST[case]
    assert ("LK001", "x") not in look(pl.DataFrame({"x": feature, "y": target}), target="y")


def test_a_very_good_feature_is_worth_a_look(look):
    flipped = np.where(CHANCE < 0.015, ~LABEL, LABEL).astype(int)
    found = look(pl.DataFrame({"x": flipped, "y": LABEL.astype(str)}), target="y")
    assert found["LK001", "x"].severity is Severity.INFO
    assert found["LK001", "x"].remedy is None


def test_what_a_group_knows_about_its_own_rows_does_not_count(look):
    from clew.core.schema import Role

    person = np.arange(ROWS) // 10
    answer = (person * 7919 % 11 < 5).astype(str)
    frame = pl.DataFrame({"person": person, "name": [f"p{p}" for p in person], "y": answer})
    assert ("LK001", "name") in look(frame, target="y", person={"role": Role.EXCLUDE})
    assert ("LK001", "name") not in look(frame, target="y", person={"role": Role.GROUP})


def test_without_a_target_nothing_leaks(look):
    assert not look(pl.DataFrame({"x": NUMBER.round(), "y": NUMBER.round() + CHANCE})).keys() & {("LK001", "x")}
