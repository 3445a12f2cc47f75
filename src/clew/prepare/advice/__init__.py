"""The rules behind `suggest`: each looks at training rows and proposes steps, with the figures that speak for them.

The estimators after the recipe take missing numbers and categories as they are, or mend them for themselves. So a rule
proposes only what none of them can do: remove what cannot help or cannot be known, take apart what no matrix can hold,
and say what a category means where its name alone says little. For a linear model of somebody else's, the rules go on
to a matrix without gaps; for trees they leave out what trees do not need.

No rule looks at the target's values, but for those that find an answer in disguise. What a step learns from the target
is learnt when the recipe is fitted, in each fold anew.
"""

from collections.abc import Callable, Iterable, Sequence

from clew.prepare.advice.categories import many_values, rare_values, sparse_values
from clew.prepare.advice.drops import constant, empty, identifier, leaking, repeated, too_late, unusable
from clew.prepare.advice.features import missing, ordinals
from clew.prepare.advice.finish import finish
from clew.prepare.advice.images import images
from clew.prepare.advice.moments import between, parts, trend
from clew.prepare.advice.numbers import infinite, shapes, skewed
from clew.prepare.advice.openings import arrays, impossible, sentinels, spellings, structures, written_arrays
from clew.prepare.advice.seen import Advice, ModelFamily, Seen
from clew.prepare.advice.texts import texts, words

Rule = Callable[[Seen], Iterable[Advice]]
#: In the order in which the steps stand in the recipe. What is dropped, the later ones do not see; what the openings
#: and the measures make (there may be structures within structures), the later ones see as it is then.
FIRST_DROPS: Sequence[Rule] = (too_late, leaking, empty, constant, repeated)
OPENINGS: Sequence[Rule] = (
    structures, structures, structures, written_arrays, arrays, impossible, sentinels, spellings,
)  # fmt: skip
LAST_DROPS: Sequence[Rule] = (empty, constant, identifier, unusable)
MEASURES: Sequence[Rule] = (between, trend)
RULES: Sequence[Rule] = (
    missing, images, parts, texts, ordinals, infinite, shapes, skewed, words, many_values, sparse_values,
    rare_values, finish,
)  # fmt: skip

__all__ = ["FIRST_DROPS", "LAST_DROPS", "MEASURES", "OPENINGS", "RULES", "Advice", "ModelFamily", "Rule", "Seen"]
