"""Which configurations are tried, in which order: a list that depends on the seed alone.

The list and the shares are data, ``portfolio.json``, beside how they were made: ``benchmarks/learn_portfolio.py``
writes them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np

from clew.train.estimators import ESTIMATORS
from clew.train.estimators.described import Described
from clew.train.estimators.vocabulary import DEVICE
from clew.train.search.trial import Configuration
from clew.train.space import draw

#: Models that are there within moments, whatever comes later; the better ones first.
QUICK: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("lightgbm", {"learning_rate": 0.15, "n_estimators": 120}),
    ("linear", {}),
    ("tree", {"max_depth": 6}),
)
#: Share of an algorithm that the file does not name.
_SHARE = 0.02
_FILE = "portfolio.json"


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What is tried first, and how often each algorithm is drawn after that.

    Parameters
    ----------
    first : tuple of (str, mapping)
        Algorithms with the parameters that differ from their defaults.
    shares : mapping of str to float
        Algorithm → how often it is drawn, relative to the others.
    made : mapping
        How the list came about.
    """

    first: tuple[tuple[str, Mapping[str, Any]], ...]
    shares: Mapping[str, float]
    made: Mapping[str, Any]

    @classmethod
    def read(cls) -> "Portfolio":
        """Read the one that ships with the package."""
        told = json.loads(files("clew.train.search").joinpath(_FILE).read_text(encoding="utf-8"))
        first = tuple((entry["algorithm"], entry["params"]) for entry in told["first"])
        return cls(first, told["shares"], told["made"])


def configurations(
    algorithms: Sequence[str],
    seed: int,
    *,
    own: Sequence[Described] = (),
    first: Sequence[tuple[str, Mapping[str, Any]]] = (),
    fixed: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    portfolio: Portfolio | None = None,
) -> Iterator[Configuration]:
    """Yield configurations, without end unless no algorithm may join.

    Parameters
    ----------
    algorithms : sequence of str
        Those that may join.
    seed : int
        Decides what is drawn after the fixed list; the same seed gives the same configurations, however many are taken.
    own : sequence of Described
        Estimators of the user's own, which come before all others, each once.
    first : sequence of (str, mapping)
        Put before the fixed list.
    fixed : mapping
        Algorithm → parameters that all its configurations have.
    portfolio : Portfolio, optional
        The fixed list; by default the one that ships with the package. The defaults of an algorithm that it does not
        name follow it.

    Yields
    ------
    Configuration
        Numbered from 0.
    """
    listed = portfolio or Portfolio.read()
    named = {algorithm for algorithm, _ in listed.first}
    defaults: list[tuple[str, Mapping[str, Any]]] = [
        (algorithm, {}) for algorithm in algorithms if algorithm not in named
    ]
    numbers = count()
    for estimator in own:
        number = next(numbers)
        yield Configuration(number, estimator.name, estimator.params, trial_seed(seed, number))
    if not algorithms:
        return
    for algorithm, params in (*first, *listed.first, *defaults):
        if algorithm in algorithms:
            number = next(numbers)
            stated = _placed(algorithm, params, fixed.get(algorithm, {}))
            yield Configuration(number, algorithm, stated, trial_seed(seed, number))
    shares = np.array([listed.shares.get(algorithm, _SHARE) for algorithm in algorithms])
    for number in numbers:
        generator = np.random.default_rng([seed, number])
        algorithm = algorithms[int(generator.choice(len(algorithms), p=shares / shares.sum()))]
        params = _placed(algorithm, draw(ESTIMATORS[algorithm].space, generator), fixed.get(algorithm, {}))
        yield Configuration(number, algorithm, params, trial_seed(seed, number))


def _placed(algorithm: str, params: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with those that all configurations have, and without what is not known where these learn."""
    left_out = ESTIMATORS[algorithm].unknown_on(fixed.get(DEVICE))
    return {name: value for name, value in params.items() if name not in left_out} | dict(fixed)


def trial_seed(seed: int, number: int) -> int:
    """Return the seed of a trial, which depends on its number and on nothing that ran before it."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
