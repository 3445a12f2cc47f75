"""The charts of an evaluation, as SVG.

Every chart shows its intervals. Data goes in as values under fixed names, so that no label of the data can be taken for
an expression, and the renderer escapes texts.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clew.core.html import INK, PALETTE, QUIET, RULE
from clew.core.svg import svg_of

if TYPE_CHECKING:
    from altair import Chart, LayerChart

    from clew.core.predictions import Predictions
    from clew.evaluation.calibration import Calibration
    from clew.evaluation.confusion import Confusion
    from clew.evaluation.curves import Curve, Threshold
    from clew.evaluation.importance import Importance
    from clew.evaluation.residuals import Residuals

#: Width and height of a chart in a card, in pixels of the drawing.
_WIDTH, _HEIGHT = 420, 300
#: Features shown as bars, labels up to which cells carry numbers, rows drawn as points.
_MAX_BARS, _MAX_NUMBERED, _MAX_DOTS = 25, 12, 1_500
#: Rows whose intervals are drawn side by side.
_MAX_BARS_OF_ROWS = 120
_CHARACTERS = 28


def roc_chart(curves: Sequence["Curve"]) -> str:
    """Draw ROC curves over the diagonal of chance."""
    return _curves_chart(curves, "False positive rate", "True positive rate", diagonal=True)


def pr_chart(curves: Sequence["Curve"]) -> str:
    """Draw precision-recall curves."""
    return _curves_chart(curves, "Recall", "Precision", diagonal=False)


def _curves_chart(curves: Sequence["Curve"], x: str, y: str, *, diagonal: bool) -> str:
    import altair as alt

    names = [_short(curve.label) for curve in curves]
    points = [
        {"x": float(px), "y": float(py), "label": name, "order": order}
        for name, curve in zip(names, curves, strict=True)
        for order, (px, py) in enumerate(zip(curve.x, curve.y, strict=True))
    ]
    several = len(curves) > 1
    legend = _legend_below() if several else None
    lines = (
        alt.Chart(alt.InlineData(values=points))
        .mark_line(strokeWidth=2, interpolate="linear" if diagonal else "step-before")
        .encode(
            x=_share_axis("x:Q", x),
            y=_share_axis("y:Q", y),
            color=alt.Color("label:N", sort=names, legend=legend, scale=alt.Scale(domain=names, range=[*PALETTE])),
            order="order:Q",
        )
    )
    return _svg(_diagonal() + lines if diagonal else lines)


def threshold_chart(thresholds: Sequence["Threshold"]) -> str:
    """Draw precision, recall and F1 over the decision threshold, each with its interval as a band."""
    import altair as alt

    names = ["Precision", "Recall", "F1"]
    values = [
        {"x": item.threshold, "name": name, "value": figure.value, "low": figure.low, "high": figure.high}
        for item in thresholds
        for name, figure in zip(names, (item.precision, item.recall, item.f1), strict=True)
        if np.isfinite(figure.value)
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=_share_axis("x:Q", "Decision threshold"),
        color=alt.Color(
            "name:N", sort=names, scale=alt.Scale(domain=names, range=[*PALETTE[:3]]), legend=_legend_below()
        ),
    )
    bands = base.mark_area(opacity=0.18).encode(y=_share_axis("low:Q", "Share"), y2="high:Q")
    own = [{"x": item.threshold} for item in thresholds if item.chosen]
    rule = alt.Chart(alt.InlineData(values=own)).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="x:Q")
    return _svg(bands + base.mark_line(strokeWidth=2).encode(y="value:Q") + rule)


def calibration_chart(calibration: "Calibration") -> str:
    """Draw what came true over what was predicted, with Wilson's intervals as whiskers."""
    import altair as alt

    values = [
        {"x": item.predicted, "value": item.observed.value, "low": item.observed.low, "high": item.observed.high,
         "told": f"predicted {item.predicted:.3f}, observed {item.observed.value:.3f} "
                 f"({item.observed.low:.3f} to {item.observed.high:.3f}), {item.observed.rows} rows"}
        for item in calibration.bins
        if np.isfinite(item.observed.value)
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=values)).encode(x=_share_axis("x:Q", "Mean predicted probability"))
    whiskers = base.mark_rule(color=PALETTE[0], strokeWidth=1.5).encode(
        y=_share_axis("low:Q", "Share that came true"), y2="high:Q"
    )
    line = base.mark_line(color=PALETTE[0], strokeWidth=1.5, opacity=0.6).encode(y="value:Q")
    points = base.mark_point(color=PALETTE[0], fill=PALETTE[0], size=45, opacity=1).encode(
        y="value:Q", description="told:N"
    )
    return _svg(_diagonal() + line + whiskers + points)


