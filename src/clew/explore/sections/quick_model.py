"""The quick model: its figures with intervals, its classes, and what it mixes up."""

import math
from collections.abc import Mapping

from clew.core.html import Html, Section, element, join, table
from clew.core.readable import number, percent
from clew.define.metrics import METRICS
from clew.explore.probe.quick_model import MAX_CONFUSED, QuickModel

_LABELS = {"mse": "MSE", "median_absolute_error": "Median absolute error", "max_error": "Largest error"}
_FEATURES = 10


def quick_model_section(model: QuickModel | None, anchors: Mapping[str, str]) -> Section | None:
    """Return the section; None without a quick model.

    Parameters
    ----------
    model : QuickModel, optional
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card.
    """
    if model is None:
        return None
    parts: list[Html] = [_metrics(model)]
    if model.classes:
        rows = (
            (str(item["label"]), item["rows"], item["precision"], item["recall"], item["f1"])
            for item in model.classes[:MAX_CONFUSED]
        )
        parts.append(table(("Class", "Rows", "Precision", "Recall", "F1"), rows, caption="Each class"))
        if 1 < len(model.classes) <= MAX_CONFUSED:
            parts.append(_confusion(model))
    parts.append(_gain(model, anchors))
    return Section("quick-model", "Quick model", element("div", *parts, class_="fit"), _lead(model))


def _lead(model: QuickModel) -> str:
    sampled = f", drawn from {model.sampled_from:,}," if model.rows < model.sampled_from and not model.forward else ""
    judged = (
        f"The latest fifth of the rows, {model.rows:,}, judged what the earlier ones taught"
        if model.forward
        else f"Each of {model.rows:,} rows{sampled} was judged by a model that learned from the other 80 %"
    )
    left = f" Left out, as they name the row or know the answer: {', '.join(model.left_out)}." if model.left_out else ""
    return (
        f"A floor of what can be achieved: LightGBM nearly as it comes, without preparation or tuning. {judged}; "
        f"intervals hold the figure of further such rows in 95 of 100 cases.{left}"
    )


def _metrics(model: QuickModel) -> Html:
    rows = [
        (_label(name), item.value, _known(item.low), _known(item.high), item.rows)
        for name, item in model.metrics.items()
    ]
    power = model.power
    words = (
        f"Together the features have a predictive power of {number(power.value, 3)} of 1; with a shuffled target it is "
        f"up to {number(power.chance, 2)} in 19 of 20 cases."
    )
    if model.positive is not None:
        words += f" Precision, recall and F1 are those of the class {model.positive}."
    return join((table(("Metric", "Value", "95 % from", "to", "Rows"), rows), element("p", words, class_="lead part")))


def _label(name: str) -> str:
    return METRICS[name].label if name in METRICS else _LABELS[name]


def _known(limit: float) -> float | None:
    return None if math.isnan(limit) else limit


def _confusion(model: QuickModel) -> Html:
    names = [item["label"] for item in model.classes]
    counted = {(item["truth"], item["prediction"]): item["rows"] for item in model.confusion}
    totals = {item["label"]: item["rows"] for item in model.classes}
    lines = []
    for truth in names:
        cells = []
        for said in names:
            count = counted.get((truth, said), 0)
            share = count / totals[truth] if totals[truth] else 0.0
            hit = "number hit" if truth == said else "number"
            style = f"--v:{60 * share:.0f}%"
            cells.append(element("td", f"{count:,}", class_=hit, style=style, title=percent(share)))
        lines.append(element("tr", element("th", str(truth), scope="row"), *cells))
    heads = [element("th", str(name), scope="col", class_="number") for name in names]
    content = element(
        "table",
        element("caption", "What it mixes up: rows by true class (down) and predicted class (across)"),
        element("thead", element("tr", element("th", "true \\ predicted", scope="col"), *heads)),
        element("tbody", *lines),
        class_="confusion",
    )
    return element("div", content, class_="scroll", tabindex="0", role="group", aria_label="Confusion matrix")


def _gain(model: QuickModel, anchors: Mapping[str, str]) -> Html:
    used = [(name, share) for name, share in model.gain.items() if share > 0][:_FEATURES]
    listed = []
    for position, (name, share) in enumerate(used):
        shown = element("a", name, href=f"#{anchors[name]}") if name in anchors else element("span", name)
        listed.append(element("span", *([", "] if position else []), shown, f" {percent(share)}"))
    return element("p", "What the splits gained most from: ", *listed, ".", class_="lead part")
