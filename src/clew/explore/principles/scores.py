"""What a scorecard is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from clew.core.jsonable import plain
from clew.explore.views import scorecard_view

#: Fixes that a scorecard names.
MAX_FIXES = 10
#: A fix that gains less is not worth a line.
_LEAST_GAIN = 0.0005


@dataclass(frozen=True, slots=True)
class Fix:
    """Something that would raise a score.

    Parameters
    ----------
    text : str
        What to do, in a sentence.
    value : float
        What the sub-score would be then, from 0 to 1.
    code : str, optional
        Finding that says more.
    columns : tuple of str
        Columns meant.
    remedy : mapping, optional
        Step of a recipe that does it.
    gain : float
        By how much it would raise the score of the principle.
    principle, subscore : str
        Names of what it would raise.
    """

    text: str
    value: float
    code: str | None = None
    columns: tuple[str, ...] = ()
    remedy: Mapping[str, Any] | None = None
    gain: float = 0.0
    principle: str = ""
    subscore: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        names = ("principle", "subscore", "text", "gain", "code", "columns", "remedy")
        result: dict[str, Any] = plain({name: getattr(self, name) for name in names})
        return result


@dataclass(frozen=True, slots=True)
class SubScore:
    """One aspect of a principle.

    Parameters
    ----------
    name : str
        As in JSON, e.g. ``"cells"``.
    label : str
        For people.
    value : float, optional
        0 to 1; None if it cannot be assessed.
    detail : str
        What the value counts, or why there is none.
    evidence : mapping
        JSON-ready figures, rows and columns behind it.
    weight : float, default 1
        Exponent with which it enters the score: ¼ makes it count little.
    fixes : sequence of Fix
        What would raise it.
    """

    name: str
    label: str
    value: float | None
    detail: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0
    fixes: Sequence[Fix] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields but the fixes as JSON-ready values."""
        names = ("name", "label", "value", "weight", "detail", "evidence")
        result: dict[str, Any] = plain({name: getattr(self, name) for name in names})
        return result


@dataclass(frozen=True, slots=True)
class Principle:
    """One of the four principles.

    Parameters
    ----------
    name : str
        ``relevance``, ``diversity``, ``completeness`` or ``accuracy``.
    question : str
        What it asks.
    subscores : tuple of SubScore
        Its aspects.
    """

    name: str
    question: str
    subscores: tuple[SubScore, ...]

    @property
    def score(self) -> float | None:
        """Product of the assessed sub-scores, each to the power of its weight; None if none is."""
        return self._product() if any(item.value is not None for item in self.subscores) else None

    def _product(self, changed: SubScore | None = None, value: float = 0.0) -> float:
        product = 1.0
        for item in self.subscores:
            own = value if item is changed else item.value
            if own is not None:
                product *= own**item.weight
        return product

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What would raise the score, with the gain, the largest first."""
        if self.score is None:
            return ()
        listed = []
        for item in self.subscores:
            for fix in item.fixes:
                gain = self._product(item, fix.value) - self.score
                listed.append(replace(fix, gain=gain, principle=self.name, subscore=item.name))
        return tuple(sorted((fix for fix in listed if fix.gain >= _LEAST_GAIN), key=lambda fix: -fix.gain))

    def to_dict(self) -> dict[str, Any]:
        """Return score and sub-scores as JSON-ready values."""
        return {
            "score": self.score,
            "question": self.question,
            "subscores": [item.to_dict() for item in self.subscores],
        }


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The four principles of a data set.

    Parameters
    ----------
    principles : tuple of Principle
        Relevance, diversity, completeness, accuracy.
    """

    principles: tuple[Principle, ...] = ()

    def __getitem__(self, name: str) -> Principle:
        for item in self.principles:
            if item.name == name:
                return item
        raise KeyError(name)

    @property
    def relevance(self) -> float | None:
        """How much the features say about the target; None without one."""
        return self["relevance"].score

    @property
    def diversity(self) -> float | None:
        """How much of what may come is there."""
        return self["diversity"].score

    @property
    def completeness(self) -> float | None:
        """How much of what ought to be there is."""
        return self["completeness"].score

    @property
    def accuracy(self) -> float | None:
        """How much of what is there is right, as far as can be told."""
        return self["accuracy"].score

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The ten fixes that would raise a score most."""
        listed = [fix for item in self.principles for fix in item.fixes]
        return tuple(sorted(listed, key=lambda fix: -fix.gain)[:MAX_FIXES])

    @property
    def scores(self) -> dict[str, float | None]:
        """Name of each principle → its score."""
        return {item.name: item.score for item in self.principles}

    def __repr__(self) -> str:
        shown = (f"{name}={'none' if score is None else f'{score:.2f}'}" for name, score in self.scores.items())
        return f"Scorecard({', '.join(shown)})"

    def to_dict(self) -> dict[str, Any]:
        """Return ``principles`` with their sub-scores, and ``fixes``, as JSON-ready values."""
        return {
            "principles": {item.name: item.to_dict() for item in self.principles},
            "fixes": [fix.to_dict() for fix in self.fixes],
        }

    def _repr_html_(self) -> str:
        return scorecard_view(self)
