"""What single families of algorithms promise beyond the common contract."""

import json
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.svm import SVC

from clew.core.errors import UsageError
from clew.define.problem import Task
from clew.prepare.matrix import Matrix, MatrixLayout
from clew.testing.estimator import rows, table
from clew.train.estimators import ESTIMATORS, get_estimator, reader_of
from clew.train.estimators.base import Part
from clew.train.estimators.curves import Curves, roughness
from clew.train.estimators.evidence import _minus_evidence
from clew.train.estimators.forest_arrays import Trees
from clew.train.estimators.network_learning import Inputs, Network, Shape
from clew.train.estimators.relevance import relevance
from clew.train.search.costs import COSTS, fit_seconds


def _numbers(values) -> Matrix:
    values = np.asarray(values, dtype=np.float32)
    names = tuple(f"x{j}" for j in range(values.shape[1]))
    layout = MatrixLayout(names, (), (), (0,) * len(names))
    return Matrix(values, np.empty((len(values), 0), np.int32), layout)


@pytest.fixture
def smooth():
    random = np.random.default_rng(3)
    x = random.uniform(-2, 2, size=(300, 3))
    return x, np.sin(2 * x[:, 0]) + 0.5 * x[:, 1] ** 2 + 0.05 * random.normal(size=300)


def test_bundles_that_say_forest_are_read(tmp_path):
    part, _ = table(Task.REGRESSION)
    fitted = ESTIMATORS["extra_trees"].fit(part.matrix, part.target, task=Task.REGRESSION, params={"n_estimators": 5})
    fitted.save(tmp_path)
    head = json.loads((tmp_path / "estimator.json").read_text())
    (tmp_path / "estimator.json").write_text(json.dumps(head | {"algorithm": "forest"}))
    read = reader_of("forest").load(tmp_path)
    assert (read.predict(part.matrix) == fitted.predict(part.matrix)).all()
    with pytest.raises(UsageError, match=r"no algorithm 'forest'.*'extra_trees' or 'random_forest'"):
        get_estimator("forest")


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("name", ["tree", "extra_trees"])
def test_leaves_of_one_class_share_their_answer(task, name, tmp_path):
    part, classes = table(task)
    params = {"min_samples_leaf": 1} | ({"n_estimators": 12} if name == "extra_trees" else {})
    fitted = ESTIMATORS[name].fit(part.matrix, part.target, task=task, classes=classes, params=params)
    grown = fitted.engine.grown
    leaves = int((grown.left < 0).sum())
    if task is not Task.REGRESSION and name == "extra_trees":
        assert len(grown.value) < leaves
    # On disk every node has an answer, as it always had.
    every = fitted.engine.arrays()
    assert len(every["value"]) == len(every["left"])
    again = Trees.of_arrays(every)
    assert (again.grown.leaf == grown.leaf).all() or name == "extra_trees"
    answers = fitted.predict(part.matrix)
    assert (again.values(part.matrix, 1) == fitted.engine.values(part.matrix, 1)).all()
    assert vars(grown).keys() >= {"_library_trees", "_walk"}
    fitted.engine.release()
    assert not vars(grown).keys() & {"_library_trees", "_walk"}
    assert (fitted.predict(part.matrix, threads=2) == answers).all()


@pytest.mark.parametrize("name", ["lightgbm", "xgboost"])
def test_trees_leave_wide_categories_to_their_means(name):
    random = np.random.default_rng(0)
    codes = random.integers(0, 30, size=(900, 2)).astype(np.int32)
    worth = random.normal(size=30)
    y = worth[codes[:, 0]] + worth[codes[:, 1]] + 0.1 * random.normal(size=900)
    numeric = np.stack([random.normal(size=900), worth[codes[:, 0]].round(1)], axis=1).astype(np.float32)
    levels = tuple(map(str, range(30)))
    layout = MatrixLayout(("a", "town_target_mean"), ("town", "street"), (levels, levels), (0, 0))
    matrix = Matrix(numeric, codes, layout)
    other = Matrix(numeric, np.stack([random.permutation(codes[:, 0]), codes[:, 1]], axis=1), layout)
    changes = {}
    for wide in (True, False):
        params = {"n_estimators": 60, "wide_categories": wide}
        fitted = ESTIMATORS[name].fit(matrix, y, task=Task.REGRESSION, params=params)
        changes[wide] = np.abs(fitted.predict(matrix) - fitted.predict(other)).max()
        assert np.corrcoef(fitted.predict(matrix), y)[0, 1] > 0.9
    assert changes[True] > 0
    assert changes[False] == 0


