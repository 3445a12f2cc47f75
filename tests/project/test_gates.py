import math

import pytest

from clew.core.errors import ConfigError
from clew.project.gates import Gate, judge

FIGURES = {"roc_auc": 0.81, "roc_auc_low": 0.7, "r2": math.nan, "recall": None}


@pytest.mark.parametrize(
    ("rule", "passed", "value", "threshold"),
    [
        ("roc_auc >= 0.8", True, 0.81, 0.8),
        ("roc_auc > 0.9", False, 0.81, 0.9),
        ("roc_auc >= 0.8 and roc_auc_low > 0.65", True, None, None),
        ("r2 >= -100", False, None, -100),
        ("recall < 2", False, None, 2),
        ("not recall < 2", False, None, None),
    ],
)
def test_a_gate_passes_only_on_what_was_measured(rule, passed, value, threshold):
    (result,) = judge([Gate("g", rule)], FIGURES)
    assert (result.passed, result.value, result.threshold) == (passed, value, threshold)


def test_an_unknown_figure_is_named():
    with pytest.raises(ConfigError, match="'roc_acu', which does not exist.*Did you mean 'roc_auc'"):
        judge([Gate("g", "roc_acu > 0.5")], FIGURES)
