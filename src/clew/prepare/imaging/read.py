"""Pictures from bytes or files, brought to one size."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import UsageError

#: Formats that are read; the rarer ones have rarely tried decoders.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")


class NoPictureError(Exception):
    """Bytes or a file that cannot be read as a picture; the message says why."""


def require_pillow() -> None:
    """Raise `UsageError` where Pillow, which decodes pictures, is not installed."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError as error:
        raise UsageError("Reading images needs the package pillow.", hint="pip install 'clew[images]'") from error


def pixels_of(source: bytes | str, size: int, folder: Path | None = None) -> NDArray[np.uint8]:
    """Read a picture and bring it to a square.

    Parameters
    ----------
    source : bytes or str
        The picture's file as bytes, or where it is.
    size : int
        Width and height of the result; the picture is stretched or shrunk to it, each pixel the mean of those it
        covers. It is turned as its camera says.
    folder : Path, optional
        Where relative paths start, and which no path may leave; the working folder, and no bounds, if None.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        Red, green and blue. Grey pictures have three equal ones; what is transparent is white.

    Raises
    ------
    NoPictureError
        If it cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # A small file may claim to hold more pixels than memory does.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", message="Corrupt EXIF data|Truncated File Read", category=UserWarning)
            with Image.open(_file_of(source, folder), formats=_FORMATS) as opened:
                if opened.format == "JPEG":
                    opened.draft("RGB", (2 * size, 2 * size))
                picture = _in_colour(ImageOps.exif_transpose(opened))
                return np.asarray(picture.resize((size, size), Image.Resampling.BOX), dtype=np.uint8)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NoPictureError(f"has more than {Image.MAX_IMAGE_PIXELS} pixels") from error
    except NoPictureError:
        raise
    except (OSError, ValueError, SyntaxError, TypeError, EOFError) as error:  # all that decoders raise
        raise NoPictureError(_reason(error)) from error


def _file_of(source: bytes | str, folder: Path | None) -> Any:
    if isinstance(source, bytes):
        return BytesIO(source)
    path = Path(source) if folder is None else folder / source
    if folder is not None and not path.resolve().is_relative_to(folder.resolve()):
        raise NoPictureError("lies outside the folder of the images")
    if not path.is_file():
        raise NoPictureError("is no file")
    return path


def _in_colour(picture: Any) -> Any:
    """Return a picture in red, green and blue, on white."""
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 bits of grey
        return Image.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def _reason(error: Exception) -> str:
    if "cannot identify" in str(error):
        return f"is no picture of the formats {', '.join(_FORMATS)}"
    if isinstance(error, OSError) and error.strerror:  # of the system; its text would repeat the path
        return f"cannot be opened ({error.strerror})"
    return f"is damaged ({error})"
