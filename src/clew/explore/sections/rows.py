"""Rows to look at: of the target, odd ones, repeated ones, contradictions, suspected labels."""

from collections.abc import Mapping
from typing import Any

from clew.core.html import Html, Section, element, join, table
from clew.core.readable import number, part, percent
from clew.explore.insights import Insights
from clew.explore.target_rows import TargetRows

#: Columns of a repeated row that are shown, and characters of a value.
_COLUMNS, _CHARACTERS = 8, 40


def rows_section(seen: Insights, rows: int) -> Section | None:
    """Return the section; None where there is no row to show.

    Parameters
    ----------
    seen : Insights
        The numbers.
    rows : int
        Rows of the table.
    """
    built = (_target(seen.target), _labels(seen), _conflicts(seen), _anomalous(seen), _repeated(seen), _near(seen))
    parts = [found for found in built if found is not None]
    if not parts:
        return None
    lead = f"Rows are counted from 0 to {rows - 1:,}. What is odd is not always wrong."
    return Section("rows", "Rows to look at", join(parts), lead)


def _block(title: str, words: str, *content: object) -> Html:
    return element("div", element("h3", title), element("p", words, class_="lead"), *content, class_="part")


def _target(known: TargetRows | None) -> Html | None:
    if known is None:
        return None
    if known.labels:
        shown = [(_shown(item["label"]), item["rows"], percent(item["share"])) for item in known.labels]
        more = (known.label_count or 0) - len(shown)
        words = f"{known.label_count:,} classes; {_usable(known)}." + (
            f" The {more:,} rarer ones are not shown." if more > 0 else ""
        )
        return _block(f"Classes of {known.target}", words, table(("Class", "Rows", "Share"), shown))
    if known.low is None or known.high is None:
        return None
    words = (
        f"{_usable(known).capitalize()}. Outliers lie below {number(known.low)} or above {number(known.high)}, five "
        f"robust standard deviations from the median: {known.outliers:,}."
    )
    rows = [(str(item["row"]), item["value"]) for item in known.outlier_rows]
    extreme = table(("Row", known.target), rows, caption="The farthest") if rows else None
    return _block(f"Target {known.target}", words, extreme)


def _usable(known: TargetRows) -> str:
    if not known.invalid:
        return "every row has a usable target"
    some = ", ".join(map(str, known.invalid_rows[:5]))
    return f"{known.invalid:,} rows have no usable target, such as {some}"


def _labels(seen: Insights) -> Html | None:
    known = seen.labels
    if known is None or not known.suspects:
        return None
    words = (
        f"By confident learning, {part(known.count, known.rows)} of those judged bear a label that the features "
        "contradict. The least credible first."
    )
    rows = [
        (str(item["row"]), _shown(item["label"]), _shown(item["suggested"]), percent(item["confidence"]))
        for item in known.suspects
    ]
    return _block("Suspected labels", words, table(("Row", "Label", "Looks like", "Credibility"), rows))


def _conflicts(seen: Insights) -> Html | None:
    if seen.alike is None or not seen.alike.conflicts:
        return None
    rows = [
        (" and ".join(map(str, item["rows"])), " and ".join(map(_shown, item["targets"])))
        for item in seen.alike.conflicts
    ]
    words = f"Rows with the same features and another target than most of their kind: {seen.alike.conflicting:,}."
    return _block("Contradicting rows", words, table(("Rows", "Targets"), rows))


def _anomalous(seen: Insights) -> Html | None:
    known = seen.anomalous
    if known is None or not known.rows:
        return None
    sampled = f" of {known.sampled_from:,}, drawn at random" if known.scored < known.sampled_from else ""
    words = (
        f"An isolation forest scored {known.scored:,} rows{sampled}; below 0 is anomalous ({percent(known.below_zero)} "
        "of them). The lowest scores, and the columns without which the row would be less odd, with the gain in score."
    )
    rows = []
    for item in known.rows:
        reasons = [
            element(
                "div",
                element("code", reason["column"]),
                f" {_shown(reason['value'])}: {reason['usual']} ",
                element("small", f"+{reason['effect']:.2f}"),
            )
            for reason in item["reasons"]
        ]
        rows.append((str(item["row"]), round(item["score"], 3), join(reasons)))
    return _block("Anomalous rows", words, table(("Row", "Score", "Because of"), rows))


def _repeated(seen: Insights) -> Html | None:
    known = seen.duplicates
    if not known.frequent:
        return None
    words = (
        f"Equal to an earlier row in every column: {part(known.again, known.rows)}. They weigh more than others, and "
        "on both sides of a split they flatter a model, its tuning and the predictive power of features. The most "
        "frequent:"
    )
    names = list(known.frequent[0]["values"])
    rows = [
        (f"{item['times']:,}", ", ".join(map(str, item["rows"])), *_cells(item["values"], names[:_COLUMNS]))
        for item in known.frequent
    ]
    left = f"The first {_COLUMNS} of {len(names)} columns" if len(names) > _COLUMNS else ""
    return _block("Repeated rows", words, table(("Times", "Rows", *names[:_COLUMNS]), rows, caption=left))


def _near(seen: Insights) -> Html | None:
    if seen.alike is None or not seen.alike.pairs:
        return None
    rows = [
        (
            f"{pair['rows'][0]} and {pair['rows'][1]}",
            pair["column"] or "spelling only",
            " / ".join(map(_shown, pair["values"])),
        )
        for pair in seen.alike.pairs
    ]
    words = f"Rows like another one in all columns but one, rare values included: {seen.alike.near:,}."
    return _block("Near duplicates", words, table(("Rows", "They differ in", "Values"), rows))


def _cells(values: Mapping[str, Any], names: list[str]) -> list[str]:
    return [_shown(values[name]) for name in names]


def _shown(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    text = str(value) if value is not None else "\N{EN DASH}"
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"
