"""From answers to the body of a reply, in each media type and with as much detail as was asked for."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clew.core.errors import UsageError, did_you_mean
from clew.deploy.answer import Answer, label_text
from clew.deploy.errors import RequestError
from clew.deploy.media import CSV, JSON_LINES
from clew.train.spread import interval_levels

#: What a caller may pick per row with ``?output=…``; the names are those of SageMaker's selectable inference.
SELECTABLE = ("predicted_label", "predicted_score", "probability", "probabilities", "labels")


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a reply says about each row.

    Parameters
    ----------
    probabilities : bool, default False
        Objects with the prediction and the probability of each class (``?detail=1``).
    keys : tuple of str
        Only these keys, from `SELECTABLE` (``?output=predicted_label,probability``).
    interval : float, optional
        Objects with the numbers between which so many truths lie, too (``?interval=0.9``).
    """

    probabilities: bool = False
    keys: tuple[str, ...] = ()
    interval: float | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Detail":
        """Read it from the query of the address.

        Raises
        ------
        RequestError
            400 if a value is none of those that exist.
        """
        wish = query.get("detail", "0").lower()
        if wish not in {"0", "1", "false", "true"}:
            raise RequestError(
                400, f"The query has detail={wish!r}.", hint="Use detail=1 for probabilities, or leave it out."
            )
        keys = tuple(key.strip() for key in query.get("output", "").split(",") if key.strip())
        for key in keys:
            if key not in SELECTABLE:
                raise RequestError(400, f"The query asks for the output {key!r}.", hint=did_you_mean(key, SELECTABLE))
        share = _share(query.get("interval"))
        if keys and share is not None:
            raise RequestError(
                400, "The query has both output= and interval=.", hint="Leave one out: an interval comes by itself."
            )
        return cls(wish in {"1", "true"}, keys, share)


def _share(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = float(text)
        interval_levels(share)
    except (ValueError, UsageError):
        raise RequestError(
            400, f"The query has interval={text!r}.", hint="Use a number from 0.01 to 0.99, e.g. interval=0.9."
        ) from None
    return share


def render(answer: Answer, media: str, detail: Detail) -> bytes:
    """Write an answer.

    Parameters
    ----------
    answer : Answer
        What the model said.
    media : str
        One of `clew.deploy.media.SUPPORTED`.
    detail : Detail
        How much is said about each row.

    Returns
    -------
    bytes
        UTF-8. JSON is one object ``{"predictions": [...]}``; CSV one line a row without a header, the prediction (and
        with detail the probabilities in the order of the classes, with an interval both ends); JSON Lines one object a
        line.
    """
    if media == CSV:
        return _csv(answer, detail)
    if media == JSON_LINES:
        return b"".join(_dump(row) + b"\n" for row in _objects(answer, detail))
    plain = not detail.probabilities and not detail.keys and answer.intervals is None
    return _dump({"predictions": answer.predictions if plain else _objects(answer, detail)})


def _objects(answer: Answer, detail: Detail) -> list[dict[str, Any]]:
    if detail.keys:
        return [{key: _PICK[key](answer, row) for key in detail.keys} for row in range(len(answer))]
    if answer.intervals is not None:
        return [
            {"prediction": prediction, "low": low, "high": high}
            for prediction, (low, high) in zip(answer.predictions, answer.intervals, strict=True)
        ]
    if not detail.probabilities or answer.probabilities is None:
        return [{"prediction": prediction} for prediction in answer.predictions]
    names = [label_text(label) for label in answer.classes]
    return [
        {"prediction": prediction, "probabilities": dict(zip(names, row, strict=True))}
        for prediction, row in zip(answer.predictions, answer.probabilities, strict=True)
    ]


def _probability(answer: Answer, row: int) -> float | None:
    """Return the probability of the predicted class."""
    if answer.probabilities is None:
        return None
    return answer.probabilities[row][answer.classes.index(answer.predictions[row])]


_PICK: Mapping[str, Callable[[Answer, int], Any]] = {
    "predicted_label": lambda answer, row: answer.predictions[row] if answer.classes else None,
    "predicted_score": lambda answer, row: answer.predictions[row] if not answer.classes else _probability(answer, row),
    "probability": _probability,
    "probabilities": lambda answer, row: answer.probabilities[row] if answer.probabilities is not None else None,
    "labels": lambda answer, _row: list(answer.classes) if answer.classes else None,
}


def _csv(answer: Answer, detail: Detail) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    if detail.keys:
        for picked in _objects(answer, detail):
            writer.writerow(
                _dump(value).decode() if isinstance(value, list) else _cell(value) for value in picked.values()
            )
        return out.getvalue().encode()
    probabilities = answer.probabilities if detail.probabilities else None
    beside = probabilities or answer.intervals
    for row, prediction in enumerate(answer.predictions):
        writer.writerow([_cell(prediction), *(beside[row] if beside else ())])
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    return label_text(value) if isinstance(value, bool) else value


def _dump(value: Any) -> bytes:
    """Write JSON, which has no infinite numbers: a value that is none becomes null."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
