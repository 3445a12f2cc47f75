"""Short names for content: equal content, equal name, on every machine."""

import hashlib
import json
from pathlib import Path
from types import CodeType
from typing import Any


def of_bytes(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def of_json(value: Any) -> str:
    """Return the SHA-256 of a JSON-ready value, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return of_bytes(text.encode())


def of_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spelt_code(code: CodeType) -> list[Any]:
    """Return what a function's code consists of, without where it stands; JSON-ready."""
    return [code.co_code.hex(), list(code.co_names), [_told(item) for item in code.co_consts]]


def _told(constant: Any) -> Any:
    if isinstance(constant, CodeType):
        return spelt_code(constant)
    if isinstance(constant, tuple):
        return [_told(item) for item in constant]
    # A set has another order in each process.
    return sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant)
