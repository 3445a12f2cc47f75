"""The steps of a recipe, one family a file. Importing the package registers them all."""

from clew.prepare.steps.arrays import Explode, StandardizeLength
from clew.prepare.steps.balance import Balance
from clew.prepare.steps.binning import Bin, Round
from clew.prepare.steps.categorical import OneHot, Ordinal
from clew.prepare.steps.columns import Drop, Duplicate, Move, Rename, Select
from clew.prepare.steps.concatenate import Concatenate
from clew.prepare.steps.convert import Cast
from clew.prepare.steps.custom import Python, PythonTable
from clew.prepare.steps.dates import DateParts
from clew.prepare.steps.distribution import PowerTransform, QuantileTransform
from clew.prepare.steps.elapsed import DateDifference, Fourier
from clew.prepare.steps.encode import CountEncode, HashEncode
from clew.prepare.steps.estimators import Sklearn
from clew.prepare.steps.expressions import Derive, Filter
from clew.prepare.steps.gaps import FillAlongTime
from clew.prepare.steps.grouping import GroupBy, Pivot, Unpivot
from clew.prepare.steps.images import ImageFeatures
from clew.prepare.steps.imputation import IterativeImpute
from clew.prepare.steps.inside_arrays import ExtractFeatures, FillArray
from clew.prepare.steps.interactions import Pairs, Polynomial
from clew.prepare.steps.join import FilterByTable, Join
from clew.prepare.steps.lags import Difference, Lag
from clew.prepare.steps.lookup import Lookup
from clew.prepare.steps.missing import DropMissing, FillMissing, MissingIndicator
from clew.prepare.steps.nested import FlattenStructured, ParseArray
from clew.prepare.steps.numeric import Log, Scale
from clew.prepare.steps.outliers import ClipOutliers, InvalidateOutliers, RemoveOutliers
from clew.prepare.steps.rare import GroupRare
from clew.prepare.steps.reduction import Pca
from clew.prepare.steps.related import AggregateRelated
from clew.prepare.steps.resample import Resample
from clew.prepare.steps.rolling import Cumulative, EwmMean, Rolling
from clew.prepare.steps.rows import DropDuplicates, Shuffle, Sort
from clew.prepare.steps.sampling import Sample
from clew.prepare.steps.similarity import MergeSpellings, SimilarityEncode
from clew.prepare.steps.sql import Sql
from clew.prepare.steps.strings import FormatString, SearchAndEdit, ValidateString
from clew.prepare.steps.target import LeaveOneOut, TargetMean, WeightOfEvidence
from clew.prepare.steps.text import TextStatistics
from clew.prepare.steps.text_svd import TextSvd
from clew.prepare.steps.text_terms import VectorizeText
from clew.prepare.steps.timestamps import DatetimeRange, ValidateTimestamps
from clew.prepare.steps.units import ConvertUnit
from clew.prepare.steps.vectors import Assemble, Flatten

__all__ = [
    "AggregateRelated",
    "Assemble",
    "Balance",
    "Bin",
    "Cast",
    "ClipOutliers",
    "Concatenate",
    "ConvertUnit",
    "CountEncode",
    "Cumulative",
    "DateDifference",
    "DateParts",
    "DatetimeRange",
    "Derive",
    "Difference",
    "Drop",
    "DropDuplicates",
    "DropMissing",
    "Duplicate",
    "EwmMean",
    "Explode",
    "ExtractFeatures",
    "FillAlongTime",
    "FillArray",
    "FillMissing",
    "Filter",
    "FilterByTable",
    "Flatten",
    "FlattenStructured",
    "FormatString",
    "Fourier",
    "GroupBy",
    "GroupRare",
    "HashEncode",
    "ImageFeatures",
    "InvalidateOutliers",
    "IterativeImpute",
    "Join",
    "Lag",
    "LeaveOneOut",
    "Log",
    "Lookup",
    "MergeSpellings",
    "MissingIndicator",
    "Move",
    "OneHot",
    "Ordinal",
    "Pairs",
    "ParseArray",
    "Pca",
    "Pivot",
    "Polynomial",
    "PowerTransform",
    "Python",
    "PythonTable",
    "QuantileTransform",
    "RemoveOutliers",
    "Rename",
    "Resample",
    "Rolling",
    "Round",
    "Sample",
    "Scale",
    "SearchAndEdit",
    "Select",
    "Shuffle",
    "SimilarityEncode",
    "Sklearn",
    "Sort",
    "Sql",
    "StandardizeLength",
    "TargetMean",
    "TextStatistics",
    "TextSvd",
    "Unpivot",
    "ValidateString",
    "ValidateTimestamps",
    "VectorizeText",
    "WeightOfEvidence",
]
