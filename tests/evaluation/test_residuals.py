import numpy as np
import pytest
from tests.evaluation.made import regression

from clew.core.predictions import Predictions
from clew.evaluation.residuals import residuals


def test_the_mean_residual_has_limits():
    found = residuals(regression(500, offset=2.0))
    assert found.mean.low < found.mean.value < found.mean.high
    assert found.mean.value == pytest.approx(2.0, abs=0.1)
    assert found.mean.rows == 500


def test_deciles_go_by_prediction_and_hold_every_row():
    found = residuals(regression(503))
    predicted = [item.predicted for item in found.deciles]
    assert predicted == sorted(predicted)
    assert sum(item.residual.rows for item in found.deciles) == 503
    assert len(found.deciles) == 10
    for item in found.deciles:
        assert item.true - item.predicted == pytest.approx(item.residual.value)
        assert item.absolute.low < item.absolute.value < item.absolute.high


def test_few_rows_have_few_bins():
    assert len(residuals(regression(25)).deciles) == 2
    assert len(residuals(regression(1)).deciles) == 1


def test_the_worst_rows_come_first_under_their_own_names():
    names = np.array([f"row {number}" for number in range(40)], dtype=object)
    predictions = regression(40, row_id=names)
    predictions.truth[7] += 50
    predictions.truth[3] -= 80
    found = residuals(predictions)
    assert [miss.row for miss in found.worst[:2]] == ["row 3", "row 7"]
    assert found.worst[0].residual == pytest.approx(-80, abs=2)
    sizes = [abs(miss.residual) for miss in found.worst]
    assert sizes == sorted(sizes, reverse=True)
    assert found.to_dict()["worst"][0]["residual"] == found.worst[0].residual


def test_quantiles_of_the_residuals_rise():
    found = residuals(regression(1000, noise=1.0))
    shares, values = zip(*found.quantiles, strict=True)
    assert shares == (0.05, 0.25, 0.5, 0.75, 0.95)
    assert values == tuple(sorted(values))
    assert values[-1] == pytest.approx(1.645, abs=0.2)


def test_weights_count():
    predictions = Predictions(np.zeros(4), truth=np.array([0.0, 0.0, 1.0, 1.0]), weight=np.array([1.0, 1.0, 3.0, 3.0]))
    assert residuals(predictions).mean.value == 0.75


def test_predictions_that_are_no_numbers_are_not_summarised():
    assert residuals(Predictions(np.array([1.0, np.inf]), truth=np.array([1.0, 2.0]))) is None