@pytest.mark.parametrize(
    "params", [{"feature_pre_filter": True, "min_child_samples": 5}, {"linear_tree": True}, {"max_bin": 63}]
)
def test_lightgbm_takes_what_changes_its_shared_tables(params):
    part, classes = table(Task.BINARY)
    for given in ({}, params, {}):
        fitted = ESTIMATORS["lightgbm"].fit(
            part.matrix,
            part.target,
            task=Task.BINARY,
            classes=classes,
            params={**given, "n_estimators": 5},
            shared=part.shared,
        )
        alone = ESTIMATORS["lightgbm"].fit(
            part.matrix, part.target, task=Task.BINARY, classes=classes, params={**given, "n_estimators": 5}
        )
        assert fitted.predict(part.matrix).tobytes() == alone.predict(part.matrix).tobytes()


def test_rows_go_to_another_process_without_what_libraries_made_of_them():
    part, classes = table(Task.BINARY)
    for name in ("lightgbm", "xgboost"):
        ESTIMATORS[name].fit(
            part.matrix, part.target, task=Task.BINARY, classes=classes, params={"n_estimators": 2}, shared=part.shared
        )
    there = pickle.loads(pickle.dumps(part))  # noqa: S301 - bytes of its own
    assert (there.target == part.target).all()
    assert there.shared.get("made anew", lambda: 1) == 1


@pytest.mark.parametrize("name", ESTIMATORS)
def test_each_has_costs_that_grow_with_rows(name):
    assert name in COSTS
    assert fit_seconds(name, {}, 2_000, 10, 0) > fit_seconds(name, {}, 200, 10, 0)


def test_who_sits_out_large_tables():
    assert ESTIMATORS["gaussian_process"].takes(2_000, 20)
    assert not ESTIMATORS["gaussian_process"].takes(200_000, 20)
    assert not ESTIMATORS["svm"].takes(1_000, 10_000)
    assert ESTIMATORS["lightgbm"].takes(10**8, 10**5)


@pytest.mark.parametrize("name", ["gaussian_process", "svm", "splines", "network"])
def test_smooth_function_is_learnt_better_than_by_a_forest(smooth, name):
    x, y = smooth
    errors = {}
    for algorithm in (name, "random_forest"):
        fitted = ESTIMATORS[algorithm].fit(_numbers(x[:200]), y[:200], task=Task.REGRESSION)
        errors[algorithm] = float(np.mean((fitted.predict(_numbers(x[200:])) - y[200:]) ** 2))
    assert errors[name] < 0.5 * errors["random_forest"]


def test_pairs_of_support_vectors_are_the_library_s():
    from clew.train.estimators.base import Order, Part
    from clew.train.estimators.svm import _machine, _Place

    X, y = load_iris(return_X_y=True)
    part = Part(_numbers(X), y)
    spec = ESTIMATORS["svm"]
    order = Order(Task.MULTICLASS, 3, spec.defaults, (0,) * 4, 0, 1)
    place = _Place.of(part, order)
    machine = _machine(part, place, order)
    ours = place.engine(part, machine.rows, machine.coefficients, machine.intercept, np.array(3)).sums(part.matrix)
    library = SVC(C=spec.defaults["C"], gamma=1.0, decision_function_shape="ovo").fit(place.points, y)
    first, second, third = library.decision_function(place.points).T
    means = np.stack([first + second, third - first, -second - third], axis=1) / 2
    assert np.allclose(ours, means, atol=1e-9)


