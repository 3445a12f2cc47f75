"""Every algorithm keeps the contract, and the contract notices who does not."""

import numpy as np
import pytest

from clew.testing.estimator import check_estimator_spec, check_rows_equal_batch, check_weights, checks
from clew.train.estimators import ESTIMATORS
from clew.train.estimators.base import EstimatorSpec
from clew.train.estimators.tree import DecisionTree


@pytest.mark.parametrize("check", list(checks()), ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("spec", ESTIMATORS.values(), ids=lambda spec: spec.name)
def test_algorithm_keeps_its_promises(spec: EstimatorSpec, check):
    check(spec)


def test_broken_promise_is_named():
    class Forgetful(DecisionTree):
        def fit(self, *args, **named):
            return super().fit(*args, **(named | {"weight": None}))

    with pytest.raises(AssertionError, match="tree: heavier rows pull the answers"):
        check_weights(Forgetful())


def test_row_that_differs_from_its_batch_is_noticed():
    class Drifting(DecisionTree):
        def fit(self, *args, **named):
            fitted = super().fit(*args, **named)
            values = fitted.engine.values
            object.__setattr__(
                fitted.engine, "values", lambda matrix, threads: np.nextafter(values(matrix, threads), 9)
            )
            return fitted

    with pytest.raises(AssertionError, match="a row equals its batch"):
        check_rows_equal_batch(Drifting())


def test_whole_suite_passes_at_once():
    check_estimator_spec(ESTIMATORS["tree"])
