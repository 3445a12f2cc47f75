import numpy as np
import polars as pl

RNG = np.random.default_rng(0)


def tips(zeros):
    return pl.DataFrame({"tip": np.concatenate([np.zeros(zeros), RNG.gamma(2, 2, 600).round(2)])})


def test_a_value_that_rules_a_number_to_predict_is_found(look):
    found = look(tips(400), target="tip")["DQ022", "tip"]
    assert found.evidence["value"] == 0
    assert found.evidence["count"] == 400
    assert found.evidence["rows"] == [0, 1, 2, 3, 4]


def test_a_value_among_others_is_not(look):
    assert ("DQ022", "tip") not in look(tips(20), target="tip")
    assert ("DQ022", "tip") not in look(tips(400))


def test_numbers_that_all_repeat_are_not(look):
    frame = pl.DataFrame({"grade": RNG.choice(np.arange(30.0), 5000)})
    assert ("DQ022", "grade") not in look(frame, target="grade")
