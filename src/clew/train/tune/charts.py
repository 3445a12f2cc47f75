"""The charts of a tuning: specifications of Vega-Lite, drawn as SVG like those of a profile."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from clew.core.html import INK, PALETTE, QUIET, RULE, SEQUENCE
from clew.core.readable import number
from clew.explore.charts import HOUSE
from clew.train.tune.dimension import Range, Scale, Values
from clew.train.tune.goals import Objective
from clew.train.tune.result import TunedTrial, TuneResult
from clew.train.tune.state import TrialState
from clew.train.tune.views import figure_label

_WIDE, _NARROW = 720, 330
#: Lines that a reader can still follow, axes that stand beside each other, and letters of a value on an axis.
MOST_LINES, MOST_AXES, _LETTERS = 200, 10, 12
#: From this many finished trials on, the axis of an objective is that of the best nine in ten.
ENOUGH_TO_CUT, _SHOWN = 8, 0.9


def history(result: TuneResult) -> dict[str, Any]:
    """Return the first objective of every trial in their order, and the best so far."""
    goal = result.goals.objectives[0]
    rows, best, course = [], math.inf, []
    for trial in result.trials:
        value = trial.figures.get(goal.name, math.nan)
        if not math.isfinite(value):
            continue
        rows.append(_row(trial, goal, x=trial.number, y=value))
        if trial.state == TrialState.COMPLETE and trial.feasible and goal.loss(value) < best:
            best = goal.loss(value)
            course.append({"x": trial.number, "y": value})
    if course:
        course.append({"x": max(row["x"] for row in rows), "y": course[-1]["y"]})
    axis = {"title": "trial", "grid": False, "tickMinStep": 1}
    x = {"field": "x", "type": "quantitative", "scale": {"zero": False, "nice": False, "padding": 6}, "axis": axis}
    y = _objective_axis(goal, [row["y"] for row in rows if row["state"] == TrialState.COMPLETE])
    line = {
        "data": {"values": course},
        "mark": {"type": "line", "interpolate": "step-after", "color": PALETTE[1], "strokeWidth": 2, "clip": True},
        "encoding": {"x": x, "y": y},
    }
    return {**HOUSE, "width": _WIDE, "height": 220, "layer": [_points(rows, x, y), line]}


def slices(result: TuneResult, names: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    """Return, for each parameter, the first objective of the finished trials over its values."""
    goal = result.goals.objectives[0]
    return {name: _slice(result, name, goal) for name in names}


def _slice(result: TuneResult, name: str, goal: Objective) -> dict[str, Any]:
    dimension = result.pipeline.space.dimensions[name]
    able = [trial for trial in result.trials if trial.state == TrialState.COMPLETE and name in trial.params]
    rows = []
    for trial in able:
        value = trial.params[name]
        shown = _short(value) if isinstance(dimension, Values) else _axis_value(dimension, value)
        rows.append(_row(trial, goal, x=shown, y=trial.figures[goal.name]))
    axis: dict[str, Any] = {"title": _title(name, dimension), "grid": False}
    if isinstance(dimension, Values):
        listed = [_short(value) for value in dimension.values]
        x: dict[str, Any] = {"field": "x", "type": "nominal", "sort": listed, "axis": {**axis, "labelAngle": 0}}
    else:
        log = dimension.scale is not Scale.LINEAR
        x = {
            "field": "x",
            "type": "quantitative",
            "scale": {"type": "log" if log else "linear", "zero": False, "nice": False, "padding": 6},
            "axis": {**axis, "tickCount": 4, "format": "~g"},
        }
    y = _objective_axis(goal, [row["y"] for row in rows])
    return {**HOUSE, "height": 150, "layer": [_points(rows, x, y, best=result.best.number)]}


def parallel(result: TuneResult, names: Sequence[str]) -> dict[str, Any]:
    """Return the finished trials as lines across their parameters, the better the darker."""
    goal, space = result.goals.objectives[0], result.pipeline.space
    able = [trial for trial in result.trials if trial.state == TrialState.COMPLETE]
    ranked = sorted(able, key=lambda trial: (goal.loss(trial.figures[goal.name]), trial.number))[:MOST_LINES]
    parts = _quarters(len(ranked))
    rows = [
        {
            "axis": name,
            "y": _height(space.dimensions[name], trial.params[name]),
            "trial": trial.number,
            "part": parts[place],
            "label": f"trial {trial.number}: {figure_label(goal.name)} {number(trial.figures[goal.name])}",
        }
        for place, trial in reversed(list(enumerate(ranked)))
        for name in names
        if name in trial.params
    ]
    ends = [
        {"axis": name, "y": y, "text": text}
        for name in names
        for y, text in zip((-0.06, 1.06), _ends(space.dimensions[name]), strict=True)
    ]
    x = {
        "field": "axis",
        "type": "nominal",
        "sort": list(names),
        "axis": {"title": None, "labelAngle": 0, "labelLimit": _WIDE // max(1, len(names)) - 10, "grid": True},
        "scale": {"type": "point", "padding": 0.4},
    }
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [-0.1, 1.1]}}
    colour = {
        "field": "part",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(QUARTERS), "range": list(reversed(SEQUENCE))},
    }
    lines = {
        "data": {"values": rows},
        "mark": {"type": "line", "opacity": 0.6, "strokeWidth": 1.5},
        "encoding": {
            "x": x,
            "y": y,
            "color": colour,
            "detail": {"field": "trial", "type": "nominal"},
            "description": {"field": "label", "type": "nominal"},
        },
    }
    words = {
        "data": {"values": ends},
        "mark": {"type": "text", "color": INK, "fontSize": 10},
        "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
    }
    return {**HOUSE, "width": _WIDE, "height": 260, "layer": [lines, words]}


#: What the colours of the lines mean, the best first.
QUARTERS = ("best quarter", "second", "third", "worst quarter")


def front(result: TuneResult) -> dict[str, Any]:
    """Return the first two objectives of the finished trials, and those that none beats."""
    first, second = result.goals.objectives[:2]
    able = [trial for trial in result.trials if trial.state == TrialState.COMPLETE]
    rows = [_row(trial, first, x=trial.figures[second.name], y=trial.figures[first.name]) for trial in able]
    edge = sorted(
        ({"x": t.figures[second.name], "y": t.figures[first.name]} for t in result.front), key=lambda r: r["x"]
    )
    x = {
        "field": "x",
        "type": "quantitative",
        "scale": {"zero": False, "padding": 6},
        "axis": {"title": figure_label(second.name), "grid": False},
    }
    y = _objective_axis(first, [])  # all of the front is to be seen
    line = {
        "data": {"values": edge},
        "mark": {"type": "line", "interpolate": "step-after", "color": PALETTE[1], "point": {"color": PALETTE[1]}},
        "encoding": {"x": x, "y": y},
    }
    return {**HOUSE, "width": _WIDE, "height": 220, "layer": [_points(rows, x, y), line]}


def _row(trial: TunedTrial, goal: Objective, **place: Any) -> dict[str, Any]:
    said = f"trial {trial.number}, {trial.state}: {figure_label(goal.name)} {number(trial.figures[goal.name])}"
    return {**place, "state": trial.state, "trial": trial.number, "label": said}


def _points(
    rows: Sequence[Mapping[str, Any]], x: Mapping[str, Any], y: Mapping[str, Any], best: int | None = None
) -> dict[str, Any]:
    colour: dict[str, Any] = {"condition": {"test": "datum.state == 'complete'", "value": PALETTE[0]}, "value": QUIET}
    if best is not None:
        colour["condition"] = [{"test": f"datum.trial == {best}", "value": PALETTE[1]}, colour["condition"]]
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "circle", "size": 36, "opacity": 0.8, "clip": True},
        "encoding": {"x": x, "y": y, "color": colour, "description": {"field": "label", "type": "nominal"}},
    }


def _objective_axis(goal: Objective, values: Sequence[float]) -> dict[str, Any]:
    """Return the axis of an objective: a few hopeless trials do not squeeze all others into a line."""
    scale: dict[str, Any] = {"zero": False}
    ordered = sorted(values, key=goal.loss)
    if len(ordered) >= ENOUGH_TO_CUT:
        kept = ordered[: math.ceil(_SHOWN * len(ordered))]
        low, high = min(kept), max(kept)
        margin = 0.06 * (high - low) or abs(high) * 0.01 or 1.0
        scale |= {"domain": [low - margin, high + margin], "nice": False}
    axis = {"title": figure_label(goal.name), "tickCount": 4, "gridColor": RULE}
    return {"field": "y", "type": "quantitative", "scale": scale, "axis": axis}


def _axis_value(dimension: Range, value: float) -> float:
    return 1.0 - value if dimension.scale is Scale.REVERSE_LOG else value


def _title(name: str, dimension: Range | Values) -> str:
    reverse = isinstance(dimension, Range) and dimension.scale is Scale.REVERSE_LOG
    return f"1 − {name}" if reverse else name  # noqa: RUF001 - a minus sign


def _height(dimension: Range | Values, value: Any) -> float:
    if isinstance(dimension, Range):
        return dimension.position(value)
    return dimension.encode(value) / max(1, len(dimension.values) - 1)


def _ends(dimension: Range | Values) -> tuple[str, str]:
    if isinstance(dimension, Range):
        return number(dimension.low), number(dimension.high)
    return _short(dimension.values[0]), _short(dimension.values[-1])


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _quarters(count: int) -> list[str]:
    return [QUARTERS[min(3, 4 * place // max(1, count))] for place in range(count)]
