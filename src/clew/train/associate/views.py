"""`AssociationRules` for a notebook."""

from typing import TYPE_CHECKING

from clew.core.html import badge, element, fragment, join, pairs
from clew.train.associate.report import summary

if TYPE_CHECKING:
    from clew.train.associate.estimator import AssociationRules


def estimator_view(estimator: "AssociationRules") -> str:
    """Return what was found, or the settings where nothing was fitted yet."""
    result = getattr(estimator, "result_", None)
    if result is not None:
        return summary(result)
    settings = {name: value for name, value in estimator.get_params(deep=False).items() if value is not None}
    title = join((type(estimator).__name__, " ", badge("not fitted")))
    return fragment(element("h3", title), pairs(sorted(settings.items())), title=type(estimator).__name__)
