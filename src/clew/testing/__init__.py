"""Public contract suites for steps and estimators."""
