"""Charts as SVG, whatever their texts are made of."""

import re
from collections.abc import Mapping
from typing import Any

#: Characters that XML does not know, and separators of lines that end a script's text: the renderer would break off the
#: whole process at one of them.
_UNDRAWABLE = re.compile("[^\t\n\r\u0020-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def drawable(text: str) -> str:
    """Return a text in which characters that cannot be drawn are replaced."""
    return _UNDRAWABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def svg_of(specification: Mapping[str, Any]) -> str:
    """Draw a chart.

    Parameters
    ----------
    specification : mapping
        Of Vega-Lite; its texts may be anything, and nothing is loaded from elsewhere.

    Returns
    -------
    str
        An SVG document.
    """
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_clean(specification), allowed_base_urls=[]))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, Mapping):
        return {drawable(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value


def literal(text: str) -> str:
    """Write text as a literal of Vega's expressions, for the labels of an axis; nothing of it can end the literal."""
    units = ((char, char.encode("utf-16-be").hex()) for char in drawable(text))
    return "'" + "".join(char if char.isalnum() or char in " .,-_…" else _escapes(code) for char, code in units) + "'"


def _escapes(code: str) -> str:
    """Write the code units of a character, four digits each."""
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
