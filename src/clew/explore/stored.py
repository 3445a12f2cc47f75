"""A profile as it was written: what `Profiled.to_dict` says, as the objects that pages are made of.

Statistics with their sketches, and pictures, are not among it; they are made anew from the rows where they are wanted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clew.core.finding import Finding, Severity
from clew.explore.associations import Association
from clew.explore.correlations import Correlation, Correlations
from clew.explore.principles.scores import Fix, Principle, SubScore
from clew.explore.target_views import TargetBin, TargetView


@dataclass(frozen=True)
class StoredProfile:
    """What a profile said.

    Parameters
    ----------
    rows : int
        Rows it looked at.
    columns : tuple of mapping
        Figures of each column, as in JSON: ``name``, ``type``, ``missing``, ``distinct`` and so on.
    target : str, optional
        Column to predict.
    task : str, optional
        Kind of answer.
    findings : tuple of Finding
        The gravest first.
    principles : tuple of Principle
        The scorecard.
    fixes : tuple of Fix
        What would raise a score most.
    associations : tuple of Association
        How much each feature alone says about the target.
    correlations : Correlations
        How the columns go together.
    views : tuple of TargetView
        The target along its strongest features.
    missing_share : float
        Share of the cells without a value.
    repeated_rows : int
        Rows that equal an earlier one.
    """

    rows: int
    columns: tuple[Mapping[str, Any], ...]
    target: str | None
    task: str | None
    findings: tuple[Finding, ...]
    principles: tuple[Principle, ...]
    fixes: tuple[Fix, ...]
    associations: tuple[Association, ...]
    correlations: Correlations
    views: tuple[TargetView, ...]
    missing_share: float
    repeated_rows: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "StoredProfile":
        """Read what `Profiled.to_dict` wrote."""
        scores = data["scorecard_details"]
        return cls(
            rows=data["rows"],
            columns=tuple(data["columns"]),
            target=data["target"],
            task=data["task"],
            findings=tuple(map(finding_from_dict, data["findings"])),
            principles=tuple(_principle(name, item) for name, item in scores["principles"].items()),
            fixes=tuple(map(_fix, scores["fixes"])),
            associations=tuple(Association(**item) for item in data["associations"]),
            correlations=_correlations(data["correlations"]),
            views=tuple(map(_view, data["target_views"])),
            missing_share=data["missing_share"],
            repeated_rows=data["repeated_rows"],
        )


def finding_from_dict(data: Mapping[str, Any]) -> Finding:
    """Read what `Finding.to_dict` wrote."""
    return Finding(
        data["code"],
        Severity(data["severity"]),
        data["title"],
        data["detail"],
        data["column"],
        data["evidence"],
        data["remedy"],
    )


def _principle(name: str, data: Mapping[str, Any]) -> Principle:
    return Principle(name, data["question"], tuple(SubScore(**item) for item in data["subscores"]))


def _fix(data: Mapping[str, Any]) -> Fix:
    known = {name: data[name] for name in ("text", "code", "remedy", "gain", "principle", "subscore")}
    # What the sub-score would be then is behind the gain, and not written.
    return Fix(**known, value=1.0, columns=tuple(data["columns"]))


def _correlations(data: Mapping[str, Any]) -> Correlations:
    fields = ("measure", "value", "rows", "low", "high", "pearson")
    pairs = tuple(
        Correlation(
            item["columns"][0],
            item["columns"][1],
            **{name: item[name] for name in fields},
            information=item["mutual_information"],
        )
        for item in data["pairs"]
    )
    return Correlations(tuple(data["columns"]), pairs, tuple(data["left_out"]), data["rows"], data["sampled"])


def _view(data: Mapping[str, Any]) -> TargetView:
    bins = tuple(TargetBin(**item) for item in data["bins"])
    return TargetView(data["feature"], data["power"], data["label"], data["overall"], data["rows"], bins)
