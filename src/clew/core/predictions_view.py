"""Predictions for a notebook: what was said how often, and the first rows."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from clew.core.excerpt import NAMES, ROWS, cut, many, rest, rows
from clew.core.html import Html, bars, element, facts, fragment, tiles
from clew.core.readable import number, percent

if TYPE_CHECKING:
    from clew.core.predictions import Predictions

#: Predicted labels with a bar.
_BARS = 10


def predictions_view(said: "Predictions") -> str:
    """Return the answers for rows."""
    labelled = said.probabilities is not None or bool(said.classes)
    known = "with the truth beside" if said.truth is not None else "the truth is not known"
    return fragment(
        element("h3", "Predictions"),
        element("p", f"{many(len(said), 'row')}, {known}.", class_="lead"),
        *(_labels(said) if labelled else [_numbers(said)]),
        _first(said),
        title="Predictions",
    )


def _labels(said: "Predictions") -> Iterator[Html]:
    counted = Counter(map(str, said.prediction.tolist())).most_common()
    total = max(len(said), 1)
    yield bars(
        ((cut(label), count / total, percent(count / total)) for label, count in counted[:_BARS]),
        label="Share of the rows with each predicted label",
    )
    if more := rest(len(counted), _BARS, "label"):
        yield more


def _numbers(said: "Predictions") -> Html:
    values = said.prediction.astype(np.float64)
    if not len(values):
        return facts([("rows", "none")])
    low, quarter, half, third, high = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
    figures = (("minimum", low), ("25 %", quarter), ("median", half), ("75 %", third), ("maximum", high))
    return tiles((name, number(value)) for name, value in (("mean", float(values.mean())), *figures))


def _first(said: "Predictions") -> Html:
    classes = said.classes[:NAMES] if said.probabilities is not None else ()
    columns = [("row", ""), ("prediction", ""), *((cut(label, 24), "probability") for label in classes)]
    if said.share is not None:
        columns += [("low", ""), ("high", f"{percent(said.share)} within")]
    if said.truth is not None:
        columns.append(("truth", ""))
    return rows(columns, _rows(said, len(classes)), len(said))


def _rows(said: "Predictions", classes: int) -> Iterator[list[object]]:
    for place in range(min(len(said), ROWS)):
        row: list[object] = [str(place if said.row_id is None else said.row_id[place])]
        row.append(_plain(said.prediction[place]))
        if said.probabilities is not None:
            row.extend(map(float, said.probabilities[place, :classes]))
        if said.low is not None and said.high is not None:
            row += [float(said.low[place]), float(said.high[place])]
        if said.truth is not None:
            row.append(_plain(said.truth[place]))
        yield row


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
