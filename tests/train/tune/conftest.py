"""A quick tuning: a tree on a small table."""

from dataclasses import replace

import pytest

from clew.collect.split import SplitSpec
from clew.prepare.recipe import Recipe
from clew.train.tune.spec import TuneSpec
from clew.train.tune.tuner import tune

SPACE = {"max_depth": {"low": 1, "high": 8}, "min_samples_leaf": {"low": 1, "high": 60, "scale": "log"}}


@pytest.fixture
def look_for(make_table, problem_of):
    """Return a tuner of trees: changes of the spec → result."""

    def tuned(*, data=None, validation=None, task="binary", **changes):
        dataset = data if data is not None else make_table(task)
        base = TuneSpec(
            ("tree",), space=SPACE, trials=8, recipe=Recipe(()), split=SplitSpec(folds=3), refit=False, cpus=1
        )
        return tune(dataset, problem_of(dataset), replace(base, **changes), validation=validation)

    return tuned


@pytest.fixture
def shown():
    """Return what two tunings that are the same have in common: everything but seconds."""

    def kept(result):
        return [{**trial.to_dict(), "fit_s": None} for trial in result.trials], result.ended

    return kept
