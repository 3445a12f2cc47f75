"""Formats of moments as Java writes them, in Python's directives."""

import re

_DIRECTIVES = {
    "yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "DDD": "%j",
    "EEEE": "%A", "EEE": "%a", "E": "%a", "HH": "%H", "H": "%H", "hh": "%I", "h": "%I", "mm": "%M", "m": "%M",
    "ss": "%S", "s": "%S", "SSS": "%f", "SSSSSS": "%f", "a": "%p", "Z": "%z", "XXX": "%z",
}  # fmt: skip
_PIECE = re.compile(r"(?P<letters>([A-Za-z])\2*)|'(?P<quoted>[^']*)'|(?P<other>[^A-Za-z'])")


def to_python_format(pattern: str) -> str | None:
    """Return a pattern such as ``dd-MM-yyyy HH:mm`` in Python's directives; None if a part has no counterpart.

    >>> to_python_format("yyyy-MM-dd'T'HH:mm:ss")
    '%Y-%m-%dT%H:%M:%S'
    """
    written, position = "", 0
    while position < len(pattern):
        piece = _PIECE.match(pattern, position)
        if piece is None or (piece["letters"] and piece["letters"] not in _DIRECTIVES):
            return None
        plain = piece["quoted"] if piece["quoted"] is not None else piece["other"]
        written += _DIRECTIVES[piece["letters"]] if piece["letters"] else (plain or "'").replace("%", "%%")
        position = piece.end()
    return written
