"""Folders of images and of texts as tables: a row for each file."""

import io
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.files import StoredFile
from clew.collect.raw import Raw
from clew.core.errors import DataError, UsageError
from clew.core.finding import Finding

#: A table holds the bytes of its images, so it can be kept, moved and served whole; more than this are refused.
MOST_BYTES = 2 << 30
_AT_ONCE = 4

#: First bytes of the image formats; of those with a longer mark, the part that tells them apart is looked at too.
_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*")

#: What is known about the columns before their content is seen.
IMAGE_FACTS: Mapping[str, Mapping[str, Any]] = {
    "path": {"kind": "categorical", "role": "id"},
    "label": {"kind": "categorical"},
    "image": {"kind": "image"},
    "format": {"kind": "categorical"},
}
TEXT_FACTS: Mapping[str, Mapping[str, Any]] = {
    "path": {"kind": "categorical", "role": "id"},
    "label": {"kind": "categorical"},
    "text": {"kind": "text"},
}


def are_images(values: pl.Series) -> bool:
    """Whether every value that is there begins as an image file does.

    Parameters
    ----------
    values : Series of Binary
        The column.
    """
    present = values.drop_nulls()
    if present.is_empty():
        return False
    known = pl.lit(value=False)
    column = pl.col(values.name)
    for mark in _MARKS:
        known = known | column.bin.starts_with(mark)
    known = known | (column.bin.starts_with(b"RIFF") & (column.bin.slice(8, 4) == b"WEBP"))
    return bool(present.to_frame().select(known.all()).item())


def read_images(files: Sequence[StoredFile], shown: str) -> Raw:
    """Read image files.

    Every image is decoded, so a damaged one is found here and not in the middle of training.

    Parameters
    ----------
    files : sequence of StoredFile
        In the order of the rows.
    shown : str
        The folder or glob, for messages.

    Returns
    -------
    Raw
        ``path``, ``label`` (the folder in which it lies, if there are folders), ``image`` (its bytes), ``width`` and
        ``height`` in pixels as stored, ``format`` (``"JPEG"`` …), ``size_bytes``. Of an image that cannot be decoded,
        the bytes, size and format are missing, and a finding lists it.

    Raises
    ------
    UsageError
        If Pillow is not installed.
    DataError
        If the images are too large together to be held in memory.
    """
    if find_spec("PIL") is None:
        raise UsageError("Reading images needs the package pillow.", hint="Install it: pip install 'clew[images]'.")
    from PIL import Image

    total = sum(file.size_bytes for file in files)
    if total > MOST_BYTES:
        raise DataError(
            f"The {len(files)} images of {shown!r} have {total / (1 << 30):.1f} GiB, and a table holds "
            f"{MOST_BYTES >> 30} GiB of images.",
            hint="Make smaller copies, or name a part of them by a glob.",
        )
    with warnings.catch_warnings(), ThreadPoolExecutor(_AT_ONCE) as pool:
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        seen = list(pool.map(_image, files))
    broken = {file.relative: str(item) for file, item in zip(files, seen, strict=True) if isinstance(item, str)}
    good = [None if isinstance(item, str) else item for item in seen]
    frame = pl.DataFrame(
        [
            *_named(files),
            pl.Series("image", [item and item[0] for item in good], dtype=pl.Binary),
            pl.Series("width", [item and item[1] for item in good], dtype=pl.Int64),
            pl.Series("height", [item and item[2] for item in good], dtype=pl.Int64),
            pl.Series("format", [item and item[3] for item in good], dtype=pl.String),
            pl.Series("size_bytes", [file.size_bytes for file in files], dtype=pl.Int64),
        ]
    )
    return Raw(frame, _unreadable(broken, "images", len(files)), what=f"The images of {shown!r}")


def _image(file: StoredFile) -> tuple[bytes, int, int, str] | str:
    """Return bytes, width, height and format, or why it cannot be decoded."""
    from PIL import Image, UnidentifiedImageError

    data = file.content()
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            format_ = image.format or "unknown"
            # JPEG decodes at an eighth of the size much quicker, and still to its last byte.
            image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return "it is no image" if isinstance(error, UnidentifiedImageError) else _first(error)
    return data, width, height, format_


def read_texts(files: Sequence[StoredFile], shown: str, encoding: str | None) -> Raw:
    """Read files of text.

    Parameters
    ----------
    files : sequence of StoredFile
        In the order of the rows.
    shown : str
        The folder or glob, for messages.
    encoding : str, optional
        By default UTF-8.

    Returns
    -------
    Raw
        ``path``, ``label`` (the folder in which it lies, if there are folders), ``text``. A text in another encoding
        is missing, and a finding lists it.

    Raises
    ------
    UsageError
        If there is no such encoding.
    """
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        raise UsageError(f"There is no encoding {encoding!r}.", hint='Use e.g. "cp1252" or "utf-16".') from None
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        contents = list(pool.map(StoredFile.content, files))
    texts: list[str | None] = []
    broken: dict[str, str] = {}
    for file, data in zip(files, contents, strict=True):
        try:
            text = data.decode(encoding or "utf-8-sig")
        except UnicodeDecodeError as error:
            broken[file.relative] = f"byte 0x{data[error.start]:02x} at offset {error.start} is not {error.encoding}"
            texts.append(None)
        else:
            texts.append(text)
    frame = pl.DataFrame([*_named(files), pl.Series("text", texts, dtype=pl.String)])
    return Raw(frame, _unreadable(broken, "texts", len(files)), what=f"The texts of {shown!r}")


def _named(files: Sequence[StoredFile]) -> list[pl.Series]:
    """Return the columns that say which file it is: path, and label where there are folders."""
    paths = [file.relative for file in files]
    labels = [path.partition("/")[0] if "/" in path else None for path in paths]
    columns = [pl.Series("path", paths, dtype=pl.String)]
    return [*columns, pl.Series("label", labels, dtype=pl.String)] if any(labels) else columns


def _unreadable(broken: Mapping[str, str], what: str, files: int) -> tuple[Finding, ...]:
    if not broken:
        return ()
    first, reason = next(iter(broken.items()))
    detail = f"{len(broken)} of {files} {what} cannot be read, e.g. {first!r}: {reason}."
    return (finding("DQ120", detail, files=list(broken)[:20], count=len(broken)),)


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
