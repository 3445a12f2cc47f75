"""The model card: one page in Markdown that says what a model is for, how good it is and where it ends.

The headings follow Mitchell et al. (2019, *Model Cards for Model Reporting*).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clew.core.readable import number, percent
from clew.core.schema import Column
from clew.deploy.manifest import Manifest
from clew.explore.statistics import ColumnStatistics, TableStatistics

#: More features are counted, not listed.
_MOST_FEATURES = 100


def write_card(
    manifest: Manifest, *, baseline: TableStatistics | None = None, evaluation: Mapping[str, Any] | None = None
) -> str:
    """Write the card of a model.

    Parameters
    ----------
    manifest : Manifest
        What the bundle is.
    baseline : TableStatistics, optional
        Of the training rows.
    evaluation : mapping, optional
        As of ``Evaluation.to_dict``; its `metrics` are listed.

    Returns
    -------
    str
        Markdown; texts from data are escaped.
    """
    problem = manifest.problem
    parts = [
        f"# Model card: {_text(problem.target)}",
        "## What it is for",
        *([_text(problem.question)] if problem.question else []),
        f"It predicts `{_code(problem.target)}` ({problem.task.value}){_classes(manifest)}.",
        "## What it was trained on",
        _rows(baseline),
        *_lineage(manifest),
        "## How good it is",
        *_metrics(manifest, evaluation),
        *_intervals(manifest),
        "## How it was made",
        _made(manifest),
        _table(
            ("member", "algorithm", "weight"),
            (
                (_text(member.name), member.algorithm, number(share))
                for member, share in zip(manifest.members, manifest.shares, strict=True)
            ),
        ),
        *_proven(manifest),
        "## What it reads",
        *_features(manifest, baseline),
        "## Where it ends",
        *_limits(manifest, evaluation),
        "## Versions",
        ", ".join(f"{name} {found}" for name, found in {"clew": manifest.clew, **manifest.libraries}.items())
        + f"; bundle format {manifest.format}; model id `{manifest.model_id[:16]}`.",
    ]
    return "\n\n".join(parts) + "\n"


def _made(manifest: Manifest) -> str:
    members = f"An ensemble of {len(manifest.members)}" if len(manifest.members) > 1 else "One model"
    parts = [f"{members}, chosen by {manifest.problem.metric}, from raw rows through a fitted recipe."]
    if manifest.pool is not None:
        parts.append("A second layer puts the members' answers together.")
    if manifest.calibrator is not None:
        parts.append(f"Its probabilities are calibrated ({manifest.calibrator.kind}).")
    return " ".join(parts)


def _proven(manifest: Manifest) -> list[str]:
    """Say what was proven of the demands of the domain model when the model was made."""
    constraints = manifest.metadata.get("constraints")
    if not isinstance(constraints, Mapping):
        return []
    lines = [
        f"- {item['declared']} in `{_code(item['column'])}`: broken for {item['broken']} of {item['rows']} rows, "
        f"each at {item['values']} values of it"
        for item in constraints["monotone"]
    ]
    unused = constraints["unused"]
    changed = ", ".join(f"`{_code(name)}`" for name in unused["changed"])
    lines += [
        f"- `{_code(name)}` {_text(why)}: no bit of the answers for {unused['rows']} rows changed with it"
        for name, why in unused["columns"].items()
        if name not in unused["changed"]
    ]
    return ["Proven when it was made:", "\n".join([*lines, *([f"- **answers follow {changed}**"] if changed else [])])]


def _classes(manifest: Manifest) -> str:
    problem = manifest.problem
    if not problem.classes:
        return ""
    shown = ", ".join(f"`{_code(label)}`" for label in problem.classes[:20])
    more = " …" if len(problem.classes) > 20 else ""
    if problem.positive is None:
        return f", one of {shown}{more}"
    return f", one of {shown}; `{_code(problem.positive)}` from a probability of {number(manifest.threshold)} on"


def _rows(baseline: TableStatistics | None) -> str:
    if baseline is None:
        return "The bundle holds no statistics of the training rows."
    return f"{number(baseline.rows)} rows, {len(baseline.columns)} columns."


def _lineage(manifest: Manifest) -> list[str]:
    return ["\n".join(f"- {_text(key)}: {_text(value)}" for key, value in manifest.lineage.items())] * bool(
        manifest.lineage
    )


def _metrics(manifest: Manifest, evaluation: Mapping[str, Any] | None) -> list[str]:
    metrics = (evaluation or {}).get("metrics") or {}
    if metrics:
        return ["On rows that it has not learnt from, with 95 % intervals:", _figures(metrics)]
    score = manifest.metadata.get("score")
    if not isinstance(score, Mapping):
        return ["It has not been evaluated on rows that it has not seen."]
    source = _text(manifest.metadata.get("score_from", "training"))
    return [
        f"As training estimates it ({source}), with 95 % intervals; it has not been evaluated on further rows.",
        _figures({manifest.problem.metric: score}),
    ]


def _intervals(manifest: Manifest) -> list[str]:
    told = manifest.metadata.get("intervals")
    if not isinstance(told, Mapping):
        return []
    share, covered = told["share"], told["coverage"]
    sentence = (
        f"Intervals for {share:.0%} of rows held the truth of {covered['value']:.1%} of {number(covered['rows'])} rows "
        f"held out; they are {number(told['width'])} wide on average."
    )
    return [sentence]


def _figures(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    rows = (
        (name, number(item["value"]), f"{number(item['low'])} to {number(item['high'])}", number(item["rows"]))
        for name, item in metrics.items()
    )
    return _table(("metric", "value", "95 %", "rows"), rows)


def _features(manifest: Manifest, baseline: TableStatistics | None) -> list[str]:
    listed = manifest.features[:_MOST_FEATURES]
    rows = (
        _feature(manifest.schema[name], baseline.columns.get(name) if baseline is not None else None) for name in listed
    )
    table = _table(("column", "kind", "unit", "seen in training", "missing"), rows)
    more = len(manifest.features) - len(listed)
    return [table, *([f"… and {more} more columns."] if more else [])]


def _feature(column: Column, seen: ColumnStatistics | None) -> tuple[str, ...]:
    span = ""
    if seen is not None and seen.minimum is not None:
        low, high = (number(v) if isinstance(v, int | float) else _text(v) for v in (seen.minimum, seen.maximum))
        span = f"{low} to {high}"
    elif seen is not None and seen.distinct is not None:
        span = f"{number(seen.distinct)} values"
    missing = percent(seen.missing_share) if seen is not None else ""
    return (f"`{_code(column.name)}`", column.kind.value, _text(column.unit or ""), span, missing)


def _limits(manifest: Manifest, evaluation: Mapping[str, Any] | None) -> list[str]:
    lines = [
        "- It knows rows like those it was trained on. `clew monitor` says when later rows differ from them.",
        "- A value that it has never seen counts as unknown, a number beyond the range above is extrapolated.",
    ]
    if not manifest.online:
        lines.append(
            f"- One row cannot be predicted by itself: the step `{_code(manifest.offline_step)}` needs its table."
        )
    lines += [f"- Rule: {_text(rule.name)} (`{_code(rule.expression)}`)." for rule in manifest.rules]
    for finding in (evaluation or {}).get("findings") or []:
        lines.append(f"- {_text(finding.get('code', ''))} {_text(finding.get('detail', ''))}")
    return ["\n".join(lines)]


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(headers)} |", f"|{'---|' * len(headers)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _text(value: Any) -> str:
    """Escape what Markdown or HTML would take for markup."""
    text = " ".join(str(value).split())
    return "".join(f"\\{char}" if char in "\\`*[]<>#|" else char for char in text)


def _code(value: Any) -> str:
    """Put text between backticks, where only these and the bars of a table mean something."""
    return " ".join(str(value).split()).replace("`", "'").replace("|", "\\|")