def test_trees_read_out_answer_as_the_library_does(smooth):
    x, y = smooth
    x = x.astype(np.float32)
    x[::7, 1] = np.nan
    params = {"max_iter": 30, "learning_rate": 0.1, "max_features": 1.0}
    fitted = ESTIMATORS["hist_gradient_boosting"].fit(_numbers(x), y, task=Task.REGRESSION, params=params)
    library = HistGradientBoostingRegressor(max_iter=30, learning_rate=0.1, early_stopping=False).fit(x, y)
    assert fitted.rounds == 30
    assert np.allclose(fitted.predict(_numbers(x)), library.predict(x), rtol=1e-12)


def test_slope_of_the_evidence():
    random = np.random.default_rng(0)
    points, targets = random.normal(size=(30, 4)), random.normal(size=(30, 2))
    owner, weight, at = np.array([0, 1, 2, 2]), random.uniform(0.5, 2, 30), random.normal(size=5)
    _, slope = _minus_evidence(at, points, owner, targets, weight)
    for position in range(len(at)):
        step = np.zeros(len(at))
        step[position] = 1e-6
        ends = [_minus_evidence(at + sign * step, points, owner, targets, weight)[0] for sign in (1, -1)]
        assert slope[position] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-5)


def test_slopes_of_the_network():
    random = np.random.default_rng(0)
    network = Network(Shape(3, 1, 4, 5, 2, 2, 6, 2), random, 0.3)
    # In double precision, so that differences mean something.
    network.flat = network.flat + random.normal(size=len(network.flat)) * 0.3
    network.weights = network.views(network.flat)
    hot = csr_array(np.eye(4)[random.integers(0, 4, 6)])
    inputs = Inputs(random.normal(size=(6, 3)), random.normal(size=(6, 1)), hot)
    towards, masks = random.normal(size=(6, 2)), (np.ones((1, 1)), np.ones((1, 1)))
    slope = network.slopes(inputs, masks, lambda _: towards)
    for position in range(0, len(slope), 3):
        ends = []
        for step in (1e-5, -2e-5):
            network.flat[position] += step
            ends.append(float((network.sums(inputs) * towards).sum()))
        network.flat[position] += 1e-5
        assert slope[position] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-7)


def test_curves_go_through_their_values():
    curves = Curves.fit(np.linspace(0, 1, 50)[:, None], 6)
    values = curves.padded(np.arange(6.0)[:, None] ** 2)
    (heights,) = curves.heights(curves.knots.T, values)
    assert heights[:, 0].tolist() == [0, 1, 4, 9, 16, 25]
    beyond = np.array([[-5.0], [5.0]])
    (heights,) = curves.heights(beyond, values)
    assert heights[:, 0].tolist() == [0, 25]


def test_straight_lines_have_no_bends():
    knots = np.array([0.0, 0.1, 0.5, 2.0])
    assert np.abs(roughness(knots) @ (3 * knots + 1)).max() < 1e-10
    assert np.abs(roughness(knots) @ knots**2).max() > 0.1


def test_column_that_says_more_weighs_more():
    random = np.random.default_rng(0)
    columns = random.normal(size=(400, 3))
    answers = (columns[:, 0] ** 2 + 0.2 * columns[:, 1])[:, None]
    first, second, third = relevance(columns, answers, np.ones(400))
    assert first > second > third == 0.1


def test_deadline_ends_the_network_and_the_evidence(smooth):
    x, y = smooth
    for name in ("network", "gaussian_process"):
        fitted = ESTIMATORS[name].fit(_numbers(x), y, task=Task.REGRESSION, deadline=0.0)
        assert np.isfinite(fitted.predict(_numbers(x))).all()
    assert ESTIMATORS["network"].fit(_numbers(x), y, task=Task.REGRESSION, deadline=0.0).rounds == 1


@pytest.mark.parametrize(
    ("name", "params", "match"),
    [
        ("svm", {"C": 0.0}, "`C` is 0.0"),
        ("knn", {"p": 3}, "`p` is 3"),
        ("knn", {"weights": "even"}, "`weights` is 'even'"),
        ("splines", {"alpha": -1}, "`alpha` is -1"),
        ("network", {"layers": 0}, "`layers` is 0"),
    ],
)
def test_senseless_parameters_are_refused(smooth, name, params, match):
    x, y = smooth
    with pytest.raises(UsageError, match=match):
        ESTIMATORS[name].fit(_numbers(x), y, task=Task.REGRESSION, params=params)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@pytest.mark.parametrize("scale", [1e-9, 1e-4])
