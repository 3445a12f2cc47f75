"""The steps of a recipe, one family a file. Importing the package registers them all."""

from clew.prepare.steps.categorical import GroupRare, OneHot, Ordinal
from clew.prepare.steps.columns import Drop, Select
from clew.prepare.steps.convert import Cast
from clew.prepare.steps.dates import DateParts
from clew.prepare.steps.elapsed import DateDifference, Fourier
from clew.prepare.steps.expressions import Derive, Filter
from clew.prepare.steps.lookup import Lookup
from clew.prepare.steps.missing import FillMissing, MissingIndicator
from clew.prepare.steps.numeric import ClipOutliers, Log, Scale
from clew.prepare.steps.target import TargetMean
from clew.prepare.steps.text import TextStatistics
from clew.prepare.steps.timestamps import DatetimeRange, ValidateTimestamps

__all__ = [
    "Cast",
    "ClipOutliers",
    "DateDifference",
    "DateParts",
    "DatetimeRange",
    "Derive",
    "Drop",
    "FillMissing",
    "Filter",
    "Fourier",
    "GroupRare",
    "Log",
    "Lookup",
    "MissingIndicator",
    "OneHot",
    "Ordinal",
    "Scale",
    "Select",
    "TargetMean",
    "TextStatistics",
    "ValidateTimestamps",
]
