"""Public contract suites for steps and estimators."""

from clew.testing.estimator import check_estimator_spec
from clew.testing.step import check_step

__all__ = ["check_estimator_spec", "check_step"]
