"""The report of an evaluation: one HTML file, or a summary for a notebook."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from clew.core.excerpt import findings
from clew.core.finding import Severity
from clew.core.html import Html, Section, chart, element, finding_list, fragment, join, page, table, tiles
from clew.core.readable import number, percent
from clew.define.metrics import METRICS
from clew.define.uncertainty import Interval
from clew.evaluation import charts
from clew.evaluation.curves import Threshold

if TYPE_CHECKING:
    from clew.evaluation.result import Evaluation

_METHOD = """\
Limits are 95 % intervals: they hold the figure that further rows of the same kind would have, 95 times of 100.
For metrics, mean residuals and the calibration error they come from 200 bootstrap draws of the judged rows (of whole \
groups where rows belong to groups), with expanded percentiles; for shares of rows from Wilson's formula.
Rows are taken to be independent of each other. Where they follow one another in time, figures are less sure than \
their limits say.
The constant answer is the best one in hindsight: the most frequent label with the shares of the classes, or the mean \
(for MAE and MAPE the median) of the judged rows.\
"""


def render(evaluation: "Evaluation") -> str:
    """Return the report as an HTML document that needs nothing else."""
    target = f" of {evaluation.target}" if evaluation.target else ""
    sections = [
        Section("overview", "Overview", _overview(evaluation)),
        Section("findings", "Findings", finding_list(evaluation.findings)),
        Section("figures", "Figures", _figures(evaluation)),
        *_classification(evaluation),
        *_regression(evaluation),
        *_importance(evaluation),
        Section("method", "How to read this", join(element("p", line) for line in _METHOD.splitlines())),
    ]
    subtitle = f"{evaluation.task.value} task, {_rows(len(evaluation))} with known truth"
    return page(f"Evaluation{target}", sections, subtitle=subtitle)


def summary(evaluation: "Evaluation") -> str:
    """Return the overview, the figures and the findings for a notebook."""
    target = f" of {evaluation.target}" if evaluation.target else ""
    return fragment(
        element("h3", f"Evaluation{target}"),
        _overview(evaluation),
        _figures(evaluation),
        findings(evaluation.findings) or finding_list(()),
        title="Evaluation",
    )


def _overview(evaluation: "Evaluation") -> Html:
    score = evaluation.metrics[evaluation.metric]
    gain = evaluation.baseline.gain
    counts = {severity: sum(f.severity is severity for f in evaluation.findings) for severity in Severity}
    told = ", ".join(f"{count} {severity.value}" for severity, count in counts.items() if count) or "none"
    dropped = f"{evaluation.dropped:,} more without truth" if evaluation.dropped else "all with truth"
    items = [
        (_label(evaluation.metric), _shown(score.value), f"95 %: {_range(score)}; {_rows(score.rows)}"),
        ("Gain on a constant answer", _shown(gain.value), f"95 %: {_range(gain)}; in {evaluation.baseline.metric}"),
        ("Rows", number(len(evaluation)), dropped),
        ("Findings", number(len(evaluation.findings)), told),
    ]
    return tiles(items)


def _figures(evaluation: "Evaluation") -> Html:
    headers = ("Metric", "Value", "95 % from", "to", "Rows", "Constant answer", "Better when")
    rows = [
        (
            f"{_label(name)} (decides)" if name == evaluation.metric else _label(name),
            *_cells(interval),
            interval.rows,
            _or_none(evaluation.baseline.metrics.get(name, math.nan)),
            "higher" if METRICS[name].greater_is_better else "lower",
        )
        for name, interval in evaluation.metrics.items()
    ]
    return table(headers, rows)


def _classification(evaluation: "Evaluation") -> Iterable[Section]:
    if evaluation.curves is not None and evaluation.curves.roc:
        yield Section("curves", "Curves", _curves(evaluation), lead=_curve_lead(evaluation))
    if evaluation.thresholds:
        yield Section(
            "thresholds",
            "Decision threshold",
            _thresholds(evaluation),
            lead=f"What predicting {evaluation.predictions.positive!r} from each probability on would do.",
        )
    if evaluation.calibration is not None:
        yield Section("calibration", "Calibration", _calibration(evaluation), lead=_calibration_lead(evaluation))
    if evaluation.confusion is not None:
        yield Section("confusion", "Confusion", _confusion(evaluation), lead="Which labels are taken for which.")


def _curve_lead(evaluation: "Evaluation") -> str:
    if evaluation.predictions.positive is not None:
        return f"Positive is {evaluation.predictions.positive!r}."
    count = len(evaluation.curves.roc) if evaluation.curves else 0
    return f"Each class against the rest; the {count} most frequent of those that can be measured."


def _curves(evaluation: "Evaluation") -> Html:
    assert evaluation.curves is not None  # noqa: S101 - the section is only made where there are curves
    drawings = (
        ("ROC curve", "roc_auc", charts.roc_chart(evaluation.curves.roc)),
        ("Precision-recall curve", "pr_auc", charts.pr_chart(evaluation.curves.pr)),
    )
    return _cards(
        (title, chart(svg, label=title, caption=_told(name, evaluation.metrics[name]))) for title, name, svg in drawings
    )


def _told(name: str, interval: Interval) -> str:
    return f"{_label(name)} {_shown(interval.value)} (95 %: {_range(interval)}), {_rows(interval.rows)}"


def _thresholds(evaluation: "Evaluation") -> Html:
    drawing = chart(
        charts.threshold_chart(evaluation.thresholds),
        label="Precision, recall and F1 over the decision threshold",
        caption="Bands are 95 % limits; the dashed line is the model's own threshold.",
    )
    headers = ("Threshold", "Predicted positive", "Rows", "Precision", "Recall", "F1")
    rows = [
        (
            element("strong", f"{item.threshold:g}, the model's") if item.chosen else f"{item.threshold:g}",
            percent(item.predicted.value),
            item.precision.rows,
            *map(_share, (item.precision, item.recall, item.f1)),
        )
        for item in evaluation.thresholds
    ]
    cards = [("Over the threshold", drawing)]
    cards += [
        (f"From {item.threshold:g} on, as the model does", _at(item)) for item in evaluation.thresholds if item.chosen
    ]
    return join((_cards(cards), table(headers, rows)))


def _at(threshold: Threshold) -> Html:
    figures = (threshold.precision, threshold.recall, threshold.f1, threshold.predicted)
    labels = ("Precision", "Recall", "F1", "Predicted positive")
    return table(
        ("Figure", "Value", "Rows"),
        [(label, _share(figure), figure.rows) for label, figure in zip(labels, figures, strict=True)],
    )


def _calibration_lead(evaluation: "Evaluation") -> str:
    assert evaluation.calibration is not None  # noqa: S101 - the section is only made where it was measured
    what = (
        "the probability of the predicted label"
        if evaluation.calibration.of is None
        else f"the probability of {evaluation.calibration.of!r}"
    )
    return f"Whether {what} comes true as often as it says. On the dashed line it does."


def _calibration(evaluation: "Evaluation") -> Html:
    calibration = evaluation.calibration
    assert calibration is not None  # noqa: S101 - the section is only made where it was measured
    error = calibration.error
    caption = f"Expected calibration error {_shown(error.value)} (95 %: {_range(error)}), {_rows(error.rows)}; "
    caption += f"chance alone would show up to {_shown(calibration.chance)}"
    if "brier" in evaluation.metrics:
        caption += f"; {_told('brier', evaluation.metrics['brier'])}"
    drawing = chart(charts.calibration_chart(calibration), label="Reliability diagram", caption=caption)
    rows = [(percent(item.predicted), _share(item.observed), item.observed.rows) for item in calibration.bins]
    listed = table(("Mean probability", "Came true", "Rows"), rows)
    return _cards([("Reliability diagram", drawing), ("Bins of about as many rows", listed)])


def _confusion(evaluation: "Evaluation") -> Html:
    confusion = evaluation.confusion
    assert confusion is not None  # noqa: S101 - the section is only made for a classification
    unit = "Weights of rows" if confusion.weighted else "Numbers of rows"
    drawing = chart(
        charts.confusion_chart(confusion),
        label="Confusion matrix",
        caption=f"{unit}; the darker, the larger the share of the line. {_rows(len(evaluation))}.",
    )
    rows = [(str(item.label), item.rows, _share(item.precision), _share(item.recall)) for item in confusion.classes]
    listed = table(("Class", "Rows", "Precision", "Recall"), rows)
    return _cards([("Confusion matrix", drawing), ("Each class", listed)])


def _regression(evaluation: "Evaluation") -> Iterable[Section]:
    residuals = evaluation.residuals
    if residuals is None:
        return
    mean = residuals.mean
    drawings = (
        (
            "Truth over prediction",
            chart(
                charts.scatter_chart(evaluation.predictions),
                label="Truth over prediction",
                caption=f"{_told('rmse', evaluation.metrics['rmse'])}. At most 1,500 rows are drawn.",
            ),
        ),
        (
            "Residuals by prediction",
            chart(
                charts.residual_chart(residuals),
                label="Mean residual by prediction",
                caption=f"Mean residual {_shown(mean.value)} (95 %: {_range(mean)}), {_rows(mean.rows)}",
            ),
        ),
    )
    quantiles = table(
        ("Share of rows below", "Residual"), [(percent(share), value) for share, value in residuals.quantiles]
    )
    worst = table(
        ("Row", "True", "Predicted", "Residual"),
        [(str(miss.row), miss.true, miss.predicted, miss.residual) for miss in residuals.worst],
    )
    tables = (("Residuals", quantiles), ("Rows that are missed most", worst))
    lead = "Truth minus prediction: above 0 where the prediction is too low."
    yield Section("residuals", "Residuals", join((_cards(drawings), _deciles(evaluation), _cards(tables))), lead=lead)
    if evaluation.coverage is not None:
        lead = "Whether the truth lies within the interval of an answer as often as was asked for."
        yield Section("intervals", "Intervals", _intervals(evaluation), lead=lead)


def _intervals(evaluation: "Evaluation") -> Html:
    coverage = evaluation.coverage
    assert coverage is not None  # noqa: S101 - the section is only made where it was measured
    drawing = chart(
        charts.interval_chart(evaluation.predictions),
        label="Intervals and truth",
        caption="Orange where the truth lies outside. At most 120 rows are drawn.",
    )
    asked = f"{100 * coverage.share:g} %"
    whole = table(
        (f"Intervals for {asked} of rows", "Share"),
        [
            (label, _share(share))
            for label, share in (
                ("Truth inside", coverage.inside),
                ("Truth below", coverage.below),
                ("Truth above", coverage.above),
            )
        ],
        caption=f"{_rows(coverage.inside.rows)}; mean width {number(coverage.width)}.",
    )
    parts = table(
        ("Mean width", "Truth inside", "Rows"),
        [(item.width, _share(item.inside), item.inside.rows) for item in coverage.bins],
    )
    cards = [("Intervals and truth", drawing), ("How often they hold", whole)]
    return _cards([*cards, ("From narrow to wide", parts)] if len(coverage.bins) > 1 else cards)


def _deciles(evaluation: "Evaluation") -> Html:
    assert evaluation.residuals is not None  # noqa: S101 - the section is only made for a regression
    headers = ("Mean prediction", "Mean truth", "Mean residual", "95 % from", "to", "MAE", "95 % from", "to", "Rows")
    rows = [
        (number(item.predicted), item.true, *_cells(item.residual), *_cells(item.absolute), item.residual.rows)
        for item in evaluation.residuals.deciles
    ]
    return table(headers, rows, caption="Tenths of the rows, by prediction")


def _importance(evaluation: "Evaluation") -> Iterable[Section]:
    importance = evaluation.importance
    if importance is None or not importance.features:
        return
    lead = (
        f"By how much {_label(importance.metric)} gets worse when a raw column is shuffled before the recipe: "
        f"{importance.repeats} shuffles of {_rows(importance.rows)}. Of columns that say the same, each may look "
        "unimportant."
    )
    drawing = chart(
        charts.importance_chart(importance),
        label="Permutation importance of raw columns",
        caption=f"Whiskers are 95 % limits over rows and shuffles. {_rows(importance.rows)}.",
    )
    figures = ((item.feature, (item.value, item.low, item.high)) for item in importance.features)
    rows = [(feature, *map(_or_none, limits)) for feature, limits in figures]
    listed = table(("Column", "Loss", "95 % from", "to"), rows)
    cards = _cards([("Importance", drawing), ("All columns", listed)])
    yield Section("importance", "What the model looks at", cards, lead=lead)


def _cards(parts: Iterable[tuple[str, Html]]) -> Html:
    cards = (element("article", element("h3", title), body, class_="card") for title, body in parts)
    return element("div", *cards, class_="cards")


def _label(metric: str) -> str:
    return METRICS[metric].label if metric in METRICS else metric


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shown(value: float) -> str:
    return number(_or_none(value))


def _range(interval: Interval) -> str:
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return "not known"
    return f"{number(interval.low)} to {number(interval.high)}"


def _cells(interval: Interval) -> tuple[float | None, float | None, float | None]:
    return _or_none(interval.value), _or_none(interval.low), _or_none(interval.high)


def _share(interval: Interval) -> Html:
    """Return a share with its limits, on one line."""
    if not math.isfinite(interval.value):
        return element("span", number(None))
    # Without the unit, which stands behind the value.
    low, high = (percent(limit).removesuffix(" %") for limit in (interval.low, interval.high))
    return element("span", f"{percent(interval.value)} ", element("small", f"{low} to {high}"), class_="number")
