"""The steps of a recipe, one family a file. Importing the package registers them all."""

from clew.prepare.steps.categorical import GroupRare, OneHot, Ordinal
from clew.prepare.steps.columns import Drop, Select
from clew.prepare.steps.convert import Cast
from clew.prepare.steps.dates import DateParts
from clew.prepare.steps.expressions import Derive, Filter
from clew.prepare.steps.lookup import Lookup
from clew.prepare.steps.missing import FillMissing, MissingIndicator
from clew.prepare.steps.numeric import ClipOutliers, Log, Scale
from clew.prepare.steps.similarity import MergeSpellings, SimilarityEncode
from clew.prepare.steps.strings import FormatString, SearchAndEdit, ValidateString
from clew.prepare.steps.target import TargetMean
from clew.prepare.steps.text import TextStatistics
from clew.prepare.steps.text_svd import TextSvd
from clew.prepare.steps.text_terms import VectorizeText

__all__ = [
    "Cast",
    "ClipOutliers",
    "DateParts",
    "Derive",
    "Drop",
    "FillMissing",
    "Filter",
    "FormatString",
    "GroupRare",
    "Log",
    "Lookup",
    "MergeSpellings",
    "MissingIndicator",
    "OneHot",
    "Ordinal",
    "Scale",
    "SearchAndEdit",
    "Select",
    "SimilarityEncode",
    "TargetMean",
    "TextStatistics",
    "TextSvd",
    "ValidateString",
    "VectorizeText",
]