def confusion_chart(confusion: "Confusion") -> str:
    """Draw the confusion matrix: the darker, the larger the share of its line."""
    import altair as alt

    names = _distinct([_short(label, 18) for label in confusion.labels])
    names += [f"{confusion.merged} others"] if confusion.merged else []
    counts, shares = confusion.counts, np.nan_to_num(confusion.shares)
    # Labels that occur on neither side would be empty lines.
    kept = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1) > 0)
    values = [
        {"truth": names[i], "said": names[j], "share": float(shares[i, j]),
         "text": f"{counts[i, j]:,.6g}", "told": f"{names[i]} predicted as {names[j]}: {counts[i, j]:,.6g}"}
        for i in kept
        for j in kept
    ]  # fmt: skip
    shown = [names[i] for i in kept]
    size = {"width": 340, "height": int(np.clip(len(shown) * 44, 120, 340))}
    angle = -35 if sum(map(len, shown)) > 30 else 0
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("said:N", sort=shown, title="Predicted", axis=alt.Axis(labelAngle=angle)),
        y=alt.Y("truth:N", sort=shown, title="True"),
    )
    opacity = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 0.38]), legend=None)
    cells = base.mark_rect(color=PALETTE[0]).encode(opacity=opacity, description="told:N")
    if len(shown) > _MAX_NUMBERED:
        return _svg(cells, **size)
    return _svg(cells + base.mark_text(color=INK, fontSize=12, fontWeight=600).encode(text="text:N"), **size)


def importance_chart(importance: "Importance") -> str:
    """Draw the importance of raw columns as bars with whiskers."""
    import altair as alt

    top = importance.features[:_MAX_BARS]
    names = _distinct([_short(item.feature) for item in top])
    values = [
        {"name": name, "value": item.value, "low": item.low, "high": item.high,
         "told": f"{name}: {item.value:.4g} ({item.low:.4g} to {item.high:.4g})"}
        for name, item in zip(names, top, strict=True)
        if np.isfinite(item.value)
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=values)).encode(y=alt.Y("name:N", sort=names, title=None))
    axis = alt.X("value:Q", title=f"Loss of {importance.metric} when shuffled", axis=alt.Axis(tickCount=5))
    bars = base.mark_bar(color=PALETTE[0], opacity=0.75, height=11).encode(x=axis, description="told:N")
    whiskers = base.mark_rule(color=INK, strokeWidth=1.2).encode(x="low:Q", x2="high:Q")
    return _svg(bars + whiskers, width=330, height=max(60, 24 * len(values)))


def scatter_chart(predictions: "Predictions") -> str:
    """Draw truth over prediction, a fixed sample of at most 1 500 rows, with the line of perfect answers."""
    import altair as alt

    truth = np.asarray(predictions.truth, dtype=np.float64)
    predicted = np.asarray(predictions.prediction, dtype=np.float64)
    rows = np.arange(len(truth))
    if len(rows) > _MAX_DOTS:
        rows = np.random.default_rng(0).choice(rows, _MAX_DOTS, replace=False)
    values = [{"x": float(predicted[row]), "y": float(truth[row])} for row in rows]
    ends = [float(min(truth[rows].min(), predicted[rows].min())), float(max(truth[rows].max(), predicted[rows].max()))]
    line = alt.Chart(alt.InlineData(values=[{"x": end, "y": end} for end in ends])).mark_line(
        color=QUIET, strokeDash=[4, 3], strokeWidth=1.5
    )
    dots = alt.Chart(alt.InlineData(values=values)).mark_circle(color=PALETTE[0], size=14, opacity=0.35, aria=False)
    scale = alt.Scale(zero=False, nice=True)
    axes = {
        "x": alt.X("x:Q", title="Predicted", scale=scale, axis=alt.Axis(tickCount=6)),
        "y": alt.Y("y:Q", title="True", scale=scale, axis=alt.Axis(tickCount=6)),
    }
    return _svg(dots.encode(**axes) + line.encode(**axes))


