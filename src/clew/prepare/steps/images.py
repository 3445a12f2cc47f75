"""Images as figures: the directions of their edges, and their colours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.imaging.figures import colour_histogram, oriented_gradients
from clew.prepare.imaging.read import NoPictureError, pixels_of, require_pillow
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, State
from clew.prepare.steps.categorical import dropped

_MOST_COLUMNS = 10_000
_MOST_PIXELS = 1024
_EXAMPLES = 3
_COLOURS = ("red", "green", "blue")


@register
@dataclass(frozen=True)
class ImageFeatures(ColumnStep):
    """Describe an image by its edges (HOG) and colours: ``photo`` gives ``photo_hog_1`` … and ``photo_red_1`` …, etc.

    The column holds images as bytes (BMP, GIF, JPEG, PNG, TIFF, WebP), or paths of such files. Each image is brought to
    a square first. Histograms of oriented gradients (Dalal and Triggs 2005) say where edges of which direction are, and
    colour histograms which share of the pixels is how red, green and blue. Missing stays missing. Needs pillow.

    Parameters
    ----------
    size : int, default 64
        Width and height of the square, in pixels.
    features : list of str, default ["hog", "color"]
        What is made.
    cell : int, default 16
        Side of a cell of the gradients, in pixels; divides the size.
    block : int, default 2
        Side of a block of cells whose contrast is evened out, in cells.
    orientations : int, default 9
        Bins of a half turn.
    color_bins : int, default 8
        Ranges of each colour.
    folder : str, optional
        Where relative paths start, and which no path may leave.
    errors : {"error", "missing"}, default "error"
        An image that cannot be read is refused, or becomes missing.
    keep : bool, default False
        Whether the source stays.
    """

    size: int = 64
    features: tuple[Literal["hog", "color"], ...] = ("hog", "color")
    cell: int = 16
    block: int = 2
    orientations: int = 9
    color_bins: int = 8
    folder: str | None = None
    errors: Literal["error", "missing"] = "error"
    keep: bool = False

    op: ClassVar[str] = "image_features"
    accepts: ClassVar[frozenset[Kind]] = frozenset({Kind.IMAGE, Kind.NESTED, Kind.TEXT, Kind.CATEGORICAL})
    advice: ClassVar[str] = "Choose columns of image bytes, or of paths of image files."

    def check(self) -> None:
        """Refuse sizes that do not fit together, and too many columns."""
        if not 3 <= self.size <= _MOST_PIXELS:
            raise ConfigError(f"image_features has `size: {self.size}`; 3 to {_MOST_PIXELS} pixels are needed.")
        if not self.features or len(set(self.features)) < len(self.features):
            raise ConfigError("image_features needs one or more `features`, each of them once.")
        if self.cell < 1 or self.size % self.cell:
            raise ConfigError(
                f"image_features has `cell: {self.cell}`, which does not divide `size: {self.size}`.",
                hint="E.g. `size: 64` and `cell: 16`.",
            )
        if not 1 <= self.block <= self.size // self.cell:
            raise ConfigError(
                f"image_features has `block: {self.block}`, and there are {self.size // self.cell} cells in a row."
            )
        for name, most in (("orientations", 180), ("color_bins", 256)):
            if not 1 <= getattr(self, name) <= most:
                raise ConfigError(f"image_features has `{name}: {getattr(self, name)}`; 1 to {most} is needed.")
        if len(self._names("")) > _MOST_COLUMNS:
            raise ConfigError(
                f"image_features would make {len(self._names(''))} columns of an image; {_MOST_COLUMNS} are the limit.",
                hint="Use larger cells, a smaller size, or fewer bins.",
            )

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them bytes or texts."""
        columns = super().inputs(schema)
        for column in columns:
            if column.dtype not in {"Binary", "String"}:
                raise RecipeError(
                    f"The column {column.name!r} holds {column.dtype}, which is neither bytes nor a path.",
                    hint=self.advice,
                )
        return columns

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:  # noqa: ARG002 - nothing was learnt
        """Make the figures."""
        require_pillow()
        for column in columns:
            yield self._block(column)

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - the same for any state
        """Drop the sources, unless they are kept or are more than features."""
        return dropped(columns, keep=self.keep)

    def _names(self, column: str) -> list[str]:
        made: list[str] = []
        if "hog" in self.features:
            blocks = (self.size // self.cell - self.block + 1) ** 2
            made += [f"{column}_hog_{n}" for n in range(1, blocks * self.block**2 * self.orientations + 1)]
        if "color" in self.features:
            made += [f"{column}_{colour}_{n}" for colour in _COLOURS for n in range(1, self.color_bins + 1)]
        return made

    def _figures(self, source: bytes | str) -> NDArray[np.float32]:
        """Return the figures of one image; the same for one row and for many."""
        pixels = pixels_of(source, self.size, None if self.folder is None else Path(self.folder))
        parts: list[NDArray[Any]] = []
        if "hog" in self.features:
            parts.append(oriented_gradients(pixels, self.cell, self.block, self.orientations))
        if "color" in self.features:
            parts.append(colour_histogram(pixels, self.color_bins))
        return np.concatenate(parts).astype(np.float32)

    def _block(self, column: Column) -> Block:
        names = self._names(column.name)
        made = tuple(_figure(column, name) for name in names)
        missing = (None,) * len(names)

        def frame(table: pl.DataFrame) -> pl.DataFrame:
            images = table[column.name].to_list()
            figures, bad = np.zeros((len(images), len(names)), dtype=np.float32), {}
            for row, source in enumerate(images):
                if source is not None:
                    try:
                        figures[row] = self._figures(source)
                    except NoPictureError as error:
                        bad[row] = str(error)
            if bad and self.errors == "error":
                raise _refused(column.name, bad)
            result = pl.from_numpy(figures, schema=names, orient="row")
            there = pl.Series(
                [source is not None and row not in bad for row, source in enumerate(images)], dtype=pl.Boolean
            )
            return result if there.all() else result.select(pl.when(there).then(pl.all()))

        def function(source: bytes | str | None) -> tuple[float | None, ...]:
            if source is None:
                return missing
            try:
                return tuple(self._figures(source).tolist())
            except NoPictureError as error:
                if self.errors == "missing":
                    return missing
                raise RecipeError(f"The image of the column {column.name!r} {error}.", hint=_HINT) from error

        return Block(made, (column.name,), frame, function)


_HINT = "Correct the images, or use `errors: missing` to turn them into missing values."


def _refused(column: str, bad: dict[int, str]) -> RecipeError:
    examples = "; ".join(f"row {row} {why}" for row, why in list(bad.items())[:_EXAMPLES])
    count = f"{len(bad)} image{'' if len(bad) == 1 else 's'}"
    more = " …" if len(bad) > _EXAMPLES else ""
    return RecipeError(f"The column {column!r} has {count} that cannot be read: {examples}{more}.", hint=_HINT)


def _figure(column: Column, name: str) -> Column:
    return derive(column, name=name, dtype="Float32", kind=Kind.NUMERIC, direction=Direction.LOSES)
