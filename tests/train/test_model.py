"""The fitted model: tables, rows, decisions."""

import numpy as np
import polars as pl
import pytest

from clew.core.errors import SchemaError
from clew.train.automl import train


@pytest.fixture
def model(binary, problem_of, quick_spec):
    return train(binary, problem_of(binary), quick_spec(trials=1)).model


def test_table_may_come_in_any_order_and_with_other_columns(model, binary):
    frame = binary.frame
    turned = frame.select("c", pl.lit(1).alias("new"), "b", "a")
    assert model.predict(turned).probabilities.tobytes() == model.predict(frame).probabilities.tobytes()


def test_any_frame_is_taken(model, binary):
    frame = binary.frame.drop("y")
    expected = model.predict(frame).probabilities.tobytes()
    for other in (frame.to_pandas(), frame.to_arrow(), frame.lazy(), binary):
        assert model.predict(other).probabilities.tobytes() == expected


def test_truth_weight_and_group_are_handed_on(model, binary):
    found = model.predict(binary.frame)
    assert (found.truth == binary.frame["y"].to_numpy()).all()
    assert (found.classes, found.positive) == (("no", "yes"), "yes")
    assert model.predict(binary.frame.drop("y")).truth is None


def test_missing_column_is_named(model, binary):
    with pytest.raises(SchemaError, match="'b'"):
        model.predict(binary.frame.drop("b"))
    with pytest.raises(SchemaError, match="'b'"):
        model.predict_row({"a": 1.0, "c": "red"})


def test_unreadable_cell_is_named(model):
    with pytest.raises(SchemaError) as error:
        model.predict_row({"a": "many", "b": 1.0, "c": "red"})
    assert error.value.problems[0].column == "a"


def test_no_rows_give_no_answers(model, binary):
    found = model.predict(binary.frame.clear())
    assert len(found) == 0
    assert found.probabilities.shape == (0, 2)


def test_missing_and_unseen_values_are_answered_alike_on_both_ways(model):
    rows = [{"a": None, "b": None, "c": None}, {"a": 1e300, "b": -0.0, "c": "violet"}, {"a": 1, "b": 2, "c": "red"}]
    schema = {"a": pl.Float64, "b": pl.Float64, "c": pl.String}
    batch = model.predict(pl.DataFrame(rows, schema=schema, strict=False))
    for position, row in enumerate(rows):
        assert model.predict_row(row).probabilities.tobytes() == batch.probabilities[position].tobytes()


def test_threshold_decides(model, binary):
    from dataclasses import replace

    eager, shy = replace(model, threshold=0.0), replace(model, threshold=1.0)
    assert set(eager.predict(binary.frame).prediction) == {"yes"}
    assert set(shy.predict(binary.frame).prediction) == {"no"}
    assert eager.predict_row({"a": 0, "b": 0, "c": "red"}).prediction == "yes"


def test_features_are_what_a_row_must_have(model):
    assert model.features == ("a", "b", "c")
    assert model.online


def test_fingerprint_follows_what_decides(model):
    from dataclasses import replace

    assert replace(model, threshold=0.3).fingerprint != model.fingerprint
    assert replace(model, metadata={}).fingerprint == model.fingerprint


def test_probabilities_sum_to_one(model, binary):
    assert np.abs(model.predict(binary.frame).probabilities.sum(axis=1) - 1).max() < 1e-12


def test_many_threads_at_once_give_the_same(model, binary):
    from concurrent.futures import ThreadPoolExecutor

    rows = binary.frame.drop("y").head(40).to_dicts()
    alone = [model.predict_row(row).probabilities.tobytes() for row in rows]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda row: model.predict_row(row).probabilities.tobytes(), rows))
    assert together == alone


def test_a_copy_has_every_part_of_the_model(binary, problem_of, quick_spec):
    import copy
    from dataclasses import fields, replace

    from clew.train.ensemble.calibrators import Temperature
    from clew.train.ensemble.pooling import Pool

    trained = train(binary, problem_of(binary), quick_spec(trials=2)).model
    pool = Pool(tuple(0.7 for _ in trained.members))
    whole = replace(trained, pool=pool, calibrator=Temperature(1.5), threshold=0.3)
    copied = copy.deepcopy(whole)
    assert copied.fingerprint == whole.fingerprint
    for field in fields(whole):
        if field.name not in {"members", "recipe", "layout"}:
            assert getattr(copied, field.name) == getattr(whole, field.name), field.name
    expected = whole.predict(binary.frame).probabilities
    assert copied.predict(binary.frame).probabilities.tobytes() == expected.tobytes()
    assert replace(whole, pool=None).predict(binary.frame).probabilities.tobytes() != expected.tobytes()
