"""Trees of XGBoost and CatBoost as a row goes through them quickly, beside the libraries' own answers."""

import catboost
import numpy as np
import pytest
import xgboost

from clew.core.errors import UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix, MatrixLayout
from clew.testing.estimator import table
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.catboost import CatBoostEngine
from clew.train.estimators.catboost_trees import Oblivious
from clew.train.estimators.xgboost import XGBoostEngine

_ROWS = 1_500
_LAYOUT = MatrixLayout(("a", "b", "c"), ("k", "l"), (tuple(map(str, range(40))), tuple(map(str, range(5)))), (0, 0, 0))


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    random = np.random.default_rng(5)
    numeric = random.normal(size=(_ROWS, 3)).astype(np.float32)
    numeric[random.random(numeric.shape) < 0.15] = np.nan
    # Whole numbers meet thresholds exactly.
    numeric[:, 2] = np.round(numeric[:, 2])
    codes = np.column_stack([random.integers(-1, 40, _ROWS), random.integers(-1, 5, _ROWS)]).astype(np.int32)
    return Matrix(numeric, codes, _LAYOUT)


@pytest.fixture(scope="module")
def signal(matrix):
    a, b, c = np.nan_to_num(matrix.numeric).T
    noise = 0.3 * np.random.default_rng(6).normal(size=_ROWS)
    return a**2 + b * c + np.isin(matrix.codes[:, 0], [-1, 0, 1, 9, 33]) - (matrix.codes[:, 1] == -1) + noise


def _table(matrix: Matrix) -> np.ndarray:
    codes = matrix.codes.astype(np.float32)
    codes[codes < 0] = np.nan
    return np.concatenate([matrix.numeric, codes], axis=1)


@pytest.mark.parametrize(
    "grown",
    [
        {},
        {"max_cat_to_onehot": 50},
        {"booster": "dart", "rate_drop": 0.3},
        {"gamma": 2.0, "num_parallel_tree": 3, "subsample": 0.7},
        {"grow_policy": "lossguide", "max_leaves": 12, "max_depth": 0},
    ],
)
@pytest.mark.parametrize(
    "objective",
    [
        "binary:logistic", "multi:softprob", "reg:squarederror", "reg:absoluteerror", "reg:squaredlogerror",
        "reg:pseudohubererror", "count:poisson", "reg:gamma", "reg:tweedie",
    ],
)  # fmt: skip
def test_xgboost_answers_as_its_library(objective, grown, matrix, signal):
    targets = {
        "binary:logistic": (signal > 0.7).astype(int),
        "multi:softprob": np.digitize(signal, [0.3, 1.2]),
        "count:poisson": np.exp(signal / 3).round(),
    }
    positive = np.exp(signal / 3) if objective.startswith("reg:") else signal
    table = xgboost.QuantileDMatrix(
        _table(matrix), targets.get(objective, positive), feature_types=["q"] * 3 + ["c"] * 2, enable_categorical=True
    )
    params = {"objective": objective, "tree_method": "hist", "max_depth": 5, "nthread": 1, **grown}
    if objective.startswith("multi"):
        params["num_class"] = 3
    booster = xgboost.train(params, table, 12)
    engine = XGBoostEngine(bytes(booster.save_raw("ubj")))
    want = booster.inplace_predict(_table(matrix))
    got = engine.values(matrix, 1)
    np.testing.assert_allclose(got[:, 1] if objective.startswith("binary") else got, want, rtol=2e-5, atol=2e-6)
    assert engine.rounds == 12
    row = engine.values_row(matrix.numeric[7], matrix.codes[7])
    assert row.tobytes() == got[7:8].tobytes()


def test_tree_that_is_one_leaf(matrix):
    table = xgboost.QuantileDMatrix(_table(matrix), np.full(_ROWS, 3.5), feature_types=["q"] * 3 + ["c"] * 2)
    booster = xgboost.train({"objective": "reg:squarederror", "nthread": 1}, table, 3)
    assert XGBoostEngine(bytes(booster.save_raw("ubj"))).values(matrix, 1) == pytest.approx(3.5)


