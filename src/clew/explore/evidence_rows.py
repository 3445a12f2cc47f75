"""The rows that a finding is about: all of them where its evidence says which, else those that it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.dataset import Dataset
from clew.core.expr import parse
from clew.core.expr.columns import holds
from clew.core.finding import Finding
from clew.explore.checks.repeated import repeated_rows

#: What a finding says of each row, by its code.
_Says = Callable[[pl.DataFrame, str, Mapping[str, Any]], pl.Series]


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceRows:
    """Rows that a finding is about.

    Parameters
    ----------
    positions : ndarray of int64, shape (k,)
        Where they stand in the table, counted from 0; in the order in which they belong together.
    complete : bool
        Whether these are all of them; else they are the examples that the finding names.
    """

    positions: NDArray[np.int64]
    complete: bool


def evidence_rows(finding: Finding, dataset: Dataset) -> EvidenceRows | None:
    """Find the rows that a finding is about.

    Parameters
    ----------
    finding : Finding
        Of a profile of these very rows.
    dataset : Dataset
        The rows.

    Returns
    -------
    EvidenceRows or None
        None where the finding is about a column or the table as a whole.
    """
    column, frame = finding.column, dataset.frame
    if finding.code in _WHOLE:
        says = _WHOLE[finding.code](frame, column or "", finding.evidence)
        return EvidenceRows(says.fill_null(value=False).arg_true().to_numpy().astype(np.int64), complete=True)
    if finding.code in _ONE_COLUMN and column is not None and column in frame.columns:
        says = _ONE_COLUMN[finding.code](frame, column, finding.evidence)
        return EvidenceRows(says.fill_null(value=False).arg_true().to_numpy().astype(np.int64), complete=True)
    named = _named(finding.evidence)
    known = [row for row in dict.fromkeys(named) if 0 <= row < len(frame)]
    return EvidenceRows(np.array(known, dtype=np.int64), complete=False) if known else None


def is_about_rows(finding: Finding) -> bool:
    """Tell whether a finding is about single rows, and not about a column or the table as a whole."""
    whole = finding.code in _WHOLE or (finding.code in _ONE_COLUMN and finding.column is not None)
    return whole or bool(_named(finding.evidence))


def _named(evidence: Mapping[str, Any]) -> list[int]:
    """Return the rows that evidence names: groups of rows that belong together first, where there are any."""
    grouped = [row for key in ("conflicts", "pairs") for group in evidence.get(key) or () for row in group["rows"]]
    rows = evidence.get("rows")
    listed = rows if isinstance(rows, list) else []
    return [row for row in (*grouped, *listed) if isinstance(row, int)]


def _missing(frame: pl.DataFrame, column: str, _: Mapping[str, Any]) -> pl.Series:
    values = frame[column]
    return values.is_null() | values.is_nan() if values.dtype.is_float() else values.is_null()


def _equal(frame: pl.DataFrame, column: str, evidence: Mapping[str, Any]) -> pl.Series:
    values = frame[column]
    if values.dtype.is_numeric():
        return values.cast(pl.Float64) == float(evidence["value"])
    return _text(values) == str(evidence["value"])


def _other(frame: pl.DataFrame, column: str, evidence: Mapping[str, Any]) -> pl.Series:
    return ~_equal(frame, column, evidence)


def _text(values: pl.Series) -> pl.Series:
    # As Python spells them, which is how evidence is written.
    if values.dtype == pl.Boolean:
        return values.replace_strict([True, False], ["True", "False"], return_dtype=pl.String)
    return values.cast(pl.String)


def _words(frame: pl.DataFrame, column: str, evidence: Mapping[str, Any]) -> pl.Series:
    texts = _text(frame[column])
    return texts.is_in(list(evidence["values"])) | (texts.str.strip_chars() == "")


def _beyond(frame: pl.DataFrame, column: str, evidence: Mapping[str, Any]) -> pl.Series:
    values = frame[column].cast(pl.Float64)
    low, high = float(evidence["low"]), float(evidence["high"])
    return values.is_finite() & ((values < low) | (values > high))


def _infinite(frame: pl.DataFrame, column: str, _: Mapping[str, Any]) -> pl.Series:
    return frame[column].is_infinite()


def _spelt(frame: pl.DataFrame, column: str, evidence: Mapping[str, Any]) -> pl.Series:
    return _text(frame[column]).is_in([label for group in evidence["spellings"] for label in group])


def _labelled(frame: pl.DataFrame, column: str, evidence: Mapping[str, Any]) -> pl.Series:
    return _text(frame[column]).is_in(list(evidence["labels"]))


def _against(frame: pl.DataFrame, _: str, evidence: Mapping[str, Any]) -> pl.Series:
    return ~holds(frame, parse(evidence["rule"]), "The rule")


def _repeated(frame: pl.DataFrame, _: str, __: Mapping[str, Any]) -> pl.Series:
    return repeated_rows(frame)


_ONE_COLUMN: Mapping[str, _Says] = {
    "DQ002": _other,
    "DQ005": _equal,
    "DQ006": _words,
    "DQ007": _missing,
    "DQ012": _beyond,
    "DQ013": _infinite,
    "DQ015": _missing,
    "DQ018": _spelt,
    "DQ019": _labelled,
    "DQ022": _equal,
}
_WHOLE: Mapping[str, _Says] = {"DQ008": _repeated, "DQ017": _against}
