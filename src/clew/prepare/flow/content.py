"""The content of a flow file, or a sentence about what the file is instead."""

import json
from pathlib import Path
from typing import Any

from clew.core.errors import DataError, UsageError

#: Larger files are refused; flows with a saved insights report have some megabytes.
LARGEST = 256 * 1024**2
_BEGINNINGS = {
    b"PK\x03\x04": ("a zip archive", "Unpack it, and name the .flow file inside."),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"\x80": ("a pickle or another binary file", "Export the flow from Data Wrangler again."),
}


def read_content(path: Path) -> Any:
    """Read a file as JSON, and say what it is if it is something else.

    Raises
    ------
    UsageError
        If there is no such file.
    DataError
        If it is too large, or no JSON.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DataError(
                f"{path} has {size / 1024**2:,.0f} MB, and a flow file of at most {LARGEST // 1024**2} MB is read.",
                hint="Delete its saved reports in Data Wrangler, and save it again.",
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", hint="Name a .flow file of Data Wrangler.") from None
    except OSError as error:
        raise UsageError(f"The file {path} cannot be read: {error.strerror}.") from None
    for beginning, (what, hint) in _BEGINNINGS.items():
        if raw.startswith(beginning):
            raise DataError(f"{path} is {what}, and no flow file.", hint=hint)
    if raw.lstrip()[:1] == b"<":
        raise DataError(
            f"{path} is a page of HTML or XML, and no flow file.",
            hint="Download the file itself, not the page about it.",
        )
    if not raw.strip():
        raise DataError(f"{path} is empty.", hint="Export the flow from Data Wrangler again.")
    return _json(raw, path)


def _json(raw: bytes, path: Path) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{path} is no UTF-8 text, so it is no flow file.") from None
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            hint="The file may have been cut off; export the flow from Data Wrangler again.",
        ) from None
    except (RecursionError, ValueError) as error:
        what = "its values are nested too deep" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{path} cannot be read as JSON: {what}.") from None
