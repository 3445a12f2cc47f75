"""Training for a notebook: the score with its interval, what was compared, and what the model is."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from clew.core.excerpt import cut, findings, lines, many, names
from clew.core.html import Html, badge, element, fragment, join, pairs, tiles
from clew.core.jsonable import finite
from clew.core.readable import number
from clew.define.metrics import METRICS
from clew.train.log import by_activity

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from clew.train.model import FittedModel, RowPrediction
    from clew.train.result import LeaderboardRow, TrainResult


def result_view(result: "TrainResult") -> str:
    """Return how good the model is and what it was compared with."""
    return fragment(element("h3", "Training"), *_result(result), title="Training")


def _result(result: "TrainResult") -> Iterator[Html | None]:
    problem = result.model.problem
    yield element("p", f"{problem.task.value} of {problem.target}, judged by {result.score_from}.", class_="lead")
    limits = f"95 %: {_range(result.score.low, result.score.high)}; {many(result.score.rows, 'row')}"
    members = join((member.name for member in result.model.members[:3]), ", ")
    yield tiles(
        (
            (label_of(result.metric), number(finite(result.score.value)), limits),
            ("Configurations", number(result.trials), _tried(result)),
            ("Members", number(len(result.model.members)), members),
        )
    )
    headers = ("Model", label_of(result.metric), "95 %", "Fit, s", "One row, ms", "Weight")
    board = (
        (
            row.model,
            finite(row.score),
            _range(row.low, row.high),
            round(row.fit_s, 2),
            row.predict_ms,
            round(row.weight, 3) if row.weight else None,
        )
        for row in result.leaderboard
    )
    yield lines(headers, board, len(result.leaderboard), "configuration", where=".leaderboard")
    spent = by_activity(result.log)
    rows = ((row.what, row.algorithm, row.count, round(row.seconds, 2)) for row in spent)
    if spent:
        yield lines(("Seconds spent on", "Algorithm", "Times", "Seconds"), rows, len(spent), "activity", where=".log")
    yield findings(result.findings)


def _tried(result: "TrainResult") -> str:
    stopped = f", and {number(result.stopped)} more stopped early" if result.stopped else ""
    return f"in {number(round(result.fit_s, 1))} s{stopped}"


def row_view(row: "LeaderboardRow") -> str:
    """Return one configuration."""
    known: list[tuple[str, object]] = [
        ("algorithm", badge(row.algorithm)),
        ("score", number(finite(row.score))),
        ("95 %", _range(row.low, row.high)),
        ("weight in the ensemble", number(row.weight)),
        ("fit", f"{row.fit_s:.2f} s"),
    ]
    if row.predict_ms is not None:
        known.append(("one row", f"{number(row.predict_ms)} ms"))
    known += [(name, cut(value)) for name, value in row.params.items()]
    return fragment(element("h3", row.model), pairs(known), title=f"Configuration {row.model}")


def estimator_view(estimator: "BaseEstimator") -> str:
    """Return the settings of an estimator, and once it is fitted what training found."""
    result = getattr(estimator, "result_", None)
    title = join((type(estimator).__name__, " ", badge("fitted", "good") if result else badge("not fitted")))
    stated = pairs(_settings(estimator)) if result is None else None
    shown = () if result is None else tuple(_result(result))
    return fragment(element("h3", title), stated, *shown, title=type(estimator).__name__)


def _settings(estimator: "BaseEstimator") -> dict[str, object]:
    settings: dict[str, Any] = estimator.get_params(deep=False)
    return {name: _setting(value) for name, value in sorted(settings.items()) if value is not None}


def _setting(value: object) -> object:
    return names(value) if isinstance(value, list | tuple) else cut(value)


def model_view(model: "FittedModel") -> str:
    """Return what a model decides, what it is made of, and what it reads."""
    return fragment(element("h3", "Fitted model"), *model_parts(model), title="Fitted model")


def model_parts(model: "FittedModel") -> Iterator[Html]:
    """Yield what a model decides, what it is made of, and what it reads."""
    problem = model.problem
    told = f"{problem.task.value} of {problem.target}, chosen by {label_of(problem.metric)}."
    yield element("p", told, class_="lead")
    yield pairs(_decision(model))
    members = (
        (member.name, member.algorithm, round(weight, 3), names([f"{k}={v}" for k, v in member.params.items()]))
        for member, weight in zip(model.members, model.shares, strict=True)
    )
    yield lines(("Member", "Algorithm", "Weight", "Parameters"), members, len(model.members), "member")


def _decision(model: "FittedModel") -> Iterator[tuple[str, object]]:
    problem, score = model.problem, model.metadata.get("score")
    if isinstance(score, Mapping):
        limits = f"95 %: {number(score['low'])} to {number(score['high'])}; {many(score['rows'], 'row')}"
        yield label_of(problem.metric), join((number(score["value"]), " ", element("small", limits)))
    if problem.classes:
        yield "classes", names(problem.classes)
    if problem.positive is not None:
        words = f" from a probability of {number(model.threshold)} on"
        yield "of interest", join((element("code", problem.positive), words))
    if model.pool is not None:
        yield "second layer", "half of the answer comes from the members' answers put together once more"
    if model.calibrator is not None:
        told = ", ".join(f"{name} {number(v)}" for name, v in model.calibrator.to_dict().items() if name != "kind")
        yield "probabilities", f"calibrated ({model.calibrator.kind}: {told})"
    yield "reads", join((many(len(model.features), "column"), ": ", names(model.features)))
    yield "single rows", "yes" if model.online else f"no, because of {model.recipe.offline_step}"
    if model.recipe.steps:
        yield "recipe", names([step.op for step in model.recipe.steps])


def answer_view(answer: "RowPrediction") -> str:
    """Return the answer for one row."""
    known: list[tuple[str, object]] = [("prediction", element("code", cut(answer.prediction)))]
    if answer.probabilities is not None:
        known.append(("probabilities", names([number(float(value)) for value in answer.probabilities])))
    if answer.low is not None and answer.high is not None:
        known.append(("interval", _range(answer.low, answer.high)))
    return fragment(pairs(known), title="Prediction")


def label_of(metric: str) -> str:
    """Return what people call a metric."""
    return METRICS[metric].label if metric in METRICS else metric


def _range(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}" if math.isfinite(low) and math.isfinite(high) else ""
