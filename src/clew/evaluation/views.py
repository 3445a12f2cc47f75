"""Parts of an evaluation for a notebook: each drawn as in the report."""

import math
from typing import TYPE_CHECKING

from clew.core.excerpt import cut, lines, many
from clew.core.html import Html, chart, element, fragment
from clew.core.readable import number, percent
from clew.define.metrics import METRICS
from clew.define.uncertainty import Interval
from clew.evaluation import charts

if TYPE_CHECKING:
    from clew.evaluation.calibration import Calibration
    from clew.evaluation.confusion import Confusion
    from clew.evaluation.coverage import Coverage
    from clew.evaluation.curves import Curves
    from clew.evaluation.importance import Importance
    from clew.evaluation.residuals import Residuals


def confusion_view(found: "Confusion") -> str:
    """Return truth against prediction, and the figures of each class."""
    unit = "Weights of rows" if found.weighted else "Numbers of rows"
    drawing = chart(charts.confusion_chart(found), label="Confusion matrix", caption=f"{unit}; truth in lines.")
    classes = ((cut(item.label), item.rows, _share(item.precision), _share(item.recall)) for item in found.classes)
    listed = lines(("Class", "Rows", "Precision", "Recall"), classes, len(found.classes), "class", where=".classes")
    return fragment(element("h3", "Confusion"), drawing, listed, title="Confusion")


def calibration_view(found: "Calibration") -> str:
    """Return whether probabilities come true as often as they say."""
    told = f"Expected calibration error {_figure(found.error)}; chance alone would show up to {number(found.chance)}"
    drawing = chart(charts.calibration_chart(found), label="Reliability diagram", caption=told)
    return fragment(element("h3", "Calibration"), drawing, title="Calibration")


def curves_view(found: "Curves") -> str:
    """Return the ROC and the precision-recall curves."""
    if not found.roc:
        return fragment(element("p", "No curve can be measured: there is one class only.", class_="empty"))
    drawings = (("ROC curve", charts.roc_chart(found.roc)), ("Precision-recall curve", charts.pr_chart(found.pr)))
    cards = (
        element("article", element("h3", title), chart(svg, label=title), class_="card") for title, svg in drawings
    )
    return fragment(element("div", *cards, class_="cards"), title="Curves")


def importance_view(found: "Importance") -> str:
    """Return by how much the metric gets worse when a column is shuffled."""
    label = METRICS[found.metric].label if found.metric in METRICS else found.metric
    told = f"Loss of {label} when a column is shuffled: {found.repeats} shuffles of {many(found.rows, 'row')}"
    if not found.features:
        return fragment(element("p", "No column was shuffled.", class_="empty"), title="Importance")
    drawing = chart(charts.importance_chart(found), label="Permutation importance", caption=f"{told}; 95 % limits.")
    return fragment(element("h3", "Importance"), drawing, title="Importance")


def residuals_view(found: "Residuals") -> str:
    """Return truth minus prediction, along the prediction."""
    told = f"Mean residual {_figure(found.mean)}"
    drawing = chart(charts.residual_chart(found), label="Mean residual by prediction", caption=told)
    shares = ((percent(share), value) for share, value in found.quantiles)
    listed = lines(("Share of rows below", "Residual"), shares, len(found.quantiles), "quantile", where=".quantiles")
    return fragment(element("h3", "Residuals"), drawing, listed, title="Residuals")


def coverage_view(found: "Coverage") -> str:
    """Return how often intervals hold the truth, from narrow to wide ones."""
    told = f"Asked for {100 * found.share:g} %; mean width {number(found.width)}"
    listed = lines(
        ("Mean width", "Inside", "Rows"),
        ((item.width, _share(item.inside), item.inside.rows) for item in found.bins),
        len(found.bins),
        "bin",
        where=".bins",
    )
    return fragment(element("h3", "Intervals"), element("p", told), _share(found.inside), listed, title="Intervals")


def _figure(found: Interval) -> str:
    limits = f"{number(found.low)} to {number(found.high)}, " if math.isfinite(found.low) else ""
    return f"{number(found.value)} (95 %: {limits}{many(found.rows, 'row')})"


def _share(found: Interval) -> Html:
    if not math.isfinite(found.value):
        return element("span", number(None))
    limits = f" {percent(found.low)} to {percent(found.high)}"
    return element("span", percent(found.value), element("small", limits), class_="word")
