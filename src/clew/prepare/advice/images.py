"""What to make of images: the directions of their edges, and their colours."""

from collections.abc import Iterator
from importlib.util import find_spec

from clew.core.schema import Column, Kind
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import chosen, many, names
from clew.prepare.steps import ImageFeatures


def images(seen: Seen) -> Iterator[Advice]:
    """Describe images that lie in the table by their edges and colours."""
    found = [column for column, _ in seen.features if describable(seen, column)]
    if found:
        verb = "holds" if len(found) == 1 else "hold"
        yield Advice(
            ImageFeatures(chosen(found)),
            f"{names(found)} {verb} images in {many(seen.rows, 'row')}; where their edges point and which colours they "
            "have can be learnt from.",
        )


def describable(seen: Seen, column: Column) -> bool:
    """Return whether a column holds images as bytes, pillow is there to decode them, and that is wanted.

    A model that is served answers rows as text within a millisecond, so its recipe leaves images to whoever asks for
    them.
    """
    if seen.for_model == "any":
        return False
    there = find_spec("PIL") is not None and seen.statistics[column.name].present > 0
    stored = column.kind is Kind.IMAGE and column.dtype == "Binary"
    return there and stored and seen.is_free(column, "_hog_1", "_red_1")
