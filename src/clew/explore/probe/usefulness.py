"""Features without a say: neither alone nor together with the others do they tell anything about the target."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.define.problem import Task
from clew.explore.checks.table import Table
from clew.explore.probe.boosting import Boosted
from clew.explore.probe.crossfit import CrossFit
from clew.explore.probe.features import Floats
from clew.explore.probe.question import Question

#: Features that are tried within the model, those with the largest gain first; rows that judge each model.
MAX_TRIED, MAX_JUDGES = 100, 1_000
#: A feature alone has a say if its power is more than chance reaches in one of 20 cases.
_ONE_OF_20 = 1.645
#: Within the model it has one if mixing up its values costs this many standard errors.
_STANDARD_ERRORS = 2.0


@dataclass(frozen=True, slots=True)
class _Judged:
    """A model, rows that judge it, as positions in the sample, and its loss on each."""

    model: Boosted
    rows: NDArray[np.int64]
    loss: Floats


def without_say(table: Table, question: Question, fitted: CrossFit, *, seed: int = 0) -> tuple[str, ...]:
    """Return the features that the target can do without.

    A feature has a say if its power alone is beyond chance, or if the quick model does worse on judged rows in which
    its values are mixed up (permutation importance; Breiman 2001). One that no split of any model used has none.

    Parameters
    ----------
    table : Table
        The rows, and how much each feature alone says.
    question : Question
        What was asked.
    fitted : CrossFit
        The models.
    seed : int, default 0
        Of the mixing.
    """
    rows = table.associations[0].rows if table.associations else len(question)
    chance = chance_power(table, rows)
    alone = {item.feature for item in table.associations if item.power > chance}
    gains = np.sum([model.gain for model in fitted.models], axis=0)
    weak: dict[str, float] = {}
    for source, gain in zip(question.features.sources, gains.tolist(), strict=True):
        if source not in alone:
            weak[source] = weak.get(source, 0.0) + gain
    tried = [name for name in sorted(weak, key=lambda name: -weak[name]) if weak[name] > 0][:MAX_TRIED]
    judged = [_judged(question, model, split.test) for model, split in zip(fitted.models, fitted.splits, strict=True)]
    useful = {name for name in tried if _costs(question, judged, name, seed)}
    return tuple(name for name in weak if name not in useful)


def chance_power(table: Table, rows: int) -> float:
    """Return the power that a feature reaches by chance in one of 20 cases.

    Parameters
    ----------
    table : Table
        The rows; the counts of its labels matter.
    rows : int
        Rows that were judged.

    Returns
    -------
    float
        For labels from the spread of the area under the ROC curve (Mann and Whitney 1947), averaged like the power; for
        numbers from that of a rank correlation.
    """
    rows = max(rows, 2)
    if table.task is Task.REGRESSION or table.schema.target is None:
        return _ONE_OF_20**2 / rows
    known = table.statistics[table.schema.target.name]
    shares = [count / known.present for _, count in known.values.items]
    spreads = [math.sqrt((rows + 1) / (3 * share * (1 - share))) / rows for share in shares if 0 < share < 1]
    return _ONE_OF_20 * sum(spreads) / len(spreads) if spreads else 1.0


def _judged(question: Question, model: Boosted, rows: NDArray[np.int64]) -> _Judged:
    """Return a model with rows that it did not see and its loss on each."""
    chosen = rows[:MAX_JUDGES]
    return _Judged(model, chosen, _loss(question, model.predict(question.features.values[chosen]), chosen))


def _costs(question: Question, judged: list[_Judged], name: str, seed: int) -> bool:
    """Whether the models do worse on rows in which a feature's values are mixed up."""
    random = np.random.default_rng(seed)
    columns = question.features.columns_of(name)
    worse = []
    for item in judged:
        if not item.model.gain[columns].any():
            worse.append(np.zeros(len(item.rows)))
            continue
        mixed = question.features.values[item.rows]
        mixed[:, columns] = mixed[random.permutation(len(mixed))][:, columns]
        worse.append(_loss(question, item.model.predict(mixed), item.rows) - item.loss)
    costs = np.concatenate(worse)
    error = float(costs.std()) / math.sqrt(len(costs))
    return float(costs.mean()) > _STANDARD_ERRORS * error if error > 0 else False


def _loss(question: Question, said: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return the loss of each row: surprise at the label, or distance from the number."""
    answers = question.answers[rows]
    if question.task is Task.REGRESSION:
        return np.abs(said - answers)
    given = said[np.arange(len(rows)), answers.astype(np.int64)]
    surprise: Floats = -np.log(np.clip(given, 1e-6, None))
    return surprise
