"""Values as YAML: scalars that read back as themselves, lists and mappings in brackets or as blocks."""

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from clew.core.errors import UsageError

#: Place of a value: the keys, or numbers of items, that lead to it.
Path = tuple[str | int, ...]

#: Texts that need no quotes, inside brackets as little as outside: a letter first, then harmless signs.
_PLAIN = re.compile(r"[^\W\d][\w./<>=+*()-]*(?: [\w./<>=+*()-]+)*", re.UNICODE)
#: Words that YAML, or an older version of it, reads as something else than a text.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_STEP = 2


def scalar(value: object) -> str:
    """Return a value as a YAML scalar that reads back as itself, inside brackets too.

    Raises
    ------
    UsageError
        If there is no such scalar.
    """
    if isinstance(value, str):
        text = str(value)
        return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else _quoted(text)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}.{str(abs(value))[:3]}"
    if isinstance(value, date):
        return value.isoformat()
    raise UsageError(f"A {type(value).__name__} cannot be written as YAML.")


def _quoted(text: str) -> str:
    """Return a text in double quotes; what is not printable, and thus perhaps a line end, is escaped."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(ord(sign)) for sign in shown)


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def flow(value: Any) -> str:
    """Return a value on one line, lists and mappings in brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(flow_entry(key, item) for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def flow_entry(key: Any, value: Any) -> str:
    """Return a key and its value on one line."""
    return f"{_key(key)}: {flow(value)}"


def _key(key: Any) -> str:
    # One of our own keys; its older reading as a truth value is none for a key.
    return "on" if key == "on" else scalar(key)


def entry(key: Any, value: Any, path: Path, blocks: Collection[Path]) -> Iterator[str]:
    """Yield the lines of a key of a block mapping, not indented.

    Parameters
    ----------
    key, value : object
        What to write.
    path : tuple
        Where the value will be.
    blocks : collection of tuple
        The places whose lists and mappings have a line per item.
    """
    if is_block(value, path, blocks):
        yield f"{_key(key)}:"
        for line in block(value, path, blocks):
            yield " " * _STEP + line
    else:
        yield flow_entry(key, value)


def block(value: Any, path: Path, blocks: Collection[Path]) -> Iterator[str]:
    """Yield the lines of a list or a mapping that is written as a block, not indented."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from entry(key, item, (*path, key), blocks)
    else:
        for item in value:
            yield f"- {flow(item)}"


def is_block(value: Any, path: Path, blocks: Collection[Path]) -> bool:
    """Whether a value is written with a line per item."""
    return bool(value) and isinstance(value, Mapping | list | tuple) and path in blocks
