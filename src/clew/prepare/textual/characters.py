"""Classes of characters, spelt out, since engines disagree about those of regular expressions.

A class is a text to be put between the brackets of a regular expression, where it means the same to every engine.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

#: Every character that Unicode calls white space.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
#: The same as a class.
SPACES = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
DIGITS = "0-9"
PUNCTUATION = re.escape(string.punctuation) + "\xa1\xa7\xab\xb6\xb7\xbb\xbf\u2010-\u2027\u2030-\u205e\u3001-\u3003"
#: Capitals and small letters are those of the scripts below this: Latin, Greek, Cyrillic, Armenian, Georgian.
_LAST_SCRIPT = 0x2000
_LAST = 0x110000
_SURROGATES = range(0xD800, 0xE000)


@lru_cache(maxsize=1)
def capitals() -> str:
    """Return the capital letters as a class."""
    return _class_of(lambda character: unicodedata.category(character) == "Lu", _LAST_SCRIPT)


@lru_cache(maxsize=1)
def small_letters() -> str:
    """Return the small letters as a class."""
    return _class_of(lambda character: unicodedata.category(character) == "Ll", _LAST_SCRIPT)


@lru_cache(maxsize=1)
def specials() -> str:
    """Return what is neither letter, digit, combining mark nor white space, as a class, e.g. ``#`` and ``%``."""
    return _class_of(_is_special, _LAST)


def ranges(points: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending code points as ranges, first and last included."""
    found: list[tuple[int, int]] = []
    for point in points:
        if found and point == found[-1][1] + 1:
            found[-1] = (found[-1][0], point)
        else:
            found.append((point, point))
    return found


def _class_of(belongs: Callable[[str], bool], end: int) -> str:
    points = (point for point in range(end) if point not in _SURROGATES and belongs(chr(point)))
    return "".join(_spelt(low) if low == high else f"{_spelt(low)}-{_spelt(high)}" for low, high in ranges(points))


def _spelt(point: int) -> str:
    """Return a character as it stands in a class."""
    return chr(point) if point >= 0x80 or chr(point).isalnum() else f"\\x{point:02x}"


def _is_special(character: str) -> bool:
    return unicodedata.category(character)[0] not in "LNM" and character not in WHITE_SPACE