def test_targets_of_any_scale_are_learnt_alike(name, scale):
    spec = ESTIMATORS[name]
    part, _ = table(Task.REGRESSION)
    params = dict(spec.brief)
    usual = spec.fit(part.matrix, part.target, task=Task.REGRESSION, params=params).predict(part.matrix)
    small = spec.fit(part.matrix, part.target * scale, task=Task.REGRESSION, params=params)
    answers = small.predict(part.matrix)
    assert np.corrcoef(answers, usual)[0, 1] > 0.99
    assert answers.std() == pytest.approx(usual.std() * scale, rel=0.1)
    assert answers.tobytes() == rows(small, part.matrix).tobytes()


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
@pytest.mark.parametrize("scale", [1e-5, 1e5])
def test_weights_of_any_size_say_the_same(name, scale):
    spec = ESTIMATORS[name]
    part, classes = table(Task.BINARY)
    weight = np.random.default_rng(0).uniform(0.6, 1.4, len(part))
    answers = [
        spec.fit(
            part.matrix, part.target, task=Task.BINARY, classes=classes, params=dict(spec.brief), weight=weight * times
        ).predict(part.matrix)
        for times in (1.0, scale)
    ]
    assert np.corrcoef(answers[0][:, 1], answers[1][:, 1])[0, 1] > 0.97


def test_curves_stand_knots_that_nearly_coincide():
    spec = ESTIMATORS["splines"]
    random = np.random.default_rng(0)
    for column in (
        random.choice([-0.1, -2.8e-17, 0.0, 0.1, 0.2], 400),
        np.append(np.where(random.random(399) < 0.8, 0.0, random.integers(1, 1000, 399)), 1e12),
    ):
        numeric = np.stack([column, random.normal(size=400)], axis=1).astype(np.float32)
        matrix = Matrix(numeric, np.empty((400, 0), dtype=np.int32), MatrixLayout(("x", "z"), (), (), (0, 0)))
        target = numeric[:, 1].astype(np.float64) + 0.1 * random.normal(size=400)
        fitted = spec.fit(matrix, target, task=Task.REGRESSION)
        assert np.corrcoef(fitted.predict(matrix), target)[0, 1] > 0.9


def test_weight_on_one_class_alone_is_no_accident():
    part, classes = table(Task.BINARY)
    weight = np.where(part.target == 1, 1.0, 0.0)
    fitted = ESTIMATORS["xgboost"].fit(
        part.matrix, part.target, task=Task.BINARY, classes=classes, params={"n_estimators": 5}, weight=weight
    )
    assert (fitted.predict(part.matrix)[:, 1] > 0.99).all()


def test_a_continued_booster_asks_its_own_trees_about_the_rows_as_they_are():
    random = np.random.default_rng(1)
    codes = random.integers(0, 30, size=(600, 1)).astype(np.int32)
    worth = random.normal(size=30)
    y = worth[codes[:, 0]] + 0.1 * random.normal(size=600)
    numeric = np.stack([random.normal(size=600), worth[codes[:, 0]].round(0)], axis=1).astype(np.float32)
    layout = MatrixLayout(("a", "town_target_mean"), ("town",), (tuple(map(str, range(30))),), (0, 0))
    part = Part(Matrix(numeric, codes, layout), y)
    spec = ESTIMATORS["xgboost"]
    start = spec.fit(part.matrix, y, task=Task.REGRESSION, params={"n_estimators": 30})
    further = [
        spec.resume(start, part, task=Task.REGRESSION, params={"n_estimators": 20, "wide_categories": wide})
        for wide in (True, False)
    ]
    assert (further[0].predict(part.matrix) == further[1].predict(part.matrix)).all()
    assert np.square(further[1].predict(part.matrix) - y).mean() < np.square(start.predict(part.matrix) - y).mean()
