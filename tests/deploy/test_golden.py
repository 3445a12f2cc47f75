"""Bundles that earlier versions wrote: they load, and answer as they did."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.deploy.bundle import load

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()))
def test_a_bundle_of_an_earlier_version_answers_as_it_did(name):
    told = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    bundle = load(GOLDEN / name)
    expected = np.array([np.vectorize(float.fromhex)(row) for row in told["scores"]])
    found = bundle.predict(pl.DataFrame(told["rows"]))
    scores = found.prediction if found.probabilities is None else found.probabilities
    # Not bit by bit: the libraries of the boosters are newer than the bundle.
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    if bundle.problem.classes:
        assert found.prediction.tolist() == told["prediction"]
    one = bundle.predict_row(told["rows"][0])
    assert one.prediction == found.prediction[0]


def test_every_family_of_the_first_format_is_there():
    told = json.loads((GOLDEN / "format-1-binary" / "bundle.json").read_text(encoding="utf-8"))
    families = {member["algorithm"] for member in told["members"]}
    assert families == {"linear", "tree", "forest", "lightgbm", "xgboost", "catboost"}


def test_the_second_format_has_a_second_layer_and_a_calibrator():
    bundle = load(GOLDEN / "format-2-binary")
    assert bundle.model.pool.coefficients == (0.4, 0.0, 0.8)
    assert bundle.model.calibrator.kind == "platt"
    assert load(GOLDEN / "format-1-binary").model.pool is None


def test_the_third_format_has_intervals_and_a_unit():
    told = json.loads((GOLDEN / "format-3-regression.json").read_text(encoding="utf-8"))
    bundle = load(GOLDEN / "format-3-regression")
    found = bundle.predict(pl.DataFrame(told["rows"]), interval=0.9)
    np.testing.assert_allclose(found.low, [float.fromhex(value) for value in told["low"]], rtol=1e-5)
    np.testing.assert_allclose(found.high, [float.fromhex(value) for value in told["high"]], rtol=1e-5)
    assert {member.estimator.unit for member in bundle.model.members} == {0.001}
    assert load(GOLDEN / "format-2-regression").model.spread is None
