"""Plain counts about texts and numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of texts in characters.

    Parameters
    ----------
    count : int
        Texts seen.
    minimum, maximum : int
        Shortest and longest.
    total : int
        Characters in all of them.
    blank : int
        Texts that are empty or nothing but white space.
    padded : int
        Texts with white space before or after other characters.
    """

    count: int
    minimum: int
    maximum: int
    total: int
    blank: int
    padded: int

    @property
    def mean(self) -> float:
        """Mean length."""
        return self.total / self.count

    def merge(self, other: "Lengths") -> "Lengths":
        """Return the lengths of both parts together."""
        return Lengths(
            self.count + other.count,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
            self.total + other.total,
            self.blank + other.blank,
            self.padded + other.padded,
        )


@dataclass(frozen=True, slots=True)
class NumberCounts:
    """How many numbers are special in some way.

    Parameters
    ----------
    zeros, negatives : int
        Values equal to and below zero; minus infinity is negative too.
    positive_infinities, negative_infinities : int
        Infinite values; they are left out of every other figure of the column.
    outliers, far_outliers : int
        Values more than 1.5 and more than 3 interquartile ranges beyond the quartiles (Tukey 1977).
    whole : bool
        Whether all finite values are whole numbers.
    robust_outliers : int
        Values more than five robust standard deviations from the median: of the values clipped to the 5th and 95th
        percentile, as in the data quality report of Amazon SageMaker.
    robust_low, robust_high : float, optional
        Where these begin.
    """

    zeros: int = 0
    negatives: int = 0
    positive_infinities: int = 0
    negative_infinities: int = 0
    outliers: int = 0
    far_outliers: int = 0
    whole: bool = True
    robust_outliers: int = 0
    robust_low: float | None = None
    robust_high: float | None = None

    @property
    def infinities(self) -> int:
        """Infinite values of either sign."""
        return self.positive_infinities + self.negative_infinities

    def merge(self, other: "NumberCounts") -> "NumberCounts":
        """Return the counts of both parts together; the outliers have to be counted anew."""
        return NumberCounts(
            self.zeros + other.zeros,
            self.negatives + other.negatives,
            self.positive_infinities + other.positive_infinities,
            self.negative_infinities + other.negative_infinities,
            whole=self.whole and other.whole,
        )