def interval_chart(predictions: "Predictions") -> str:
    """Draw the intervals of a fixed sample of at most 120 rows by prediction, with the truth in or outside of them."""
    import altair as alt

    numbers = (predictions.truth, predictions.prediction, predictions.low, predictions.high)
    truth, predicted, low, high = (np.asarray(values, dtype=np.float64) for values in numbers)
    rows = np.arange(len(truth))
    if len(rows) > _MAX_BARS_OF_ROWS:
        rows = np.random.default_rng(0).choice(rows, _MAX_BARS_OF_ROWS, replace=False)
    rows = rows[np.argsort(predicted[rows], kind="stable")]
    values = [
        {"x": place, "low": float(low[row]), "high": float(high[row]), "y": float(truth[row]),
         "colour": PALETTE[0] if low[row] <= truth[row] <= high[row] else PALETTE[1]}
        for place, row in enumerate(rows)
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("x:Q", title="Rows by prediction", axis=alt.Axis(labels=False, ticks=False, grid=False))
    )
    bars = base.mark_rule(color=QUIET, strokeWidth=2, opacity=0.6).encode(
        y=alt.Y("low:Q", title="Interval and truth", scale=alt.Scale(zero=False)), y2="high:Q"
    )
    dots = base.mark_circle(size=20, opacity=1, aria=False).encode(y="y:Q", color=alt.Color("colour:N", scale=None))
    return _svg(bars + dots)


def residual_chart(residuals: "Residuals") -> str:
    """Draw the mean residual of each tenth of the rows by prediction, with its interval."""
    import altair as alt

    values = [
        {"x": item.predicted, "value": item.residual.value, "low": item.residual.low, "high": item.residual.high,
         "told": f"predicted {item.predicted:.4g}: mean residual {item.residual.value:.4g} "
                 f"({item.residual.low:.4g} to {item.residual.high:.4g}), {item.residual.rows} rows"}
        for item in residuals.deciles
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("x:Q", title="Mean prediction", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    )
    zero = alt.Chart(alt.InlineData(values=[{"y": 0}])).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y="y:Q")
    whiskers = base.mark_rule(color=PALETTE[0], strokeWidth=1.5).encode(
        y=alt.Y("low:Q", title="Mean residual (true minus predicted)"), y2="high:Q"
    )
    points = base.mark_point(color=PALETTE[0], fill=PALETTE[0], size=45, opacity=1).encode(
        y="value:Q", description="told:N"
    )
    return _svg(zero + whiskers + points)


def _share_axis(field: str, title: str) -> Any:
    import altair as alt

    channel = alt.X if field.startswith("x") else alt.Y
    return channel(field, title=title, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1]))


def _legend_below() -> Any:
    import altair as alt

    # Labels are shown in another font than they are measured in, so columns keep some distance.
    return alt.Legend(
        title=None, orient="bottom", columns=3, columnPadding=28, symbolType="stroke", symbolOpacity=1, labelLimit=110
    )


def _diagonal() -> "Chart":
    import altair as alt

    ends: Chart = alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
    line: Chart = ends.mark_line(color=QUIET, strokeDash=[4, 3], strokeWidth=1.5).encode(x="x:Q", y="y:Q")
    return line


def _short(label: object, characters: int = _CHARACTERS) -> str:
    text = str(label)
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _distinct(names: list[str]) -> list[str]:
    """Add numbers to names that became equal when they were shortened."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def _svg(chart: "Chart | LayerChart", *, width: int = _WIDTH, height: int = _HEIGHT) -> str:
    """Render a chart in the colours of the report, without any network."""
    sized = chart.properties(width=width, height=height)
    specification = sized.to_dict()
    specification["config"] = {
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {
            "domainColor": RULE, "tickColor": RULE, "gridColor": RULE, "gridOpacity": 0.6,
            "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11, "titleFontSize": 12,
        },
        "legend": {"labelColor": INK, "labelFontSize": 12, "symbolStrokeWidth": 2},
    }  # fmt: skip
    return svg_of(specification)