def test_several_quantiles_of_xgboost_are_refused():
    part, _ = table(Task.REGRESSION)
    params = {"objective": "reg:quantileerror", "quantile_alpha": [0.2, 0.7], "n_estimators": 2}
    with pytest.raises(UsageError, match="names 2 quantiles"):
        ESTIMATORS["xgboost"].fit(part.matrix, part.target, task=Task.REGRESSION, params=params)
    one = ESTIMATORS["xgboost"].fit(
        part.matrix, part.target, task=Task.REGRESSION, params={**params, "quantile_alpha": [0.7], "n_estimators": 50}
    )
    assert np.mean(part.target <= one.predict(part.matrix)) == pytest.approx(0.7, abs=0.1)


@pytest.mark.parametrize("depth", [1, 6])
@pytest.mark.parametrize("nan_mode", ["Min", "Max"])
@pytest.mark.parametrize("loss", ["RMSE", "Logloss", "MultiClass", "Poisson"])
def test_catboost_answers_one_row_with_the_bits_of_its_library(loss, nan_mode, depth, matrix, signal, tmp_path):
    targets = {"Logloss": (signal > 0.7).astype(int), "MultiClass": np.digitize(signal, [0.3, 1.2])}
    target = targets.get(loss, np.exp(signal / 3))
    model = catboost.CatBoost(
        {"iterations": 60, "depth": depth, "loss_function": loss, "nan_mode": nan_mode, "thread_count": 1}
        | {"logging_level": "Silent", "allow_writing_files": False}
    )
    model.fit(matrix.numeric, target)
    model.save_model(str(tmp_path / "model.cbm"))
    numbers = Matrix(matrix.numeric, matrix.codes[:, :0], MatrixLayout(_LAYOUT.numeric, (), (), (0, 0, 0)))
    engine = CatBoostEngine((tmp_path / "model.cbm").read_bytes())
    want = model.predict(numbers.numeric, prediction_type="RawFormulaVal").reshape(_ROWS, -1)
    assert engine._oblivious is not None
    assert np.concatenate([engine._oblivious(row) for row in numbers.numeric]).tobytes() == want.tobytes()
    kind = {"RMSE": "RawFormulaVal", "Poisson": "Exponent"}.get(loss, "Probability")
    answer = engine.values(numbers, 1)
    np.testing.assert_allclose(answer, model.predict(numbers.numeric, prediction_type=kind), rtol=1e-9)
    rows = [engine.values_row(row, code) for row, code in zip(numbers.numeric, numbers.codes, strict=True)]
    assert np.concatenate(rows).tobytes() == answer.tobytes()


def test_tree_of_catboost_that_is_one_leaf():
    split = {"float_feature_index": 0, "border": 0.5}
    model = {
        "oblivious_trees": [
            {"splits": None, "leaf_values": [3.0]},
            {"splits": [split], "leaf_values": [1.0, 2.0]},
        ],
        "features_info": {"float_features": [{"flat_feature_index": 0, "nan_value_treatment": "AsIs"}]},
        "scale_and_bias": [1.0, [10.0]],
    }
    trees = Oblivious.of(model)
    assert [trees(np.array([x], dtype=np.float32)).item() for x in (0.0, 1.0)] == [14.0, 15.0]
    model["oblivious_trees"] = model["oblivious_trees"][:1]
    assert Oblivious.of(model)(np.zeros(1, dtype=np.float32)).item() == 13.0


@pytest.mark.parametrize("policy", ["Depthwise", "Lossguide"])
def test_other_trees_of_catboost_are_left_to_it(policy, matrix, signal, tmp_path):
    model = catboost.CatBoost(
        {"iterations": 10, "grow_policy": policy, "logging_level": "Silent", "allow_writing_files": False}
    )
    model.fit(matrix.numeric, signal)
    model.save_model(str(tmp_path / "model.cbm"))
    engine = CatBoostEngine((tmp_path / "model.cbm").read_bytes())
    assert engine._oblivious is None
    row = engine.values_row(matrix.numeric[0], matrix.codes[0, :0])
    assert row == model.predict(matrix.numeric[:1])
