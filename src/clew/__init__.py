"""Clew: the whole machine-learning lifecycle, from a table and a question to a monitored model.

Every public name is loaded when it is first used, so that ``import clew`` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clew.core.version import VERSION

if TYPE_CHECKING:
    from clew.collect.dataset import Dataset
    from clew.collect.source import read
    from clew.core.errors import ClewError
    from clew.core.finding import Finding
    from clew.core.predictions import Predictions
    from clew.core.schema import Column, Schema
    from clew.define.domain import Domain
    from clew.define.problem import Problem
    from clew.deploy.bundle import Bundle
    from clew.prepare.recipe import Recipe
    from clew.project.api import evaluate, load, profile, save, suggest
    from clew.project.project import Project
    from clew.project.tuning import tune
    from clew.train.anomaly.anomaly_detector import AnomalyDetector
    from clew.train.associate.estimator import AssociationRules
    from clew.train.cluster.clusterer import Clusterer
    from clew.train.estimator import AutoClassifier, AutoRegressor
    from clew.train.model import FittedModel
    from clew.train.reduce.reducer import Reducer

__version__ = VERSION

#: Public name → module that defines it.
_PUBLIC = {
    "AnomalyDetector": "clew.train.anomaly.anomaly_detector",
    "AssociationRules": "clew.train.associate.estimator",
    "AutoClassifier": "clew.train.estimator",
    "AutoRegressor": "clew.train.estimator",
    "Bundle": "clew.deploy.bundle",
    "ClewError": "clew.core.errors",
    "Clusterer": "clew.train.cluster.clusterer",
    "Column": "clew.core.schema",
    "Dataset": "clew.collect.dataset",
    "Domain": "clew.define.domain",
    "Finding": "clew.core.finding",
    "FittedModel": "clew.train.model",
    "Predictions": "clew.core.predictions",
    "Problem": "clew.define.problem",
    "Project": "clew.project.project",
    "Recipe": "clew.prepare.recipe",
    "Reducer": "clew.train.reduce.reducer",
    "Schema": "clew.core.schema",
    "evaluate": "clew.project.api",
    "load": "clew.project.api",
    "profile": "clew.project.api",
    "read": "clew.collect.source",
    "save": "clew.project.api",
    "suggest": "clew.project.api",
    "tune": "clew.project.tuning",
}

__all__ = [
    "AnomalyDetector",
    "AssociationRules",
    "AutoClassifier",
    "AutoRegressor",
    "Bundle",
    "ClewError",
    "Clusterer",
    "Column",
    "Dataset",
    "Domain",
    "Finding",
    "FittedModel",
    "Predictions",
    "Problem",
    "Project",
    "Recipe",
    "Reducer",
    "Schema",
    "evaluate",
    "load",
    "profile",
    "read",
    "save",
    "suggest",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'clew' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
