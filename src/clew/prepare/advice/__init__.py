"""The rules behind `suggest`: each looks at training rows and proposes a step, with the figures that speak for it.

The estimators after the recipe take missing numbers and categories as they are, or mend them for themselves. So a rule
proposes only what none of them can do: remove what cannot help or cannot be known, take apart what no matrix can hold,
and say what a category means where its name alone says little.
"""

from collections.abc import Callable, Sequence

from clew.prepare.advice.categories import many_values, rare_values, sparse_values
from clew.prepare.advice.drops import constant, empty, identifier, too_late, unusable
from clew.prepare.advice.features import dates, missing, ordinals, skewed, texts
from clew.prepare.advice.seen import Advice, ModelFamily, Seen

Rule = Callable[[Seen], Advice | None]
#: In the order in which the steps stand in the recipe. What these drop, the other rules do not see.
DROPS: Sequence[Rule] = (too_late, empty, constant, identifier, unusable)
RULES: Sequence[Rule] = (missing, dates, texts, ordinals, skewed, many_values, sparse_values, rare_values)

__all__ = ["DROPS", "RULES", "Advice", "ModelFamily", "Rule", "Seen"]
