"""The findings of exploring, in one table: code, title, usual severity, and what it means."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from clew.core.finding import Finding, Severity


class Code(NamedTuple):
    """What a code stands for."""

    title: str
    severity: Severity
    explanation: str


_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

#: Code → title, usual severity, explanation. Codes keep their meaning for good; DQ101 and above belong to collecting.
CODES: Mapping[str, Code] = MappingProxyType({
    "DQ001": Code("Constant column", _WARNING, "All rows have the same value, so a model learns nothing from it."),
    "DQ002": Code("Nearly constant column", _INFO, "At least 99.5 % of the values are the same."),
    "DQ003": Code("Empty column", _WARNING, "No row has a value."),
    "DQ004": Code("Column like an identifier", _WARNING, "Values name the row; a model would learn them by heart."),
    "DQ005": Code("Number that may mean missing", _WARNING, "One value stands far from all others and repeats."),
    "DQ006": Code("Word that may mean missing", _WARNING, "Texts such as “unknown”, “?” or blanks stand for no value."),
    "DQ007": Code("Many missing values", _INFO, "At least 20 % of the rows have no value; a warning from 50 %."),
    "DQ008": Code("Repeated rows", _INFO, "Rows equal to an earlier one in every column, more than chance explains."),
    "DQ009": Code("Repeated column", _WARNING, "Another column says the same, in the same or in other words."),
    "DQ010": Code("Many categories", _INFO, "So many labels that most are rare: one column for each would not do."),
    "DQ011": Code("Skewed distribution", _INFO, "A long tail on one side, which linear models mind."),
    "DQ012": Code("Outliers", _INFO, "A few values lie very far from the others; a warning if absurdly far."),
    "DQ013": Code("Infinite values", _WARNING, "Infinities, often from a division by zero, which no model can use."),
    "DQ014": Code("Unbalanced target", _WARNING, "A label so rare that accuracy misleads and folds may miss it."),
    "DQ015": Code("Target without values", _WARNING, "Rows without a target teach nothing and are left out."),
    "DQ016": Code("Values against the domain", _WARNING, "Values outside the declared range, list, pattern or duty."),
    "DQ017": Code("Broken rule", _WARNING, "Rows in which a rule of the domain model does not hold."),
    "DQ018": Code("Several spellings", _INFO, "Labels that differ only in case or white space."),
    "DQ019": Code("Few rows of a label", _WARNING, "Labels with fewer than ten rows, which no model learns."),
    "DQ020": Code("Many labels to predict", _WARNING, "More labels than a classification can serve."),
    "DQ021": Code("Mixed target", _WARNING, "A target of numbers with texts in between, which makes labels of it."),
    "DQ022": Code("Frequent value of the target", _INFO, "One value is the target far more often than any other."),
    "DQ023": Code("Outliers in the target", _INFO, "Values of the target more than five robust deviations away."),
    "DQ024": Code("Skewed target", _WARNING, "A skewness beyond 3: a few rows decide about squared errors."),
    "DQ025": Code("Collinear numbers", _INFO, "Columns that follow from others; a warning if they do so exactly."),
    "DQ026": Code("Gaps in time", _WARNING, "Moments that are missing from a regular series."),
    "DQ027": Code("Repeated moments", _WARNING, "A moment twice in a series that has one row a moment."),
    "DQ028": Code("Out of season", _INFO, "Values far from what season and trend lead to expect."),
    "DQ029": Code("Contradicting rows", _INFO, "The same features with another target; a warning from 1 % of the "
    "rows."),
    "DQ030": Code("Suspected label errors", _WARNING, "Labels that the features contradict, by confident learning."),
    "DQ031": Code("No signal", _WARNING, "All features together say no more about the target than chance."),
    "LK001": Code("Suspiciously telling feature", _WARNING, "One feature alone nearly determines the target."),
    "LK002": Code("Copy of the target", _ERROR, "A feature says exactly what the target says."),
    "LK003": Code("Known too late", _ERROR, "The feature becomes known only after the question is asked."),
    "LK004": Code("Moments from the future", _WARNING, "Values later than the moment of the question."),
    "LK005": Code("Order that tells the target", _WARNING, "Identifiers, or the rows, in the order of the target."),
    "LK006": Code("Near duplicates", _INFO, "Rows like another one in all columns but one; a warning from 1 %."),
    "LK007": Code("Looks like a group", _WARNING, "Rows of one value know each other's answers across a split."),
})  # fmt: skip


def finding(
    code: str,
    detail: str,
    *,
    column: str | None = None,
    severity: Severity | None = None,
    evidence: Mapping[str, Any] | None = None,
    remedy: Mapping[str, Any] | None = None,
) -> Finding:
    """Return a finding of a code in `CODES`.

    Parameters
    ----------
    code : str
        The code.
    detail : str
        One or two sentences with the figures.
    column : str, optional
        The column meant.
    severity : Severity, optional
        Overrides the usual one.
    evidence : mapping, optional
        JSON-ready figures behind the sentence.
    remedy : mapping, optional
        A step that would mend it; see `step`.
    """
    known = CODES[code]
    return Finding(code, severity or known.severity, known.title, detail, column, evidence or {}, remedy)


def step(op: str, columns: Sequence[str], **options: Any) -> dict[str, Any]:
    """Return a remedy: the step of a recipe, its columns (none where it takes all rows or columns) and its options."""
    return {"op": op, "columns": list(columns), "options": options}
