"""What is usually done with moments, texts, structures and images: what no model takes as it is."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from clew.core.readable import number
from clew.core.schema import Kind, Role
from clew.prepare.advice.words import figure, many
from clew.prepare.dtypes import family, is_moment, is_number
from clew.prepare.lists import inner_type
from clew.prepare.steps import (
    Cast,
    DateDifference,
    DateParts,
    Explode,
    ExtractFeatures,
    Flatten,
    FlattenStructured,
    FormatString,
    Fourier,
    ImageFeatures,
    ParseArray,
    TextStatistics,
    TextSvd,
)
from clew.prepare.usual.labels import spellings
from clew.prepare.usual.way import Fit, Look, Usual

_DAY_S = 86_400.0
#: Seasons, and their length in days.
_SEASONS = (("1d", 1.0), ("7d", 7.0), ("365.25d", 365.25))
#: Rows for each number that a text becomes, and bounds of these numbers.
_ROWS_A_COLUMN, _FEWEST, _MOST = 30, 3, 30
#: A text with so few different values may be a category.
_FEW_TEXTS = 50
#: Listed texts that are read to see whether they are JSON.
_LOOKED_AT = 20


def moments(look: Look) -> Iterator[Usual]:
    """Parts, waves, and the time since a start."""
    column, known = look.column, look.known
    if column.kind is not Kind.DATETIME or not is_moment(column.dtype) or not known.present:
        return
    # The time by which rows are split has to stay.
    keep = column.role is Role.TIME
    span = f"from {_day(known.minimum)} to {_day(known.maximum)}"
    parts = f"Moments {span}; month, weekday, hour and so on, as far as they vary, are what a model can learn from."
    yield look.way("Take apart: month, weekday, hour …", DateParts, parts, Fit.NEEDED, keep=keep)
    days = (known.quantiles[-1] - known.quantiles[0]) / _DAY_S if known.quantiles else 0.0
    timed = family(column.dtype) == "Datetime"
    seasons = tuple(name for name, length in _SEASONS if days >= 2 * length and (timed or name != "1d"))
    if seasons:
        text = (
            f"{figure(days)} days hold {', '.join(f'`{name}`' for name in seasons)} more than twice. For linear models."
        )
        yield look.way("Place on the circles of the seasons", Fourier, text, Fit.COMMON, period=seasons, keep=keep)
    if days > 0:
        text = f"{figure(days)} days {span}: a trend to follow, unless later rows are to be predicted."
        yield look.way("Count days since the first", DateDifference, text, Fit.COMMON, reference="first")


def texts(look: Look) -> Iterator[Usual]:
    """How a text is written, and the words in it."""
    column, known = look.column, look.known
    if column.kind is not Kind.TEXT or column.dtype != "String" or not known.present or look.distinct < 2:
        return
    yield from spellings(look)
    mean = known.lengths.mean if known.lengths is not None else None
    about = f"{number(look.distinct)} texts of {figure(mean or 0.0)} characters on average"
    directions = min(_MOST, known.rows // _ROWS_A_COLUMN)
    if directions >= _FEWEST:
        text = f"{about}; {many(directions, 'number')} say most about the words in them."
        yield look.way("Turn words into numbers", TextSvd, text, Fit.NEEDED, n_components=directions)
    text = f"{about}; how long they are and how they are written may say something."
    yield look.way("Describe how it is written", TextStatistics, text, Fit.FITTING, keep=True)
    if look.distinct <= _FEW_TEXTS and known.present >= 2 * look.distinct:
        text = f"Only {many(look.distinct, 'different text')} in {many(known.present, 'row')}."
        yield look.way("Treat as categories", Cast, text, Fit.FITTING, to="category")
    text = "Case rarely changes what a word means."
    yield look.way("Put into small letters", FormatString, text, Fit.POSSIBLE, operation="lower")


def written(look: Look) -> Iterator[Usual]:
    """Texts that are JSON: structures and arrays."""
    if look.column.dtype != "String" or look.column.kind not in {Kind.TEXT, Kind.CATEGORICAL}:
        return
    listed = look.labels[:_LOOKED_AT]
    read = [_parsed(text) for text in listed]
    if read and all(isinstance(value, dict) and value for value in read):
        keys = list(dict.fromkeys(key for value in read for key in value))
        text = f"JSON objects with the keys {', '.join(f'`{key}`' for key in keys[:4])}{' …' if len(keys) > 4 else ''}."
        yield look.way("Take the keys as columns", FlattenStructured, text, Fit.NEEDED, errors="missing")
    if read and all(isinstance(value, list) for value in read):
        text = f"Arrays as text, such as `{listed[0]}`."
        yield look.way("Read the arrays", ParseArray, text, Fit.NEEDED, errors="missing")


def structures(look: Look) -> Iterator[Usual]:
    """Structures by their keys, arrays by their figures, elements or rows."""
    column = look.column
    if column.kind is not Kind.NESTED or not look.known.present:
        return
    if family(column.dtype) == "Struct":
        text = "A structure; each of its keys becomes a column."
        yield look.way("Take the keys as columns", FlattenStructured, text, Fit.NEEDED)
        return
    if family(column.dtype) not in {"List", "Array"}:
        return
    inner = inner_type(column)
    if is_number(inner):
        text = "Arrays of numbers; mean, maximum and the like say what they have in common."
        yield look.way("Sum up by figures", ExtractFeatures, text, Fit.NEEDED)
    if is_number(inner) or inner in {"String", "Boolean"}:
        text = f"Arrays of {inner}: as many columns as the longest of the training rows has elements."
        yield look.way("One column per element", Flatten, text, Fit.COMMON)
    text = "Each element gets a row of its own, and the other columns are repeated: a model then answers per element."
    yield look.way("One row per element", Explode, text, Fit.POSSIBLE)


def images(look: Look) -> Iterator[Usual]:
    """Edges and colours."""
    if look.column.kind is Kind.IMAGE and look.known.present and find_spec("PIL") is not None:
        text = (
            f"{many(look.known.present, 'image')}; where their edges point and which colours they have can be learnt."
        )
        yield look.way("Describe edges and colours", ImageFeatures, text, Fit.NEEDED)


def _day(moment: object) -> str:
    return str(moment).partition("T")[0]


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
