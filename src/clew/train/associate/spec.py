"""What to look for in baskets."""

from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any

from clew.core.errors import UsageError, did_you_mean
from clew.train.associate.itemsets import Kind
from clew.train.associate.significance import Correction


@dataclass(frozen=True, slots=True)
class AssociationSpec:
    """Which itemsets and rules are wanted.

    Parameters
    ----------
    min_support : float, default 0.01
        Share of all baskets that hold the items of a rule, above 0 and up to 1.
    min_confidence : float, default 0.3
        Share of the baskets with the antecedent that hold the consequent too, 0 to 1.
    min_lift : float, optional
        How many times more often than by chance they stand together, at least.
    min_improvement : float, optional
        By how much every single item of an antecedent must raise the confidence, 0 to 1; leaves out rules that say no
        more than a shorter one.
    max_length : int, optional
        Items of an itemset, antecedent and consequent together, at most; by default any number.
    max_consequent : int, default 1
        Items of a consequent, at most.
    itemsets : str, default "frequent"
        Which itemsets are listed: ``"frequent"``, ``"closed"`` or ``"maximal"``. Rules come from all frequent ones.
    correction : str, default "benjamini_hochberg"
        How p-values are adjusted for the number of tests; see `clew.train.associate.significance.Correction`.
    max_p : float, optional
        Largest adjusted p-value that is kept; by default all are.
    max_itemsets : int, default 2 000 000
        How many itemsets there may be before the search ends with an error.
    max_rules : int, default 1 000 000
        The same for rules.
    """

    min_support: float = 0.01
    min_confidence: float = 0.3
    min_lift: float | None = None
    min_improvement: float | None = None
    max_length: int | None = None
    max_consequent: int = 1
    itemsets: str = Kind.FREQUENT.value
    correction: str = Correction.BENJAMINI_HOCHBERG.value
    max_p: float | None = None
    max_itemsets: int = 2_000_000
    max_rules: int = 1_000_000

    def check(self) -> None:
        """Refuse what makes no sense, before any work starts.

        Raises
        ------
        UsageError
            If a value is out of range or a name is unknown.
        """
        _within("min_support", self.min_support, "above 0 and at most 1", "0.01", above=0, most=1)
        _within("min_confidence", self.min_confidence, "from 0 to 1", "0.3", least=0, most=1)
        if self.min_lift is not None:
            _within("min_lift", self.min_lift, "0 or more", "1.2", least=0)
        if self.min_improvement is not None:
            _within("min_improvement", self.min_improvement, "from 0 to 1", "0.05", least=0, most=1)
        if self.max_p is not None:
            _within("max_p", self.max_p, "above 0 and at most 1", "0.05", above=0, most=1)
        for name in ("max_length", "max_consequent", "max_itemsets", "max_rules"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, Integral) or value < 1):
                raise UsageError(f"`{name}` is {value!r}; a whole number from 1 on is needed.", hint="Use e.g. 3.")
        for name, known in (("itemsets", Kind), ("correction", Correction)):
            value = getattr(self, name)
            if value not in tuple(known):
                raise UsageError(f"`{name}` is {value!r}, which is unknown.", hint=did_you_mean(str(value), known))

    @property
    def unadjusted(self) -> bool:
        """Whether p-values are left as the test of each rule gives them."""
        return self.correction == Correction.NONE

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)


def _within(
    name: str, value: object, rule: str, example: str, *,
    above: float = float("-inf"), least: float = float("-inf"), most: float = float("inf"),
) -> None:  # fmt: skip
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else float("nan")
    if not (number > above and least <= number <= most):
        raise UsageError(f"`{name}` is {value!r}; it must be {rule}.", hint=f"Use e.g. {example}.")
