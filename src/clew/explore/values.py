"""The most frequent values with their counts, mergeable.

Up to `EXACT_VALUES` different values every one is counted. Beyond, the most frequent are kept, and two bounds travel
along: by how much the count of a listed value may be too low, and how often a value that is not listed may occur at
most. Parts combine by adding counts and bounds and keeping the largest (the counter summaries of Agarwal et al. 2012,
*Mergeable summaries*, without their subtraction, so that counts that are known stay as they are).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from clew.core.schema import Kind

#: Up to this many different values, each is counted exactly.
EXACT_VALUES = 1000
#: Beyond that, this many are kept for quantities and free text, where the list serves to find spikes only.
KEPT_SPIKES = 100

#: Longer texts are not listed.
LONGEST_TEXT = 256

#: A value as JSON knows it: moments are ISO 8601 texts, numbers are finite.
Value = str | int | float | bool


def kept_values(kind: Kind) -> int:
    """Return how many values are kept where not all can be."""
    labels = {Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN}
    return EXACT_VALUES if kind in labels else KEPT_SPIKES


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """Values and how often they occur.

    Parameters
    ----------
    items : tuple of (value, int)
        Most frequent first; ties by value.
    other : int, default 0
        Rows with a value that is not listed.
    exact : bool, default True
        Whether every value is listed with its true count.
    error : int, default 0
        By how much the count of a listed value may be too low.
    unlisted : int, default 0
        A value that is not listed occurs this often at most.
    """

    items: tuple[tuple[Value, int], ...] = ()
    other: int = 0
    exact: bool = True
    error: int = 0
    unlisted: int = 0

    @classmethod
    def of(cls, counts: Iterable[tuple[Value, int]], *, kept: int, other: int = 0, unlisted: int = 0) -> "ValueCounts":
        """Keep all values if there are at most `EXACT_VALUES`, else the `kept` most frequent that repeat.

        Parameters
        ----------
        counts : iterable of (value, int)
            All values with their counts, or with `other` the candidates for the list.
        kept : int
            Length of a list that is not exact.
        other, unlisted : int, default 0
            Rows with a value that is not among the candidates, and how often such a value occurs at most.
        """
        return _limit(cls(tuple(counts), other, exact=not other, unlisted=unlisted), kept)

    @property
    def rows(self) -> int:
        """Rows with any value."""
        return self.other + sum(count for _, count in self.items)

    def merge(self, other: "ValueCounts", *, kept: int) -> "ValueCounts":
        """Return the counts of both parts together, keeping as in `of`."""
        mine, theirs = dict(self.items), dict(other.items)
        summed = {value: mine.get(value, 0) + theirs.get(value, 0) for value in {**mine, **theirs}}
        errors = [self.error + other.error] if mine.keys() & theirs.keys() else []
        if mine.keys() - theirs.keys():
            errors.append(self.error + other.unlisted)
        if theirs.keys() - mine.keys():
            errors.append(other.error + self.unlisted)
        both = ValueCounts(
            tuple(summed.items()),
            other=self.other + other.other,
            exact=self.exact and other.exact,
            error=max(errors, default=0),
            unlisted=self.unlisted + other.unlisted,
        )
        return _limit(both, kept)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as strict JSON values."""
        return {
            "items": [[value, count] for value, count in self.items],
            "other": self.other,
            "exact": self.exact,
            "error": self.error,
            "unlisted": self.unlisted,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ValueCounts":
        """Rebuild from `to_dict`."""
        items = tuple((value, count) for value, count in data["items"])
        return cls(items, data["other"], data["exact"], data["error"], data["unlisted"])


def _limit(counts: ValueCounts, kept: int) -> ValueCounts:
    # By value, and then by count: the second sort leaves values with the same count as they are.
    ordered = sorted(sorted(counts.items), key=itemgetter(1), reverse=True)
    if counts.exact and len(ordered) <= EXACT_VALUES:
        return ValueCounts(tuple(ordered))
    # A value seen once says nothing about the column, and may say a lot about a person.
    stay = tuple(item for item in ordered[:kept] if item[1] > 1)
    gone = ordered[len(stay) :]
    return ValueCounts(
        stay,
        other=counts.other + sum(count for _, count in gone),
        exact=False,
        error=counts.error,
        unlisted=max(counts.unlisted, gone[0][1] + counts.error) if gone else counts.unlisted,
    )
