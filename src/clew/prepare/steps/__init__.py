"""The steps of a recipe, one family a file. Importing the package registers them all."""

from clew.prepare.steps.balance import Balance
from clew.prepare.steps.categorical import OneHot, Ordinal
from clew.prepare.steps.columns import Drop, Duplicate, Move, Rename, Select
from clew.prepare.steps.concatenate import Concatenate
from clew.prepare.steps.convert import Cast
from clew.prepare.steps.dates import DateParts
from clew.prepare.steps.encode import CountEncode, HashEncode
from clew.prepare.steps.expressions import Derive, Filter
from clew.prepare.steps.join import FilterByTable, Join
from clew.prepare.steps.lookup import Lookup
from clew.prepare.steps.missing import FillMissing, MissingIndicator
from clew.prepare.steps.numeric import ClipOutliers, Log, Scale
from clew.prepare.steps.rare import GroupRare
from clew.prepare.steps.rows import DropDuplicates, Shuffle, Sort
from clew.prepare.steps.sampling import Sample
from clew.prepare.steps.target import LeaveOneOut, TargetMean, WeightOfEvidence
from clew.prepare.steps.text import TextStatistics
from clew.prepare.steps.vectors import Assemble, Flatten

__all__ = [
    "Assemble",
    "Balance",
    "Cast",
    "ClipOutliers",
    "Concatenate",
    "CountEncode",
    "DateParts",
    "Derive",
    "Drop",
    "DropDuplicates",
    "Duplicate",
    "FillMissing",
    "Filter",
    "FilterByTable",
    "Flatten",
    "GroupRare",
    "HashEncode",
    "Join",
    "LeaveOneOut",
    "Log",
    "Lookup",
    "MissingIndicator",
    "Move",
    "OneHot",
    "Ordinal",
    "Rename",
    "Sample",
    "Scale",
    "Select",
    "Shuffle",
    "Sort",
    "TargetMean",
    "TextStatistics",
    "WeightOfEvidence",
]
