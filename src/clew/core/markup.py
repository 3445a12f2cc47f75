"""HTML in which every text is escaped, unless it was made here."""

import re
from collections.abc import Iterable
from html import escape as _escape

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Html(str):
    """Text that is HTML already and is taken as it stands."""

    __slots__ = ()


def escape(value: object) -> Html:
    """Return a value as HTML text; `Html` stays as it is, control characters become visible."""
    if isinstance(value, Html):
        return value
    return Html(_escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)), quote=True))


def element(tag: str, *children: object, **attributes: object) -> Html:
    """Return an HTML element.

    Parameters
    ----------
    tag : str
        Its name.
    *children : object
        What stands in it, escaped unless `Html`; None is left out.
    **attributes : object
        Values are escaped; True gives a bare attribute, None and False none; ``class_`` and ``aria_label`` are spelt
        ``class`` and ``aria-label``.
    """
    opened = [tag]
    for name, value in attributes.items():
        if value is not None and value is not False:
            spelt = name.rstrip("_").replace("_", "-")
            opened.append(spelt if value is True else f'{spelt}="{escape(value)}"')
    content = "".join(escape(child) for child in children if child is not None)
    return Html(f"<{' '.join(opened)}>{content}</{tag}>")


def join(parts: Iterable[object], separator: str = "") -> Html:
    """Return the parts one after the other, each escaped unless `Html`."""
    return Html(separator.join(escape(part) for part in parts))
