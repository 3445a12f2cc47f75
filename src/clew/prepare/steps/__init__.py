"""The steps of a recipe, one family a file. Importing the package registers them all."""

from clew.prepare.steps.binning import Bin, Round
from clew.prepare.steps.categorical import GroupRare, OneHot, Ordinal
from clew.prepare.steps.columns import Drop, Select
from clew.prepare.steps.convert import Cast
from clew.prepare.steps.dates import DateParts
from clew.prepare.steps.distribution import PowerTransform, QuantileTransform
from clew.prepare.steps.expressions import Derive, Filter
from clew.prepare.steps.gaps import FillAlongTime
from clew.prepare.steps.imputation import IterativeImpute
from clew.prepare.steps.interactions import Pairs, Polynomial
from clew.prepare.steps.lookup import Lookup
from clew.prepare.steps.missing import DropMissing, FillMissing, MissingIndicator
from clew.prepare.steps.numeric import Log, Scale
from clew.prepare.steps.outliers import ClipOutliers, InvalidateOutliers, RemoveOutliers
from clew.prepare.steps.reduction import Pca
from clew.prepare.steps.strings import FormatString, SearchAndEdit, ValidateString
from clew.prepare.steps.target import TargetMean
from clew.prepare.steps.text import TextStatistics
from clew.prepare.steps.units import ConvertUnit

__all__ = [
    "Bin",
    "Cast",
    "ClipOutliers",
    "ConvertUnit",
    "DateParts",
    "Derive",
    "Drop",
    "DropMissing",
    "FillAlongTime",
    "FillMissing",
    "Filter",
    "FormatString",
    "GroupRare",
    "InvalidateOutliers",
    "IterativeImpute",
    "Log",
    "Lookup",
    "MissingIndicator",
    "OneHot",
    "Ordinal",
    "Pairs",
    "Pca",
    "Polynomial",
    "PowerTransform",
    "QuantileTransform",
    "RemoveOutliers",
    "Round",
    "Scale",
    "SearchAndEdit",
    "Select",
    "TargetMean",
    "TextStatistics",
    "ValidateString",
]
