"""Which spellings mean the same: normal forms, distances, and who is near enough to whom."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Pair: TypeAlias = tuple[str, int]
_Pairs: TypeAlias = dict[_Pair, int]

#: Longer texts are no spellings of a category; they are the same only if their normal forms are.
LONGEST = 200
#: Below this, two short texts could be near without a pair of neighbouring characters in common.
LOWEST_THRESHOLD = 0.7
#: Pairs looked at beyond those that edits may change: the more, the fewer texts are compared.
_MORE_PAIRS = 6
_SEPARATORS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


def normal_form(text: str) -> str:
    """Return a text without what spellings differ in most often: case, accents, punctuation, white space, width.

    A text of nothing else stays as it is.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _SEPARATORS.sub(" ", plain).strip() or text


def edit_distance(left: str, right: str) -> int:
    """Return how many characters must be inserted, left out, replaced, or swapped with their neighbour.

    The optimal string alignment distance, by the bit-parallel method of Hyyrö (2003).
    """
    if not left or not right:
        return len(left) + len(right)
    places: dict[str, int] = defaultdict(int)
    for position, character in enumerate(left):
        places[character] |= 1 << position
    whole, last = (1 << len(left)) - 1, 1 << (len(left) - 1)
    rises, falls, zeros, before, distance = whole, 0, 0, 0, len(left)
    for character in right:
        match = places.get(character, 0)
        swapped = ((~zeros & match) << 1) & before
        zeros = ((((match & rises) + rises) ^ rises) | match | falls | swapped) & whole
        up, down = falls | (whole & ~(zeros | rises)), zeros & rises
        distance += bool(up & last) - bool(down & last)
        up, down = (up << 1) | 1, down << 1
        rises, falls, before = (down | ~(zeros | up)) & whole, up & zeros & whole, match
    return distance


def numbers_in(text: str) -> tuple[str, ...]:
    """Return the runs of digits in a text: spellings that differ in one mean different things."""
    return tuple(_DIGITS.findall(text))


class Neighbours:
    """Finds among known texts the nearest one, without comparing with all of them.

    One edit changes three pairs of neighbouring characters at most, and moves the others by one place. So two texts
    within k edits share all but 3 k of any pairs of one of them, moved by k places at most, and only those that share
    enough are compared (filtering by count, position and prefix: Gravano et al. 2001, Chaudhuri et al. 2006).

    Parameters
    ----------
    threshold : float
        Least similarity, 1 - edits / length of the longer text; at least `LOWEST_THRESHOLD`.
    texts : sequence of str
        The known texts, the most important first.
    """

    def __init__(self, threshold: float, texts: Sequence[str]) -> None:
        self._threshold = threshold
        self._texts = list(texts)
        self._lengths = np.array([len(text) for text in texts], dtype=np.int64)
        self._numbers = [numbers_in(text) for text in texts]
        self._pairs = [_pairs(text) for text in texts]
        places: dict[_Pair, list[int]] = defaultdict(list)
        for place, pairs in enumerate(self._pairs):
            for pair in pairs:
                places[pair].append(place)
        self._places = {pair: np.array(found, dtype=np.int64) for pair, found in places.items()}

    def nearest(self, text: str, among: NDArray[np.bool_] | None = None) -> int | None:
        """Return the position of the most similar text that is similar enough, the first of several; None if none.

        Parameters
        ----------
        text : str
            Whose neighbour is sought.
        among : ndarray of bool, shape (texts,), optional
            Which of the known texts count; all if None.
        """
        best, least = None, 2.0
        numbers, pairs = numbers_in(text), _pairs(text)
        for place in self._candidates(pairs, len(text), among):
            other = self._texts[place]
            longer = max(len(text), len(other))
            most = int(self._most_edits(longer))
            if self._numbers[place] == numbers and _share_enough(pairs, self._pairs[place], most):
                edits = edit_distance(text, other)
                if edits <= most and edits / longer < least:
                    best, least = place, edits / longer
        return best

    def _candidates(self, pairs: _Pairs, length: int, among: NDArray[np.bool_] | None) -> list[int]:
        most = int(self._most_edits(int(length / self._threshold)))
        rarest = sorted(pairs, key=lambda pair: (len(self._places.get(pair, ())), pair))[: 3 * most + _MORE_PAIRS]
        found = [self._places[pair] for pair in rarest if pair in self._places]
        if not found:
            return []
        shared = np.bincount(np.concatenate(found), minlength=len(self._texts))
        near = np.flatnonzero(shared if among is None else shared * among)
        edits = self._most_edits(np.maximum(self._lengths[near], length))
        fits = (shared[near] >= len(rarest) - 3 * edits) & (np.abs(self._lengths[near] - length) <= edits)
        kept: list[int] = near[fits].tolist()
        return kept

    def _most_edits(self, length: Any) -> Any:
        return np.floor((1 - self._threshold) * length + 1e-9)


def _pairs(text: str) -> _Pairs:
    """Return the pairs of neighbouring characters of a text between two marks.

    Returns
    -------
    dict
        Pair and number of its occurrence → where it stands; -1 if it stands there several times.
    """
    if len(text) > LONGEST:
        return {}
    padded = f"\x02{text}\x03"
    seen: dict[str, int] = {}
    places: _Pairs = {}
    for place in range(len(padded) - 1):
        pair = padded[place : place + 2]
        count = seen[pair] = seen.get(pair, 0) + 1
        if count == 1:
            places[pair, 1] = place
        else:
            places[pair, 1] = places[pair, count] = -1
    return places


def _share_enough(left: _Pairs, right: _Pairs, edits: int) -> bool:
    """Whether two texts may be within this many edits, by the pairs that they share."""
    shared = left.keys() & right.keys()
    lacking = max(len(left), len(right)) - 3 * edits
    if len(shared) < lacking:
        return False
    for pair in shared:
        one, other = left[pair], right[pair]
        # A pair that stands there several times may be another one of them.
        lacking -= one < 0 or other < 0 or abs(one - other) <= edits
    return lacking <= 0
