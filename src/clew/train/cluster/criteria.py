"""How many clusters: what named criteria say about each number of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from clew.core.progress import Progress
from clew.train.cluster.algorithms import Fit, k_means, mixtures_by_bic
from clew.train.cluster.assign import Assigner, Labels
from clew.train.cluster.stability import stability
from clew.train.points.sampling import draw
from clew.train.points.terms import Floats

#: Rows among which reference rows without clusters are compared, and sets of them.
_GAP_ROWS, _GAP_SETS = 1_000, 10
#: Numbers of clusters whose stability differs by less are as stable as each other.
_AS_STABLE = 0.05


@dataclass(frozen=True, slots=True)
class Criterion:
    """What one criterion says.

    Parameters
    ----------
    name : str
        ``silhouette``, ``calinski_harabasz``, ``davies_bouldin``, ``bic``, ``gap`` or ``stability``.
    label : str
        As people call it.
    rule : str
        Which number it prefers, e.g. ``"the highest"``.
    values : tuple of float or None
        Its value for each number of clusters that was tried; None where it has none.
    best : int, optional
        The number of clusters that it prefers; 1 is none. None where it could measure nothing.
    """

    name: str
    label: str
    rule: str
    values: tuple[float | None, ...]
    best: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "name": self.name,
            "label": self.label,
            "rule": self.rule,
            "values": list(self.values),
            "best": self.best,
        }


def criteria(
    values: Floats, ks: Sequence[int], labels: Sequence[Labels], fit: Fit, seed: int, progress: Progress
) -> list[Criterion]:
    """Ask every criterion.

    Parameters
    ----------
    values : ndarray, shape (n, terms)
        Points, some thousand at most.
    ks : sequence of int
        Numbers of clusters, from 2 on, rising.
    labels : sequence of ndarray, shape (n,)
        The clusters of the points for each of them.
    fit : callable
        What finds clusters.
    seed : int
        Of whatever is random.
    progress : Progress
        Called with a message and the share that is done.
    """
    found = _of_labels(values, ks, labels)
    progress("Gaussian mixtures", 0.3)
    found.append(_bic(values, ks, seed))
    progress("rows without clusters", 0.5)
    found.append(_gap(values[draw(len(values), _GAP_ROWS, seed)], ks, seed))
    progress("halves of the rows", 0.7)
    found.append(_stability(values, ks, fit, seed))
    return found


def _of_labels(values: Floats, ks: Sequence[int], labels: Sequence[Labels]) -> list[Criterion]:
    """Return the criteria that compare distances within clusters with those between them."""
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, pairwise_distances, silhouette_score

    distances = pairwise_distances(values)
    np.fill_diagonal(distances, 0.0)
    told = [found if 1 < len(np.unique(found)) < len(values) else None for found in labels]
    silhouette = [_asked(found, lambda at: silhouette_score(distances, at, metric="precomputed")) for found in told]
    calinski = [_asked(found, lambda at: calinski_harabasz_score(values, at)) for found in told]
    davies = [_asked(found, lambda at: davies_bouldin_score(values, at)) for found in told]
    return [
        Criterion("silhouette", "Silhouette", "the highest", tuple(silhouette), _best(ks, silhouette)),
        Criterion("calinski_harabasz", "Calinski-Harabasz", "the highest", tuple(calinski), _best(ks, calinski)),
        Criterion("davies_bouldin", "Davies-Bouldin", "the lowest", tuple(davies), _best(ks, davies, sign=-1)),
    ]


def _asked(labels: Labels | None, score: Callable[[Labels], Any]) -> float | None:
    return None if labels is None else float(score(labels))


def _bic(values: Floats, ks: Sequence[int], seed: int) -> Criterion:
    """Return the BIC of Gaussian mixtures (Schwarz 1978; Fraley and Raftery 2002), which may say one."""
    _, found = mixtures_by_bic(values, (1, *ks), seed)
    best = (1, *ks)[int(np.argmin(found))]
    return Criterion("bic", "BIC of a Gaussian mixture", "the lowest; may be 1", tuple(found[1:]), best)


def _gap(values: Floats, ks: Sequence[int], seed: int) -> Criterion:
    """Return the gap statistic of k-means, which may say one (Tibshirani, Walther and Hastie 2001).

    Reference rows are uniform in the box of the principal components. The number is the smallest whose gap is no more
    than a standard error below that of the next.
    """
    random = np.random.default_rng(seed)
    centred = values - values.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    turned = centred @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    tried = (1, *ks)
    own = np.array([_spread(turned, k, seed) for k in tried])
    sets = [random.uniform(low, high, turned.shape) for _ in range(_GAP_SETS)]
    others = np.array([[_spread(rows, k, seed) for k in tried] for rows in sets])
    gap = others.mean(axis=0) - own
    error = others.std(axis=0) * np.sqrt(1 + 1 / _GAP_SETS)
    enough = [k for k, here, after, e in zip(tried, gap, gap[1:], error[1:], strict=False) if here >= after - e]
    best = enough[0] if enough else tried[-1]
    rule = "the smallest that the next does not surpass; may be 1"
    return Criterion("gap", "Gap statistic", rule, tuple(gap[1:].tolist()), best)


def _spread(values: Floats, k: int, seed: int) -> float:
    """Return the logarithm of the squared distances to the centres of k-means."""
    known = values.mean(axis=0, keepdims=True) if k == 1 else k_means(values, k, seed, starts=1).known
    distances = ((values**2).sum(axis=1)[:, None] - 2 * values @ known.T + (known**2).sum(axis=1)).min(axis=1)
    return float(np.log(max(float(distances.sum()), 1e-12)))


def _stability(values: Floats, ks: Sequence[int], fit: Fit, seed: int) -> Criterion:
    mean = [stability(values, partial(_with_k, fit, k), k, seed) for k in ks]
    known = {k: value for k, value in zip(ks, mean, strict=True) if value is not None}
    # Few clusters are stable more easily; of numbers that are as stable the largest says most.
    best = max((k for k, value in known.items() if value >= max(known.values()) - _AS_STABLE), default=None)
    rule = f"the largest within {_AS_STABLE} of the highest"
    return Criterion("stability", "Stability of halves", rule, tuple(mean), best)


def _with_k(fit: Fit, k: int, half: Floats, seed: int) -> Assigner:
    return fit(half, k, seed)


def _best(ks: Sequence[int], values: Sequence[float | None], *, sign: int = 1) -> int | None:
    known = [(sign * value, -k) for k, value in zip(ks, values, strict=True) if value is not None]
    return -max(known)[1] if known else None
